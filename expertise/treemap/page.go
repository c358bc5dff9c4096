package treemap

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/dustin/go-humanize"
)

// A Page is what is drawn.
type Page struct {
	Title string // of the repository; any text
	Now   time.Time
	Root  *Node
}

//go:embed page.html
var pageText string

//go:embed page.css
var styleText string

//go:embed page.js
var scriptText string

// parsed is made once; the text is our own, held by tests.
var parsed = sync.OnceValue(func() *template.Template { return template.Must(template.New("page").Parse(pageText)) })

// A view is a cell in the words of the page.
type view struct {
	ID                   int
	Name, Path, Label    string
	Title                string
	X, Y, W, H           string
	Part                 string
	Class                string
	Depth                int
	Dir, Hidden          bool
	Cells                []*view
	Lines, Files         string
	Owners               string
	Top, Last, Departed  string
	TextX, TextY, Indent string
	ChipX, ChipY         string
}

// Write writes the page. Errors are those of w, and a page without a root.
func Write(w io.Writer, p Page) error {
	if p.Root == nil {
		return fmt.Errorf("draw %q: there is no tree", p.Title)
	}
	root := shown(p.Root)
	root.place(Rect{0, 0, width, height})
	var all []*view
	var look func(c *cell) *view
	look = func(c *cell) *view {
		v := c.view(len(all), p.Now)
		all = append(all, v)
		for _, k := range c.cells {
			v.Cells = append(v.Cells, look(k))
		}
		return v
	}
	tree := look(root)
	sum := sha256.Sum256([]byte(scriptText))
	err := parsed().Execute(w, map[string]any{
		"Title": clean(p.Title), "Date": p.Now.UTC().Format(time.DateOnly), "Root": tree, "All": all, "Width": width, "Height": height,
		"Style":  template.CSS(styleText + colours()), // #nosec G203 -- our own text, and colours
		"Script": template.JS(scriptText),             // #nosec G203 -- our own text
		"Hash":   base64.StdEncoding.EncodeToString(sum[:]),
		"Scales": scales,
		"Lines":  tree.Lines, "Files": tree.Files, "Shown": humanize.Comma(int64(len(all))),
	})
	if err != nil {
		return fmt.Errorf("write the page of %q: %w", p.Title, err)
	}
	return nil
}

// view says a cell in words.
func (c *cell) view(id int, now time.Time) *view {
	v := &view{ID: id, Name: c.name, Path: c.path, Depth: c.depth, Dir: len(c.cells) > 0, Hidden: c.hidden, Lines: humanize.Comma(c.lines), Files: humanize.Comma(c.files), Owners: "–", Top: "–", Last: "–", Departed: "–"}
	v.X, v.Y, v.W, v.H = number(c.at.X, 1), number(c.at.Y, 1), number(max(c.at.W-1, 0), 1), number(max(c.at.H-1, 0), 1)
	v.Part = strings.Join([]string{number(c.part.X, 5), number(c.part.Y, 5), number(c.part.W, 5), number(c.part.H, 5)}, " ")
	left := 5.0
	if v.Dir {
		left = 16
	}
	v.TextX, v.TextY, v.ChipX, v.ChipY = number(c.at.X+left, 1), number(c.at.Y+12.5, 1), number(c.at.X+8, 1), number(c.at.Y+9, 1)
	v.Indent = number(float64(c.depth)*0.9, 1)
	v.Label = fit(c.name, c.at, left)
	if c.files == 0 {
		v.Files = "–"
	}
	steps := [3]int{-1, -1, -1}
	var words string
	if n := c.node; n != nil {
		steps[0], v.Top = share(n.Top)
		steps[1], v.Last = age(n.LastChange, now)
		steps[2], v.Departed = share(n.DepartedShare)
		var owners []string
		for _, o := range n.Owners[:min(len(n.Owners), 3)] {
			_, percent := share(o.Share)
			owners = append(owners, clean(o.Label)+" "+percent)
		}
		if len(owners) > 0 {
			v.Owners = strings.Join(owners, ", ")
			words = "; " + v.Owners
		}
		words += fmt.Sprintf("; one person's: %s; last change: %s; by people who left: %s", v.Top, v.Last, v.Departed)
	}
	v.Title = c.path + ": " + v.Lines + " lines" + words
	var classes []string
	for i, s := range scales {
		step := "u"
		if steps[i] >= 0 {
			step = strconv.Itoa(steps[i])
		}
		classes = append(classes, s.Key+step)
	}
	v.Class = strings.Join(classes, " ")
	return v
}

func number(v float64, digits int) string {
	s := strconv.FormatFloat(v, 'f', digits, 64)
	if strings.Contains(s, ".") {
		s = strings.TrimRight(strings.TrimRight(s, "0"), ".")
	}
	return s
}

// fit returns as much of a name as a place has room for, as the script does: letters are taken for 7.8 units wide.
func fit(name string, at Rect, left float64) string {
	letters := []rune(name)
	room := int((at.W - left - 3) / 7.8)
	if at.H < 16 || room < 3 {
		return ""
	}
	if len(letters) > room {
		return string(letters[:room-1]) + "…"
	}
	return name
}
