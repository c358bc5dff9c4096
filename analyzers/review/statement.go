package review

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/attest"
	"github.com/refward/refward/internal/objectsig"
)

// statement judges what a push does to a ref that holds a statement.
func (v *reviewer) statement(ref *analyzers.RefChange) []analyzers.Finding {
	if v.change.Kind != analyzers.KindPush {
		return nil
	}
	kind, _, signer, ok := attest.ParseRef(ref.Ref)
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
	if why := v.unsound(ref, ok); why != "" {
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
func (v *reviewer) unsound(ref *analyzers.RefChange, named bool) string {
	switch {
	case named && (ref.Target != "tag" || len(ref.Tags) == 0):
		return "it is no annotated tag"
	case named && len(ref.Tags) > 1:
		return "it is a tag of a tag"
	}
	tag := &analyzers.Tag{} // where the name is wrong, what the ref holds is not looked at
	if named {
		tag = v.change.Tags[ref.Tags[0]]
	}
	if _, why := attest.Of(ref.Ref, tag); why != "" {
		return why
	}
	if !hasSignature(tag) {
		return "it is not signed"
	}
	return ""
}

// hasSignature reports whether git takes something behind the headers of a tag for a signature. What it is worth, keys tell.
func hasSignature(tag *analyzers.Tag) bool {
	const sha256Digits = 64
	_, signature := objectsig.Split(objectsig.Tag, tag.Raw, len(tag.ID) == sha256Digits)
	return len(signature) > 0 && bytes.Index(tag.Raw, []byte("\n\n")) < len(tag.Raw)-len(signature)
}
