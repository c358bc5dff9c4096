package commitwalk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/internal/odb"
)

const (
	pageSize     = 16 << 10
	maxGraphFile = 4 << 30 // bytes; some 40 million commits
	maxChain     = 64 << 10
)

// pages reads a file page by page and keeps these: a question about one commit touches five of them. A mapping
// would do as well, and turn a file that shrinks into a fault.
type pages struct {
	f      io.ReaderAt
	close  func() error
	size   int64 // bytes
	pages  []*[pageSize]byte
	joined []byte // what lies on two pages
}

func openPages(name string) (*pages, error) {
	info, err := os.Stat(name)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() { // opening a pipe would wait
		return nil, errors.New("it is not a regular file")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	if info, err = f.Stat(); err == nil && info.Size() > maxGraphFile {
		err = fmt.Errorf("it has more than %d bytes", int64(maxGraphFile))
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	return newPages(f, info.Size(), f.Close), nil
}

func newPages(f io.ReaderAt, size int64, close func() error) *pages {
	return &pages{f: f, close: close, size: size, pages: make([]*[pageSize]byte, (size+pageSize-1)/pageSize)}
}

// at returns n bytes. They are good until the next call.
func (p *pages) at(off int64, n int) ([]byte, error) {
	if off < 0 || off > p.size-int64(n) {
		return nil, io.ErrUnexpectedEOF
	}
	k, in := off/pageSize, int(off%pageSize)
	page, err := p.page(k)
	if err != nil {
		return nil, err
	}
	if in+n <= pageSize {
		return page[in : in+n], nil
	}
	p.joined = append(p.joined[:0], page[in:]...)
	for len(p.joined) < n {
		k++
		if page, err = p.page(k); err != nil {
			return nil, err
		}
		p.joined = append(p.joined, page[:min(pageSize, n-len(p.joined))]...)
	}
	return p.joined, nil
}

func (p *pages) page(k int64) (*[pageSize]byte, error) {
	if p.pages[k] != nil {
		return p.pages[k], nil
	}
	page := new([pageSize]byte)
	if _, err := p.f.ReadAt(page[:min(pageSize, p.size-k*pageSize)], k*pageSize); err != nil {
		if err == io.EOF {
			err = io.ErrUnexpectedEOF // the file has shrunk
		}
		return nil, err
	}
	p.pages[k] = page
	return page, nil
}

// graphs are the commit-graphs of some object directories. Each holds, with a commit, all its ancestors.
type graphs struct {
	list  []*graph
	files []*pages
}

func (gs *graphs) close() error {
	var err error
	for _, p := range gs.files {
		err = errors.Join(err, p.close())
	}
	gs.list, gs.files = nil, nil
	return err
}

// open opens what the directories have. In each a single file comes before a chain, as in git.
func (gs *graphs) open(dirs []string, warn func(error)) {
	for _, dir := range dirs {
		single := filepath.Join(dir, "info", "commit-graph")
		l, err := gs.openFile(single, 0, nil)
		switch {
		case err == nil:
			gs.list = append(gs.list, &graph{single, []*layer{l}})
			continue
		case !errors.Is(err, fs.ErrNotExist):
			warn(err)
		}
		g, err := gs.openChain(dir, dirs)
		if err != nil {
			warn(err)
		}
		if g != nil {
			gs.list = append(gs.list, g)
		}
	}
}

func (gs *graphs) openFile(name string, base uint32, below []string) (*layer, error) {
	file, err := openPages(name)
	if err != nil {
		return nil, &graphError{name, err}
	}
	gs.files = append(gs.files, file)
	l, err := openLayer(file, base, below)
	if err != nil {
		return nil, &graphError{name, err}
	}
	return l, nil
}

// openChain opens the files that a commit-graph-chain lists (gitformat-commit-graph(5); "commit-graph.adoc" of git's technical
// documentation, "Commit-Graph Chains"); each is in the directory of the list or in another. Those below a damaged one are good.
func (gs *graphs) openChain(dir string, dirs []string) (*graph, error) {
	name := filepath.Join(dir, "info", "commit-graphs", "commit-graph-chain")
	lines, err := readChain(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, &graphError{name, err}
	}
	g := &graph{name: name}
	base := uint32(0)
	for i, line := range lines {
		var l *layer
		for _, d := range append([]string{dir}, dirs...) {
			l, err = gs.openFile(filepath.Join(d, "info", "commit-graphs", "graph-"+line+".graph"), base, lines[:i])
			if !errors.Is(err, fs.ErrNotExist) {
				break
			}
		}
		if err != nil {
			break
		}
		g.layers = append(g.layers, l)
		base += l.count
	}
	if len(g.layers) == 0 {
		g = nil
	}
	return g, err
}

func readChain(name string) ([]string, error) {
	p, err := openPages(name)
	if err != nil {
		return nil, err
	}
	defer p.close()
	if p.size > maxChain {
		return nil, fmt.Errorf("it has more than %d bytes", maxChain)
	}
	data, err := p.at(0, int(p.size))
	if err != nil || len(data) == 0 {
		return nil, err
	}
	lines := strings.Split(strings.TrimSuffix(string(data), "\n"), "\n")
	for _, line := range lines {
		if _, err := odb.ParseID(line); err != nil || strings.ToLower(line) != line {
			return nil, fmt.Errorf("%.80q is not the name of a file", line)
		}
	}
	return lines, nil
}
