package indexfile

import (
	"bytes"
	"hash/crc32"
	"testing"
)

// mend makes length and checksums right, which a fuzzer does not guess.
func mend(data []byte) {
	if len(data) < fixedSize {
		return
	}
	little.PutUint64(data[16:], uint64(len(data)))
	f, _ := parseHead(bytes.NewReader(data), int64(len(data)))
	idLen := int(data[12])
	body := 0
	for i := range numAreas {
		n := int(little.Uint32(data[32+4*i:]))
		if i < tables {
			n *= entrySize(i, idLen)
		}
		body += n
	}
	from := len(data) - body
	at := fixedSize + idLen
	if f == nil && (body < 0 || from != at+(body+blockSize-1)/blockSize*sumSize+sumSize) {
		return
	}
	for b := from; b < len(data); b += blockSize {
		little.PutUint32(data[at:], crc32.Checksum(data[b:min(b+blockSize, len(data))], castagnoli))
		at += sumSize
	}
	little.PutUint32(data[at:], crc32.Checksum(data[:at], castagnoli))
}

// FuzzFile: no bytes make reading or going on from them panic. What is understood as a whole has one form, which says the same, and which is
// what comes of it when nothing is changed.
func FuzzFile(f *testing.F) {
	m := model{"a": {1, 1, 2, 0, 3}, "b\n": nil, "c/d": {2, 3, 2}}
	f.Add(data(f, m.encode(f, testHead(), nil, m.paths(), map[int]int32{})))
	f.Add(data(f, model{}.encode(f, Head{Tip: testHead().Tip, IgnoreSpace: true, MaxBlob: 1}, nil, nil, nil)))
	f.Fuzz(func(t *testing.T, raw []byte) {
		mend(raw)
		x, err := Parse(raw)
		if err != nil {
			return
		}
		for i := range x.Len() {
			if at, ok := x.Find(x.Path(i)); ok && x.Path(at) != x.Path(i) {
				t.Error("found another file")
			}
		}
		for n := range x.Commits() {
			_, _ = x.Commit(int32(n))
		}
		id := testHead().Tip
		if x.idLen != 20 {
			id += id[:24]
		}
		_, _ = Encode(x.Head(), x, []Change{{Path: "a", Blob: id, Runs: []Run{{int32(x.Commits()), 3}, {0, 1}}}, {Path: "c"}}, []Commit{{ID: id}})
		_, _ = x.Lines()
		said, err := text(x)
		if err != nil {
			return
		}
		var changes []Change
		var added []Commit
		for n := range x.Commits() {
			c, err := x.Commit(int32(n))
			if err != nil {
				return
			}
			added = append(added, c)
		}
		for i := range x.Len() {
			runs, _ := x.Runs(i)
			changes = append(changes, Change{x.Path(i), x.Blob(i), runs})
		}
		one, err := Encode(x.Head(), nil, changes, added)
		if err != nil {
			return // such as paths out of order
		}
		if again, err := text(one); err != nil || again != said {
			t.Errorf("it says something else: %v\n%s\n%s", err, said, again)
		}
		two, err := Encode(one.Head(), one, nil, nil)
		if err != nil || !bytes.Equal(data(t, one), data(t, two)) {
			t.Errorf("it has another form: %v", err)
		}
		if _, err := Parse(data(t, two)); err != nil {
			t.Error(err)
		}
	})
}
