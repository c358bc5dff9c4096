package policy

import (
	"regexp"
	"time"

	"github.com/goccy/go-yaml/ast"

	"github.com/refward/refward/internal/policy/strict"
)

// EnforceFrom says where a policy begins to refuse commits for what they say of themselves, such as their messages. The zero EnforceFrom
// is the beginning.
type EnforceFrom struct {
	Commit string    // full id: it and all that it contains are older; "" = not by commit
	Date   time.Time // what was committed before it is older; zero = not by date
}

// IsZero reports whether nothing is older.
func (e EnforceFrom) IsZero() bool { return e.Commit == "" && e.Date.IsZero() }

// String returns what a policy file says.
func (e EnforceFrom) String() string {
	switch {
	case e.Commit != "":
		return e.Commit
	case e.Date.IsZero():
		return ""
	}
	return e.Date.Format(time.RFC3339)
}

var fullID = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// UnmarshalStrict decodes a commit's full id, a day or a time.
func (e *EnforceFrom) UnmarshalStrict(d *strict.Decoder, path string, n ast.Node) {
	text, ok := d.Text(path, n, "a commit's full id or a date")
	if !ok {
		return
	}
	*e = EnforceFrom{}
	if fullID.MatchString(text) {
		e.Commit = text
		return
	}
	for _, layout := range []string{time.DateOnly, time.RFC3339} {
		if t, err := time.Parse(layout, text); err == nil {
			e.Date = t
			return
		}
	}
	d.Fail(n, "write the 40 or 64 digits of a commit's id, a day such as 2026-01-31 (UTC), or a time such as 2026-01-31T08:00:00Z",
		"%s: %q is neither a commit's full id nor a date", path, text)
}
