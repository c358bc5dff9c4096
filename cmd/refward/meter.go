package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"
)

// A meter says how far a long task is: on a terminal with a bar in one line that is drawn again and again, elsewhere, as in the journal of a
// timer, with a line every two seconds. The zero meter says nothing.
type meter struct {
	w     io.Writer
	bar   bool
	every time.Duration
	now   func() time.Time

	last  time.Time
	drawn int // columns of the bar that stands there
}

// barWidth is how many columns of a bar can be filled.
const barWidth = 24

// metered returns a meter that writes to stderr.
func (p program) metered() *meter {
	m := &meter{w: p.stderr, every: 2 * time.Second, now: time.Now}
	if isTerminal(p.stderr) {
		m.bar, m.every = true, 100*time.Millisecond
	}
	m.last = m.now() // what is quick needs no bar
	return m
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok || os.Getenv("TERM") == "dumb" {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// show says that so many of all are done; all = 0 where nobody knows how many there are. what says of what, as in "commits read".
func (m *meter) show(done, all int, what string) {
	if m.w == nil || m.now().Sub(m.last) < m.every {
		return
	}
	m.last = m.now()
	line := fmt.Sprintf("%d %s", done, what)
	if all >= done && all > 0 {
		line = fmt.Sprintf("%3d %%, %d of %d %s", done*100/all, done, all, what)
	}
	if !m.bar {
		_, _ = fmt.Fprintln(m.w, strings.TrimSpace(line))
		return
	}
	if all >= done && all > 0 {
		full := done * barWidth / all
		line = "[" + strings.Repeat("#", full) + strings.Repeat(".", barWidth-full) + "] " + line
	}
	m.draw(line)
}

// clear takes the bar away, so that something else can be said.
func (m *meter) clear() {
	if m.drawn > 0 {
		m.draw("")
		_, _ = io.WriteString(m.w, "\r")
	}
}

// draw writes over what stands there: a carriage return and spaces do on every terminal.
func (m *meter) draw(line string) {
	const widest = 79 // more would wrap, and stay
	if r := []rune(line); len(r) > widest {
		line = string(r[:widest-1]) + "…"
	}
	n := utf8.RuneCountInString(line)
	_, _ = io.WriteString(m.w, "\r"+line+strings.Repeat(" ", max(m.drawn-n, 0)))
	m.drawn = n
}
