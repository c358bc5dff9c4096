package strict

import (
	"fmt"

	"github.com/goccy/go-yaml/ast"
)

// Places returns where each key and list item below a mapping stands, by its path, as [Decoder.At] has it. It needs no type to
// decode into. file is its name, for messages; path is that of the mapping itself.
func Places(file, path string, m *ast.MappingNode) map[string]Place {
	d := &Decoder{File: file, At: map[string]Place{}}
	d.note(path, m)
	return d.At
}

func (d *Decoder) note(path string, n ast.Node) {
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, pair := range n.Values {
			sub := join(path, Key(pair))
			d.At[sub] = d.Place(pair)
			d.note(sub, pair.Value)
		}
	case *ast.SequenceNode:
		for i, item := range n.Values {
			sub := fmt.Sprintf("%s[%d]", path, i)
			d.At[sub] = d.Place(item)
			d.note(sub, item)
		}
	}
}
