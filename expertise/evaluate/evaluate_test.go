package evaluate

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/suggest"
)

const people = `{"type":"people","n":9,"bots":[8],"people":[]}` + "\n"

func pack(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func write(t *testing.T, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// history is 300 days of author 1 in a/, reviewed by 2, and author 3 in b/, reviewed by 4; 5 owns all lines and left long ago.
func history() string {
	var b strings.Builder
	b.WriteString(people)
	at := 1_500_000_000
	fmt.Fprintf(&b, `{"i":0,"h":"00","ct":%d,"a":5,"f":[["a/x.go",9,0,"A"],["b/y.go",9,0,"A"]]}`+"\n", at)
	for i := 1; i <= 300; i++ {
		at += 86400
		who, file := 1, "a/x.go"
		if i%2 == 0 {
			who, file = 3, "b/y.go"
		}
		fmt.Fprintf(&b, `{"i":%d,"h":"%02x","ct":%d,"a":%d,"r":[%d],"f":[[%q,1,1,"M"]],"bl":[[5,2]],"fb":[[5,9]]}`+"\n", i, i, at, who, who+1, file)
	}
	return b.String()
}

func TestSynthetic(t *testing.T) {
	path := write(t, "two teams.jsonl.gz", pack(t, history()))
	r, err := Run(context.Background(), []string{path, path}, Options{})
	if err != nil {
		t.Fatal(err)
	}
	x := r.Repositories[0]
	if x.Name != "two teams" || x.Queries != 100 || x.Top1 != 1 || x.MRR != 1 || x.Expert1 != 1 || x.Departed1 != 0 || x.Busiest != 0.5 || x.Gini != 0 {
		t.Errorf("%+v", x.Figures)
	}
	// 2 and 4 review as often as each other; the blamed one is gone, and knows the files from less than two years ago.
	if b := x.Baselines; b["affinity"].Top1 != 1 || b["popularity"].Top3 != 1 || b["blame"].Top5 != 0 || b["blame"].Departed1 != 0 || b["blame"].Busiest != 1 {
		t.Errorf("%+v", b)
	}
	if r.Macro.Queries != 200 || r.Macro.Top1 != 1 || r.Macro.Baselines["affinity"].Top1 != 1 {
		t.Errorf("%+v", r.Macro)
	}
	cold, err := Run(context.Background(), []string{path}, Options{Cold: true})
	if err != nil {
		t.Fatal(err)
	}
	// Without trailers nobody knows of 2 and 4, who have written nothing.
	if c := cold.Repositories[0]; c.Top5 != 0 || c.Baselines["popularity"].Top5 != 0 {
		t.Errorf("the cold model has seen who reviewed: %+v", c)
	}
}

// TestTimeFaithful: the reviewer of a query, and of what came in after it was written, is not known to it.
func TestTimeFaithful(t *testing.T) {
	text := people +
		`{"i":0,"ct":1000000000,"a":1,"r":[2],"f":[["x",1,1,"M"]]}` + "\n" +
		`{"i":1,"ct":1000100000,"a":1,"r":[3],"f":[["x",1,1,"M"]]}` + "\n" +
		`{"i":2,"ct":1000200000,"at":1000099999,"a":1,"r":[3],"f":[["x",1,1,"M"]]}` + "\n"
	d, err := decode(strings.NewReader(text), "f", "f")
	if err != nil {
		t.Fatal(err)
	}
	asked := 0
	err = d.replay(context.Background(), d.queries(), false, func(a *Ask) {
		asked++
		if l := suggest.Rank(a.State, a.Query); len(l) != 1 || l[0].Person != 2 {
			t.Errorf("suggested %v, want 2 alone", l)
		}
	}, func(int) {})
	if err != nil || asked != 1 {
		t.Error(asked, err)
	}
	d.records[2].event.Authored, d.records[2].cut = 1000200000, 1000199999
	if err := d.replay(context.Background(), d.queries(), false, func(a *Ask) {
		if l := suggest.Rank(a.State, a.Query); len(l) != 2 {
			t.Errorf("written later, the query sees both: %v", l)
		}
	}, func(int) {}); err != nil {
		t.Error(err)
	}
}

// TestFiguresByHand: four queries. Right at rank 1, 2, 4 and never: MRR (1 + 1/2 + 1/4) / 4. First suggestions: 1, 1, 1, 2; with 3, who did
// review, the loads are 0, 1, 3: Gini (−2·0 + 0·1 + 2·3) / (3·4).
func TestFiguresByHand(t *testing.T) {
	tl := tally{load: map[activity.PersonID]int{}}
	set := func(p ...activity.PersonID) map[activity.PersonID]bool {
		m := map[activity.PersonID]bool{}
		for _, x := range p {
			m[x] = true
		}
		return m
	}
	last := map[activity.PersonID]int64{1: 50, 2: 500}
	tl.add(&judged{truth: set(1), experts: set(1), time: 10, old: true, last: last}, []activity.PersonID{1, 2})
	tl.add(&judged{truth: set(2), experts: set(2), time: 50, old: true, last: last}, []activity.PersonID{1, 2})
	tl.add(&judged{truth: set(3), time: 100, last: last}, []activity.PersonID{1, 2, 4, 3})
	tl.add(&judged{truth: set(3), experts: set(2), time: 100, old: true, last: last}, []activity.PersonID{2, 1})
	got := tl.figures(set(1, 2, 3))
	want := Figures{Queries: 4, Top1: .25, Top3: .5, Top5: .75, MRR: 1.75 / 4, Expert1: 2. / 3, Departed1: 1. / 3, Busiest: .75, Gini: .5}
	if got != want {
		t.Errorf("%+v\nwant %+v", got, want)
	}
	if f := (&tally{}).figures(nil); f != (Figures{}) || math.IsNaN(f.MRR) {
		t.Errorf("no query: %+v", f)
	}
	if m := mean([]Figures{{Queries: 1, Top1: 1}, {Queries: 99, Top1: 0}}); m.Queries != 100 || m.Top1 != .5 {
		t.Errorf("each repository counts the same: %+v", m)
	}
}

const shape = `{
  "repositories": [
    {
      "name": "r",
      "queries": 1,
      "top1": 1,
      "top3": 1,
      "top5": 1,
      "mrr": 1,
      "expert1": 0,
      "departed1": 0,
      "busiest": 0,
      "gini": 0,
      "baselines": {
        "affinity": ZERO,
        "blame": ZERO,
        "file_authors": ZERO,
        "popularity": ZERO
      }
    }
  ],
  "macro": {
    "queries": 1,
    "top1": 1,
    "top3": 1,
    "top5": 1,
    "mrr": 1,
    "expert1": 0,
    "departed1": 0,
    "busiest": 0,
    "gini": 0,
    "baselines": {
      "affinity": LESS,
      "blame": LESS,
      "file_authors": LESS,
      "popularity": LESS
    }
  }
}
`

func TestJSONShape(t *testing.T) {
	zero := func(indent string) string {
		s := "{"
		for i, k := range []string{"queries", "top1", "top3", "top5", "mrr", "expert1", "departed1", "busiest", "gini"} {
			s += []string{"\n", ",\n"}[min(i, 1)] + indent + `  "` + k + `": 0`
		}
		return s + "\n" + indent + "}"
	}
	x := Repository{"r", Result{Figures{Queries: 1, Top1: 1, Top3: 1, Top5: 1, MRR: 1}, map[string]Figures{}}}
	for _, b := range Baselines {
		x.Baselines[b] = Figures{}
	}
	var b bytes.Buffer
	if err := WriteJSON(&b, &Report{[]Repository{x}, macro([]Repository{x})}); err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(strings.ReplaceAll(shape, "ZERO", zero("        ")), "LESS", zero("      "))
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", &b, want)
	}
	b.Reset()
	if err := WriteText(&b, &Report{[]Repository{x}, macro([]Repository{x})}); err != nil || strings.Count(b.String(), "\n") != 11 {
		t.Errorf("%v\n%s", err, &b)
	}
}

func TestBadInput(t *testing.T) {
	good := `{"i":1,"ct":5,"a":1,"f":[["x",1,1,"M"]]}` + "\n"
	for text, want := range map[string]string{
		"":                                     ":1: the file is empty",
		"{}\n":                                 ":1: want a line",
		good:                                   ":1: the line of people",
		`{"type":"people","n":99999999}`:       ":1: n is 99999999",
		`{"type":"people","n":2,"people":[1]}`: ":1: n is 2",
		`{"type":"people","n":2,"bots":[2]}`:   ":1: bots: person 2, and there are 2",
		people + "{\n":                         ":2: unexpected EOF",
		people + good + "{\"i\":2}\n":          `:3: want a commit`,
		people + good + good:                   ":3: i is 1 after 1",
		people + `{"i":1,"ct":5,"a":9}`:        ":2: a: person 9, and there are 9",
		people + `{"i":1,"ct":5,"a":-1}`:       ":2: a: person -1",
		people + `{"i":1,"ct":5,"a":1,"zz":1}`: `:2: json: unknown field "zz"`,
		people + `{"i":1,"ct":5,"a":1} {}`:     ":2: there is something behind",
		people + `{"i":1,"ct":-5,"a":1}`:       ":2: time -5",
		people + `{"i":1,"ct":5,"at":99999999999,"a":1}`:                           ":2: time 99999999999",
		people + `{"i":1,"ct":5,"a":1,"r":[77]}`:                                   ":2: r: person 77",
		people + `{"i":1,"ct":5,"a":1,"bl":[[1,-2]]}`:                              ":2: bl is -2",
		people + `{"i":1,"ct":5,"a":1,"f":[["x",99999999999,1,"M"]]}`:              ":2: added lines is 99999999999",
		people + `{"i":1,"ct":5,"a":1,"f":[["x",1,1]]}`:                            ":2: a file is",
		people + `{"i":1,"ct":5,"a":1,"f":[["x",1,1,"R"]]}`:                        ":2: f: file",
		people + `{"i":1,"ct":5,"a":1,"nf":-1}`:                                    ":2: nf is -1",
		people + `{"i":1,"ct":5,"a":1,"co":[` + strings.Repeat("1,", 1000) + `1]}`: ":2: co: 1001 people",
		people + strings.Repeat("x", maxLine+1):                                    ":2: the line is longer",
	} {
		_, err := decode(strings.NewReader(text), "f", "f")
		if err == nil || !strings.Contains(err.Error(), "f"+want) {
			t.Errorf("%.80q: %v, want %q", text, err, want)
		}
	}
	packed := pack(t, history())
	for _, n := range []int{3, 200, len(packed) - 3} {
		if _, err := decode(bytes.NewReader(packed[:n]), "f", "f"); err == nil || !strings.Contains(err.Error(), "f:") {
			t.Errorf("torn at %d: %v", n, err)
		}
	}
	if _, err := Run(context.Background(), []string{filepath.Join(t.TempDir(), "none")}, Options{}); err == nil {
		t.Error("a file that is not there")
	}
	backwards := people + good + `{"i":2,"ct":3,"a":1}` + "\n"
	d, err := decode(strings.NewReader(backwards), "f", "f")
	if err != nil || d.records[1].time != 5 {
		t.Errorf("commit times may go back, and time does not: %v", err)
	}
}

func TestStops(t *testing.T) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, []string{write(t, "x.jsonl", []byte(history()))}, Options{}); err == nil {
		t.Error("it goes on")
	}
}

