package policy

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

func TestLocate(t *testing.T) {
	base, err := Parse("server.yaml", []byte("dor:\n  types: [a, b]\n  nested: {word: x}\n"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Overlay(base, "own.yaml", []byte("# ours\ndor:\n  types:\n  - a\n  - list: [c]\n"))
	if err != nil {
		t.Fatal(err)
	}
	option := func(key string) error { return &analyzers.OptionError{Key: key, Msg: "is wrong", Hint: "mend it"} }
	for _, tt := range []struct {
		err  error
		want string
	}{
		{option("types[1].list[0]"), "own.yaml:5:12: dor.types[1].list[0]: is wrong (mend it)"},
		{option("types[1].other"), "own.yaml:5:5: dor.types[1].other: is wrong (mend it)"},
		{option("types"), "own.yaml:3:3: dor.types: is wrong (mend it)"},
		{option("nested.word"), "server.yaml:3:12: dor.nested.word: is wrong (mend it)"},
		{option("max"), "own.yaml over server.yaml over preset starter: dor.max: is wrong (mend it)"},
		{errors.Join(option("types[0]"), nil, errors.Join(option("nested"))),
			"own.yaml:4:5: dor.types[0]: is wrong (mend it)\nserver.yaml:3:3: dor.nested: is wrong (mend it)"},
		{errors.New("broken"), "own.yaml over server.yaml over preset starter: dor: broken"},
		{errors.Join(option("max"), errors.New("broken")),
			"own.yaml over server.yaml over preset starter: dor: max: is wrong (mend it)\nbroken"},
	} {
		if got := p.Locate("dor", tt.err); got == nil || got.Error() != tt.want {
			t.Errorf("%v:\ngot  %v\nwant %s", tt.err, got, tt.want)
		}
	}
	if err := p.Locate("dor", nil); err != nil {
		t.Errorf("nothing wrong: %v", err)
	}
	var errs Errors
	if !errors.As(p.Locate("dor", option("types")), &errs) || errs[0].Line != 3 {
		t.Error("not of type Errors")
	}
}

// What analyzers find wrong when they try their options out is told with its place, beside what else is wrong.
func TestCheckRulesTries(t *testing.T) {
	p, err := Parse("f", []byte("gates: {dor/typ: warn}\ndor: {types: [a]}\n"))
	if err != nil {
		t.Fatal(err)
	}
	try := func(ctx context.Context) error {
		if ctx.Err() != nil {
			return fmt.Errorf("stopped: %w", ctx.Err())
		}
		return &analyzers.OptionError{Key: "types[0]", Msg: "is not so"}
	}
	list := testList()
	for _, a := range list {
		if a.Name == "dor" {
			a.Try = try
		}
	}
	err = p.CheckRules(t.Context(), list)
	if err == nil || !strings.Contains(err.Error(), `f:1:9: gates.dor/typ: dor has no rule or group "typ"`) || !strings.HasSuffix(err.Error(), "\nf:2:15: dor.types[0]: is not so") {
		t.Errorf("got %v", err)
	}
	if err := p.Check(list); err != nil {
		t.Errorf("a hook tries nothing out: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.CheckRules(ctx, list); !errors.Is(err, context.Canceled) {
		t.Errorf("stopped: %v", err)
	}
}
