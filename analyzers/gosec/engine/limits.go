package engine

import (
	"fmt"
	"go/types"
	"maps"
	"slices"

	"github.com/securego/gosec/v2/analyzers"
	"github.com/securego/gosec/v2/taint"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/buildssa"
	"golang.org/x/tools/go/ssa"
)

const (
	conversionID = "G115"
	nonceID      = "G407"
	boundsID     = "G602"
)

// What an analyzer may cost is estimated before it runs, in steps of which one takes some 10 ns. The cost of most grows with the size of a
// package, and in 424 packages of 20 modules and the standard library none of the following was too much; three can grow faster.
const (
	// G115 looks from each conversion to all branches before it, and from each of them for a way back: conversions × blocks² of a function. 200
	// conversions in 400 blocks, 3.2e7 steps, took 0.5 s, and 400 in 800, 2.6e8, took 4 s. A function that costs more is left out alone.
	maxConversions = 100_000_000
	// G602 follows each comparison of a length through up to 20 branches one after the other, both ways.
	maxBranches = 20_000_000
	// G407 sorts what happens to a buffer, for each use as a nonce, by a search for a way from one to the other: uses × referrers².
	maxNonces = 30_000_000
)

// ssaLimits say which analyzers have nothing to do in a package, or too much.
type ssaLimits struct {
	idles   map[string]bool
	without map[string]string // why, by id
	fewer   []*ssa.Function   // what G115 looks at; nil = all
	large   []string          // the functions that it does not
}

func (a *Analysis) ssaLimits(form *buildssa.SSA) *ssaLimits {
	l := &ssaLimits{idles: map[string]bool{}, without: map[string]string{}}
	s := survey{called: map[callee]bool{}}
	for _, f := range form.SrcFuncs {
		large := false
		if f != nil {
			large = s.function(f) > maxConversions
		}
		if large && l.fewer == nil {
			l.fewer = slices.Clone(form.SrcFuncs[:slices.Index(form.SrcFuncs, f)])
		}
		if large {
			l.large = append(l.large, f.Name())
		} else if l.large != nil {
			l.fewer = append(l.fewer, f)
		}
	}
	// A taint analyzer starts at the calls of its sinks, and goes from there to where the arguments come from. Without such a call it finds
	// nothing, but the first that runs pays for a graph of all calls.
	for id, config := range a.engine.sinks {
		l.idles[id] = !slices.ContainsFunc(config.Sinks, func(sink taint.Sink) bool { return s.called[callee{sink.Package, sink.Method}] })
	}
	// Likewise, G407 starts at calls into crypto/cipher.
	l.idles[nonceID] = s.nonces == 0
	switch {
	case s.nonces > 0 && endless(form, s.ciphers):
		l.without[nonceID] = "a variable is set from itself"
	case s.nonces*s.referrers*s.referrers > maxNonces:
		l.without[nonceID] = fmt.Sprintf("%d possible nonces and %d uses of one value are too many", s.nonces, s.referrers)
	}
	if s.branches > maxBranches {
		l.without[boundsID] = "too many branches follow comparisons of a length"
	}
	return l
}

// sinks returns what the analyzers that look for tainted values look for.
func sinks() map[string]taint.Config {
	return map[string]taint.Config{
		"G120": analyzers.FormParsingLimits(), "G701": analyzers.SQLInjection(), "G702": analyzers.CommandInjection(), "G703": analyzers.PathTraversal(),
		"G704": analyzers.SSRF(), "G705": analyzers.XSS(), "G706": analyzers.LogInjection(), "G707": analyzers.SMTPInjection(),
		"G708": analyzers.SSTI(), "G709": analyzers.UnsafeDeserialization(), "G710": analyzers.OpenRedirect(),
	}
}

// order returns the ids of the analyzers with those last that can cost the most, so that they take their time from nobody.
func (e *Engine) order() []string {
	list := slices.Sorted(maps.Keys(e.analyzers))
	last := func(id string) int {
		switch _, taint := e.sinks[id]; {
		case id == conversionID || id == nonceID || id == boundsID:
			return 2
		case taint:
			return 1
		}
		return 0
	}
	slices.SortStableFunc(list, func(x, y string) int { return last(x) - last(y) })
	return list
}

// idle reports whether an analyzer cannot find anything.
func (l *ssaLimits) idle(id string) bool { return l.idles[id] }

