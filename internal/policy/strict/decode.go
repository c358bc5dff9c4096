package strict

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

// A Decoder puts YAML into Go values, over what they hold, and collects what is wrong. Its paths are such as
// "limits.blob" and "bots[2]".
type Decoder struct {
	File string           // its name, for messages
	At   map[string]Place // where each key and list item stands, by its path; filled in unless nil
	Errs Errors           // what was wrong so far

	weight int // of its texts; see pattern.Weight
}

// An Unmarshaler decodes itself, with the decoder's help.
type Unmarshaler interface {
	UnmarshalStrict(d *Decoder, path string, n ast.Node)
}

// An Enum is a string type with a closed list of values.
type Enum interface{ Choices() []string }

// Place says where n stands.
func (d *Decoder) Place(n ast.Node) Place {
	switch m := n.(type) {
	case *ast.MappingNode:
		if !m.IsFlowStyle && len(m.Values) > 0 {
			n = m.Values[0].Key // its own token is the first colon
		}
	case *ast.MappingValueNode:
		n = m.Key
	}
	pos := n.GetToken().Position
	return Place{File: d.File, Line: pos.Line, Column: pos.Column}
}

// Fail adds an error at n.
func (d *Decoder) Fail(n ast.Node, hint, format string, args ...any) {
	d.Errs = append(d.Errs, d.Place(n).Error(hint, format, args...))
}

// Value decodes n, the value of key at path, over what v holds.
func (d *Decoder) Value(path string, key, n ast.Node, v reflect.Value) {
	_, null := n.(*ast.NullNode)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			v.Set(reflect.New(v.Type().Elem()))
		}
		d.Value(path, key, n, v.Elem())
		return
	}
	if v.Kind() == reflect.Interface {
		if v.NumMethod() == 0 {
			if x := Plain(n); x != nil {
				v.Set(reflect.ValueOf(x))
			} else {
				v.SetZero()
			}
			return
		}
	}
	if null {
		// A mapping of which every line is commented out says nothing. Anything else wants a value.
		_, own := v.Addr().Interface().(Unmarshaler)
		if v.Kind() != reflect.Struct && v.Kind() != reflect.Map || own {
			d.Fail(key, "write a value, or remove the key", "%s: no value", path)
		}
		return
	}
	switch into := v.Addr().Interface().(type) {
	case Unmarshaler:
		into.UnmarshalStrict(d, path, n)
		return
	case *time.Duration:
		text, ok := d.text(path, n, "a duration such as 60s", false)
		if !ok {
			return
		}
		t, err := time.ParseDuration(text)
		if err != nil {
			d.Fail(n, "write it as 90s, 5m or 1h30m", "%s: %q is not a duration", path, text)
			return
		}
		*into = t
		return
	case yaml.NodeUnmarshaler, yaml.NodeUnmarshalerContext, yaml.InterfaceUnmarshaler, yaml.InterfaceUnmarshalerContext,
		yaml.BytesUnmarshaler, yaml.BytesUnmarshalerContext:
		if err := yaml.NodeToValue(n, into, yaml.Strict()); err != nil {
			d.Fail(n, "", "%s: %s", path, libraryMessage(err))
		}
		return
	case encoding.TextUnmarshaler:
		text, ok := d.text(path, n, "a plain value", true)
		if !ok {
			return
		}
		if err := into.UnmarshalText([]byte(text)); err != nil {
			d.Fail(n, "", "%s: %s", path, err)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		if m, ok := n.(*ast.MappingNode); ok {
			d.Struct(path, m, v, nil)
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

func (d *Decoder) wrongType(path string, n ast.Node, want string) {
	d.Fail(n, "", "%s: want %s, got %s", path, want, kindOf(n))
}

// Struct decodes a mapping into a struct. other is asked about keys that are no field; it reports whether it knows
// the key.
func (d *Decoder) Struct(path string, m *ast.MappingNode, v reflect.Value, other func(key string, n *ast.MappingValueNode) bool) {
	if m == nil {
		return // an empty file
	}
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
		key, sub := Key(n), join(path, Key(n))
		if d.At != nil {
			d.At[sub] = d.Place(n)
		}
		if i, ok := fields[key]; ok {
			d.Value(sub, n.Key, n.Value, v.Field(i))
		} else if other == nil || !other(key, n) {
			d.Fail(n, DidYouMean(key, names), "unknown key %q%s", key, within(path))
		}
	}
}

// mapping decodes into a map; a key that the map has already keeps what the file does not say about it.
func (d *Decoder) mapping(path string, n ast.Node, v reflect.Value) {
	m, ok := n.(*ast.MappingNode)
	switch {
	case v.Type().Key().Kind() != reflect.String:
		d.Fail(n, "", "%s: cannot be set in a file", path)
		return
	case !ok:
		d.wrongType(path, n, "a mapping")
		return
	}
	// The map may be somebody's defaults: write to a copy.
	fresh := reflect.MakeMap(v.Type())
	for _, k := range v.MapKeys() {
		fresh.SetMapIndex(k, v.MapIndex(k))
	}
	for _, pair := range m.Values {
		sub := join(path, Key(pair))
		if d.At != nil {
			d.At[sub] = d.Place(pair)
		}
		k := reflect.ValueOf(Key(pair)).Convert(v.Type().Key())
		elem := reflect.New(v.Type().Elem()).Elem()
		if old := fresh.MapIndex(k); old.IsValid() {
			elem.Set(old)
		}
		d.Value(sub, pair.Key, pair.Value, elem)
		fresh.SetMapIndex(k, elem)
	}
	v.Set(fresh)
}

// list decodes into a slice, in the place of what it holds.
func (d *Decoder) list(path string, n ast.Node, v reflect.Value) {
	s, ok := n.(*ast.SequenceNode)
	if !ok {
		d.wrongType(path, n, "a list")
		return
	}
	fresh := reflect.MakeSlice(v.Type(), len(s.Values), len(s.Values))
	for i, item := range s.Values {
		sub := fmt.Sprintf("%s[%d]", path, i)
		if d.At != nil {
			d.At[sub] = d.Place(item)
		}
		d.Value(sub, item, item, fresh.Index(i))
	}
	v.Set(fresh)
}

func (d *Decoder) scalar(path string, n ast.Node, v reflect.Value) {
	switch v.Kind() {
	case reflect.String:
		text, ok := d.text(path, n, "text", false)
		if !ok {
			return
		}
		if e, ok := v.Interface().(Enum); ok && !slices.Contains(e.Choices(), text) {
			d.Fail(n, DidYouMean(text, e.Choices()), "%s: %q is none of %s", path, text, strings.Join(e.Choices(), ", "))
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
			d.Fail(n, "", "%s: %s is out of range", path, i.Token.Value)
		}
	case reflect.Float32, reflect.Float64:
		switch x := Plain(n).(type) {
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
		d.Fail(n, "", "%s: cannot be set in a file", path)
	}
}

// Text returns the text of a scalar, which may look like a number, or adds an error.
func (d *Decoder) Text(path string, n ast.Node, want string) (string, bool) {
	return d.text(path, n, want, true)
}

// text returns the text of a scalar; number says whether a number will do.
func (d *Decoder) text(path string, n ast.Node, want string, number bool) (string, bool) {
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
		d.Fail(n, "put it in quotes if it is meant as text", "%s: want %s, got %s", path, want, kindOf(n))
	default:
		d.wrongType(path, n, want)
	}
	return "", false
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
