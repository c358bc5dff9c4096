package treemap

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "write testdata/sample.html")

var now = time.Date(2026, 6, 1, 12, 0, 0, 0, time.UTC)

// sample is a tree of nobody's: shapes and shares are drawn from a fixed seed, people have numbers.
func sample() *Node {
	rnd := rand.New(rand.NewPCG(7, 7))
	var grow func(name string, depth int) *Node
	grow = func(name string, depth int) *Node {
		n := &Node{Name: name, Top: math.Pow(rnd.Float64(), .7), DepartedShare: math.Pow(rnd.Float64(), 2), LastChange: now.Add(-time.Duration(rnd.ExpFloat64()*300) * 24 * time.Hour)}
		first := 1 + rnd.IntN(6)
		n.Owners = []Share{{fmt.Sprintf("person %d", first), n.Top}, {fmt.Sprintf("person %d", first+1), (1 - n.Top) / 2}}
		if depth == 0 {
			n.Lines, n.Files = int64(40+math.Exp(rnd.Float64()*8.5)), int64(1+rnd.IntN(40))
			return n
		}
		for i := range 3 + rnd.IntN(6) {
			k := grow(fmt.Sprintf("%s-%d", []string{"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta"}[i%7], i), max(depth-1-rnd.IntN(2), 0))
			n.Children, n.Lines, n.Files = append(n.Children, k), n.Lines+k.Lines, n.Files+k.Files
		}
		own := int64(rnd.IntN(90) * rnd.IntN(2))
		n.Lines, n.Files = n.Lines+own, n.Files+own/9
		return n
	}
	n := grow("sample", 4)
	n.Children = append(n.Children, &Node{Name: "generated", Lines: 3000, Files: 4, Top: -1, DepartedShare: math.NaN()})
	n.Lines += 3000
	return n
}

func write(t *testing.T, p Page) string {
	var b bytes.Buffer
	if err := Write(&b, p); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSample(t *testing.T) {
	t.Parallel()
	got := write(t, Page{"sample", now, sample()})
	if *update {
		if err := os.WriteFile("testdata/sample.html", []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile("testdata/sample.html")
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Error("the page is another than testdata/sample.html: run with -update and look at it")
	}
	for _, bad := range []string{"http://", "https://", "url(", "@import", "ZgotmplZ", " src=", "href="} {
		if strings.Contains(got, bad) {
			t.Errorf("the page holds %s: it is to need nothing else", bad)
		}
	}
}

// TestSameFigures: the table has a row for every area, with the same path and figures.
func TestSameFigures(t *testing.T) {
	t.Parallel()
	page := write(t, Page{"sample", now, sample()})
	titles := regexp.MustCompile(`<title>([^:<]+): ([0-9,]+) lines`).FindAllStringSubmatch(page, -1)
	rows := regexp.MustCompile(`<tr><th scope="row"[^>]*>([^<]+)</th><td class="n">([0-9,]+)</td>`).FindAllStringSubmatch(page, -1)
	if len(titles) != len(rows)+1 && len(titles) != len(rows) || len(rows) < 60 {
		t.Fatalf("%d areas, %d rows", len(titles), len(rows))
	}
	titles = titles[len(titles)-len(rows):]
	for i := range rows {
		if rows[i][1] != titles[i][1] || rows[i][2] != titles[i][2] {
			t.Errorf("%v and %v", rows[i][1:], titles[i][1:])
		}
	}
}

// TestLarge: a hundred thousand files, and a thousand directories in each other, come to a page that a browser shows.
func TestLarge(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 1))
	root := &Node{Name: "large"}
	for i := range 1000 {
		dir := &Node{Name: fmt.Sprintf("directory-with-a-long-name-%d", i), Owners: []Share{{strings.Repeat("a", 40), .5}, {strings.Repeat("b", 40), .3}, {strings.Repeat("c", 40), .1}, {"not shown", .01}}}
		for j := range 100 {
			k := &Node{Name: fmt.Sprintf("file-with-a-long-name-too-%d.go", j), Lines: int64(rnd.IntN(3000)), Files: 1, Owners: dir.Owners}
			dir.Children, dir.Lines, dir.Files = append(dir.Children, k), dir.Lines+k.Lines, dir.Files+1
		}
		root.Children, root.Lines, root.Files = append(root.Children, dir), root.Lines+dir.Lines, root.Files+dir.Files
	}
	page := write(t, Page{"large", now, root})
	if len(page) > 4<<20 || strings.Count(page, "<rect") > 2*MaxNodes+2 || !strings.Contains(page, " more): ") || strings.Contains(page, "not shown") {
		t.Errorf("%d bytes, %d areas", len(page), strings.Count(page, "<rect"))
	}
	deep := &Node{Name: "x", Lines: 100000, Files: 1}
	for i := range 1000 {
		deep = &Node{Name: "x", Lines: int64(100001 + i), Files: 1, Children: []*Node{deep}}
	}
	if n := strings.Count(write(t, Page{"deep", now, deep}), "<rect"); n > 2*maxDepth+2 || n < maxDepth {
		t.Errorf("%d areas", n)
	}
	chain := &Node{Name: "c", Lines: 5}
	for range 3 {
		chain = &Node{Name: "b", Lines: 5, Children: []*Node{chain}}
	}
	if page := write(t, Page{"chain", now, &Node{Name: "root", Lines: 9, Children: []*Node{chain}}}); !strings.Contains(page, `data-n="b/b/b/c"`) {
		t.Error(page)
	}
}

