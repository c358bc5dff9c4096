//go:build unix

package gitio

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/gitio/source"
)

// A witness knows the history without either reader.
type witness interface {
	content(id string) ([]byte, error)                 // of a blob; nothing of what is none
	files(commit string) (map[string]draftFile, error) // all of the commit
	parents(commit string) ([]string, error)
}

// files holds the changed paths of each commit against each other. They are the same to the byte and in the same order, but for renames,
// where git's measure of likeness is its own: then both say the same of every path once renames are taken for additions and deletions,
// and each rename that only one of them has is one of which there can be two opinions.
func (n *comparison) files(t *testing.T, theirs, ours *side, w witness) {
	for _, of := range union(theirs.order, ours.order) {
		a, b := theirs.files[of], ours.files[of]
		for _, f := range b {
			n.Files++
			if f.Status == 'R' {
				n.Renames++
			}
		}
		if reflect.DeepEqual(a, b) {
			continue
		}
		plainA, plainB := withoutRenames(a, ours.merge[of]), withoutRenames(b, ours.merge[of])
		if ours.merge[of] {
			// Of a merge git tells of a deletion only if no comparison with a parent made a rename of it, whether that is told or not. We
			// leave out what a rename that we tell of stands for.
			for path, f := range plainB {
				if _, said := plainA[path]; f.Status == 'D' && !said && !isOrigin(f, b) {
					delete(plainB, path)
				}
			}
			for path, f := range plainA {
				if f.Status == 'D' && isOrigin(f, b) {
					delete(plainA, path)
				}
			}
		}
		if !reflect.DeepEqual(plainA, plainB) {
			t.Errorf("%s: git lists\n%swe list\n%s", of, describeFiles(a), describeFiles(b))
			continue
		}
		for _, pair := range [][2][]analyzers.File{{a, b}, {b, a}} {
			for _, f := range pair[0] {
				if f.Status != 'R' || slices.Contains(pair[1], f) {
					continue
				}
				n.OtherRenames++
				if err := n.doubtful(f, plainA, ours.merge[of], w); err != nil {
					t.Errorf("%s: git lists\n%swe list\n%s%v", of, describeFiles(a), describeFiles(b), err)
				}
			}
		}
	}
}

// isOrigin reports whether one of the files was renamed from a deleted one.
func isOrigin(deleted analyzers.File, files []analyzers.File) bool {
	return slices.ContainsFunc(files, func(f analyzers.File) bool { return f.OldPath == deleted.Path })
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, s := range b {
		if !slices.Contains(a, s) {
			all = append(all, s)
		}
	}
	return all
}

// withoutRenames makes each rename an addition and a deletion. A merge does not tell of the deletion, since the other parents may not
// have had the file.
func withoutRenames(files []analyzers.File, merge bool) map[string]analyzers.File {
	plain := map[string]analyzers.File{}
	for _, f := range files {
		if f.Status == 'R' {
			if !merge {
				plain["D"+f.OldPath] = analyzers.File{Commit: f.Commit, Status: 'D', Path: f.OldPath, OldMode: f.OldMode, Blob: zeros(f.Blob), OldBlob: f.OldBlob}
			}
			f.Status, f.OldPath, f.OldMode, f.OldBlob = 'A', "", 0, zeros(f.Blob)
		}
		plain[string(f.Status)+f.Path] = f
	}
	return plain
}

