package schema_test

import (
	"bytes"
	"cmp"
	"encoding"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/all"
	"github.com/refward/refward/internal/policy"
	"github.com/refward/refward/internal/policy/schema"
	"github.com/refward/refward/internal/policy/strict"
)

const (
	module = "github.com/refward/refward/"
	root   = "../../../"
)

type object = map[string]any

// A generator makes a schema of what strict.Decoder decodes, case by case as that does. There are libraries that reflect types into
// schemas; the decoder's rules, such as that an empty mapping may be null, would have to be written into their output again.
type generator struct {
	limits map[string]object            // what types do not say, by path
	used   map[string]bool              // of the limits
	docs   map[string]string            // by path, from docs/policy.md
	fields map[string]map[string]string // comments of fields, by type
}

func generate() ([]byte, error) {
	list, err := analyzersOf()
	if err != nil {
		return nil, err
	}
	g := &generator{limits: limits(list), used: map[string]bool{}, fields: map[string]map[string]string{}}
	if g.docs, err = documented(); err != nil {
		return nil, err
	}
	s := g.schema("", reflect.TypeFor[policy.Policy]())
	properties := s["properties"].(object)
	options := all.Options()
	for _, name := range names(list) {
		if o, ok := options[name]; ok {
			properties[name] = g.schema(name, reflect.TypeOf(o))
		} else if properties[name] != nil {
			continue // a key of policy's own, which says where the check asks
		} else {
			properties[name] = object{"type": []string{"object", "null"}, "maxProperties": 0}
		}
		properties[name].(object)["description"] = "Options of the check " + name + "."
	}
	for path := range g.limits {
		if !g.used[path] {
			return nil, fmt.Errorf("there is no %s to limit", path)
		}
	}
	s["$schema"], s["$id"] = "https://json-schema.org/draft/2020-12/schema", schema.URL
	s["title"] = "Refward policy"
	s["description"] = "What is refused where. Everything is optional; what is not said comes from a preset."
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", " ")
	err = enc.Encode(s)
	return out.Bytes(), err
}

// analyzersOf returns the analyzers that a policy may name.
func analyzersOf() ([]*analyzers.Analyzer, error) {
	p, err := policy.Preset(policy.DefaultPreset)
	if err != nil {
		return nil, err
	}
	return all.List(nil)(p)
}

func names(list []*analyzers.Analyzer) []string {
	var all []string
	for _, a := range list {
		all = append(all, a.Name)
	}
	return all
}

func (g *generator) schema(path string, t reflect.Type) object {
	s := g.ofType(path, t)
	if more, ok := g.limits[path]; ok {
		g.used[path] = true
		maps.Copy(s, more)
	}
	if doc, ok := g.docs[path]; ok {
		s["description"] = doc
	}
	return s
}

// ofType follows strict.Decoder.Value.
func (g *generator) ofType(path string, t reflect.Type) object {
	switch t {
	case reflect.TypeFor[policy.Gate]():
		return gate()
	case reflect.TypeFor[policy.EnforceFrom]():
		return object{"anyOf": []object{
			{"type": "string", "pattern": `^([0-9a-f]{40}|[0-9a-f]{64})$`},
			{"type": "string", "pattern": `^[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9]{1,2}:[0-9]{2}:[0-9]{2}([.,][0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2}))?$`},
			{"type": "number"}, // a commit's id of digits only
		}}
	case reflect.TypeFor[time.Duration]():
		return object{"type": "string", "pattern": `^\+?(0|(([0-9]+(\.[0-9]*)?|\.[0-9]+)(ns|us|µs|μs|ms|s|m|h))+)$`}
	}
	if t.Name() == "Size" { // policy's, and those of checks, which do not know policy
		return object{"anyOf": []object{
			{"type": "number", "exclusiveMinimum": 0},
			{"type": "string", "pattern": `^[0-9.,]+[ \t]*([kKmMgGtTpPeE][iI]?)?[bB]?[ \t]*$`},
		}}
	}
	if reflect.PointerTo(t).Implements(reflect.TypeFor[strict.Unmarshaler]()) || reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) {
		panic(fmt.Sprintf("%s: %s decodes itself: say here what it takes", path, t))
	}
	switch t.Kind() {
	case reflect.Pointer:
		return g.ofType(path, t.Elem())
	case reflect.Interface:
		return object{}
	case reflect.Struct:
		properties := object{}
		comments := g.comments(t)
		for i := range t.NumField() {
			f := t.Field(i)
			name, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
			if name = cmp.Or(name, strings.ToLower(f.Name)); !f.IsExported() || name == "-" {
				continue
			}
			s := g.schema(join(path, name), f.Type)
			if doc := comments[f.Name]; doc != "" && s["description"] == nil {
				s["description"] = doc
			}
			properties[name] = s
		}
		return object{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	case reflect.Map:
		s := object{"type": []string{"object", "null"}, "additionalProperties": g.schema(path+".*", t.Elem())}
		if e, ok := reflect.Zero(t.Key()).Interface().(strict.Enum); ok {
			s["propertyNames"] = object{"enum": e.Choices()}
		} else if t == reflect.TypeFor[policy.Gates]() {
			s["propertyNames"] = object{"pattern": gateKeys}
		}
		return s
	case reflect.Slice:
		return object{"type": "array", "items": g.schema(path+"[]", t.Elem())}
	case reflect.String:
		if e, ok := reflect.Zero(t).Interface().(strict.Enum); ok {
			return object{"type": "string", "enum": e.Choices()}
		}
		return object{"type": "string"}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64:
		return object{"type": "integer"}
	case reflect.Float32, reflect.Float64:
		return object{"type": "number"}
	}
	panic(fmt.Sprintf("%s: %s cannot be set in a file", path, t))
}

