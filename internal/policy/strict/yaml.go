package strict

import (
	"bytes"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/lexer"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
	"github.com/sourcegraph/conc/panics"

	"github.com/refward/refward/internal/pattern"
)

// The bounds of a policy file. The parser's time grows with the square of the tokens (0.2 s for 20,000 of them); a
// pushed .refward.yaml is an attacker's to write.
const (
	MaxBytes  = 1 << 20
	MaxTokens = 20_000
	MaxDepth  = 32
)

// Document parses data into its only mapping, of plain nodes alone; nil when data says nothing.
func Document(name string, data []byte) (*ast.MappingNode, error) {
	whole := Place{File: name}
	if len(data) > MaxBytes {
		return nil, Errors{whole.Error("", "larger than 1 MiB")}
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
		return nil, Errors{whole.Error("", "the YAML parser gave up: %v", crash.Value)}
	case errors.As(err, &syntax) && syntax.Token != nil:
		at := syntax.Token.Position
		return nil, Errors{Place{File: name, Line: at.Line, Column: at.Column}.Error("", "%s", syntax.Message)}
	case err != nil:
		return nil, Errors{whole.Error("", "%s", err)}
	}
	var body ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if body != nil {
			d := Decoder{File: name}
			d.Fail(doc.Body, "", "a second YAML document: the file may hold one")
			return nil, d.Errs
		}
		body = doc.Body
	}
	if body == nil {
		return nil, nil
	}
	if _, ok := body.(*ast.NullNode); ok {
		return nil, nil
	}
	d := Decoder{File: name}
	d.shape(body, 1)
	m, ok := body.(*ast.MappingNode)
	if !ok && len(d.Errs) == 0 {
		d.wrongType("the file", body, "a mapping")
	}
	return m, d.Errs.Err()
}

func parseTokens(tokens token.Tokens) (*ast.File, error) {
	if len(tokens) > MaxTokens {
		return nil, fmt.Errorf("more than %d words and signs", MaxTokens)
	}
	return parser.Parse(tokens, 0)
}

// plainText refuses what no editor writes into a YAML file and what later ends on a terminal.
func plainText(name string, data []byte) error {
	line, column := 1, 0
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		column++
		here := Place{File: name, Line: line, Column: column}
		switch {
		case r == utf8.RuneError && size == 1:
			return Errors{here.Error("save the file as UTF-8", "not UTF-8")}
		case r < ' ' && r != '\n' && r != '\r' && r != '\t':
			return Errors{here.Error("", "control character %U", r)}
		case r == '\n':
			line, column = line+1, 0
		}
		i += size
	}
	return nil
}

// shape refuses everything but mappings with text keys, lists and plain values. Anchors and aliases could make a small
// file huge, and nobody sees at a glance what they come to.
func (d *Decoder) shape(n ast.Node, depth int) {
	if depth > MaxDepth {
		d.Fail(n, "", "nested more than %d deep", MaxDepth)
		return
	}
	switch n := n.(type) {
	case *ast.MappingNode:
		for _, pair := range n.Values {
			if _, ok := pair.Key.(*ast.StringNode); !ok {
				d.Fail(pair.Key, "put the key in quotes", "a key that is not text")
				continue
			}
			d.shape(pair.Value, depth+1)
		}
	case *ast.SequenceNode:
		for _, item := range n.Values {
			d.shape(item, depth+1)
		}
	case *ast.StringNode:
		d.weigh(n, n.Value)
	case *ast.LiteralNode:
		d.weigh(n, n.Value.Value)
	case *ast.IntegerNode, *ast.BoolNode, *ast.NullNode:
	case *ast.FloatNode:
		if math.IsInf(n.Value, 0) || math.IsNaN(n.Value) {
			d.Fail(n, "", "%s is out of range", n.Token.Value)
		}
	default:
		d.Fail(n, "write the value itself", "%s: not accepted here", kindOf(n))
	}
}

// weigh adds a text to what all of the file weigh as regular expressions. Which ones are is not known here: words that repeat nothing
// weigh no more than they are long.
func (d *Decoder) weigh(n ast.Node, text string) {
	if d.weight > pattern.MaxWeight || !strings.Contains(text, "{") {
		return
	}
	if d.weight += pattern.Weight(text); d.weight > pattern.MaxWeight {
		d.Fail(n, "repeat less: a{1000} is a thousand", "the regular expressions of the file are too large together")
	}
}

// Plain returns n as Go's own types; n has passed shape.
func Plain(n ast.Node) any {
	switch n := n.(type) {
	case *ast.MappingNode:
		m := make(map[string]any, len(n.Values))
		for _, pair := range n.Values {
			m[Key(pair)] = Plain(pair.Value)
		}
		return m
	case *ast.SequenceNode:
		s := make([]any, len(n.Values))
		for i, item := range n.Values {
			s[i] = Plain(item)
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

// Key returns the key of a pair; the pair has passed Document.
func Key(n *ast.MappingValueNode) string {
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
