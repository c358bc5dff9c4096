package refstore

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/refward/refward/internal/odb"
)

func FuzzPackedRefs(f *testing.F) {
	const a, b, peeled = someID + " refs/heads/a\n", someID + " refs/tags/b\n", "^" + someID + "\n"
	for _, seed := range []string{"", "# pack-refs with: peeled fully-peeled sorted \n" + a + b + peeled, b + peeled + a, a + a, peeled + a, a[:50], "# pack-refs with:\n\n"} {
		f.Add([]byte(seed))
	}
	f.Add([]byte("# pack-refs with: sorted\n" + strings.Repeat(a, 200)))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := newPacked(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		var again strings.Builder
		err = p.refs(p.start, probe, func(r Ref) (bool, error) {
			fmt.Fprintf(&again, "%s %s\n", r.ID, r.Name)
			if r.Peeled != (odb.ID{}) {
				fmt.Fprintf(&again, "^%s\n", r.Peeled)
			}
			return true, nil
		})
		if err == nil && !strings.EqualFold(again.String(), string(data[p.start:])) {
			t.Fatalf("%q is read as %q", data, again.String())
		}
		var refs []Ref
		if p.all("refs/", func(r Ref) (bool, error) { refs = append(refs, r); return true, nil }) != nil {
			_, _, _ = p.find("refs/heads/a")
			return
		}
		if err != nil {
			t.Fatalf("all passes over what refs refuses: %v", err)
		}
		for _, r := range refs {
			if got, ok, err := p.find(r.Name); got != r || !ok || err != nil {
				t.Fatalf("find(%s) = %v, %v, %v; listed as %v", r.Name, got, ok, err, r)
			}
			if _, ok, err := p.find(r.Name + "/x"); ok || err != nil {
				t.Fatalf("find(%s/x) = %v, %v", r.Name, ok, err)
			}
		}
	})
}

func FuzzLoose(f *testing.F) {
	for _, seed := range []string{"", someID, someID + "\n", "ref: refs/heads/main\n", "ref:HEAD", someID + "\tx", "ref: a..b", "ref: \n"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		v, err := parseLoose(data)
		if err != nil {
			return
		}
		text := v.id.String() + "\n"
		if v.target != "" {
			text = "ref: " + v.target + "\n"
		}
		if again, err := parseLoose([]byte(text)); again != v || err != nil {
			t.Fatalf("%q is read as %q, and that as %v, %v", data, text, again, err)
		}
		if !bytes.Contains(bytes.ToLower(data), bytes.ToLower([]byte(strings.TrimSpace(strings.TrimPrefix(text, "ref: "))))) {
			t.Fatalf("%q is read as %q", data, text)
		}
		if (v.target == "") == (v.id == odb.ID{}) || v.target != "" && !ValidName(v.target) {
			t.Fatalf("%q is read as %v", data, v)
		}
	})
}
