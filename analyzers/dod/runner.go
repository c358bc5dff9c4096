package dod

import (
	"bytes"
	"context"
	"fmt"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/lang"
	"github.com/refward/refward/analyzers/dod/lfs"
	"github.com/refward/refward/internal/message"
)

// A runner is one run over one change.
type runner struct {
	*checker
	change     *analyzers.Change
	result     analyzers.Result
	bot, whole bool // whole: rules about the change as a whole are asked

	byCommit map[string]*facts
	reverts  map[string]bool     // ids of commits whose lines are not their own
	ignored  map[uint64]struct{} // hashes of commit and path whose lines do not count
	suspects map[string]bool     // blobs that may be binary and too large
	tracked  map[string]bool     // blobs at a path of Git LFS
	storage  *storage
	file     current
	unread   int // files beyond those that are among the skipped
}

const maxSkips = 100 // files that are told one by one

func (r *runner) found(f analyzers.Finding) { r.result.Findings = append(r.result.Findings, f) }

// skip notes a file that was not examined.
func (r *runner) skip(what, why string) {
	if len(r.result.Skipped) < maxSkips {
		r.result.Skipped = append(r.result.Skipped, analyzers.Skip{What: what, Why: why})
	} else {
		r.unread++
	}
}

// close completes the result, also that of a run that failed.
func (r *runner) close() {
	r.endFile()
	if r.storage != nil {
		for _, s := range r.storage.skipped() {
			r.skip(s.What, s.Why)
		}
	}
	if r.unread > 0 {
		r.result.Skipped = append(r.result.Skipped, analyzers.Skip{What: fmt.Sprintf("%d more of them", r.unread), Why: "for the same reasons"})
	}
}

// commits judges each message, and notes what the messages declare of the change.
func (r *runner) commits(ctx context.Context) error {
	if r.whole {
		r.byCommit = make(map[string]*facts, len(r.change.Commits))
	}
	r.reverts = map[string]bool{}
	for _, c := range r.change.Commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		m := message.Parse(c.Message)
		r.result.Findings = append(r.result.Findings, r.judge(c, &m, r.bot)...)
		r.result.Examined["commits"]++
		if !r.whole {
			continue
		}
		f := &facts{undo: declared(&m, "Rollback")}
		for _, key := range r.trailers {
			f.measured = f.measured || declared(&m, key)
		}
		r.byCommit[c.ID] = f
		if c.Reverts != "" {
			r.reverts[c.ID] = true
		}
	}
	return nil
}

func declared(m *message.Message, key string) bool {
	for _, v := range m.Values(key) {
		if v != "" {
			return true
		}
	}
	return false
}

const symlink = 0o120000

// files looks at the paths.
func (r *runner) files(ctx context.Context) error {
	if r.change.Kind == analyzers.KindMessage {
		return nil
	}
	r.ignored = map[uint64]struct{}{}
	if r.lfs {
		r.tracked, r.storage = map[string]bool{}, newStorage(r.change)
	}
	for f, err := range r.change.Files(ctx) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.result.Examined["files"]++
		if f.Path == "" {
			continue
		}
		if reason, found := r.banned(f.Path); found && f.Status != 'D' {
			r.found(analyzers.Finding{
				Rule: forbiddenFile, Group: groupContent, Severity: analyzers.Medium, Path: f.Path, Commit: f.Commit, Ref: f.Ref,
				Message: "the file does not belong into a repository" + because(reason),
				Hint:    "git rm --cached it, and add it to .gitignore", Key: forbiddenFile,
			})
		}
		if r.whole {
			r.note(&f)
		}
		if r.lfs && f.Status != 'D' && regular(f.Mode) {
			in, err := r.storage.tracks(ctx, &f)
			if err != nil {
				return err
			}
			if in {
				r.tracked[f.Blob] = true
			}
		}
	}
	return nil
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

func regular(mode uint32) bool { return mode&0o170000 == 0o100000 }

// note keeps what the lines of a file do not tell.
func (r *runner) note(f *analyzers.File) {
	facts := r.byCommit[f.Commit]
	if facts == nil {
		return
	}
	if f.Status == 'D' || f.Status == 'R' {
		now, _ := r.classify(f.Path)
		facts.gone(*f, now)
	}
	// A link is the name of another file, not a test. A revert gives back what was there. A merge's lines are those of no parent, and somebody
	// wrote them: were they passed over as what settles a conflict, all code could be brought by a merge, conflict or not.
	if f.Mode == symlink || r.reverts[f.Commit] {
		r.ignored[hash(f.Commit+"\x00"+f.Path)] = struct{}{}
	}
}

// current is the file whose hunks are being read.
type current struct {
	open              bool
	commit, ref, path string
	is                kind
	in                lang.File
	facts             *facts // nil: its lines do not count
	fresh             bool   // no hunk was noted yet
	conflicts
}