// TestHostile: names and labels are text on the page, whatever they hold.
func TestHostile(t *testing.T) {
	t.Parallel()
	for _, evil := range []string{`"><script>alert(1)</script>`, "</title><img src=x onerror=alert(1)>", `' onfocus='alert(1)`, "</style></script>", "{{.Title}}", "a\x00\n\x1b[31m\u202e\xff", "]]>", strings.Repeat("long", 1000)} {
		page := write(t, Page{evil, now, &Node{Name: evil, Lines: 10, Files: -1, Top: math.Inf(1), LastChange: now.AddDate(9, 0, 0), Children: []*Node{nil,
			{Name: evil, Lines: 4, Owners: []Share{{evil, 7}}}, {Name: "", Lines: math.MaxInt64 / 2}, {Name: "x", Lines: -4}}}})
		if n := strings.Count(page, "<script>"); n != 1 || strings.Contains(page, "<img") || strings.Contains(page, "' onfocus") || strings.ContainsAny(page, "\x00\x1b\u202e") || strings.Contains(page, strings.Repeat("long", 40)) {
			t.Errorf("%q: %d scripts", evil, n)
		}
		if regexp.MustCompile(`\b(NaN|Inf)\b`).MatchString(page) {
			t.Errorf("%q: figures that are none", evil)
		}
	}
	if err := Write(&bytes.Buffer{}, Page{}); err == nil {
		t.Error("no tree, no error")
	}
	if err := Write(broken{}, Page{Root: sample()}); !errors.Is(err, errBroken) {
		t.Error(err)
	}
	write(t, Page{Root: &Node{}})
}

var errBroken = errors.New("broken")

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errBroken }

// luminance and contrast are those of WCAG 2.2.
func luminance(hex string) float64 {
	v, _ := strconv.ParseUint(hex[1:], 16, 32)
	sum := 0.0
	for i, weight := range []float64{.2126, .7152, .0722} {
		c := float64(v>>(16-8*i)&255) / 255
		if c <= .04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}

func contrast(a, b string) float64 {
	l, m := luminance(a), luminance(b)
	return (max(l, m) + .05) / (min(l, m) + .05)
}

// TestContrast: text can be read, and the steps of a scale can be told apart by lightness alone, so by everybody.
func TestContrast(t *testing.T) {
	t.Parallel()
	for _, s := range scales {
		for i, c := range append(s.Steps, unknown) {
			if r := contrast(c.Fill, c.Text); r < 4.5 {
				t.Errorf("%s %s: text has a contrast of %.2f", s.Name, c.Name, r)
			}
			if i > 0 && i < len(s.Steps) {
				if r := contrast(s.Steps[i-1].Fill, c.Fill); r < 1.25 || luminance(c.Fill) > luminance(s.Steps[i-1].Fill) {
					t.Errorf("%s %s: only %.2f from the step before", s.Name, c.Name, r)
				}
			}
			// The frame of what has the focus is black beside yellow: one of them stands out everywhere (success criterion 1.4.11).
			if r := max(contrast(c.Fill, "#000000"), contrast(c.Fill, "#ffd400")); r < 3 {
				t.Errorf("%s %s: the focus has a contrast of %.2f", s.Name, c.Name, r)
			}
		}
	}
	themes := regexp.MustCompile(`--bg:(#\w+);--fg:(#\w+);--dim:(#\w+);--line:#\w+;--soft:(#\w+);--pick:(#\w+);--pickfg:(#\w+)`).FindAllStringSubmatch(styleText, -1)
	if len(themes) != 2 {
		t.Fatal("light and dark are not found")
	}
	for _, m := range themes {
		for _, pair := range [][2]string{{m[1], m[2]}, {m[1], m[3]}, {m[4], m[2]}, {m[5], m[6]}} {
			if r := contrast(pair[0], pair[1]); r < 4.5 {
				t.Errorf("%v: %.2f", pair, r)
			}
		}
		if r := contrast(m[1], "#c77700"); r < 3 {
			t.Errorf("focus on %s: %.2f", m[1], r)
		}
	}
}

// TestScriptPlacesAlike: the script has the numbers of the layout.
func TestScriptPlacesAlike(t *testing.T) {
	t.Parallel()
	if want := fmt.Sprintf("W = %d, H = %d, header = %d, pad = %d, least = %d;", width, height, header, pad, least); !strings.Contains(scriptText, want) {
		t.Errorf("page.js lacks %s", want)
	}
}

func BenchmarkWrite(b *testing.B) {
	root := sample()
	for b.Loop() {
		var out bytes.Buffer
		if err := Write(&out, Page{"x", now, root}); err != nil {
			b.Fatal(err)
		}
	}
}