// pass returns what an analyzer is given.
func (l *ssaLimits) pass(id string, pass *analysis.Pass, c *collector) *analysis.Pass {
	whole, ok := pass.ResultOf[buildssa.Analyzer].(*analyzers.SSAAnalyzerResult)
	if id != conversionID || l.large == nil || !ok {
		return pass
	}
	c.reduce(id, fmt.Sprintf("%s did not look at %s: too many conversions among too many branches", id, oneLine(fmt.Sprint(l.large))))
	part, other := *whole, *pass
	part.SSA = &buildssa.SSA{Pkg: whole.SSA.Pkg, SrcFuncs: l.fewer}
	other.ResultOf = maps.Clone(pass.ResultOf)
	other.ResultOf[buildssa.Analyzer] = &part
	return &other
}

// A callee is what a call names: the path of a package, and a function or method.
type callee struct{ path, name string }

// A survey counts what analyzers would start from.
type survey struct {
	called    map[callee]bool
	nonces    int             // mentions of crypto/cipher
	referrers int             // the most of one value in memory
	ciphers   []*ssa.Function // where these are
	branches  int
}

// function surveys one function, and returns what G115 would cost.
func (s *survey) function(f *ssa.Function) int {
	conversions, nonces := 0, s.nonces
	var operands [8]*ssa.Value
	var lengths []*ssa.BasicBlock
	for _, b := range f.Blocks {
		for _, i := range b.Instrs {
			for _, o := range i.Operands(operands[:0]) {
				if g, ok := (*o).(*ssa.Function); ok && g.Pkg != nil && g.Pkg.Pkg != nil && g.Pkg.Pkg.Path() == cipherPath {
					s.nonces++
				}
			}
			switch i := i.(type) {
			case *ssa.Call:
				s.call(i)
			case *ssa.Convert:
				if isInteger(i.X.Type()) && isInteger(i.Type()) {
					conversions++
				}
			case *ssa.Alloc:
				s.referrers = max(s.referrers, len(*i.Referrers()))
			case *ssa.Slice:
				s.referrers = max(s.referrers, len(*i.Referrers()))
			case *ssa.MakeSlice:
				s.referrers = max(s.referrers, len(*i.Referrers()))
			case *ssa.If:
				if comparesLength(i.Cond) {
					lengths = append(lengths, b)
				}
			}
		}
	}
	if s.nonces > nonces {
		s.ciphers = append(s.ciphers, f)
	}
	if lengths != nil && s.branches <= maxBranches {
		paths := map[branch]int{}
		for _, b := range lengths {
			for _, next := range b.Succs {
				s.branches = min(s.branches+follow(paths, next, 0), maxBranches+1)
			}
		}
	}
	return conversions * len(f.Blocks) * len(f.Blocks)
}

const cipherPath = "crypto/cipher"

func isInteger(t types.Type) bool {
	b, ok := t.Underlying().(*types.Basic)
	return ok && b.Info()&types.IsInteger != 0
}

// call adds under which names the analyzers could know a call.
func (s *survey) call(i *ssa.Call) {
	if i.Call.IsInvoke() {
		if p := i.Call.Method.Pkg(); p != nil && p.Path() == cipherPath {
			s.nonces++
		}
		if named, ok := types.Unalias(i.Call.Value.Type()).(*types.Named); ok && named.Obj().Pkg() != nil {
			s.called[callee{named.Obj().Pkg().Path(), i.Call.Method.Name()}] = true
		}
	}
	if f := i.Call.StaticCallee(); f != nil && f.Pkg != nil && f.Pkg.Pkg != nil {
		s.called[callee{f.Pkg.Pkg.Path(), f.Name()}] = true
	}
}

// comparesLength reports whether a condition compares something with the length of something.
func comparesLength(v ssa.Value) bool {
	b, ok := v.(*ssa.BinOp)
	return ok && (isLength(b.X, 0) || isLength(b.Y, 0))
}

func isLength(v ssa.Value, depth int) bool {
	switch v := v.(type) {
	case *ssa.Call:
		b, ok := v.Call.Value.(*ssa.Builtin)
		return ok && b.Name() == "len"
	case *ssa.BinOp:
		return depth < 4 && (isLength(v.X, depth+1) || isLength(v.Y, depth+1))
	}
	return false
}

// A branch is a block at some distance from a comparison.
type branch struct {
	block *ssa.BasicBlock
	depth int
}

// follow counts the instructions that G602 looks at from a block on.
func follow(known map[branch]int, b *ssa.BasicBlock, depth int) int {
	if depth == analyzers.MaxDepth {
		return 0
	}
	key := branch{b, depth}
	if n, ok := known[key]; ok {
		return n
	}
	n := len(b.Instrs)
	if _, ok := b.Instrs[len(b.Instrs)-1].(*ssa.If); ok {
		for _, next := range b.Succs {
			n += follow(known, next, depth+1)
		}
	}
	n = min(n, maxBranches+1)
	known[key] = n
	return n
}