// gate is one word, or one for each kind of ref, where protected refs are not judged more mildly.
func gate() object {
	choices := policy.Action("").Choices()
	var rules []object
	for i, action := range choices[1:] {
		rules = append(rules, object{
			"if":   object{"properties": object{"topic": object{"const": action}}},
			"then": object{"properties": object{"protected": object{"enum": choices[i+1:]}}},
		})
	}
	word := object{"type": "string", "enum": choices}
	return object{"anyOf": []object{word, {
		"type": "object", "properties": object{"protected": word, "topic": word}, "required": []string{"protected", "topic"},
		"additionalProperties": false, "allOf": rules,
	}}}
}

// gateKeys is set by limits: it names the analyzers that there are.
var gateKeys string

// known returns the names that gates may have: those of the analyzers, and of what the presets provide for.
func known(list []*analyzers.Analyzer) []string {
	all := append(names(list), "policy")
	if p, err := policy.Preset("strict"); err == nil {
		for key := range p.Gates {
			name, _, _ := strings.Cut(key, "/")
			all = append(all, name)
		}
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// limits are what policy and the analyzers ask of values beyond their types.
func limits(list []*analyzers.Analyzer) map[string]object {
	gateKeys = `^(` + strings.Join(known(list), "|") + `)(/[a-z0-9]+([-_.][a-z0-9]+)*)?$`
	glob := object{"minLength": 1, "maxLength": 255, "pattern": `^[^/{}]([^{}]*[^/{}])?$`}
	path := object{"pattern": `^(/.*|[A-Za-z]:.*|\\\\.*)?$`}
	line := object{"pattern": `^[^\x00-\x1f\x7f]*$`}
	some := func(keys ...string) object { // one of the keys is there
		var any []object
		for _, key := range keys {
			any = append(any, object{"required": []string{key}})
		}
		return object{"type": "object", "anyOf": any}
	}
	with := func(o object, key string, value any) object {
		o = maps.Clone(o)
		o[key] = value
		return o
	}
	essential := policy.EssentialOf(list)
	essential["policy"] = true
	var soft []string
	for _, name := range known(list) {
		if !essential[name] {
			soft = append(soft, name)
		}
	}
	onError := object{}
	for name := range essential {
		onError[name] = object{"const": "refuse"}
	}
	several := object{"minItems": 1, "maxItems": 1000}
	level := object{"enum": []string{"low", "medium", "high"}}
	return map[string]object{
		"version":                   {"const": 1},
		"preset":                    {"enum": policy.PresetNames()},
		"contact":                   with(line, "maxLength", 200),
		"protected":                 {"maxItems": 1000},
		"protected[]":               glob,
		"bots[]":                    with(line, "minLength", 1),
		"limits.findings":           {"minimum": 1, "maximum": 1000},
		"classify":                  {"maxItems": 100},
		"classify[]":                with(some("branches", "types", "paths", "min_lines", "min_files"), "required", []string{"class"}),
		"classify[].branches":       several,
		"classify[].branches[]":     with(glob, "not", object{"const": "HEAD"}),
		"classify[].types":          several,
		"classify[].types[]":        {"pattern": `^[A-Za-z][A-Za-z0-9_-]*$`},
		"classify[].paths":          several,
		"classify[].paths[]":        glob,
		"classify[].min_lines":      {"minimum": 1},
		"classify[].min_files":      {"minimum": 1},
		"sections":                  {"maxItems": 100},
		"sections[]":                {"type": "object", "allOf": []object{some("refs", "paths", "repositories"), some("mode", "gates", "classes")}},
		"sections[].refs":           several,
		"sections[].refs[]":         glob,
		"sections[].paths":          several,
		"sections[].paths[]":        glob,
		"sections[].repositories":   several,
		"sections[].repositories[]": with(glob, "pattern", `^/?[^/{}]([^{}]*[^/{}])?$`),
		"on_error":                  {"properties": onError, "propertyNames": object{"enum": append(slices.Sorted(maps.Keys(essential)), soft...)}},
		"audit.file":                path,
		"allow.file":                path,
		"types":                     path,
		"identity.allowed_signers":  path,
		"identity.revoked":          path,
		"identity.keyring":          path,
		"identity.people":           path,
		"reviewers.count":           {"minimum": 1, "maximum": 20},
		"reviewers.absent[]":        {"pattern": "@"},
		"reviewers.aliases[]":       {"type": "object", "anyOf": some("mails", "names", "logins")["anyOf"]},
		"reviewers.bots[]":          {"pattern": "[^* ]"},
		"reviewers.domains[]":       {"minItems": 2},

		"secrets.mode":            {"enum": []string{"thorough", "gitleaks"}},
		"secrets.packs[]":         {"enum": []string{"credentials", "personal"}},
		"secrets.rules[]":         {"type": "object", "required": []string{"id"}, "anyOf": some("regex", "words", "path")["anyOf"]},
		"secrets.rules[].id":      {"pattern": `^[a-z0-9]+(-[a-z0-9]+)*$`},
		"secrets.rules[].entropy": {"minimum": 0, "maximum": 8},
		"secrets.allow[]":         {"type": "object", "required": []string{"reason"}},
		"gosec.severity":          level,
		"gosec.confidence":        level,
		"gosec.nosec":             {"enum": []string{"never", "old", "justified", "always"}},
		"gosec.include[]":         {"pattern": `^[Gg][0-9]{3}$`},
		"gosec.exclude[]":         {"pattern": `^[Gg][0-9]{3}$`},
		"gosec.memory":            {"minimum": 64},
		"dor.subject_max":         {"minimum": 0},
		"dor.types[]":             {"pattern": `^[A-Za-z][A-Za-z0-9_-]*$`},
		"dor.projects[]":          {"pattern": `^[A-Z][A-Z0-9]+$`},
	}
}

var (
	rowRE  = regexp.MustCompile("(?m)^\\| ((?:`[a-z_.]+`(?:, )?)+) \\| (?:[^|]*) \\| ([^|\n]+) \\|$")
	linkRE = regexp.MustCompile(`(?:[,;]? )?\[below\]\([^)]*\)(?: and below)?|\[([^]]*)\]\([^)]*\)`)
)

// documented returns what docs/policy.md says of each key.
func documented() (map[string]string, error) {
	doc, err := os.ReadFile(root + "docs/policy.md")
	if err != nil {
		return nil, err
	}
	rows := map[string]string{}
	for _, m := range rowRE.FindAllStringSubmatch(string(doc), -1) {
		for _, key := range strings.Split(m[1], ", ") {
			rows[strings.Trim(key, "`")] = strings.ReplaceAll(linkRE.ReplaceAllString(m[2], "$1"), "`", "")
		}
	}
	for _, mine := range []string{"inline", "baseline", "gitleaksignore", "file"} { // of "allow", whose table has three columns, too
		rows["allow."+mine] = rows[mine]
		delete(rows, mine)
	}
	return rows, nil
}

// comments returns the comments of a type's fields.
func (g *generator) comments(t reflect.Type) map[string]string {
	name := t.String()
	if got, ok := g.fields[name]; ok {
		return got
	}
	comments := map[string]string{}
	g.fields[name] = comments
	files, err := filepath.Glob(filepath.Join(root, strings.TrimPrefix(t.PkgPath(), module), "*.go"))
	if err != nil {
		panic(err)
	}
	for _, file := range files {
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments|parser.SkipObjectResolution)
		if err != nil {
			panic(err)
		}
		ast.Inspect(f, func(n ast.Node) bool {
			spec, ok := n.(*ast.TypeSpec)
			if !ok || spec.Name.Name != t.Name() {
				return true
			}
			if s, ok := spec.Type.(*ast.StructType); ok {
				for _, field := range s.Fields.List {
					text := strings.Join(strings.Fields(cmp.Or(field.Doc.Text(), field.Comment.Text())), " ")
					for _, id := range field.Names {
						comments[id.Name] = text
					}
				}
			}
			return false
		})
	}
	return comments
}

func join(path, key string) string { return strings.TrimPrefix(path+"."+key, ".") }

// TestSchemaIsGenerated holds the file, and the copy that editors fetch, to the types.
func TestSchemaIsGenerated(t *testing.T) {
	want, err := generate()
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"policy.schema.json", root + "docs/policy.schema.json"} {
		got, err := os.ReadFile(file)
		if bytes.Equal(got, want) {
			continue
		}
		if !*update {
			t.Errorf("%s is not what the types say (%v): run go test ./internal/policy/schema -update", file, err)
		} else if err := os.WriteFile(file, want, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
