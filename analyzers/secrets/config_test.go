package secrets

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/rs/zerolog"
	"github.com/spf13/viper"
	"github.com/zricethezav/gitleaks/v8/config"
	"github.com/zricethezav/gitleaks/v8/detect"
	"github.com/zricethezav/gitleaks/v8/logging"

	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/secrets/ruleset"
)

const extendDefault = "[extend]\nuseDefault = true\n"

const acmeRule = "[[rules]]\nid = \"acme-key\"\ndescription = \"Found an Acme key, of Acme.\"\nregex = '''acme_[0-9a-f]{16}'''\nkeywords = [\"acme_\"]\n"

func acme() string { return analyzerstest.Fake("acme_", "hex", 16) }

func rulesFound(t *testing.T, opts Options, text string) string {
	t.Helper()
	var rules []string
	for _, f := range findings(t, analyzer(t, opts), added("a.go", text)) {
		rules = append(rules, f.Rule+"/"+f.Group)
	}
	return strings.Join(rules, " ")
}

func TestUserRules(t *testing.T) {
	both := token() + "\n" + acme() + "\n"
	allow := "[[allowlists]]\ntargetRules = [\"github-pat\"]\npaths = ['''a\\.go''']\n"
	for _, test := range []struct{ name, config, want string }{
		{"added to the stock rules", extendDefault + acmeRule, "github-pat/provider acme-key/provider"},
		{"in their place", acmeRule, "acme-key/provider"},
		{"one disabled", "[extend]\nuseDefault = true\ndisabledRules = [\"github-pat\"]\n" + acmeRule, "acme-key/provider"},
		{"a stock rule with another pattern", extendDefault + "[[rules]]\nid = \"github-pat\"\nregex = '''acme_\\w+'''\nkeywords = [\"acme\"]\n", "github-pat/provider"},
		{"a higher entropy", extendDefault + "[[rules]]\nid = \"github-pat\"\nentropy = 7.5\n", ""},
		{"an allowlist for a stock rule", extendDefault + allow + acmeRule, "acme-key/provider"},
		{"an allowlist in a stock rule", extendDefault + "[[rules]]\nid = \"github-pat\"\n[[rules.allowlists]]\npaths = ['''a\\.go''']\n", ""},
		{"the same, in the old form", extendDefault + "[[rules]]\nid = \"github-pat\"\n[rules.allowlist]\npaths = ['''a\\.go''']\n", ""},
		{"a list for every rule", extendDefault + acmeRule + "[allowlist]\nregexes = ['''^acme_''']\n", "github-pat/provider"},
		{"keywords that the text lacks", extendDefault + "[[rules]]\nid = \"acme-key\"\nregex = '''acme_\\w+'''\nkeywords = [\"other\"]\n", "github-pat/provider"},
		{"a rule that needs another one", extendDefault + acmeRule + "[[rules.required]]\nid = \"acme-id\"\n[[rules]]\nid = \"acme-id\"\nregex = '''missing'''\nskipReport = true\n", "github-pat/provider"},
		{"a value found by its name", extendDefault + "[[rules]]\nid = \"acme-key\"\nregex = '''acme_([0-9a-f]{16})'''\n", "github-pat/provider acme-key/generic"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := rulesFound(t, Options{Config: test.config}, both); got != test.want {
				t.Errorf("found %q, want %q", got, test.want)
			}
		})
	}
}

// What is allowed for one path is found in others: the stock lists stay, and the user's are theirs.
func TestStockAllowlistsStay(t *testing.T) {
	a := analyzer(t, Options{Mode: ModeGitleaks, Config: extendDefault + acmeRule + "[[allowlists]]\npaths = ['''^docs/''']\n"})
	for path, want := range map[string]int{"a.go": 1, "docs/a.go": 0, "go.sum": 0} {
		if got := len(findings(t, a, added(path, acme()+"\n"))); got != want {
			t.Errorf("%s: %d findings, want %d", path, got, want)
		}
	}
}

func TestAllowedCommit(t *testing.T) {
	c := analyzerstest.Change(
		analyzerstest.Commit("old "+token()+"\n", analyzerstest.Added("a", token()+"\n")),
		analyzerstest.Commit("new\n", analyzerstest.Added("b", token()+"\n")))
	both := fmt.Sprintf("[[allowlists]]\ncondition = \"and\"\ncommits = [%q]\npaths = ['''^a$''']\n", c.Commits[0].ID)
	for _, test := range []struct {
		list          string
		found, passed int
	}{
		{fmt.Sprintf("[[allowlists]]\ncommits = [%q]\n", c.Commits[0].ID), 1, 2},
		{both, 2, 1},                           // the message has no path
		{both + "regexes = ['''x''']\n", 3, 0}, // about single findings, of which none has an x alone
	} {
		r, err := analyzer(t, Options{Config: extendDefault + strings.Replace(test.list, "'''x'''", "'''^x$'''", 1)}).Run(t.Context(), c)
		if err != nil || len(r.Findings) != test.found || len(r.Skipped) != test.passed {
			t.Errorf("%s: %d findings, skipped %v, error %v", test.list, len(r.Findings), r.Skipped, err)
		}
	}
}