// FuzzDecode: accepted ⇒ every figure is a share.
func FuzzDecode(f *testing.F) {
	f.Add([]byte(history()[:4000]))
	f.Add([]byte(people + `{"i":1,"ct":5,"a":1,"r":[2],"f":[["x",1,1,"R","y"]],"bl":[[2,0]],"fb":[[2,1]]}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		d, err := decode(bytes.NewReader(data), "f", "f")
		if err != nil {
			return
		}
		o := Options{}
		o.complete()
		r, err := d.evaluate(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		named, err := d.assign(context.Background(), o)
		if err != nil {
			t.Fatal(err)
		}
		for _, x := range named.Assigned {
			for _, v := range []float64{x.Hit, x.Expert, x.Departed, x.Busiest, x.Gini, x.Passed, x.Nobody, x.Hit + x.Nobody} {
				if !(v >= 0 && v <= 1) || x.MostOpen > x.MaxOpen && x.MaxOpen > 0 || x.MeanRank != 0 && x.MeanRank < 1 {
					t.Fatalf("%+v", x)
				}
			}
		}
		for _, x := range append(make([]Figures, 0, 5), r.Figures, r.Baselines["blame"], r.Baselines["affinity"]) {
			for _, v := range []float64{x.Top1, x.Top3, x.Top5, x.MRR, x.Expert1, x.Departed1, x.Busiest, x.Gini} {
				if !(v >= 0 && v <= 1) || x.Top1 > x.Top3 || x.Top3 > x.Top5 {
					t.Fatalf("%+v", x)
				}
			}
		}
	})
}

// TestNothingToAsk: a file without a question is no bad result.
func TestNothingToAsk(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.jsonl")
	if err := os.WriteFile(path, []byte(`{"type":"people","n":1,"bots":[],"people":[["a",1]]}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Run(t.Context(), []string{path}, Options{}); err == nil || !strings.Contains(err.Error(), "no commit with a known reviewer") {
		t.Errorf("%v", err)
	}
}
