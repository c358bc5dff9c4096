package dod

import (
	"hash/fnv"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/lang"
	"github.com/refward/refward/analyzers/dod/migration"
)

// facts are what one new commit does, as far as rules about a whole change ask. Paths are kept as hashes: a push may touch millions.
// Whoever makes two paths collide hides a file of their own from a count, and could have left it out of the table as well.
type facts struct {
	code       []touch  // code that gained lines
	files      []uint64 // all files that gained lines; only where their number has a limit
	lines      int      // added, but for generated files
	events     []event  // in the order of the commit: gone before gained
	migrations []string // paths
	measured   bool     // a trailer with evidence
	undo       bool     // a trailer Rollback
}

// A touch is a file of code.
type touch struct {
	path     uint64
	name     string // the path, of the commit's first ones only
	language string
	tested   bool // needs a test
}

// An event is what happens to a file that may be evidence: it gains lines, is renamed or goes.
type event struct {
	path, from uint64 // from: 0 unless it was renamed
	kinds      kind   // 0: it goes
}

// A kind is what a path is, as bits.
type kind uint8

const (
	isCode kind = 1 << iota
	isTest
	isDocs
	isChangelog
	isBench
	isMigration
	isGenerated
	noTest // code that needs none

	evidence = isTest | isDocs | isChangelog | isBench
)

// keptNames is how many paths of code are kept of each commit, for messages.
const keptNames = 3

func hash(path string) uint64 {
	h := fnv.New64a()
	_, _ = h.Write([]byte(path))
	return h.Sum64() | 1 // 0 is none
}

// classify returns what a path tells.
func (k *checker) classify(path string) (kind, lang.File) {
	if path == "" {
		return 0, lang.File{}
	}
	f := k.languages.Of(path)
	if k.languages.Generated(path) || k.languages.Lock(path) || k.generated.Has(path) {
		return isGenerated, f
	}
	var is kind
	if k.evidence.Has(path) {
		is |= isBench
	}
	if f.Language == "" {
		// A changelog is no documentation of its own: the two rules ask for different things.
		if k.changelog.Has(path) {
			return is | isChangelog, f
		}
		if k.docs.Has(path) {
			return is | isDocs, f
		}
	}
	if !f.Test && k.migrations.Has(path) { // asked for its way back, not for a test
		if !migration.IsBack(path) {
			is |= isMigration
		}
		return is, f
	}
	switch {
	case f.Language == "":
	case f.Test:
		is |= isTest
	case k.docs.Has(path), is&isBench != 0:
		// Programs that make or illustrate the documentation, and benchmarks, need no test; nor are they documentation or a test.
	default:
		is |= isCode
		if k.exempt.Has(path) {
			is |= noTest
		}
	}
	return is, f
}

// gone notes a file that a commit removes or renames.
func (f *facts) gone(file analyzers.File, now kind) {
	switch file.Status {
	case 'D':
		f.events = append(f.events, event{path: hash(file.Path)})
	case 'R':
		f.events = append(f.events, event{path: hash(file.Path), from: hash(file.OldPath), kinds: now & evidence})
	}
}

// gain notes lines that a file gains. h is one of its hunks, first its first.
func (f *facts) gain(h *analyzers.Hunk, is kind, in lang.File, first bool, lines int, k *checker) {
	if is&isGenerated != 0 {
		return
	}
	id := hash(h.Path)
	f.lines += lines
	if k.size.Files > 0 && first {
		f.files = append(f.files, id)
	}
	if h.Unread == "" && blank(h.Text) {
		return // a blank line documents and tests nothing
	}
	if is&isCode != 0 && in.TestInside(h.Text) {
		is |= isTest
	}
	if is&(isCode|isTest) != 0 && in.BenchInside(h.Text) {
		is |= isBench
	}
	if is&evidence != 0 {
		e := event{path: id, kinds: is & evidence}
		if n := len(f.events); n == 0 || f.events[n-1] != e {
			f.events = append(f.events, e)
		}
	}
	if is&isCode != 0 && (len(f.code) == 0 || f.code[len(f.code)-1].path != id) {
		t := touch{path: id, tested: is&noTest == 0}
		if len(f.code) < keptNames {
			t.name = h.Path
		}
		t.language = in.Language
		f.code = append(f.code, t)
	}
	if is&isMigration != 0 && (len(f.migrations) == 0 || f.migrations[len(f.migrations)-1] != h.Path) {
		f.migrations = append(f.migrations, h.Path)
	}
}
