package people_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/people"
)

// TestMailmapIsGits maps idents by random files as git does ("git check-mailmap", which is what every command of git uses).
func TestMailmapIsGits(t *testing.T) {
	t.Parallel()
	git := func(stdin string, args ...string) string {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Stdin = t.TempDir(), strings.NewReader(stdin)
		if len(args) > 0 && args[0] == "-C" {
			cmd.Dir = args[1]
		}
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("git %v: %v", args, err)
		}
		return string(out)
	}
	repo := t.TempDir()
	git("", "-C", repo, "init", "-q", "--bare")
	rnd := rand.New(rand.NewPCG(1, 2))
	pick := func(list ...string) string { return list[rnd.IntN(len(list))] }
	name := func() string {
		return pick("", "", "A", "a", "B b", " C\t", "\xc3\x89 x", "\xc3\xa9 x", "# D", "E \xff", "\v F", "A  B", "x@y", "G \r")
	}
	mail := func() string {
		return pick("a@b", "A@B", "c@d", "e@f", "", " a@b ", "\xc3\xa9@f", "\xc3\x89@f", "plain", "x <y", "c@d\xff")
	}
	line := func() string {
		switch rnd.IntN(9) {
		case 0:
			return fmt.Sprintf("%s <%s>", name(), mail())
		case 1:
			return fmt.Sprintf("<%s> <%s>", mail(), mail())
		case 2, 3:
			return fmt.Sprintf("%s <%s> <%s>", name(), mail(), mail())
		case 4, 5:
			return fmt.Sprintf("%s <%s> %s <%s>", name(), mail(), name(), mail())
		case 6:
			return pick("#", "# c", " # c", "", " ") + fmt.Sprintf("%s <%s>", name(), mail())
		case 7:
			return fmt.Sprintf("%s <%s>%s%s <%s>%s", name(), mail(), pick("", " # x", " y <z@z> "), name(), mail(), pick("", " # x", " y <z@z>", "\r"))
		default: // tokens in any order
			var b strings.Builder
			for range rnd.IntN(9) {
				b.WriteString(pick("<", ">", "<", ">", "#", " ", "a@b", "A", "\x00", "\r", "\t", "c@d"))
			}
			return b.String()
		}
	}
	var idents []people.Ident
	var asked strings.Builder
	for _, n := range []string{"", "A", "a", "B b", "b B", "C", "\xc3\x89 x", "\xc3\xa9 x", "# D", "\v F", "A B", "Z", "E \xff", "x@y"} {
		for _, m := range []string{"a@b", "A@b", "c@d", "e@f", "plain", "\xc3\xa9@f", "\xc3\x89@f", "nobody@x"} {
			idents = append(idents, people.Ident{Name: n, Mail: m})
			fmt.Fprintf(&asked, "%s <%s>\n", n, m)
		}
	}
	mapped, forms := 0, map[string]bool{}
	for i := range 80 {
		var file strings.Builder
		for range 1 + rnd.IntN(12) {
			file.WriteString(line() + pick("\n", "\n", "\n", "\n", "\r\n"))
		}
		blob := strings.TrimSpace(git(file.String(), "-C", repo, "hash-object", "-w", "--stdin"))
		answer := strings.Split(git(asked.String(), "-C", repo, "-c", "mailmap.file=", "-c", "mailmap.blob="+blob, "check-mailmap", "--stdin"), "\n")
		m := people.ParseMailmap([]byte(file.String()))
		for j, id := range idents {
			to := m.Map(id)
			got := fmt.Sprintf("<%s>", to.Mail)
			if to.Name != "" {
				got = to.Name + " " + got
			}
			if got != answer[j] {
				t.Errorf("file %d:\n%q\n%q: %q, git has %q", i, file.String(), id, got, answer[j])
			}
			if to != id {
				mapped++
				forms[fmt.Sprint(to.Name != id.Name, to.Mail != id.Mail)] = true
			}
		}
	}
	if mapped < 500 || len(forms) != 3 {
		t.Errorf("%d idents were mapped, in %d ways: the files say too little", mapped, len(forms))
	}
}

// FuzzMailmap: whatever a file says, mapping ends, and a mail that the file does not have in it stays.
func FuzzMailmap(f *testing.F) {
	f.Add([]byte("Joe R. Developer <joe@example.com>\nJane Doe <jane@example.com> <jane@laptop.(none)>\n"), "Joe", "JOE@example.com")
	f.Add([]byte("A <b@b> q <b@b>\n<b@b>\n# x\n\x00<c@c> <d@d>"), "q", "b@b")
	f.Fuzz(func(t *testing.T, data []byte, name, mail string) {
		id := people.Ident{Name: name, Mail: mail}
		m := people.ParseMailmap(data)
		to := m.Map(id)
		if to == id {
			return
		}
		if !bytes.Contains(bytes.ToLower(data), []byte(strings.ToLower(mail))) {
			t.Errorf("%q became %q by a file without its mail", id, to)
		}
		if to.Mail == "" && mail != "" {
			t.Errorf("%q lost its mail", id)
		}
	})
}