// doubtful says why a rename that only one reader has is a mistake of one of them. It is none where the likeness of the two files may be close
// to what is asked for, one half or with the same base name three quarters (gitdiffcore(7), "diffcore-rename"), or where another
// file could have taken the place of one of the two.
func (n *comparison) doubtful(f analyzers.File, plain map[string]analyzers.File, merge bool, w witness) error {
	alike := func(old, new string) (least, most float64, err error) {
		if old == new {
			return 1, 1, nil
		}
		a, err := w.content(old)
		if err != nil {
			return 0, 0, err
		}
		b, err := w.content(new)
		x, y := likeness(a, b, lineToGit), likeness(a, b, lineToUs)
		return min(x, y), max(x, y), err
	}
	least, most, err := alike(f.OldBlob, f.Blob)
	if err != nil {
		return err
	}
	about := func(bound float64) bool { return least < bound+0.1 && most > bound-0.1 }
	if about(0.5) || about(0.75) || most > 0.4 && merge { // a merge does not tell of the other deleted files
		return nil
	}
	for _, other := range plain {
		old, new := f.OldBlob, f.Blob
		switch {
		case most < 0.4 || !isRegular(other.Mode|other.OldMode) || other.Path == f.Path || other.Path == f.OldPath:
			continue
		case other.Status == 'A':
			new = other.Blob
		case other.Status == 'D':
			old = other.OldBlob
		default:
			continue
		}
		if _, rival, err := alike(old, new); err != nil {
			return err
		} else if rival > 0.4 {
			return nil
		}
	}
	return fmt.Errorf("%q and %q are alike by %.2f to %.2f, and no other file is", f.OldPath, f.Path, least, most)
}

// likeness is the part of the larger file's bytes that is in lines that both have, or what a measure takes for the text of a line.
func likeness(a, b []byte, text func(line []byte, binary bool) string) float64 {
	if len(a)+len(b) == 0 {
		return 1
	}
	count := map[string]int{}
	for line := range splitLines(a) {
		count[text(line, isBinary(a))]++
	}
	same := 0
	for line := range splitLines(b) {
		if t := text(line, isBinary(b)); t != "" && count[t] > 0 {
			count[t]--
			same += len(line)
		}
	}
	return float64(same) / float64(max(len(a), len(b)))
}

// lineToGit is how git measures: CR LF is as LF, but not in a file with a NUL byte, and a last line without an end does not count
// before git 2.44, and is another line than one with an end since.
func lineToGit(line []byte, binary bool) string {
	text, ended := bytes.CutSuffix(line, eol)
	if !ended {
		return ""
	}
	if !binary {
		text = bytes.TrimSuffix(text, []byte("\r"))
	}
	return string(text) + "\n"
}

// lineToUs is how the built-in reader measures: whatever ends a line.
func lineToUs(line []byte, _ bool) string {
	return string(bytes.TrimSuffix(bytes.TrimSuffix(line, eol), []byte("\r"))) + "\n"
}

// hunks holds the added lines against each other. Of most files they are the same. Where lines repeat, several shortest edits are right, and a
// reader may take another one than git: then the hunks of both are a correct edit of the version that the file came from, so that no line
// whose text is new is in none of them. For merges, where lines go by text, nothing is left to choose but where a parent does not have the file.
func (n *comparison) hunks(t *testing.T, theirs, ours *side, w witness) {
	from := map[fileKey][2]analyzers.File{}
	for i, s := range []*side{theirs, ours} {
		for _, files := range s.files {
			for _, f := range files {
				pair := from[keyOf(f)]
				pair[i] = f
				from[keyOf(f)] = pair
			}
		}
	}
	for key, pair := range from {
		a, b := theirs.hunks[key], ours.hunks[key]
		if len(a)+len(b) == 0 {
			continue
		}
		merge := ours.merge[key.commit]
		if merge {
			n.Merged++
		} else {
			n.Hunked++
		}
		if pair[0] == pair[1] {
			n.TheirLines, n.OurLines = n.TheirLines+addedLines(a), n.OurLines+addedLines(b)
		}
		if reflect.DeepEqual(a, b) {
			continue
		}
		if merge {
			n.OtherMerged++
		} else {
			n.OtherHunks++
		}
		unread := slices.ContainsFunc(append(slices.Clone(a), b...), func(h analyzers.Hunk) bool { return h.Unread != "" })
		if merge && !unread {
			for _, hunks := range [][]analyzers.Hunk{a, b} {
				if err := mergeLines(key, pair[1].Blob, hunks, w); err != nil {
					t.Errorf("%+v: %v; git gives %s, we give %s", key, err, describeHunks(a), describeHunks(b))
				}
			}
			continue
		}
		if unread || pair[0].Status == 'T' && pair[1].Status == 'T' { // of a file that became a link, or the other way round, all is new
			t.Errorf("%+v: git gives %s, we give %s", key, describeHunks(a), describeHunks(b))
			continue
		}
		for i, hunks := range [][]analyzers.Hunk{a, b} {
			var old []byte
			var err error
			if source.HasContent(pair[i].OldMode) {
				old, err = w.content(pair[i].OldBlob)
			}
			new, err2 := w.content(pair[i].Blob)
			if err != nil || err2 != nil {
				t.Fatal(err, err2)
			}
			if err := checkAdded(hunks, linesOf(old), linesOf(new)); err != nil {
				t.Errorf("%+v: %v; git gives %s, we give %s", key, err, describeHunks(a), describeHunks(b))
			}
		}
	}
}

