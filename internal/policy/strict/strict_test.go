package strict

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/goccy/go-yaml/ast"
)

type colour string

func (colour) Choices() []string { return []string{"red", "green"} }

type upper string

func (u *upper) UnmarshalText(text []byte) error {
	if len(text) > 3 {
		return errors.New("too long")
	}
	*u = upper(strings.ToUpper(string(text)))
	return nil
}

// byFunc decodes itself by the library's interface.
type byFunc struct{ n int }

func (b *byFunc) UnmarshalYAML(decode func(any) error) error {
	var words []string
	if err := decode(&words); err != nil {
		return err
	}
	b.n = len(words)
	return nil
}

// own decodes itself by ours.
type own struct{ kind string }

func (o *own) UnmarshalStrict(d *Decoder, path string, n ast.Node) {
	if s, ok := n.(*ast.StringNode); ok {
		o.kind = s.Value
		return
	}
	d.Fail(n, "write a word", "%s: not a word", path)
}

type shape struct {
	Colour  colour         `yaml:"colour"`
	Upper   upper          `yaml:"upper"`
	Words   byFunc         `yaml:"words"`
	Own     own            `yaml:"own"`
	Pointer *int           `yaml:"pointer"`
	Uint    uint8          `yaml:"uint"`
	Big     uint64         `yaml:"big"`
	Float   float32        `yaml:"float"`
	List    []map[int]bool `yaml:"list"`
	Map     map[colour]int `yaml:"map"`
	Any     any            `yaml:"any"`
	Plain   string
	Chan    chan int `yaml:"chan"`
	Not     string   `yaml:"-"`
}

func decode(text string, into *shape) (*Decoder, error) {
	doc, err := Document("f", []byte(text))
	if err != nil {
		return nil, err
	}
	d := &Decoder{File: "f", At: map[string]Place{}}
	d.Struct("", doc, reflect.ValueOf(into).Elem(), nil)
	return d, d.Errs.Err()
}

func TestDecode(t *testing.T) {
	s := shape{Map: map[colour]int{"red": 1}, Any: 1}
	d, err := decode("colour: green\nupper: 12\nwords: [a, b]\nown: w\npointer: -3\nuint: 255\nbig: 18446744073709551615\nfloat: 2\n"+
		"map: {green: 2}\nany: {x: [1, 2.5, true, ~, a]}\nplain: |\n  two\n  lines\n", &s)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprintln(s.Colour, s.Upper, s.Words.n, s.Own.kind, *s.Pointer, s.Uint, s.Big, s.Float, s.Map, s.Any, s.Plain)
	if want := "green 12 2 w -3 255 18446744073709551615 2 map[green:2 red:1] map[x:[1 2.5 true <nil> a]] two\nlines\n\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if at := d.At["map.green"]; at != (Place{"f", 9, 7}) {
		t.Errorf("place of map.green: %+v", at)
	}
	// Nothing said, nothing changed.
	before := s
	if _, err := decode("# nothing\n", &s); err != nil || !reflect.DeepEqual(s, before) {
		t.Errorf("empty file: %v %+v", err, s)
	}
	if _, err := decode("any: ~\n", &s); err != nil || s.Any != nil {
		t.Errorf("null for any: %v %v", err, s.Any)
	}
}

func TestDecodeRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"colour: blue":       `f:1:9: colour: "blue" is none of red, green (known: red, green)`,
		"colour: gren":       `f:1:9: colour: "gren" is none of red, green (did you mean "green"?)`,
		"upper: long":        `f:1:8: upper: too long`,
		"upper: true":        `f:1:8: upper: want a plain value, got true or false (put it in quotes if it is meant as text)`,
		"upper: {}":          `f:1:8: upper: want a plain value, got a mapping`,
		"own: 1":             `f:1:6: own: not a word (write a word)`,
		"own:":               `f:1:1: own: no value (write a value, or remove the key)`,
		"pointer: x":         `f:1:10: pointer: want a whole number, got text`,
		"uint: 256":          `f:1:7: uint: 256 is out of range`,
		"uint: -1":           `f:1:7: uint: -1 is out of range`,
		"list: [{1: true}]":  `f:1:9: a key that is not text (put the key in quotes)`,
		"list: [{a: true}]":  `f:1:8: list[0]: cannot be set in a file`,
		"map: {red: x}":      `f:1:12: map.red: want a whole number, got text`,
		"chan: 1":            `f:1:7: chan: cannot be set in a file`,
		"Not: 1":             `f:1:1: unknown key "Not" (known: colour, upper, words, own, pointer, uint, big, float, list, map, any, plain, chan)`,
		"any: &a x":          `f:1:6: an anchor (&name): not accepted here (write the value itself)`,
		"a: |\n  b\n c: d\n": `f:3:2: value is not allowed in this context`,
	} {
		var s shape
		if _, err := decode(text, &s); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q:\ngot  %v\nwant %s", text, err, want)
		}
	}
	var s shape
	if _, err := decode("words: {a: b}", &s); err == nil || !strings.HasPrefix(err.Error(), "f:1:8: words: ") || strings.Contains(err.Error(), "\n") {
		t.Errorf("the library's error: %v", err)
	}
}

func TestDidYouMean(t *testing.T) {
	known := []string{"protected", "preset", "mode", "dor"}
	for word, want := range map[string]string{
		"protcted":                 `did you mean "protected"?`,
		"pre-set":                  `did you mean "preset"?`,
		"node":                     `did you mean "mode"?`,
		"do":                       `did you mean "dor"?`,
		"gosec":                    "known: protected, preset, mode, dor",
		"":                         "known: protected, preset, mode, dor",
		strings.Repeat("x", 1<<20): "known: protected, preset, mode, dor",
	} {
		if got := DidYouMean(word, known); got != want {
			t.Errorf("%.20q: got %s", word, got)
		}
	}
	if got := DidYouMean("x", nil) + DidYouMean("qqqq", strings.Fields(strings.Repeat("another ", 26))); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestErrors(t *testing.T) {
	var none Errors
	if none.Err() != nil {
		t.Error("no errors are an error")
	}
	e := Errors{Place{"b", 1, 2}.Error("h", "x\x1b[2J%s", strings.Repeat("é", 500)), Place{File: "b"}.Error("", "whole"), Place{"a", 9, 9}.Error("", "y")}
	got := e.Err().Error()
	if want := "a:9:9: y\nb: whole\nb:1:2: x?[2J" + strings.Repeat("é", 195) + "… (h)"; got != want {
		t.Errorf("got %q", got)
	}
	if one := (*Error)(nil); !errors.As(e.Err(), &one) || one.File != "a" {
		t.Error("not found by errors.As")
	}
}
