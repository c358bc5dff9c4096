package engine

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/issue"
	"github.com/securego/gosec/v2/rules"
	"golang.org/x/tools/go/packages"

	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/wire"
)

func newEngine(tb testing.TB, o Options) *Engine {
	tb.Helper()
	e, err := New(o)
	if err != nil {
		tb.Fatal(err)
	}
	return e
}

// A line is what is compared of a finding.
type line struct{ file, line, column, rule, what, severity, confidence, code, cwe string }

func (l line) String() string {
	return fmt.Sprintf("%s:%s:%s %s %s %s/%s CWE %s\n%s", l.file, l.line, l.column, l.rule, l.what, l.severity, l.confidence, l.cwe, l.code)
}

// theirs is what gosec itself says of a package: what is reported, and what is suppressed.
func theirs(p *packages.Package) (reported, suppressed map[line]int) {
	return theirsWith(p, gosec.NewConfig())
}

func theirsWith(p *packages.Package, conf gosec.Config, include ...string) (reported, suppressed map[line]int) {
	a := gosec.NewAnalyzer(conf, false, false, true, 1, log.New(io.Discard, "", 0))
	var ruleFilters []rules.RuleFilter
	var analyzerFilters []analyzers.AnalyzerFilter
	if include != nil {
		ruleFilters, analyzerFilters = append(ruleFilters, rules.NewRuleFilter(false, include...)), append(analyzerFilters, analyzers.NewAnalyzerFilter(false, include...))
	}
	r := rules.Generate(false, ruleFilters...)
	a.LoadRules(r.RulesInfo())
	a.LoadAnalyzers(analyzers.Generate(false, analyzerFilters...).AnalyzersInfo())
	a.CheckRules(p)
	a.CheckAnalyzers(p)
	issues, _, _ := a.Report()
	reported, suppressed = map[line]int{}, map[line]int{}
	for _, i := range issues {
		if i.File == "" {
			continue
		}
		l := line{strings.TrimPrefix(i.File, load.NamePrefix), i.Line, i.Col, i.RuleID, i.What, i.Severity.String(), i.Confidence.String(), i.Code, ""}
		if i.Cwe != nil {
			l.cwe = i.Cwe.ID
		}
		if len(i.Suppressions) > 0 {
			suppressed[l]++
		} else {
			reported[l]++
		}
	}
	return reported, suppressed
}

func all(tb testing.TB, e *Engine, p *load.Package) wire.Result {
	tb.Helper()
	a := e.Begin(p)
	r := a.Rules(context.Background())
	s := a.SSA(context.Background())
	r.Issues = append(r.Issues, s.Issues...)
	for _, why := range s.Reduced {
		if !slices.Contains(r.Reduced, why) {
			r.Reduced = append(r.Reduced, why)
		}
	}
	return r
}

func mine(r wire.Result) (reported, suppressed map[line]int) {
	reported, suppressed = map[line]int{}, map[line]int{}
	for _, i := range r.Issues {
		l := line{
			i.Path, strconv.Itoa(i.Line), strconv.Itoa(i.Column), i.Rule, i.What, issue.Score(i.Severity).String(), issue.Score(i.Confidence).String(), i.Code, i.CWE,
		}
		if i.EndLine != i.Line {
			l.line += "-" + strconv.Itoa(i.EndLine)
		}
		if i.Suppressed {
			suppressed[l]++
		} else {
			reported[l]++
		}
	}
	return reported, suppressed
}

// compare holds what we say of a package against what gosec says. gosec itself varies at times: what it does not always say is not compared.
func compare(t *testing.T, p *packages.Package, r wire.Result) (n int) {
	t.Helper()
	reported, suppressed := mine(r)
	min1, min2 := theirs(p)
	if maps.Equal(reported, min1) && maps.Equal(suppressed, min2) {
		return len(min1) + len(min2)
	}
	max1, max2 := maps.Clone(min1), maps.Clone(min2)
	for range 4 {
		r, s := theirs(p)
		narrow(min1, max1, r)
		narrow(min2, max2, s)
	}
	within(t, "reported", reported, min1, max1)
	within(t, "suppressed", suppressed, min2, max2)
	return len(max1) + len(max2)
}

func narrow(least, most, again map[line]int) {
	for l := range most {
		least[l] = min(least[l], again[l])
	}
	for l, n := range again {
		least[l] += 0
		most[l] = max(most[l], n)
	}
}

func within(t *testing.T, what string, have, least, most map[line]int) {
	t.Helper()
	for l, n := range least {
		if have[l] < n {
			t.Errorf("%s: %d of gosec's %d:\n%v", what, have[l], n, l)
		}
	}
	for l, n := range have {
		if n > most[l] {
			t.Errorf("%s: %d, and gosec has %d at most:\n%v", what, n, most[l], l)
		}
	}
}

var everything = flag.Bool("everything", false, "compare with gosec on many packages, which takes minutes")

// What is compared: packages of other modules that we build with anyway, so that they are on the machine, and of the standard library.
var (
	some = []string{"github.com/go-git/go-git/v5", "github.com/go-git/go-git/v5/plumbing/...", "net/http", "github.com/klauspost/compress/zstd"}
	few  = []string{"github.com/go-git/go-git/v5/plumbing/transport/...", "net/http/httputil"}
	many = []string{
		"github.com/go-git/go-git/v5/...", "github.com/go-git/go-billy/v5/...", "github.com/zricethezav/gitleaks/v8/...", "github.com/refward/refward/...",
		"github.com/securego/gosec/v2/...", "github.com/klauspost/compress/...", "github.com/goccy/go-yaml/...", "github.com/spf13/viper/...",
		"github.com/mholt/archives", "github.com/nwaples/rardecode/v2", "github.com/bodgit/sevenzip/...", "golang.org/x/crypto/...", "net/http/...", "archive/...",
		"encoding/...", "crypto/tls", "os/exec", "database/sql/...", "text/template/...", "html/template", "golang.org/x/tools/go/...",
	}
)

func TestParity(t *testing.T) {
	patterns := some
	if testing.Short() {
		patterns = few
	}
	if *everything {
		patterns = many
	}
	e := newEngine(t, Options{Generated: true})
	real, named := fromDisk(t, patterns...)
	total, ill := 0, 0
	for i, p := range real {
		if len(p.Syntax) == 0 {
			continue
		}
		if p.IllTyped {
			ill++
		}
		r := all(t, e, named[i])
		if len(r.Reduced) > 0 {
			t.Logf("%s: %s", p.PkgPath, strings.Join(r.Reduced, "; "))
		}
		total += compare(t, p, r)
	}
	if total < 10 {
		t.Errorf("only %d findings compared", total)
	}
	t.Logf("%d packages (%d ill-typed), %d findings", len(real), ill, total)
}
