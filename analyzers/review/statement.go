package review

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
)

// statement judges what a push does to a ref that holds a statement.
func (v *reviewer) statement(ref *analyzers.RefChange) []analyzers.Finding {
	if v.change.Kind != analyzers.KindPush {
		return nil
	}
	kind, commit, signer, ok := attest.ParseRef(ref.Ref)
	found := func(rule, hint, format string, args ...any) analyzers.Finding {
		key := kind + "\x00" + signer
		if !ok {
			_, key, _ = strings.Cut(strings.TrimPrefix(ref.Ref, analyzers.ReviewPrefix), "/")
		}
		return analyzers.Finding{
			Rule: rule, Group: groupStatement, Severity: analyzers.Medium, Ref: ref.Ref, Hint: hint,
			Message: fmt.Sprintf(format, args...), Key: rule + "\x00" + key,
		}
	}
	var list []analyzers.Finding
	if !ref.Creates() && ref.Old != ref.New {
		what := "moved to another object"
		if ref.Deletes() {
			what = "deleted"
		}
		list = append(list, found(statementRemoved, "leave it where it is; who has changed their mind says so to those who merge",
			"a statement is %s: that somebody made it could not be shown any more", what))
	}
	if ref.Deletes() {
		return list
	}
	const hint = "make it with refward approve or refward progress, or by git tag -s as docs/review.md says"
	if why := v.unsound(ref, kind, commit, ok); why != "" {
		return append(list, found(statementMalformed, hint, "this is no statement about a commit: %s", analyzers.Shorten(why, 3*maxShown)))
	}
	if v.signatures {
		tag := v.change.Tags[ref.Tags[0]]
		if s := v.signature(tag); !s.Good {
			list = append(list, invalid(ref.Ref, tag, s))
		}
	}
	return list
}

// unsound says why what a ref is to hold is no statement, or "".
func (v *reviewer) unsound(ref *analyzers.RefChange, kind, commit string, named bool) string {
	switch {
	case !named:
		return "the name of the ref is not " + analyzers.ReviewPrefix + "COMMIT/KIND-HEX with one of the kinds " + strings.Join(attest.Kinds(), ", ")
	case ref.Target != "tag" || len(ref.Tags) == 0:
		return "it is no annotated tag"
	case len(ref.Tags) > 1:
		return "it is a tag of a tag"
	}
	tag := v.change.Tags[ref.Tags[0]]
	switch {
	case len(tag.Defects) > 0:
		return tag.Defects[0]
	case tag.Type != "commit":
		return "it is about a " + tag.Type
	case tag.Target != commit:
		return fmt.Sprintf("the ref names %.12s, and the tag is of %.12s", commit, tag.Target)
	case tag.Name != attest.Name(kind, commit):
		return fmt.Sprintf("the tag has the name %q and not %q", tag.Name, attest.Name(kind, commit))
	case !hasSignature(tag.Raw):
		return "it is not signed"
	}
	return ""
}

// hasSignature reports whether there is something at the end of a tag that git takes for a signature (gitformat-signature(5), "Tag
// signatures"). What it is worth, keys tell.
func hasSignature(raw []byte) bool {
	_, body, _ := bytes.Cut(raw, []byte("\n\n")) // what headers say signs nothing
	for _, kind := range []string{"SSH SIGNATURE", "PGP SIGNATURE", "PGP MESSAGE", "SIGNED MESSAGE"} {
		if i := bytes.LastIndex(append([]byte{'\n'}, body...), []byte("\n-----BEGIN "+kind+"-----\n")); i >= 0 && bytes.Contains(body[i:], []byte("\n-----END "+kind+"-----")) {
			return true
		}
	}
	return false
}
