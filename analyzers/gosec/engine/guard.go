package engine

import (
	"bytes"
	"fmt"
	"go/ast"
	"sync"

	"github.com/securego/gosec/v2"
	"github.com/securego/gosec/v2/issue"
	"golang.org/x/tools/go/analysis"

	"github.com/securego/gosec/v2/analyzers"
)

// guardedRules returns the rules, each so that it cannot take the others with it.
func (a *Analysis) guardedRules(c *collector) map[string]gosec.RuleBuilder {
	builders := map[string]gosec.RuleBuilder{}
	limits := a.ruleLimits()
	for id, definition := range a.engine.rules {
		if why, ok := limits.without[id]; ok {
			c.reduce(id, fmt.Sprintf("%s did not run: %s", id, why))
			continue
		}
		var rule gosec.Rule
		var nodes []ast.Node
		// gosec builds a set of rules that it asks for ids only, and another to work with.
		build := sync.OnceFunc(func() {
			conf, _ := a.engine.config()
			rule, nodes = definition.Create(id, conf)
			if id == trojanID {
				rule = &trojan{MetaData: issue.NewMetaData(id, trojanWhat, issue.High, issue.Medium), sources: a.pkg.Sources}
			}
			if id == serializationID {
				rule = &serialization{Rule: rule, limits: limits, c: c}
			}
			rule = &guardedRule{Rule: rule, id: id, c: c}
		})
		builders[id] = func(string, gosec.Config) (gosec.Rule, []ast.Node) {
			build()
			return rule, nodes
		}
	}
	return builders
}

// A guardedRule gives what a rule finds to a collector, and survives a rule's panic.
type guardedRule struct {
	gosec.Rule
	id string
	c  *collector
}

// Match returns nothing: what is found is in the collector.
func (g *guardedRule) Match(n ast.Node, ctx *gosec.Context) (*issue.Issue, error) {
	if g.c.stop() {
		g.c.reduce("the rules", "the rules did not come to an end")
		return nil, nil
	}
	file := ""
	err := try(func() {
		i, err := g.Rule.Match(n, ctx) // an error says that something was not understood, as often happens
		if err == nil && i == nil {
			return
		}
		if f := ctx.FileSet.File(ctx.Root.Package); f != nil {
			file = f.Name()
		}
		g.c.add(found{i, file})
	})
	if err != nil {
		g.c.reduce(g.id, fmt.Sprintf("%s stopped at code that it does not understand: %v", g.id, err))
	}
	return nil, nil
}

// guardedAnalyzers returns the analyzers, each so that it cannot take the others with it, in the order in which they are to run.
func (a *Analysis) guardedAnalyzers(c *collector, limits *ssaLimits) []analyzers.AnalyzerDefinition {
	var guarded []analyzers.AnalyzerDefinition
	for _, id := range a.engine.order() {
		definition := a.engine.analyzers[id]
		if limits.idle(id) {
			continue
		}
		if why, ok := limits.without[id]; ok {
			c.reduce(id, fmt.Sprintf("%s did not run: %s", id, why))
			continue
		}
		create := definition.Create
		definition.Create = func(id, description string) *analysis.Analyzer {
			analyzer := create(id, description)
			run := analyzer.Run
			analyzer.Run = func(pass *analysis.Pass) (any, error) {
				if c.stop() {
					c.reduce(id, fmt.Sprintf("%s did not run: the time was over", id))
					return nil, nil
				}
				c.begin(id)
				defer c.end(id)
				err := try(func() {
					result, err := run(limits.pass(id, pass, c))
					if err != nil {
						c.reduce(id, fmt.Sprintf("%s stopped: %s", id, oneLine(err.Error())))
					}
					issues, _ := result.([]*issue.Issue)
					for _, i := range issues {
						c.add(found{Issue: i})
					}
				})
				if err != nil {
					c.reduce(id, fmt.Sprintf("%s stopped at code that it does not understand: %v", id, err))
				}
				return nil, nil
			}
			return analyzer
		}
		guarded = append(guarded, definition)
	}
	return guarded
}

const (
	trojanID   = "G116"
	trojanWhat = "Potential Trojan Source vulnerability via use of bidirectional text control characters"
)

// A trojan is G116 on bytes in memory. gosec's own reads the file of that name, and says nothing if there is none.
type trojan struct {
	issue.MetaData
	sources map[string][]byte
}

// Match implements gosec.Rule.
func (t *trojan) Match(n ast.Node, ctx *gosec.Context) (*issue.Issue, error) {
	syntax, ok := n.(*ast.File)
	if !ok {
		return nil, nil
	}
	if f := ctx.FileSet.File(syntax.Pos()); f != nil && bidirectional(t.sources[f.Name()]) {
		return ctx.NewIssue(n, t.ID(), t.What, t.Severity, t.Confidence), nil
	}
	return nil, nil
}

// bidirectional reports whether there is a character that changes the direction of text: U+200E, U+200F, U+202A–U+202E, U+2066–U+2069.
func bidirectional(src []byte) bool {
	for {
		i := bytes.IndexByte(src, 0xe2)
		if i < 0 || i+2 >= len(src) {
			return false
		}
		switch b, c := src[i+1], src[i+2]; {
		case b == 0x80 && (c == 0x8e || c == 0x8f || c >= 0xaa && c <= 0xae), b == 0x81 && c >= 0xa6 && c <= 0xa9:
			return true
		}
		src = src[i+1:]
	}
}
