package policy

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/sourcegraph/conc/panics"
)

// The bounds of a policy file. The parser's time grows with the square of the tokens (0.2 s for 20,000 of them); a
// pushed .refward.yaml is an attacker's to write.
const (
	maxBytes  = 1 << 20
	maxTokens = 20_000
	maxDepth  = 32
)

// document parses data into its only mapping, of plain nodes alone; nil when data says nothing.
func document(name string, data []byte) (*ast.MappingNode, error) {
	whole := place{file: name}
	if len(data) > maxBytes {
		return nil, Errors{whole.error("", "larger than 1 MiB")}
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if err := plainText(name, data); err != nil {
		return nil, err
	}
	var file *ast.File
	var err error
	crash := panics.Try(func() { file, err = parseTokens(lexer.Tokenize(string(data))) })
	var syntax *yaml.SyntaxError
	switch {
	case crash != nil:
		return nil, Errors{whole.error("", "the YAML parser gave up: %v", crash.Value)}
	case errors.As(err, &syntax) && syntax.Token != nil:
		at := syntax.Token.Position
		return nil, Errors{place{file: name, line: at.Line, column: at.Column}.error("", "%s", syntax.Message)}
	case err != nil:
		return nil, Errors{whole.error("", "%s", err)}
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			d := decoder{file: name}
			d.fail(doc.Body, "", "a second YAML document: a policy is one")
			return nil, d.errs
		}
		body = doc.Body
	}
	if body == nil {
		return nil, nil
	}
	if _, ok := body.(*ast.NullNode); ok {
		return nil, nil
	}
	d := decoder{file: name}
	d.shape(body, 1)
	m, ok := body.(*ast.MappingNode)
	if !ok && len(d.errs) == 0 {
		d.wrongType("the policy", body, "a mapping")
	}
	return m, d.errs.err()
}

func parseTokens(tokens token.Tokens) (*ast.File, error) {
	if len(tokens) > maxTokens {
		return nil, fmt.Errorf("more than %d words and signs", maxTokens)
	}
	return parser.Parse(tokens, 0)
}

// plainText refuses what no editor writes into a YAML file and what later ends on a terminal.
func plainText(name string, data []byte) error {
	line, column := 1, 0
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		column++
		here := place{file: name, line: line, column: column}
		switch {
		case r == utf8.RuneError && size == 1:
			return Errors{here.error("save the file as UTF-8", "not UTF-8")}
		case r < ' ' && r != '\n' && r != '\r' && r != '\t':
			return Errors{here.error("", "control character %U", r)}
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
	}
	return nil
}

// shape refuses everything but mappings with text keys, lists and plain values. Anchors and aliases could make a small
// file huge, and nobody sees at a glance what they come to.
func (d *decoder) shape(n ast.Node, depth int) {
	if depth > maxDepth {
		d.fail(n, "", "nested more than %d deep", maxDepth)
		return
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, pair := range n.Values {
			key, ok := pair.Key.(*ast.StringNode)
			if !ok {
				d.fail(pair.Key, "put the key in quotes", "a key that is not text")
				continue
			}
			d.encoded(key)
			d.shape(pair.Value, depth+1)
		}
	case *ast.SequenceNode:
		for _, item := range n.Values {
			d.shape(item, depth+1)
		}
	case *ast.StringNode:
		d.encoded(n)
	case *ast.LiteralNode, *ast.IntegerNode, *ast.BoolNode, *ast.NullNode:
	case *ast.FloatNode:
		if math.IsInf(n.Value, 0) || math.IsNaN(n.Value) {
			d.fail(n, "", "%s is out of range", n.Token.Value)
		}
	default:
		d.fail(n, "write the value itself", "%s: not accepted in a policy", kindOf(n))
	}
}

// encoded refuses text that escapes made something else than UTF-8.
func (d *decoder) encoded(n *ast.StringNode) {
	if !utf8.ValidString(n.Value) {
		d.fail(n, "", "an escape that is no character")
	}
}

// plain returns n as Go's own types; n has passed shape.
func plain(n ast.Node) any {
	switch n := n.(type) {
	case *ast.MappingNode:
		m := make(map[string]any, len(n.Values))
		for _, pair := range n.Values {
			m[keyOf(pair)] = plain(pair.Value)
		}
		return m
	case *ast.SequenceNode:
		s := make([]any, len(n.Values))
		for i, item := range n.Values {
			s[i] = plain(item)
		}
		return s
	case *ast.StringNode:
		return n.Value
	case *ast.LiteralNode:
		return n.Value.Value
	case *ast.IntegerNode:
		return n.Value
	case *ast.FloatNode:
		return n.Value
	case *ast.BoolNode:
		return n.Value
	default:
		return nil
	}
}

func keyOf(n *ast.MappingValueNode) string {
	if s, ok := n.Key.(*ast.StringNode); ok {
		return s.Value
	}
	return ""
}

// kindOf names what n is in an administrator's words.
func kindOf(n ast.Node) string {
	switch n.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "a mapping"
	case *ast.SequenceNode:
		return "a list"
	case *ast.StringNode, *ast.LiteralNode:
		return "text"
	case *ast.IntegerNode, *ast.FloatNode, *ast.InfinityNode, *ast.NanNode:
		return "a number"
	case *ast.BoolNode:
		return "true or false"
	case *ast.NullNode:
		return "nothing"
	case *ast.AnchorNode:
		return "an anchor (&name)"
	case *ast.AliasNode:
		return "an alias (*name)"
	case *ast.MergeKeyNode:
		return "a merge key (<<)"
	case *ast.TagNode:
		return "a tag (!name)"
	default:
		return "a " + n.Type().String() + " node"
	}
}

// setInteger sets v to x, an int64 or a uint64, unless v cannot hold it.
func setInteger(v reflect.Value, x any) bool {
	var n int64
	switch x := x.(type) {
	case int64:
		n = x
	case uint64:
		if v.CanUint() && !v.OverflowUint(x) {
			v.SetUint(x)
			return true
		}
		if x > math.MaxInt64 {
			return false
		}
		n = int64(x)
	default:
		return false
	}
	switch {
	case v.CanInt() && !v.OverflowInt(n):
		v.SetInt(n)
	case v.CanUint() && n >= 0 && !v.OverflowUint(uint64(n)):
		v.SetUint(uint64(n))
	default:
		return false
	}
	return true
}

// libraryMessage is the library's error without the excerpt of the file that it draws.
func libraryMessage(err error) string {
	var e yaml.Error
	if errors.As(err, &e) {
		return e.GetMessage()
	}
	return err.Error()
}
