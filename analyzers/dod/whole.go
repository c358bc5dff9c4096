package dod

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
)

// sum is what all new commits of a ref do together.
type sum struct {
	code           map[uint64]touch // that is still there
	evidence       map[uint64]kind  // likewise
	files          map[uint64]struct{}
	lines          int
	migrations     []string
	measured, undo bool
}

// refs judges what the new commits of each ref do together.
func (r *runner) refs(ctx context.Context) error {
	if !r.whole {
		return nil
	}
	for i := range r.change.Refs {
		if err := ctx.Err(); err != nil {
			return err
		}
		ref := &r.change.Refs[i]
		if len(ref.Commits) == 0 {
			continue
		}
		s, err := r.add(ctx, ref)
		if err != nil {
			return err
		}
		r.touched(ref, s)
		r.large(ref, s)
		if len(s.migrations) > 0 && !s.undo {
			if err := r.wayBack(ctx, i, s.migrations); err != nil {
				return err
			}
		}
	}
	return nil
}

// add adds up the facts of a ref's commits, parents first: what a later commit takes away again was not touched.
func (r *runner) add(ctx context.Context, ref *analyzers.RefChange) (*sum, error) {
	s := &sum{code: map[uint64]touch{}, evidence: map[uint64]kind{}, files: map[uint64]struct{}{}}
	migrations := map[string]struct{}{}
	for _, at := range ref.Commits {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		f := r.byCommit[r.change.Commits[at].ID]
		for _, e := range f.events {
			s.take(e)
		}
		for _, t := range f.code {
			if old, ok := s.code[t.path]; !ok || old.name == "" {
				s.code[t.path] = t
			}
		}
		for _, id := range f.files {
			s.files[id] = struct{}{}
		}
		for _, m := range f.migrations {
			if _, ok := migrations[m]; !ok {
				migrations[m] = struct{}{}
				s.migrations = append(s.migrations, m)
			}
		}
		s.lines += f.lines
		s.measured, s.undo = s.measured || f.measured, s.undo || f.undo
	}
	return s, nil
}

func (s *sum) take(e event) {
	switch {
	case e.from != 0:
		if is, ok := s.evidence[e.from]; ok {
			delete(s.evidence, e.from)
			s.evidence[e.path] = is & e.kinds
		}
		if t, ok := s.code[e.from]; ok {
			delete(s.code, e.from)
			t.path = e.path
			s.code[e.path] = t
		}
	case e.kinds == 0:
		delete(s.evidence, e.path)
		delete(s.code, e.path)
	default:
		s.evidence[e.path] |= e.kinds
	}
}

// touched states which of the files that belong to a change of code it does not touch.
func (r *runner) touched(ref *analyzers.RefChange, s *sum) {
	var seen kind
	for _, is := range s.evidence {
		seen |= is
	}
	tested := maps.Clone(s.code)
	maps.DeleteFunc(tested, func(_ uint64, t touch) bool { return !t.tested })
	found := func(rule, group string, severity analyzers.Severity, code map[uint64]touch, what, hint string) {
		if len(code) == 0 {
			return
		}
		r.found(analyzers.Finding{
			Rule: rule, Group: group, Severity: severity, Ref: ref.Ref, Message: r.codeOf(ref, code) + ", and " + what, Hint: hint,
			Key: rule + " " + digest(code),
		})
	}
	if seen&isTest == 0 && !r.bot {
		found(testsTouched, "", analyzers.Medium, tested, "no test does", "add or extend a test in any commit of the change")
	}
	if seen&isDocs == 0 && !r.bot && r.docsOn {
		found(docsTouched, groupDocs, analyzers.Low, s.code, "no documentation does", "write about it in the README or the documentation")
	}
	if seen&isChangelog == 0 && !r.bot && r.changelogOn {
		found(changelogTouched, groupDocs, analyzers.Low, s.code, "no changelog does", "say in the changelog what changes for those who use it")
	}
	if seen&isBench == 0 && !s.measured && len(r.trailers) > 0 {
		found(perfEvidence, "", analyzers.Medium, s.code, "neither does a benchmark nor does a trailer say what was measured",
			fmt.Sprintf("change a benchmark, or add a trailer %q", r.trailers[0]+": …"))
	}
}

// codeOf says which code changes, in one line.
func (r *runner) codeOf(ref *analyzers.RefChange, code map[uint64]touch) string {
	name := ""
	for _, at := range ref.Commits {
		for _, t := range r.byCommit[r.change.Commits[at].ID].code {
			if now, ok := code[t.path]; ok && name == "" && now.name != "" {
				name = named(now.name) + ", " + now.language
			}
		}
		if name != "" {
			break
		}
	}
	if name == "" { // all were renamed since
		for _, t := range code {
			if now := named(t.name) + ", " + t.language; t.name != "" && (name == "" || now < name) {
				name = now
			}
		}
	}
	text := "code changes in " + counted(len(code), "file", "files")
	switch {
	case name == "":
		return text
	case len(code) > 1:
		name += " …"
	}
	return text + " (" + name + ")"
}

// digest identifies a set of files.
func digest(code map[uint64]touch) string {
	h := sha256.New()
	for _, id := range slices.Sorted(maps.Keys(code)) {
		_, _ = h.Write(binary.BigEndian.AppendUint64(nil, id))
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// large states that a change has more lines or files than are allowed.
func (r *runner) large(ref *analyzers.RefChange, s *sum) {
	var too []string
	if r.size.Lines > 0 && s.lines > r.size.Lines {
		too = append(too, fmt.Sprintf("%s, %d allowed", counted(s.lines, "added line", "added lines"), r.size.Lines))
	}
	if r.size.Files > 0 && len(s.files) > r.size.Files {
		too = append(too, fmt.Sprintf("%s, %d allowed", counted(len(s.files), "file", "files"), r.size.Files))
	}
	if too == nil {
		return
	}
	r.found(analyzers.Finding{
		Rule: size, Severity: analyzers.Low, Ref: ref.Ref, Message: "the change has " + strings.Join(too, "; "),
		Hint: "push it in parts that make sense alone", Key: size + " " + digest(s.code),
	})
}
