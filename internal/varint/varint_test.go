package varint_test

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"github.com/refward/refward/internal/varint"
)

var errKind = errors.New("no list")

func TestReader(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, in, want string
	}{
		{"a list", "\x02\x01a\x02bc", "a bc"},
		{"nothing", "", "it ends early"},
		{"more things than bytes", "\x7fab", "at most 3"},
		{"more things than can be", "\x03\x01a\x00", "it ends early"},
		{"a longer form of a number", "\x81\x00\x01a", "number 1"},
		{"a text that ends early", "\x01\x05abc", "at most"},
		{"a number without an end", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "it ends early"},
	} {
		r := varint.Reader{In: []byte(tt.in), Kind: errKind}
		var list []string
		for range r.Length(2) {
			list = append(list, r.Text())
		}
		got := strings.Join(list, " ")
		if r.Err != nil {
			if got = r.Err.Error(); !errors.Is(r.Err, errKind) || len(r.In) > 0 || r.Number(9) != 0 || r.Text() != "" {
				t.Errorf("%s: after an error it goes on", tt.name)
			}
		}
		if !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

// FuzzReader: what is read as a number is written so.
func FuzzReader(f *testing.F) {
	f.Add([]byte("\x81\x01"), uint64(200))
	f.Fuzz(func(t *testing.T, in []byte, most uint64) {
		r := varint.Reader{In: in, Kind: errKind}
		n := r.Number(most)
		if r.Err == nil && (n > most || string(binary.AppendUvarint(nil, n))+string(r.In) != string(in)) {
			t.Fatalf("%d of %q, %q left", n, in, r.In)
		}
	})
}
