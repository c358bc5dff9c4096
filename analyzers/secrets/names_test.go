package secrets

import (
	"encoding/base64"
	"testing"

	"github.com/refward/refward/analyzers/analyzerstest"
)

// TestEncodedName: a secret in another form in the name of a file is found there, whatever lines that form has.
func TestEncodedName(t *testing.T) {
	for _, before := range []string{"f\u00fcr ", "one line\nanother one\nand\n\nf\u00fcr "} {
		name := base64.StdEncoding.EncodeToString([]byte(before + token() + "\n"))
		list := findings(t, analyzer(t, Defaults()), analyzerstest.Change(analyzerstest.Commit("x",
			analyzerstest.Added("a", "x\n"), analyzerstest.Added(name, "x\n"), analyzerstest.Added("z", "x\n"))))
		if len(list) != 1 || list[0].Path != name || list[0].Line != 0 {
			t.Errorf("%q: found %+v", before, list)
		}
	}
}