func TestConfigErrors(t *testing.T) {
	for _, test := range []struct{ name, config, want string }{
		{"not TOML", "[[rules\n", "toml"},
		{"an unknown key", extendDefault + "[[rules]]\nid = \"x\"\nregex = '''y'''\nkeyword = [\"z\"]\n", "keyword"},
		{"an unknown table", extendDefault + "[ruels]\nid = \"x\"\n", "ruels"},
		{"a bad pattern", extendDefault + "[[rules]]\nid = \"x\"\nregex = '''(?!x)y'''\n", "(?!x)"},
		{"a bad pattern in an allowlist", extendDefault + "[[allowlists]]\nregexes = ['''(''']\n", "missing"},
		{"a path to read", "[extend]\npath = \"/etc/passwd\"\n", "extend.path"},
		{"a path to read, besides the stock rules", "[extend]\nuseDefault = true\npath = \"/etc/passwd\"\n", "extend.path"},
		{"a URL", "[extend]\nurl = \"https://example.com/rules.toml\"\n", "extend.url"},
		{"no rules", "title = \"x\"\n", "no rules"},
		{"only spaces", " \n", "no rules"},
		{"an id that policy cannot name", extendDefault + "[[rules]]\nid = \"Acme Key\"\nregex = '''y'''\n", "Acme Key"},
		{"no id", extendDefault + "[[rules]]\nregex = '''y'''\n", "rule 1"},
		{"an id twice", acmeRule + acmeRule, "twice"},
		{"our own rule", extendDefault + "[[rules]]\nid = \"unread\"\nregex = '''y'''\n", "unread"},
		{"a group", extendDefault + "[[rules]]\nid = \"provider\"\nregex = '''y'''\n", "provider"},
		{"a rule without a pattern", extendDefault + "[[rules]]\nid = \"x\"\n", "x"},
		{"a disabled rule that is none", "[extend]\nuseDefault = true\ndisabledRules = [\"github-pta\"]\n", "github-pta"},
		{"disabled rules of nothing", "[extend]\ndisabledRules = [\"github-pat\"]\n" + acmeRule, "useDefault"},
		{"an allowlist for no rule", extendDefault + "[[allowlists]]\ntargetRules = [\"github-pta\"]\npaths = ['''x''']\n", "github-pta"},
		{"an empty allowlist", extendDefault + "[[allowlists]]\ndescription = \"x\"\n", "allowlists"},
		{"both forms of allowlist", extendDefault + "[allowlist]\npaths = ['''x''']\n[[allowlists]]\npaths = ['''y''']\n", "allowlist"},
		{"both forms in a rule", extendDefault + "[[rules]]\nid = \"github-pat\"\n[rules.allowlist]\npaths = ['''x''']\n[[rules.allowlists]]\npaths = ['''y''']\n", "github-pat"},
		{"a stock rule that needs another", extendDefault + "[[rules]]\nid = \"github-pat\"\n[[rules.required]]\nid = \"jwt\"\n", "github-pat"},
		{"a group that the pattern lacks", extendDefault + "[[rules]]\nid = \"x\"\nregex = '''(y)'''\nsecretGroup = 2\n", "secret group"},
	} {
		t.Run(test.name, func(t *testing.T) {
			_, err := New(Options{Config: test.config})
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.HasPrefix(err.Error(), "config: gitleaks configuration: ") {
				t.Errorf("error %v, want one with %q", err, test.want)
			}
		})
	}
}

// No stock rule has a name that our own rule and groups take.
func TestOwnNamesAreFree(t *testing.T) {
	stock, err := ruleset.Stock()
	if err != nil {
		t.Fatal(err)
	}
	if err := stock.Check(ruleUnread, groupProvider, groupGeneric, groupPersonal, groupUnexamined); err != nil {
		t.Error(err)
	}
}

// libraryEnv makes the test process the one that uses the library as its documentation says. That leaves the library's
// globals in a state which the other tests must not have.
const libraryEnv = "REFWARD_TEST_LIBRARY"

// The stock rules hold however many configurations one process has compiled, which is not so with the library's own
// way. If the second half of this test fails, the library has mended it, and merged can go.
func TestManyConfigurations(t *testing.T) {
	ours := func() string { return rulesFound(t, Options{Config: extendDefault + acmeRule}, token()+"\n") }
	for i := range 10 {
		if got := ours(); got != "github-pat/provider" {
			t.Errorf("configuration %d finds %q", i+1, got)
		}
	}
	if os.Getenv(libraryEnv) == "" {
		cmd := exec.Command(os.Args[0], "-test.run=^TestManyConfigurations$")
		cmd.Env = append(os.Environ(), libraryEnv+"=1")
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("with the library's own way: %v\n%s", err, out)
		}
		return
	}
	lost := false
	for range 4 {
		v := viper.New()
		v.SetConfigType("toml")
		if err := v.ReadConfig(strings.NewReader(extendDefault + acmeRule)); err != nil {
			t.Fatal(err)
		}
		var vc config.ViperConfig
		if err := v.Unmarshal(&vc); err != nil {
			t.Fatal(err)
		}
		cfg, err := vc.Translate()
		if err != nil {
			t.Fatal(err)
		}
		lost = lost || len(detect.NewDetector(cfg).DetectString(token())) == 0
	}
	if !lost {
		t.Error("the library finds the token with each of its configurations")
	}
	if got := ours(); got != "github-pat/provider" {
		t.Errorf("after the library's own way, ours finds %q", got)
	}
}

// The library would log what it finds.
func TestLibraryIsSilent(t *testing.T) {
	stderr := os.Stderr
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	os.Stderr = w
	findings(t, analyzer(t, Options{Config: extendDefault + acmeRule}), added("a", token()+"\n"))
	logging.Error().Str("finding", token()).Msg("x")
	os.Stderr = stderr
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := io.ReadAll(r)
	if err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("the library wrote %q, error %v", out, err)
	}
	if logging.Logger.GetLevel() != zerolog.Disabled {
		t.Errorf("the library's log has level %v", logging.Logger.GetLevel())
	}
}
