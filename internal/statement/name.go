package statement

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
)

// Approval is the kind of statement by which somebody approves a commit, with all that leads to it.
const Approval = "approval"

const progress = "progress-"

// Marks are how much of a branch can be said to be done, in percent.
func Marks() []int { return []int{25, 50, 75} }

// Progress returns the kind of statement by which somebody has looked at a branch that is done so far, in percent.
func Progress(mark int) string { return progress + strconv.Itoa(mark) }

// MarkOf returns how far a branch is by a statement of a kind, in percent; 0 for an approval and for what is no kind.
func MarkOf(kind string) int {
	for _, mark := range Marks() {
		if kind == Progress(mark) {
			return mark
		}
	}
	return 0
}

// Name returns the name that is signed within the tag of a statement; commit is a full id.
func Name(kind, commit string) string { return "refward/" + kind + "/" + commit }

// Parse takes a name apart; ok is false for any other one.
func Parse(name string) (kind, commit string, ok bool) {
	parts := strings.Split(name, "/")
	if len(parts) != 3 || parts[0] != "refward" || parts[1] != Approval && MarkOf(parts[1]) == 0 {
		return "", "", false
	}
	if id := parts[2]; !slices.Contains([]int{40, 64}, len(id)) || strings.Trim(id, "0123456789abcdef") != "" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

// Ref returns the name of the ref for a statement of somebody's, whom a mail address tells from others, in any case.
func Ref(kind, commit, signer string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(signer)))
	return fmt.Sprintf("%s%s/%s-%s", analyzers.ReviewPrefix, commit, kind, hex.EncodeToString(sum[:8]))
}
