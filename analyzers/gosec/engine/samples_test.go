package engine

import (
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/testutils"

	"github.com/refward/refward/analyzers/gosec/catalog"
)

// samples are those that gosec tests itself with.
func samples() map[string][]testutils.CodeSample {
	return map[string][]testutils.CodeSample{
		"G101": slices.Concat(testutils.SampleCodeG101, testutils.SampleCodeG101Values),
		"G102": testutils.SampleCodeG102,
		"G103": testutils.SampleCodeG103,
		"G104": slices.Concat(testutils.SampleCodeG104, testutils.SampleCodeG104Audit),
		"G106": testutils.SampleCodeG106,
		"G107": testutils.SampleCodeG107,
		"G108": testutils.SampleCodeG108,
		"G109": testutils.SampleCodeG109,
		"G110": testutils.SampleCodeG110,
		"G111": testutils.SampleCodeG111,
		"G112": testutils.SampleCodeG112,
		"G113": testutils.SampleCodeG113,
		"G114": testutils.SampleCodeG114,
		"G115": testutils.SampleCodeG115,
		"G116": testutils.SampleCodeG116,
		"G117": testutils.SampleCodeG117,
		"G118": testutils.SampleCodeG118,
		"G119": testutils.SampleCodeG119,
		"G120": testutils.SampleCodeG120,
		"G121": testutils.SampleCodeG121,
		"G122": testutils.SampleCodeG122,
		"G123": testutils.SampleCodeG123,
		"G124": testutils.SampleCodeG124,
		"G201": testutils.SampleCodeG201,
		"G202": testutils.SampleCodeG202,
		"G203": testutils.SampleCodeG203,
		"G204": testutils.SampleCodeG204,
		"G301": testutils.SampleCodeG301,
		"G302": testutils.SampleCodeG302,
		"G303": testutils.SampleCodeG303,
		"G304": testutils.SampleCodeG304,
		"G305": testutils.SampleCodeG305,
		"G306": testutils.SampleCodeG306,
		"G307": testutils.SampleCodeG307,
		"G401": slices.Concat(testutils.SampleCodeG401, testutils.SampleCodeG401b),
		"G402": testutils.SampleCodeG402,
		"G403": testutils.SampleCodeG403,
		"G404": testutils.SampleCodeG404,
		"G405": slices.Concat(testutils.SampleCodeG405, testutils.SampleCodeG405b),
		"G406": slices.Concat(testutils.SampleCodeG406, testutils.SampleCodeG406b),
		"G407": testutils.SampleCodeG407,
		"G408": testutils.SampleCodeG408,
		"G501": testutils.SampleCodeG501,
		"G502": testutils.SampleCodeG502,
		"G503": testutils.SampleCodeG503,
		"G504": testutils.SampleCodeG504,
		"G505": testutils.SampleCodeG505,
		"G506": testutils.SampleCodeG506,
		"G507": testutils.SampleCodeG507,
		"G601": testutils.SampleCodeG601,
		"G602": testutils.SampleCodeG602,
		"G701": testutils.SampleCodeG701,
		"G702": testutils.SampleCodeG702,
		"G703": testutils.SampleCodeG703,
		"G704": testutils.SampleCodeG704,
		"G705": testutils.SampleCodeG705,
		"G706": testutils.SampleCodeG706,
		"G707": testutils.SampleCodeG707,
		"G708": testutils.SampleCodeG708,
		"G709": testutils.SampleCodeG709,
		"G710": testutils.SampleCodeG710,
	}
}

// TestSamples holds what is found in gosec's own samples against what gosec says there is in them.
func TestSamples(t *testing.T) {
	asked, found := 0, 0
	for _, rule := range catalog.Rules() {
		list := samples()[rule.ID]
		if rule.ID == "G601" {
			continue // about versions of Go before 1.22
		}
		for n, sample := range list {
			if testing.Short() && n%4 > 0 {
				continue
			}
			files := map[string]string{}
			for i, code := range sample.Code {
				files[fmt.Sprintf("sample_%d_%d.go", n, i)] = code
			}
			p := inMemory(t, files)
			if p.IllTyped {
				continue // it imports what is not there
			}
			e := newEngine(t, Options{Include: []string{rule.ID}, Generated: true, Settings: settingsOf(sample.Config)})
			r := all(t, e, p)
			reported := 0
			for _, i := range r.Issues {
				if !i.Suppressed {
					reported++
				}
			}
			asked++
			if found += reported; reported != sample.Errors || len(r.Reduced) > 0 {
				t.Errorf("%s, sample %d: found %d, not %d; %q\n%s", rule.ID, n, reported, sample.Errors, r.Reduced, sample.Code)
			}
		}
	}
	if asked < 200 || found < 100 {
		t.Errorf("only %d samples with %d findings", asked, found)
	}
}

func settingsOf(c gosec.Config) map[string]any {
	settings := map[string]any(maps.Clone(c))
	if g, ok := settings[gosec.Globals].(map[gosec.GlobalOption]string); ok && len(g) == 0 {
		delete(settings, gosec.Globals)
	}
	return settings
}
