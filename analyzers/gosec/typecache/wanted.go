package typecache

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"golang.org/x/mod/module"
)

// WantedName is the file of a cache that lists what pushes would have needed, one line each: module, version, day.
const WantedName = "wanted.txt"

// Limits of the list. Who pushes can invent modules: one push fills a part of it only.
const (
	maxWanted     = 256 << 10 // bytes of the file
	maxWantedOnce = 50        // lines
)

// A Wish is a version of a module that was not there when it was needed.
type Wish struct {
	Module module.Version
	Since  time.Time // the day on which it was first needed
}

// Want notes versions of modules that are not there for whom fills the cache. What is noted already, what can be no module and what
// is too much is left out.
func (c *Cache) Want(modules []module.Version, now time.Time) error {
	c.mu.Lock()
	root := c.root
	c.mu.Unlock()
	if root == nil {
		return fmt.Errorf("note wanted modules: %s: %w", c.dir, fs.ErrNotExist)
	}
	f, err := root.OpenFile(WantedName, os.O_RDWR|os.O_APPEND|os.O_CREATE, 0o644)
	if err != nil {
		return fmt.Errorf("note wanted modules: %w", err)
	}
	if err = note(f, modules, now); err != nil {
		err = fmt.Errorf("note wanted modules: %w", err)
	}
	return errors.Join(err, f.Close())
}

func note(f *os.File, modules []module.Version, now time.Time) error {
	there, err := io.ReadAll(io.LimitReader(f, maxWanted))
	if err != nil {
		return err
	}
	known := map[module.Version]bool{}
	for _, w := range parseWanted(there) {
		known[w.Module] = true
	}
	var lines bytes.Buffer
	if n := len(there); n > 0 && there[n-1] != '\n' { // what a full disk has left
		lines.WriteByte('\n')
	}
	count := 0
	for _, mod := range modules {
		if _, err := fileName(mod); err != nil || known[mod] || count == maxWantedOnce {
			continue
		}
		known[mod] = true
		line := fmt.Sprintf("%s %s %s\n", mod.Path, mod.Version, now.UTC().Format(time.DateOnly))
		if len(there)+lines.Len()+len(line) > maxWanted {
			break
		}
		lines.WriteString(line)
		count++
	}
	if count == 0 {
		return nil
	}
	_, err = f.Write(lines.Bytes()) // in one piece, since others may write too
	return err
}

// Wanted returns what pushes would have needed, without what is there by now, in the order in which it was first needed.
func (c *Cache) Wanted() ([]Wish, error) {
	c.mu.Lock()
	root := c.root
	c.mu.Unlock()
	if root == nil {
		return nil, nil
	}
	f, err := root.Open(WantedName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read wanted modules: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxWanted))
	if err != nil {
		return nil, fmt.Errorf("read wanted modules: %w", err)
	}
	var list []Wish
	known := map[module.Version]bool{}
	for _, w := range parseWanted(data) {
		if !known[w.Module] && !c.Has(w.Module) {
			list = append(list, w)
		}
		known[w.Module] = true
	}
	return list, nil
}

// parseWanted leaves out what is not a line of the list.
func parseWanted(data []byte) (list []Wish) {
	for line := range strings.Lines(string(data)) {
		f := strings.Fields(line)
		if len(f) != 3 {
			continue
		}
		w := Wish{Module: module.Version{Path: f[0], Version: f[1]}}
		var err error
		if w.Since, err = time.Parse(time.DateOnly, f[2]); err != nil {
			continue
		}
		if _, err := fileName(w.Module); err == nil {
			list = append(list, w)
		}
	}
	return list
}