// hunks looks at the added lines.
func (r *runner) hunks(ctx context.Context) error {
	if r.change.Kind == analyzers.KindMessage {
		return nil
	}
	r.suspects = map[string]bool{}
	for h, err := range r.change.Hunks(ctx) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		if f := &r.file; !f.open || f.path != h.Path || f.commit != h.Commit || f.ref != h.Ref {
			r.endFile()
			r.begin(&h)
		}
		if h.Unread != "" {
			r.skip(h.Path, h.Unread)
		}
		// The head tells binary files whose new lines are text. A NUL that is in neither is missed, and was in a hunk when it came.
		if h.Blob != "" && r.binaryMax > 0 && (h.Binary || h.Unread != "" || bytes.IndexByte(h.Head, 0) >= 0) && !r.binary.Has(h.Path) {
			r.suspects[h.Blob] = true
		}
		lines := 0
		if r.file.facts != nil && !h.Binary {
			lines = lineCount(h.Text)
			r.result.Examined["lines"] += int64(lines)
		}
		if r.file.facts != nil {
			r.file.facts.gain(&h, r.file.is, r.file.in, r.file.fresh, lines, r.checker)
			r.file.fresh = false
		}
		r.file.scan(&h)
	}
	r.endFile()
	return nil
}

// begin notes the file of a hunk, which is its first.
func (r *runner) begin(h *analyzers.Hunk) {
	r.file = current{open: true, commit: h.Commit, ref: h.Ref, path: h.Path, fresh: true}
	f := &r.file
	f.is, f.in = r.classify(h.Path)
	if r.whole {
		if _, ignored := r.ignored[hash(h.Commit+"\x00"+h.Path)]; !ignored {
			f.facts = r.byCommit[h.Commit]
		}
	}
	if f.is&isGenerated == 0 && lang.SaysGenerated(h.Head) {
		f.is = isGenerated
	}
}

// lineCount counts the last line too where it does not end.
func lineCount(text []byte) int {
	n := bytes.Count(text, []byte("\n"))
	if len(text) > 0 && text[len(text)-1] != '\n' {
		n++
	}
	return n
}

// sniffed is how many bytes git looks at for a NUL to tell a binary file (gitattributes(5), "diff", says that it looks at the beginning).
const sniffed = 8000

// blobs looks into the files that may be binary, and into those of Git LFS.
func (r *runner) blobs(ctx context.Context) error {
	if len(r.suspects)+len(r.tracked) == 0 {
		return nil
	}
	want := func(f analyzers.File) bool { return regular(f.Mode) && (r.suspects[f.Blob] || r.tracked[f.Blob]) }
	for b, err := range r.change.Blobs(ctx, want) {
		if err != nil {
			return err
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r.result.Examined["blobs"]++
		large := r.suspects[b.ID] && b.Size > r.binaryMax && (b.Unread != "" || bytes.IndexByte(b.Data[:min(len(b.Data), sniffed)], 0) >= 0)
		content := r.tracked[b.ID] && (b.Unread != "" || !lfs.Pointer(b.Data))
		if !large && !content {
			continue
		}
		for i := range b.Files {
			if err := r.place(ctx, &b, &b.Files[i], large, content); err != nil {
				return err
			}
		}
	}
	return nil
}

// place states what is wrong with a blob in one of its places.
func (r *runner) place(ctx context.Context, b *analyzers.Blob, f *analyzers.File, large, content bool) error {
	if f.Status == 'D' || !regular(f.Mode) || f.Path == "" && !large {
		return nil
	}
	finding := analyzers.Finding{Group: groupContent, Severity: analyzers.Medium, Path: f.Path, Commit: f.Commit, Ref: f.Ref}
	if large && f.Status != 'R' && f.Status != 'C' && !r.binary.Has(f.Path) {
		finding.Rule, finding.Key = largeBinary, largeBinary+" "+b.ID
		finding.Message = fmt.Sprintf("a binary file of %s, %s allowed", Size(b.Size), Size(r.binaryMax))
		if b.Unread != "" {
			finding.Message = fmt.Sprintf("a file of %s, which is not looked into; %s allowed for a binary one", Size(b.Size), Size(r.binaryMax))
		}
		finding.Hint = "git lfs track it and commit it again, or keep it outside of the repository"
		r.found(finding)
	}
	if !content {
		return nil
	}
	in, err := r.storage.tracks(ctx, f)
	if err != nil || !in {
		return err
	}
	finding.Rule, finding.Key = lfsMissing, lfsMissing+" "+b.ID
	finding.Message = "the attributes give the file to Git LFS (filter=lfs), and the commit has its content instead of a pointer"
	finding.Hint = "git lfs install, then git add --renormalize the file and commit it again"
	r.found(finding)
	return nil
}
