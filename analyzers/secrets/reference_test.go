package secrets

import (
	"cmp"
	_ "embed"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/report"
	"github.com/zricethezav/gitleaks/v8/sources"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/bench/gitleaks"
)

// parity returns the options with which the analyzer has the rules and allowlists of a gitleaks configuration and nothing of its own,
// so that it must find what the library finds.
func parity(configuration string) Options {
	return Options{Config: configuration, Mode: ModeGitleaks}
}

// A reference is the library's Detector, used as its documentation says: every rule on every text, without any of our own ways to
// be faster. What the analyzer finds is held against it.
type reference struct {
	detector *detect.Detector
	whole    map[string]bool // rules of which we take all of the match for the secret
}

// stockReference has the stock rules.
func stockReference(t testing.TB) *reference { return referenceOf(t, "", stockConfig) }

// userReference has the rules of testdata/user.toml. The library extends the stock rules itself, by which it does right only the first
// time in a process: see TestManyConfigurations.
func userReference(t testing.TB) *reference { return referenceOf(t, userRules, userConfig) }

var (
	stockConfig = sync.OnceValues(func() (config.Config, error) { return libraryConfig(config.DefaultConfig) })
	userConfig  = sync.OnceValues(func() (config.Config, error) {
		if _, err := stockConfig(); err != nil { // first, while the library is as it should be
			return config.Config{}, err
		}
		return libraryConfig(userRules)
	})
)

// userRules is a configuration that has everything which a user can say in one.
//
//go:embed testdata/user.toml
var userRules string

func libraryConfig(text string) (config.Config, error) {
	if _, err := compile(Options{}); err != nil { // which silences the library
		return config.Config{}, err
	}
	v := viper.New()
	v.SetConfigType("toml")
	if err := v.ReadConfig(strings.NewReader(text)); err != nil {
		return config.Config{}, err
	}
	var vc config.ViperConfig
	if err := v.Unmarshal(&vc); err != nil {
		return config.Config{}, err
	}
	return vc.Translate()
}

func referenceOf(t testing.TB, configuration string, load func() (config.Config, error)) *reference {
	t.Helper()
	e, err := compile(parity(configuration))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := load()
	if err != nil {
		t.Fatal(err)
	}
	r := &reference{detector: detect.NewDetector(cfg), whole: map[string]bool{}}
	r.detector.MaxDecodeDepth = gitleaks.DecodeDepth
	r.detector.IgnoreGitleaksAllow = true
	for id := range cfg.Rules {
		r.whole[id] = e.rule(id).whole
	}
	return r
}

// rules returns the rules in the order of their ids.
func (r *reference) rules() []config.Rule {
	var list []config.Rule
	for _, rule := range r.detector.Config.Rules {
		list = append(list, rule)
	}
	slices.SortFunc(list, func(a, b config.Rule) int { return cmp.Compare(a.RuleID, b.RuleID) })
	return list
}

// find returns what the library finds in hunks.
func (r *reference) find(t testing.TB, hunks []analyzers.Hunk) gitleaks.Places {
	t.Helper()
	found := make([][]gitleaks.Place, len(hunks))
	errs := make([]error, len(hunks))
	next := make(chan int)
	var workers sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		workers.Go(func() {
			for i := range next {
				found[i], errs[i] = r.one(hunks[i])
			}
		})
	}
	for i := range hunks {
		next <- i
	}
	close(next)
	workers.Wait()
	all := gitleaks.Places{}
	for i, list := range found {
		if errs[i] != nil {
			t.Fatalf("%s: %v", hunks[i].Path, errs[i])
		}
		for _, p := range list {
			if p.Line == 0 { // of the path alone, once for all hunks of a file
				all[p] = 1
				continue
			}
			all[p]++
		}
	}
	return all
}

// one returns what the library finds in a hunk. There are texts on which it panics.
func (r *reference) one(h analyzers.Hunk) (places []gitleaks.Place, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the library panics: %v", p)
		}
	}()
	//lint:ignore SA1019 the library's method still takes the deprecated type
	list := r.detector.Detect(detect.Fragment{
		Raw: string(h.Text), FilePath: h.Path, CommitSHA: h.Commit, StartLine: h.Start,
		CommitInfo: &sources.CommitInfo{SHA: h.Commit, Remote: &sources.RemoteInfo{}},
	})
	for _, f := range list {
		places = append(places, r.place(string(h.Text), h, f))
	}
	return places, nil
}

// place says where the library's finding is, in our terms. Its columns count from the newline before the line, and a match that
// begins with newlines is said to be where they are.
func (r *reference) place(text string, h analyzers.Hunk, f report.Finding) gitleaks.Place {
	p := gitleaks.Place{Commit: h.Commit, File: h.Path, Rule: f.RuleID, Secret: f.Secret}
	if r.detector.Config.Rules[f.RuleID].Regex == nil {
		p.Secret = "path"
		return p
	}
	if r.whole[f.RuleID] {
		p.Secret = f.Match
	}
	offset := 0
	for range f.StartLine - h.Start {
		n := strings.IndexByte(text[offset:], '\n')
		if n < 0 {
			break
		}
		offset += n + 1
	}
	if offset > 0 {
		offset-- // of the newline
	}
	offset = min(offset+f.StartColumn-1, len(text))
	for offset < len(text) && text[offset] == '\n' {
		offset++
	}
	before := text[:offset]
	p.Line = h.Start + strings.Count(before, "\n")
	p.Column = offset - strings.LastIndexByte(before, '\n')
	return p
}

// differences returns in which places our findings in hunks and those of a reference are not the same.
//
// The library adds up the entropy of a secret in the random order of a map. On the very limit of a rule it finds it one time
// and not the next. So a file with a difference is given to it again: it counts as the same if the library can find what we do.
func (r *reference) differences(t testing.TB, found []analyzers.Finding, hunks []analyzers.Hunk) []gitleaks.Difference {
	t.Helper()
	ours := places(found)
	list := gitleaks.Compare(r.find(t, hunks), ours)
	type file struct{ commit, path string }
	for range 10 {
		if len(list) == 0 {
			break
		}
		again := map[file]bool{}
		for _, d := range list {
			again[file{d.Commit, d.File}] = true
		}
		var some []analyzers.Hunk
		for _, h := range hunks {
			if again[file{h.Commit, h.Path}] {
				some = append(some, h)
			}
		}
		part := gitleaks.Places{}
		for p, n := range ours {
			if again[file{p.Commit, p.File}] {
				part[p] = n
			}
		}
		list = gitleaks.Compare(r.find(t, some), part)
	}
	return list
}

// places counts our findings by place.
func places(found []analyzers.Finding) gitleaks.Places {
	out := gitleaks.Places{}
	for _, f := range found {
		out[gitleaks.Place{Commit: f.Commit, File: f.Path, Rule: f.Rule, Line: f.Line, Column: f.Column, Secret: f.Key}]++
	}
	return out
}
