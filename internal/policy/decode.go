package policy

import (
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
)

// A place is where a value stands in a file.
type place struct {
	file         string
	line, column int
	preset       bool // the file is a preset of ours
}

func (p place) error(hint, format string, args ...any) *Error {
	return &Error{File: p.file, Line: p.line, Column: p.column, Msg: printable(fmt.Sprintf(format, args...)), Hint: printable(hint)}
}

// A decoder puts YAML into Go values, over what they hold. It is stricter than the library's own: text is not made of
// numbers nor numbers of text, an unknown key and a missing value are errors, and it goes on after an error, so that a
// file can be mended in one go.
type decoder struct {
	file   string
	preset bool
	errs   Errors
	at     map[string]place // where each key stands, by its path; nil = not wanted
}

// enum is a string type with a closed list of values.
type enum interface{ choices() []string }

func (d *decoder) place(n ast.Node) place {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			n = m.Values[0].Key // its own token is the first colon
		}
	case *ast.MappingValueNode:
		n = m.Key
	}
	pos := n.GetToken().Position
	return place{file: d.file, line: pos.Line, column: pos.Column, preset: d.preset}
}

func (d *decoder) fail(n ast.Node, hint, format string, args ...any) {
	d.errs = append(d.errs, d.place(n).error(hint, format, args...))
}

// value decodes n, the value of key at path, over what v holds.
func (d *decoder) value(path string, key, n ast.Node, v reflect.Value) {
	_, null := n.(*ast.NullNode)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.value(path, key, n, v.Elem())
		return
	}
	if v.Kind() == reflect.Interface {
		if v.NumMethod() == 0 {
			if x := plain(n); x != nil {
				v.Set(reflect.ValueOf(x))
			} else {
				v.SetZero()
			}
			return
		}
	}
	if null {
		// A mapping of which every line is commented out says nothing. Anything else wants a value.
		_, gate := v.Interface().(Gate)
		if v.Kind() != reflect.Struct && v.Kind() != reflect.Map || gate {
			d.fail(key, "write a value, or remove the key", "%s: no value", path)
		}
		return
	}
	switch into := v.Addr().Interface().(type) {
	case *Gate:
		d.gate(path, n, into)
		return
	case *time.Duration:
		text, ok := d.text(path, n, "a duration such as 60s", false)
		if !ok {
			return
		}
		t, err := time.ParseDuration(text)
		if err != nil {
			d.fail(n, "write it as 90s, 5m or 1h30m", "%s: %q is not a duration", path, text)
			return
		}
		*into = t
		return
	case yaml.NodeUnmarshaler, yaml.NodeUnmarshalerContext, yaml.InterfaceUnmarshaler, yaml.InterfaceUnmarshalerContext,
		yaml.BytesUnmarshaler, yaml.BytesUnmarshalerContext:
		if err := yaml.NodeToValue(n, into, yaml.Strict()); err != nil {
			d.fail(n, "", "%s: %s", path, libraryMessage(err))
		}
		return
	case encoding.TextUnmarshaler:
		text, ok := d.text(path, n, "a plain value", true)
		if !ok {
			return
		}
		if err := into.UnmarshalText([]byte(text)); err != nil {
			d.fail(n, "", "%s: %s", path, err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if m, ok := n.(*ast.MappingNode); ok {
			d.structure(path, m, v, nil)
			return
		}
		d.wrongType(path, n, "a mapping")
	case reflect.Map:
		d.mapping(path, n, v)
	case reflect.Slice:
		d.list(path, n, v)
	default:
		d.scalar(path, n, v)
	}
}

func (d *decoder) wrongType(path string, n ast.Node, want string) {
	d.fail(n, "", "%s: want %s, got %s", path, want, kindOf(n))
}

// structure decodes a mapping into a struct. other is asked about keys that are no field; it reports whether it knows
// the key.
func (d *decoder) structure(path string, m *ast.MappingNode, v reflect.Value, other func(key string, n *ast.MappingValueNode) bool) {
	fields := map[string]int{}
	var names []string
	for i := range v.NumField() {
		f := v.Type().Field(i)
		name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if name == "" {
			name = strings.ToLower(f.Name)
		}
		if f.IsExported() && name != "-" {
			fields[name] = i
			names = append(names, name)
		}
	}
	for _, n := range m.Values {
		key, sub := keyOf(n), join(path, keyOf(n))
		if d.at != nil {
			d.at[sub] = d.place(n)
		}
		if i, ok := fields[key]; ok {
			d.value(sub, n.Key, n.Value, v.Field(i))
		} else if other == nil || !other(key, n) {
			d.fail(n, didYouMean(key, names), "unknown key %q%s", key, within(path))
		}
	}
}

// mapping decodes into a map; a key that the map has already keeps what the file does not say about it.
func (d *decoder) mapping(path string, n ast.Node, v reflect.Value) {
	m, ok := n.(*ast.MappingNode)
	if !ok || v.Type().Key().Kind() != reflect.String {
		d.wrongType(path, n, "a mapping")
		return
	}
	// The map may be somebody's defaults: write to a copy.
	fresh := reflect.MakeMap(v.Type())
	for _, k := range v.MapKeys() {
		fresh.SetMapIndex(k, v.MapIndex(k))
	}
	for _, pair := range m.Values {
		sub := join(path, keyOf(pair))
		if d.at != nil {
			d.at[sub] = d.place(pair)
		}
		k := reflect.ValueOf(keyOf(pair)).Convert(v.Type().Key())
		elem := reflect.New(v.Type().Elem()).Elem()
		if old := fresh.MapIndex(k); old.IsValid() {
			elem.Set(old)
		}
		d.value(sub, pair.Key, pair.Value, elem)
		fresh.SetMapIndex(k, elem)
	}
	v.Set(fresh)
}

// list decodes into a slice, in the place of what it holds.
func (d *decoder) list(path string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrongType(path, n, "a list")
		return
	}
	fresh := reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values))
	for i, item := range s.Values {
		sub := fmt.Sprintf("%s[%d]", path, i)
		if d.at != nil {
			d.at[sub] = d.place(item)
		}
		d.value(sub, item, item, fresh.Index(i))
	}
	v.Set(fresh)
}