// mergeLines holds the lines of a merge's file against what they can be. What a parent has under the path is old. Where a parent does not have it, a
// file that is gone since may be where it came from, and each reader may take another one or none for that: what any of these has can be old.
func mergeLines(key fileKey, blob string, hunks []analyzers.Hunk, w witness) error {
	is, err := w.files(key.commit)
	if err != nil {
		return err
	}
	parents, err := w.parents(key.commit)
	if err != nil {
		return err
	}
	old, maybe, free := map[string]bool{}, map[string]bool{}, false
	for _, p := range parents {
		files, err := w.files(p)
		if err != nil {
			return err
		}
		sources := []string{key.path}
		if _, has := files[key.path]; !has {
			free, sources = true, sortedPaths(files)
		}
		for _, path := range sources {
			f := files[path]
			if _, stays := is[path]; stays && path != key.path || !source.HasContent(f.mode) {
				continue
			}
			data, err := w.content(f.id)
			if err != nil {
				return err
			}
			for _, line := range linesOf(data) {
				text := strings.TrimSuffix(line, "\n")
				maybe[text] = true
				old[text] = old[text] || path == key.path
			}
		}
	}
	if !free {
		return errors.New("every parent has the file")
	}
	said := map[int]bool{}
	for _, h := range hunks {
		for i := range linesOf(h.Text) {
			said[h.Start+i] = true
		}
	}
	data, err := w.content(blob)
	if err != nil {
		return err
	}
	for i, line := range linesOf(data) {
		text := strings.TrimSuffix(line, "\n")
		if !maybe[text] && !said[i+1] {
			return fmt.Errorf("line %d is in no file of a parent and in no hunk", i+1)
		}
		if old[text] && said[i+1] {
			return fmt.Errorf("line %d is in a parent's version and in a hunk", i+1)
		}
	}
	return nil
}

func addedLines(hunks []analyzers.Hunk) int {
	n := 0
	for _, h := range hunks {
		n += len(linesOf(h.Text))
	}
	return n
}

func describeHunks(hunks []analyzers.Hunk) string {
	var b strings.Builder
	for _, h := range hunks {
		fmt.Fprintf(&b, " %d:%.2000q%s", h.Start, h.Text, h.Unread)
	}
	return b.String()
}

// blobs holds the blobs against each other: ids, sizes, content, and where they are. The order is each reader's own.
func (n *comparison) blobs(t *testing.T, theirs, ours *side) {
	for _, id := range union(sortedPaths(theirs.blobs), sortedPaths(ours.blobs)) {
		a, b := theirs.blobs[id], ours.blobs[id]
		n.Blobs++
		where := func(files []analyzers.File) []string {
			var s []string
			for _, f := range files {
				s = append(s, fmt.Sprintf("%s %s %q %o", f.Commit, f.Ref, f.Path, f.Mode))
			}
			slices.Sort(s)
			return s
		}
		if a.ID != b.ID || a.Size != b.Size || a.Unread != b.Unread || (a.Data == nil) != (b.Data == nil) || !bytes.Equal(a.Data, b.Data) || !slices.Equal(where(a.Files), where(b.Files)) {
			t.Errorf("blob %s: git gives %+v, we give %+v", id, a, b)
		}
	}
}
