package installer

import (
	"crypto/sha256"
	"fmt"
	"os/exec"
	"strings"
	"testing"
)

// olderShim is a shim of format 0, as a version before the first might have written it.
func olderShim(program string) string {
	head, rest := "#!/bin/sh\n# refward-shim 0 client pre-commit\n", "refward_program="+quote(program)+"\nexec \"$refward_program\" hook pre-commit\n"
	return head + fmt.Sprintf("# sha256 %x\n", sha256.Sum256([]byte(head+rest))) + rest
}

func allShims() []shim {
	var all []shim
	for _, hook := range append(append(ClientHooks(), ServerHooks()...), passedOn()...) {
		for _, f := range []flavour{clientShim, globalShim, passShim, serverShim, giteaShim} {
			all = append(all, shim{flavour: f, hook: hook, program: "/o'p t/@HOOK@/$(x)", policy: `/e"t'c/@PROGRAM@`}, shim{flavour: f, hook: hook, program: "C:/Program Files/refward.exe"})
		}
	}
	return all
}

func TestShimsParseBackAndAreShell(t *testing.T) {
	for _, s := range allShims() {
		text := s.text()
		got, edited, ours := parseShim(text)
		if !ours || edited {
			t.Fatalf("%v: ours %v, edited %v\n%s", s, ours, edited, text)
		}
		want := s
		want.format = format
		if s.flavour == passShim {
			want.program = ""
		}
		if s.flavour != serverShim && s.flavour != giteaShim {
			want.policy = ""
		}
		equal(t, "parsed", got, want)
		equal(t, "written again", got.text(), text)
		sh := exec.Command("sh", "-n")
		sh.Stdin = strings.NewReader(text)
		if out, err := sh.CombinedOutput(); err != nil {
			t.Errorf("%v: %v %s\n%s", s, err, out, text)
		}
		for _, mark := range []string{"@CAPTURE@", "@COMMAND@", "@POLICY@"} {
			if strings.Contains(text, mark) {
				t.Errorf("%v: %s is left in\n%s", s, mark, text)
			}
		}
	}
}

func TestEveryChangeOfAShimIsSeen(t *testing.T) {
	text := shim{flavour: clientShim, hook: "pre-push", program: "/bin/refward"}.text()
	for i := range len(text) {
		changed := text[:i] + string(text[i]^1) + text[i+1:]
		if _, edited, ours := parseShim(changed); ours && !edited {
			t.Fatalf("byte %d changed, and nobody noticed:\n%s", i, changed)
		}
	}
	if _, _, ours := parseShim("#!/bin/sh\n# runs refward-shim 1 client pre-push\n"); ours {
		t.Error("a hook that mentions a shim was taken for one")
	}
}

func TestQuote(t *testing.T) {
	for _, s := range []string{"", "a", "it's", `"$(x)" \`, "'", "a\tb", "C:/x y"} {
		equal(t, "unquoted", unquote(quote(s)), s)
		for _, q := range []string{quote(s), word(s)} {
			out, err := exec.Command("sh", "-c", "printf %s "+q).Output()
			equal(t, "through a shell", string(out), s)
			equal(t, "error", err, nil)
		}
	}
	equal(t, "word", word("/srv/git/x.git"), "/srv/git/x.git")
	for _, s := range []string{"", "'", "a", "'a", "$x"} {
		equal(t, "unquoted", unquote(s), "")
	}
}