func (d *decoder) scalar(path string, n ast.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		text, ok := d.text(path, n, "text", false)
		if !ok {
			return
		}
		if e, ok := v.Interface().(enum); ok && !slices.Contains(e.choices(), text) {
			d.fail(n, didYouMean(text, e.choices()), "%s: %q is none of %s", path, text, strings.Join(e.choices(), ", "))
			return
		}
		v.SetString(text)
	case reflect.Bool:
		b, ok := n.(*ast.BoolNode)
		if !ok {
			d.wrongType(path, n, "true or false")
			return
		}
		v.SetBool(b.Value)
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		i, ok := n.(*ast.IntegerNode)
		if !ok {
			d.wrongType(path, n, "a whole number")
			return
		}
		if !setInteger(v, i.Value) {
			d.fail(n, "", "%s: %s is out of range", path, i.Token.Value)
		}
	case reflect.Float32, reflect.Float64:
		switch x := plain(n).(type) {
		case float64:
			v.SetFloat(x)
		case int64:
			v.SetFloat(float64(x))
		case uint64:
			v.SetFloat(float64(x))
		default:
			d.wrongType(path, n, "a number")
		}
	default:
		d.fail(n, "", "%s: cannot be set in a file", path)
	}
}

// text returns the text of a scalar; number says whether a number will do.
func (d *decoder) text(path string, n ast.Node, want string, number bool) (string, bool) {
	switch s := n.(type) {
	case *ast.StringNode:
		return s.Value, true
	case *ast.LiteralNode:
		return s.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode:
		_, isBool := n.(*ast.BoolNode)
		if number && !isBool {
			return n.GetToken().Value, true
		}
		d.fail(n, "put it in quotes if it is meant as text", "%s: want %s, got %s", path, want, kindOf(n))
	default:
		d.wrongType(path, n, want)
	}
	return "", false
}

// gate decodes either one action for every ref or one for each class of ref.
func (d *decoder) gate(path string, n ast.Node, g *Gate) {
	m, ok := n.(*ast.MappingNode)
	if !ok {
		var a Action
		d.scalar(path, n, reflect.ValueOf(&a).Elem())
		*g = Gate{Protected: a, Topic: a}
		return
	}
	bad := len(d.errs)
	*g = Gate{}
	d.structure(path, m, reflect.ValueOf(g).Elem(), nil)
	if len(d.errs) > bad {
		return
	}
	switch {
	case g.Protected == "" || g.Topic == "":
		d.fail(n, "write {protected: …, topic: …}, or one word for both", "%s: needs both protected and topic", path)
	case g.Protected.rank() < g.Topic.rank():
		d.fail(n, "", "%s: protected refs (%s) cannot be judged more mildly than topics (%s)", path, g.Protected, g.Topic)
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

func within(path string) string {
	if path == "" {
		return ""
	}
	return " in " + path
}
