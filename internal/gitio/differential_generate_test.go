//go:build unix

package gitio

import (
	"bytes"
	"crypto/sha1"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// A draft is a random history in memory: objects byte by byte, so that names, modes, dates and parents may be such as no git
// command makes, and it is known without asking anybody what reaches what and what each commit holds.
type draft struct {
	*rand.Rand
	objects map[string]draftObject // by id
	commits []*draftCommit         // parents first
	skewed  bool                   // dates say nothing
	long    bool                   // many commits with few changes
}

type draftObject struct {
	kind string
	data []byte
}

type draftCommit struct {
	id      string
	parents []int
	files   map[string]draftFile
}

type draftFile struct {
	mode uint32
	id   string
}

// draftNames are paths of files. The same names at several depths make renames with the same base name.
var draftNames = []string{
	"a.txt", "b.txt", "c.go", "dir/a.txt", "dir/c.go", "dir/sub/a.txt", "dir/sub/deep/e", "dir.txt", "dir-x", "dir0", "dir", "sub/b.txt", "lib", "lib/x", "x y", "t\tab", "new\nline",
	"\xff\xfe\x80", `"quoted"`, `back\slash`, "caf\u00e9", ".git", "dir/.git/config", "..", "dir/../x", "a => b", "-dash", "*", "CON", " ", "e\r",
}

// newDraft makes a history of 5 to 18 commits, or a long one in which clocks are so wrong that git stops too early.
func newDraft(rnd *rand.Rand) *draft {
	d := &draft{Rand: rnd, objects: map[string]draftObject{}, skewed: rnd.IntN(3) == 0}
	n := 5 + rnd.IntN(14)
	if d.one(25) {
		n, d.skewed, d.long = 60, true, true
	}
	for range n {
		d.commit()
	}
	return d
}

func (d *draft) one(in int) bool { return d.IntN(in) == 0 }

// add adds an object.
func (d *draft) add(kind string, data []byte) string {
	sum := sha1.Sum(append(fmt.Appendf(nil, "%s %d\x00", kind, len(data)), data...))
	id := hex.EncodeToString(sum[:])
	d.objects[id] = draftObject{kind, data}
	return id
}

func (d *draft) commit() {
	k, n := &draftCommit{files: map[string]draftFile{}}, len(d.commits)
	if n > 0 && !d.one(12) { // else a root
		for range []int{1, 1, 1, 1, 2, 2, 2, 3, 5}[d.IntN(9)] {
			p := max(n-1-d.IntN(5), 0) // near ones make criss-cross merges
			if !slices.Contains(k.parents, p) || d.one(40) {
				k.parents = append(k.parents, p)
			}
		}
	}
	message := fmt.Sprintf("c%d\n", n)
	undo := -1
	if len(k.parents) == 1 && d.one(6) {
		undo = k.parents[0]
		message = fmt.Sprintf("Revert c%d\n\nThis reverts commit %s.\n", undo, d.commits[undo].id)
	}
	d.inherit(k)
	switch {
	case undo >= 0 && len(d.commits[undo].parents) > 0 && !d.one(4): // else it only says so
		k.files = copyFiles(d.commits[d.commits[undo].parents[0]].files)
	case len(k.parents) > 1 && !d.one(3) || d.long && !d.one(9): // else an evil merge
	default:
		for range 1 + d.IntN(4) {
			d.change(k)
		}
	}
	date := 1_700_000_000 + 60*n
	switch {
	case d.long && n < 30:
		date += 1_000_000 // then the clock was set right
	case d.skewed && !d.long:
		date += d.IntN(100_000)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "tree %s\n", d.tree(k.files))
	for _, p := range k.parents {
		fmt.Fprintf(&text, "parent %s\n", d.commits[p].id)
	}
	fmt.Fprintf(&text, "author A <a@example.com> %d +0000\ncommitter C <c@example.com> %d +0000\n\n%s", date, date, message)
	k.id = d.add("commit", []byte(text.String()))
	d.commits = append(d.commits, k)
}

// inherit gives a commit the files of its parents: of each path one version or none.
func (d *draft) inherit(k *draftCommit) {
	for i, p := range k.parents {
		files := d.commits[p].files
		for _, path := range sortedPaths(files) {
			if _, has := k.files[path]; i == 0 || !has && d.one(2) || has && d.one(3) {
				d.put(k, path, files[path])
			}
		}
	}
}

// put sets a file. What is a directory can be no file, and the other way round.
func (d *draft) put(k *draftCommit, path string, f draftFile) {
	for other := range k.files {
		if strings.HasPrefix(other, path+"/") || strings.HasPrefix(path, other+"/") {
			delete(k.files, other)
		}
	}
	k.files[path] = f
}

// change makes one change of a work tree.
func (d *draft) change(k *draftCommit) {
	paths := sortedPaths(k.files)
	name := draftNames[d.IntN(len(draftNames))]
	if len(paths) == 0 {
		d.put(k, name, d.file(d.lines(20)))
		return
	}
	path := paths[d.IntN(len(paths))]
	f := k.files[path]
	switch d.IntN(16) {
	case 0, 1:
		d.put(k, name, d.file(d.lines(20)))
	case 2:
		d.put(k, name, d.file(nil)) // empty
	case 3:
		d.put(k, name, f) // a copy
	case 4:
		delete(k.files, path)
	case 5:
		delete(k.files, path)
		d.put(k, name, f) // renamed
	case 6, 7:
		delete(k.files, path)
		d.put(k, name, d.edited(f)) // renamed with edits
	case 8:
		f.mode ^= 0o111
		if isRegular(f.mode) {
			k.files[path] = f
		}
	case 9:
		switch {
		case f.mode == 0o120000 && d.one(2): // a link becomes a file of the same content
			k.files[path] = draftFile{0o100644, f.id}
		case isRegular(f.mode) && d.one(2): // and the other way round, edited or not
			f = []draftFile{f, d.edited(f)}[d.IntN(2)]
			k.files[path] = draftFile{0o120000, f.id}
		default:
			k.files[path] = draftFile{0o120000, d.add("blob", []byte(name))}
		}
	case 10:
		k.files[path] = draftFile{0o160000, hex.EncodeToString(binary20(d.Rand))}
	case 11:
		d.put(k, name, draftFile{0o40000, d.add("tree", nil)}) // a directory without entries
	case 12:
		if f.mode == 0o100644 {
			f.mode = 0o100664 // as git of 2005 wrote it
			k.files[path] = f
		}
	case 13: // a directory is renamed
		for _, p := range paths {
			if rest, in := strings.CutPrefix(p, "dir/"); in {
				moved := k.files[p]
				delete(k.files, p)
				d.put(k, "moved/"+rest, moved)
			}
		}
	default:
		k.files[path] = d.edited(f)
	}
}

func isRegular(mode uint32) bool { return mode == 0o100644 || mode == 0o100755 || mode == 0o100664 }

func binary20(rnd *rand.Rand) []byte {
	b := make([]byte, 20)
	for i := range b {
		b[i] = byte(rnd.UintN(256))
	}
	return b
}

func (d *draft) file(lines []string) draftFile {
	mode := uint32(0o100644)
	if d.one(8) {
		mode = 0o100755
	}
	return draftFile{mode, d.add("blob", []byte(strings.Join(lines, "")))}
}

// draftLines come up again and again; other lines are unique.
var draftLines = []string{"\n", "}\n", "\t}\n", "\n", "cr\r\n", "\r\n", "nul\x00nul\n", "\xff\xfe\n", "+++ b/x\n", "--- a/x\n", "@@ -1 +1 @@\n", "\\ No newline at end of file\n",
	"if err != nil {\n", "\treturn err\n", "    indented\n", "diff --git a/x b/x\n", "-\n", "+\n", strings.Repeat("long ", 40) + "\n"}

func (d *draft) line() string {
	if d.one(3) {
		return draftLines[d.IntN(len(draftLines))]
	}
	return fmt.Sprintf("%sline %d of many\n", strings.Repeat("\t", d.IntN(3)), d.IntN(400))
}

func (d *draft) lines(most int) []string {
	lines := make([]string, 1+d.IntN(most))
	for i := range lines {
		lines[i] = d.line()
	}
	return d.end(lines)
}

// end takes the last line's end away, sometimes.
func (d *draft) end(lines []string) []string {
	if n := len(lines); n > 0 && d.one(5) {
		lines[n-1] = strings.TrimSuffix(lines[n-1], "\n")
	}
	return slices.DeleteFunc(lines, func(l string) bool { return l == "" })
}

// edited returns an edited version of a file; what was none of ours becomes a file.
func (d *draft) edited(f draftFile) draftFile {
	o, ok := d.objects[f.id]
	if !ok || o.kind != "blob" {
		return d.file(d.lines(20))
	}
	lines := linesOf(o.data)
	for i := range lines {
		lines[i] = strings.TrimSuffix(lines[i], "\n") + "\n"
	}
	for range 1 + d.IntN(4) {
		at := d.IntN(len(lines) + 1)
		switch d.IntN(6) {
		case 0:
			lines = slices.Delete(lines, at, min(len(lines), at+1+d.IntN(4)))
		case 1, 2:
			lines = slices.Insert(lines, at, d.line(), d.line())
		case 3:
			lines = slices.Insert(lines, at, lines[at:min(len(lines), at+5)]...) // a piece twice
		case 4:
			if at < len(lines) {
				lines[at] = d.line()
			}
		case 5:
			for i := range lines {
				lines[i] = strings.TrimSuffix(strings.TrimSuffix(lines[i], "\n"), "\r") + "\r\n"
			}
		}
	}
	f.id = d.add("blob", []byte(strings.Join(d.end(lines), "")))
	return f
}

func linesOf(data []byte) []string {
	var lines []string
	for line := range splitLines(data) {
		lines = append(lines, string(line))
	}
	return lines
}

// tree adds the trees of some files and returns the id of the root.
func (d *draft) tree(files map[string]draftFile) string {
	type item struct {
		key, name string // directories are sorted as if their names ended with a slash (fsck's treeNotSorted, git-fsck(1))
		f         draftFile
	}
	var items []item
	below := map[string]map[string]draftFile{}
	for path, f := range files {
		dir, rest, nested := strings.Cut(path, "/")
		switch {
		case nested && below[dir] == nil:
			below[dir] = map[string]draftFile{rest: f}
		case nested:
			below[dir][rest] = f
		case f.mode == 0o40000:
			items = append(items, item{path + "/", path, f})
		default:
			items = append(items, item{path, path, f})
		}
	}
	for _, dir := range sortedPaths(below) {
		items = append(items, item{dir + "/", dir, draftFile{0o40000, d.tree(below[dir])}})
	}
	slices.SortFunc(items, func(a, b item) int { return strings.Compare(a.key, b.key) })
	var data bytes.Buffer
	for _, i := range items {
		data.WriteString(entry(fmt.Sprintf("%o", i.f.mode), i.name, i.f.id))
	}
	return d.add("tree", data.Bytes())
}

// tag adds an annotated tag.
func (d *draft) tag(id, kind string) string {
	return d.add("tag", fmt.Appendf(nil, "object %s\ntype %s\ntag t%d\ntagger T <t@example.com> 1700000000 +0000\n\nnoted\n", id, kind, d.IntN(1000)))
}

// reach returns the commits that some of them reach, given those at which the history is cut off.
func (d *draft) reach(edge map[string]bool, from ...string) map[string]bool {
	seen := map[string]bool{}
	for len(from) > 0 {
		id := d.peel(from[len(from)-1])
		from = from[:len(from)-1]
		i := d.number(id)
		if i < 0 || seen[id] {
			continue
		}
		seen[id] = true
		for _, p := range d.commits[i].parents {
			if !edge[id] {
				from = append(from, d.commits[p].id)
			}
		}
	}
	return seen
}

// number returns the place of a commit, or -1.
func (d *draft) number(id string) int {
	return slices.IndexFunc(d.commits, func(k *draftCommit) bool { return k.id == id })
}

// closure adds to all whatever an object needs but the parents of a commit.
func (d *draft) closure(id string, all map[string]bool) {
	o, ours := d.objects[id]
	if !ours || all[id] {
		return
	}
	all[id] = true
	switch o.kind {
	case "commit":
		d.closure(string(o.data[len("tree "):][:40]), all)
	case "tag":
		d.closure(string(o.data[len("object "):][:40]), all)
	case "tree":
		for rest := o.data; len(rest) > 0; {
			end := bytes.IndexByte(rest, 0) + 1
			if !bytes.HasPrefix(rest, []byte("160000 ")) {
				d.closure(hex.EncodeToString(rest[end:end+20]), all)
			}
			rest = rest[end+20:]
		}
	}
}

// peel follows tags.
func (d *draft) peel(id string) string {
	for d.objects[id].kind == "tag" {
		id = string(d.objects[id].data[len("object "):][:40])
	}
	return id
}

func copyFiles(files map[string]draftFile) map[string]draftFile {
	out := make(map[string]draftFile, len(files))
	for path, f := range files {
		out[path] = f
	}
	return out
}

func sortedPaths[V any](m map[string]V) []string {
	paths := make([]string, 0, len(m))
	for path := range m {
		paths = append(paths, path)
	}
	slices.Sort(paths)
	return paths
}
