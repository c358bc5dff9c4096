package secrets

import (
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
)

// TestMovedForms: what is moved out of an allowed directory is searched as what is new is, in all its forms and if it is packed.
func TestMovedForms(t *testing.T) {
	const allow = "[extend]\nuseDefault = true\n[[allowlists]]\npaths = ['''^fixtures/''']\n"
	line := "x = " + token() + "\n"
	var wide strings.Builder
	for _, b := range []byte(line) {
		wide.Write([]byte{b, 0})
	}
	for name, data := range map[string]string{
		"as it is": line,
		"zip":      zipOf(t, "in.txt", line),
		"wide":     wide.String(),
		"escaped":  fmt.Sprintf("x = \"\\x%02x%s\"\n", token()[0], token()[1:]),
	} {
		f := analyzers.File{Commit: "c1", Status: 'R', Path: "src/a", OldPath: "fixtures/a", Blob: "b", OldBlob: "b", Mode: 0o100644}
		c := &analyzers.Change{Kind: analyzers.KindPush, Content: &stored{files: []analyzers.File{f}, data: map[string]string{"b": data}}}
		if list := findings(t, analyzer(t, Options{Config: allow}), c); len(list) != 1 {
			t.Errorf("%s: %d findings, want 1", name, len(list))
		}
	}
}
