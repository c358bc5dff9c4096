package repair

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/printer"
	"os"
)

var debug = os.Getenv("REPAIR_DEBUG") != ""

func (m *mender) debugErrs(round int) {
	if !debug {
		return
	}
	for _, e := range m.errs {
		fmt.Println("  ERR", round, m.g.Fset.Position(e.Pos), e.Msg, m.g.Fset.Position(spanOf(e).end).Column)
	}
}

func (m *mender) debugReplace(why string, e ast.Node, level int) {
	if !debug {
		return
	}
	var b bytes.Buffer
	printer.Fprint(&b, m.g.Fset, e)
	s := b.String()
	if len(s) > 100 {
		s = s[:100]
	}
	fmt.Printf("  REPL %d %v %s %q\n", level, m.g.Fset.Position(e.Pos()), why, s)
}

func (m *mender) debugMissing() {
	if !debug {
		return
	}
	for _, f := range m.files {
		ast.Inspect(f, func(n ast.Node) bool {
			if id, ok := n.(*ast.Ident); ok && m.info.Uses[id] == nil {
				if _, ok := m.info.Defs[id]; !ok && id.Name != "_" {
					fmt.Println("  NOUSE", m.g.Fset.Position(id.Pos()), id.Name)
				}
			}
			return true
		})
	}
}
