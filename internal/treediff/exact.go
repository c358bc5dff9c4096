package treediff

import (
	"strings"

	"github.com/refward/refward/internal/odb"
)

// Exact turns a deletion and an addition of the same content into a rename, as "git diff-tree -M100%" does, and returns the changes with
// the renames in the places of the additions. A deleted file is renamed once, to the first addition, but
// one of the same base name goes before. Regular files become regular files; symbolic links and submodules the same with the same mode. Empty files
// are all the same. What a tree out of order made a deletion and an addition of one path, is a modification again or none. The changes are those of one [Diff],
// and stay as they are.
func Exact(changes []Change) []Change {
	added, deleted := moved(changes)
	if len(added) == 0 || len(deleted) == 0 {
		return changes
	}
	type content struct {
		id   odb.ID
		mode uint32
	}
	type named struct {
		content
		base string
	}
	// Lists of what is deleted, the first first. One that is used up in the one map is found out in the other.
	byContent, byName := map[content][]int{}, map[named][]int{}
	for _, i := range deleted {
		c := &changes[i]
		k := content{c.OldID, renameMode(c.OldMode)}
		n := named{k, baseName(c.Path)}
		byContent[k], byName[n] = append(byContent[k], i), append(byName[n], i)
	}
	p := newPairs(changes)
	for _, i := range added {
		c := &changes[i]
		k := content{c.ID, renameMode(c.Mode)}
		if len(byContent[k]) == 0 {
			continue
		}
		n := named{k, baseName(c.Path)}
		byName[n] = p.unused(byName[n])
		list := byName[n]
		if len(list) == 0 {
			byContent[k] = p.unused(byContent[k])
			list = byContent[k]
		}
		if len(list) > 0 {
			p.pair(list[0], i)
		}
	}
	return p.apply()
}

// moved returns the indexes of additions and deletions.
func moved(changes []Change) (added, deleted []int) {
	for i := range changes {
		switch changes[i].Status {
		case 'A':
			added = append(added, i)
		case 'D':
			deleted = append(deleted, i)
		}
	}
	return added, deleted
}

// renameMode returns what two files have in common of which one can be a rename of the other.
func renameMode(mode uint32) uint32 {
	if isFile(mode) {
		return modeFile
	}
	return mode
}

func isFile(mode uint32) bool { return mode == modeFile || mode == modeExec }

func baseName(path string) string { return path[strings.LastIndexByte(path, '/')+1:] }

// pairs are the renames found among some changes.
type pairs struct {
	changes []Change
	from    map[int]int  // of an addition: the deletion that it is
	used    map[int]bool // deletions
}

func newPairs(changes []Change) *pairs {
	return &pairs{changes, map[int]int{}, map[int]bool{}}
}

func (p *pairs) pair(deleted, added int) {
	p.from[added], p.used[deleted] = deleted, true
}

// unused returns what is left of a list of deletions after the used ones at its head.
func (p *pairs) unused(list []int) []int {
	for len(list) > 0 && p.used[list[0]] {
		list = list[1:]
	}
	return list
}

// apply returns the changes with the renames in them.
func (p *pairs) apply() []Change {
	if len(p.from) == 0 {
		return p.changes
	}
	out := make([]Change, 0, len(p.changes)-len(p.from))
	for i, c := range p.changes {
		if p.used[i] {
			continue
		}
		if from, ok := p.from[i]; ok {
			old := p.changes[from]
			c.Status, c.OldMode, c.OldID, c.OldPath = 'R', old.OldMode, old.OldID, old.Path
			if c.OldPath == c.Path { // in trees out of order
				if c.OldMode == c.Mode && c.OldID == c.ID {
					continue
				}
				c.Status, c.OldPath = 'M', ""
			}
		}
		out = append(out, c)
	}
	return out
}
