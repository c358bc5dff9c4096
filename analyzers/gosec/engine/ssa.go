package engine

import (
	"context"
	"fmt"
	"go/types"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/analyzers"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/analysis/passes/ctrlflow"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/packages"

	"github.com/refward/refward/analyzers/gosec/load"
	"github.com/refward/refward/analyzers/gosec/wire"
)

// SSA runs the analyzers, which follow values through functions. They need a package whose types are complete: for any other it does no
// more than say so. When ctx is done it returns what has been found so far; an analyzer in the midst of its work goes on until it has done it.
func (a *Analysis) SSA(ctx context.Context) wire.Result {
	if a.refused == nil && a.pkg.IllTyped {
		return wire.Result{Reduced: []string{"the analyzers that follow values did not run: the package does not type-check"}}
	}
	return a.ssa(ctx, a.pkg.Package)
}

// SSAOf is SSA of another package in place of this one, with the same names of files and the same places of what is in them.
func (a *Analysis) SSAOf(ctx context.Context, repaired *load.Package) wire.Result {
	if a.refused == nil {
		if repaired == nil {
			return wire.Result{Reduced: []string{"the analyzers that follow values did not run: the package does not type-check"}}
		}
		if refused := refuse(repaired.Package); refused != nil {
			return wire.Result{Reduced: refused}
		}
	}
	return a.ssa(ctx, repaired.Package)
}

func (a *Analysis) ssa(ctx context.Context, p *packages.Package) wire.Result {
	if a.refused != nil {
		return wire.Result{Reduced: a.refused}
	}
	if len(a.engine.analyzers) == 0 {
		return wire.Result{}
	}
	conf, err := a.engine.config()
	if err != nil {
		return wire.Result{Reduced: []string{err.Error()}} // New has seen that there is none
	}
	c := newCollector(ctx)
	defer c.close()
	c.run(ctx, "the analyzers that follow values", func() {
		form := build(p)
		if c.stop() {
			c.reduce("the analyzers that follow values", fmt.Sprintf("the analyzers that follow values did not run: %v", context.Cause(ctx)))
			return
		}
		limits := a.ssaLimits(form)
		g := gosec.NewAnalyzer(conf, false, false, false, a.engine.options.Concurrency, a.engine.silent)
		for _, d := range a.guardedAnalyzers(c, limits) {
			g.LoadAnalyzers(map[string]analyzers.AnalyzerDefinition{d.ID: d}, nil) // several at once come in a random order
		}
		g.CheckAnalyzersWithSSA(p, form)
	})
	return a.result(c)
}

// build makes the form that the analyzers work on, as gosec does. It panics on types that are not complete.
func build(p *packages.Package) *buildssa.SSA {
	pass := &analysis.Pass{
		Fset: p.Fset, Files: p.Syntax, OtherFiles: p.OtherFiles, IgnoredFiles: p.IgnoredFiles,
		Pkg: p.Types, TypesInfo: p.TypesInfo, TypesSizes: p.TypesSizes,
		ResultOf:         map[*analysis.Analyzer]any{},
		Report:           func(analysis.Diagnostic) {},
		ImportObjectFact: func(types.Object, analysis.Fact) bool { return false },
		ExportObjectFact: func(types.Object, analysis.Fact) {},
	}
	for _, step := range []*analysis.Analyzer{inspect.Analyzer, ctrlflow.Analyzer, buildssa.Analyzer} {
		pass.Analyzer = step
		result, err := step.Run(pass)
		if err != nil {
			panic(err)
		}
		pass.ResultOf[step] = result
	}
	return pass.ResultOf[buildssa.Analyzer].(*buildssa.SSA)
}
