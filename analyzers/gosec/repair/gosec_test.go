package repair_test

import (
	"fmt"
	"go/ast"
	"go/types"
	"io"
	"log"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/issue"
	"github.com/securego/gosec/v2/rules"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/analysis/passes/ctrlflow"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/packages"
)

func TestMain(m *testing.M) {
	os.Setenv("GOSECGOVERSION", strings.TrimPrefix(runtime.Version(), "go")) // else gosec runs the go command
	os.Exit(m.Run())
}

// findings are counted by file, line, column, rule and message.
type findings map[string]int

// scan runs gosec on p, with the SSA of ssaOf; nil: without.
func scan(p, ssaOf *packages.Package, root string) (findings, []string) {
	var mu sync.Mutex
	var notes []string
	note := func(s string) { mu.Lock(); defer mu.Unlock(); notes = append(notes, s) }
	a := gosec.NewAnalyzer(gosec.NewConfig(), false, false, false, 1, log.New(io.Discard, "", 0))
	builders, suppressed := rules.Generate(false).RulesInfo()
	for id, b := range builders {
		builders[id] = func(id string, c gosec.Config) (gosec.Rule, []ast.Node) {
			r, nodes := b(id, c)
			return safeRule{r, note}, nodes
		}
	}
	a.LoadRules(builders, suppressed)
	defs, suppressed := analyzers.Generate(false).AnalyzersInfo()
	for id, d := range defs {
		create := d.Create
		d.Create = func(id, desc string) *analysis.Analyzer {
			an := create(id, desc)
			run := an.Run
			an.Run = func(p *analysis.Pass) (r any, err error) {
				defer func() {
					if e := recover(); e != nil {
						note(fmt.Sprintf("%s: %v", id, e))
					}
				}()
				return run(p)
			}
			return an
		}
		defs[id] = d
	}
	a.LoadAnalyzers(defs, suppressed)
	a.CheckRules(p)
	if ssaOf != nil {
		s, err := buildSSA(ssaOf)
		if err != nil {
			note("ssa: " + err.Error())
		} else {
			a.CheckAnalyzersWithSSA(ssaOf, s)
		}
	}
	issues, _, _ := a.Report()
	f := findings{}
	for _, i := range issues {
		if i.File == "" {
			continue
		}
		name, err := filepath.Rel(root, i.File)
		if err != nil {
			name = i.File
		}
		f[strings.Join([]string{name, i.Line, i.Col, i.RuleID, i.What}, ":")]++
	}
	return f, notes
}

type safeRule struct {
	gosec.Rule
	note func(string)
}

func (s safeRule) Match(n ast.Node, c *gosec.Context) (i *issue.Issue, err error) {
	defer func() {
		if r := recover(); r != nil {
			s.note(fmt.Sprintf("%s: %v", s.ID(), r))
		}
	}()
	return s.Rule.Match(n, c)
}

func buildSSA(p *packages.Package) (_ *buildssa.SSA, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v", r)
		}
	}()
	pass := &analysis.Pass{Fset: p.Fset, Files: p.Syntax, Pkg: p.Types, TypesInfo: p.TypesInfo, TypesSizes: p.TypesSizes,
		ResultOf: map[*analysis.Analyzer]any{}, Report: func(analysis.Diagnostic) {},
		ImportObjectFact: func(types.Object, analysis.Fact) bool { return false }, ExportObjectFact: func(types.Object, analysis.Fact) {}}
	for _, an := range []*analysis.Analyzer{inspect.Analyzer, ctrlflow.Analyzer, buildssa.Analyzer} {
		pass.Analyzer = an
		r, err := an.Run(pass)
		if err != nil {
			return nil, err
		}
		pass.ResultOf[an] = r
	}
	return pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA), nil
}
