package ownership

import (
	"encoding/hex"
	"time"
)

// An owner is a commit as it is kept in memory: an update copies all of them, and few are new.
type owner struct {
	id                string // its bytes
	author, committer signed
}

// A signed is a signature whose name and mail address are numbers of texts.
type signed struct {
	name, mail uint32
	when       int64 // seconds since 1970
}

// texts numbers strings.
type texts struct {
	all    []string
	number map[string]uint32 // nil until one is added
}

func (t *texts) add(s string) uint32 {
	if t.number == nil {
		t.number = make(map[string]uint32, len(t.all))
		for i, s := range t.all {
			t.number[s] = uint32(i) // #nosec G115 -- the size of the file is checked when it is written
		}
	}
	n, ok := t.number[s]
	if !ok {
		n = uint32(len(t.all)) // #nosec G115 -- likewise
		t.number[s] = n
		t.all = append(t.all, s)
	}
	return n
}

func (t *texts) sign(s Signature) signed {
	return signed{t.add(s.Name), t.add(s.Email), s.When.Unix()}
}

func (x *Index) signature(s signed) Signature {
	return Signature{x.texts[s.name], x.texts[s.mail], time.Unix(s.when, 0).UTC()}
}

func (x *Index) commit(o owner) Commit {
	return Commit{hex.EncodeToString([]byte(o.id)), x.signature(o.author), x.signature(o.committer)}
}
