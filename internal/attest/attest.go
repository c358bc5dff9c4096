package attest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
)

// The kinds of statement. The numbers of a review of work in progress are percent, as the one who reviews declares them.
const (
	Approval   = "approval"
	Progress25 = "progress-25"
	Progress50 = "progress-50"
	Progress75 = "progress-75"
)

// namespace begins the name in a statement's header.
const namespace = "refward/"

// Kinds lists the kinds of statement in their fixed order.
func Kinds() []string { return []string{Approval, Progress25, Progress50, Progress75} }

// Progress returns the percent that a kind declares: 25, 50 or 75; 0 for an approval and for what is no kind.
func Progress(kind string) int {
	switch kind {
	case Progress25:
		return 25
	case Progress50:
		return 50
	case Progress75:
		return 75
	}
	return 0
}

// Name returns the name that the tag header of a statement has: "refward/approval/<commit>". It is "" where kind is no kind or commit no full
// id in lower case.
func Name(kind, commit string) string {
	if !known(kind) || !fullID(commit) {
		return ""
	}
	return namespace + kind + "/" + commit
}

// Parse reads a name of [Name]'s. Only what Name writes, byte for byte, is ok.
func Parse(name string) (kind, commit string, ok bool) {
	rest, ok := strings.CutPrefix(name, namespace)
	if !ok {
		return "", "", false
	}
	kind, commit, ok = strings.Cut(rest, "/")
	if !ok || !known(kind) || !fullID(commit) {
		return "", "", false
	}
	return kind, commit, true
}

// Ref returns the full name of the ref that holds a statement: [analyzers.ReviewPrefix], the commit, "/", the kind, "-" and 16 hexadecimal
// digits made of signer. Signer is whatever tells those apart who state the same of one commit, best the fingerprint of the key; who
// states it again gets the same ref. It is "" where [Name] is.
func Ref(kind, commit, signer string) string {
	if Name(kind, commit) == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(signer))
	return analyzers.ReviewPrefix + commit + "/" + kind + "-" + hex.EncodeToString(sum[:8])
}

// ParseRef reads the full name of a ref that may hold a statement. What tells signers apart are 8 to 64 hexadecimal digits in lower case,
// however they came about: a ref that somebody named by hand is as good as one of [Ref]'s.
func ParseRef(ref string) (kind, commit, signer string, ok bool) {
	rest, ok := strings.CutPrefix(ref, analyzers.ReviewPrefix)
	if !ok {
		return "", "", "", false
	}
	commit, rest, ok = strings.Cut(rest, "/")
	if !ok {
		return "", "", "", false
	}
	i := strings.LastIndexByte(rest, '-')
	if i < 0 {
		return "", "", "", false
	}
	kind, signer = rest[:i], rest[i+1:]
	if !known(kind) || !fullID(commit) || len(signer) < 8 || len(signer) > 64 || !lowerHex(signer) {
		return "", "", "", false
	}
	return kind, commit, signer, true
}

// Of returns the kind of the statement that a ref holds: the name of the ref, the header of the tag and its target have to say the same, in a tag
// without defects. Where it is none, kind is "" and why says what is wrong. What its signature is worth is not asked.
func Of(ref string, t *analyzers.Tag) (kind, why string) {
	kind, commit, _, ok := ParseRef(ref)
	switch {
	case !ok:
		return "", "the name of the ref is not " + analyzers.ReviewPrefix + "COMMIT/KIND-HEX with one of the kinds " + strings.Join(Kinds(), ", ")
	case len(t.Defects) > 0:
		return "", t.Defects[0]
	case t.Type != "commit":
		return "", "it is about a " + t.Type
	case t.Target != commit:
		return "", fmt.Sprintf("the ref names %.12s, and the tag is of %.12s", commit, t.Target)
	case t.Name != Name(kind, commit):
		return "", fmt.Sprintf("the tag has the name %q and not %q", t.Name, Name(kind, commit))
	}
	return kind, ""
}

// Marks are how much of a branch can be said to be done, in percent, in ascending order.
func Marks() (marks []int) {
	for _, kind := range Kinds() {
		if mark := Progress(kind); mark > 0 {
			marks = append(marks, mark)
		}
	}
	return marks
}

// At returns the kind of a review of work in progress at a mark; "" where there is no such mark.
func At(mark int) string {
	for _, kind := range Kinds() {
		if mark > 0 && Progress(kind) == mark {
			return kind
		}
	}
	return ""
}

// Subject returns the first line that the message of a statement has by custom; of is the subject of its commit. It is for people: nothing reads it.
func Subject(kind, of string) string {
	if mark := Progress(kind); mark > 0 {
		return fmt.Sprintf("Progress %d %%: %s", mark, of)
	}
	return "Approved: " + of
}

func known(kind string) bool { return kind == Approval || Progress(kind) != 0 }

// fullID says whether s is written as the full id of an object is, in either format (gitglossary(7), "object name"); zeros name none.
func fullID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && lowerHex(s) && !analyzers.IsZero(s)
}

func lowerHex(s string) bool { return strings.Trim(s, "0123456789abcdef") == "" }
