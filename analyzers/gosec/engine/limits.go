package engine

import (
	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/taint"
	"go/types"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"
)

// sinks returns what the analyzers that look for tainted values look for.
func sinks() map[string]taint.Config {
	return map[string]taint.Config{
		"G120": analyzers.FormParsingLimits(), "G701": analyzers.SQLInjection(), "G702": analyzers.CommandInjection(), "G703": analyzers.PathTraversal(),
		"G704": analyzers.SSRF(), "G705": analyzers.XSS(), "G706": analyzers.LogInjection(), "G707": analyzers.SMTPInjection(),
		"G708": analyzers.SSTI(), "G709": analyzers.UnsafeDeserialization(), "G710": analyzers.OpenRedirect(),
	}
}

// A callee is what a call names: the path of a package, and a function or method.
type callee struct{ path, name string }

// ssaLimits say which analyzers have nothing to do in a package, or too much.
type ssaLimits struct {
	idles map[string]bool
}

func (a *Analysis) ssaLimits(form *buildssa.SSA) *ssaLimits {
	l := &ssaLimits{idles: map[string]bool{}}
	called := map[callee]bool{}
	for _, f := range form.SrcFuncs {
		for _, b := range f.Blocks {
			for _, i := range b.Instrs {
				if call, ok := i.(*ssa.Call); ok {
					addCallees(called, call)
				}
			}
		}
	}
	// A taint analyzer starts at the calls of its sinks, and goes from there to where the arguments come from. Without such a call it finds
	// nothing, but the first that runs pays for a graph of all calls.
	for id, config := range sinks() {
		l.idles[id] = true
		for _, s := range config.Sinks {
			if called[callee{s.Package, s.Method}] {
				l.idles[id] = false
				break
			}
		}
	}
	return l
}

// addCallees adds under which names the analyzers could know a call.
func addCallees(called map[callee]bool, call *ssa.Call) {
	if call.Call.IsInvoke() {
		if named, ok := types.Unalias(call.Call.Value.Type()).(*types.Named); ok && named.Obj().Pkg() != nil {
			called[callee{named.Obj().Pkg().Path(), call.Call.Method.Name()}] = true
		}
	}
	if f := call.Call.StaticCallee(); f != nil && f.Pkg != nil && f.Pkg.Pkg != nil {
		called[callee{f.Pkg.Pkg.Path(), f.Name()}] = true
	}
}

func (l *ssaLimits) idle(id string) bool { return l.idles[id] }

func (l *ssaLimits) pass(id string, pass *analysis.Pass, c *collector) *analysis.Pass { return pass }
