package goapi

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// A Comparer compares what packages export, by their types.
type Comparer interface {
	// Compare compares the packages of directories in two trees. The error says what kept it from looking at some of them.
	Compare(ctx context.Context, dirs []string, before, after fs.FS) (map[string]Answer, error)

	// Close ends what was started for it.
	Close()
}

// An Answer is what the comparison of one package came to.
type Answer struct {
	Changes       []Change // that break who uses the package
	Unknown       []string // names of which a type is not known, before or after, so that no change of theirs is claimed
	Files, Before []string // paths of the files that the package consists of, after and before
	Unexamined    []string // why that is not all, one line each
}

// A Change is one incompatible change.
type Change struct {
	Text string // such as "T.M: removed"
	Path string // "" = not known
	Line int    // 1-based; 0 = none is known in the tree after
}

// A checker is the check with its options. It is immutable.
type checker struct {
	opts  Options
	start func(Options) Comparer
}

// New returns the analyzer, or what is wrong with the options. start returns what compares, for one run; nothing is to be started before it is asked.
func New(opts Options, start func(Options) Comparer) (*analyzers.Analyzer, error) {
	if err := opts.check(); err != nil {
		return nil, err
	}
	k := &checker{opts: opts, start: start}
	return &analyzers.Analyzer{
		Name: "goapi",
		Doc: "finds changes of exported Go APIs that no commit declares\n\n" +
			"What a package exports is a promise to those who import it. A change that breaks it is right only if they are told: by a ! or a footer " +
			"BREAKING CHANGE in a commit message, which tools turn into a new major version. Declare the change, or keep the old beside the new.",
		Rules: documentation,
		Run:   k.run,
	}, nil
}

// run implements the analyzer.
func (k *checker) run(ctx context.Context, c *analyzers.Change) (analyzers.Result, error) {
	r := &collector{checker: k, result: analyzers.Result{Examined: map[string]int64{"packages": 0}}, seen: map[string]bool{}}
	if c.Kind != analyzers.KindPush && c.Kind != analyzers.KindRange {
		return r.result, nil
	}
	touched := map[string][]string{} // changed paths, by commit
	for f, err := range c.Files(ctx) {
		if err != nil {
			return r.result, err
		}
		for _, name := range []string{f.Path, f.OldPath} {
			if f.Commit != "" && isSource(name) && !k.opts.excluded(path.Dir(name)) {
				touched[f.Commit] = append(touched[f.Commit], name)
			}
		}
	}
	opts := k.opts
	if c.Kind == analyzers.KindRange {
		opts.CPU = 0 // nobody waits for the answer of a push
	}
	compared := k.start(opts)
	defer compared.Close()
	for i := range c.Refs {
		if err := k.ref(ctx, c, i, touched, compared, r); err != nil {
			return r.finish(), err
		}
	}
	return r.finish(), ctx.Err()
}

// isSource reports whether a file with the name may be part of a package that others import.
func isSource(name string) bool {
	base := path.Base(name)
	return strings.HasSuffix(base, ".go") && !strings.HasSuffix(base, "_test.go") && base[0] != '_' && base[0] != '.'
}

// ref looks at what one ref of the change brings.
func (k *checker) ref(ctx context.Context, c *analyzers.Change, ref int, touched map[string][]string, compared Comparer, r *collector) error {
	changed := map[string]map[string]bool{} // paths, by directory
	for _, i := range c.Refs[ref].Commits {
		for _, name := range touched[c.Commits[i].ID] {
			dir := path.Dir(name)
			if changed[dir] == nil {
				changed[dir] = map[string]bool{}
			}
			changed[dir][name] = true
		}
	}
	declared := slices.ContainsFunc(c.Refs[ref].Commits, func(i int) bool {
		m := message.Parse(c.Commits[i].Message)
		return m.Breaking
	})
	if len(changed) == 0 || declared {
		return nil
	}
	trees, err := c.Trees(ctx, ref)
	if err != nil || trees.After == nil || len(trees.Before) == 0 {
		return err
	}
	p := &pairs{checker: k, before: trees.Before[0], after: trees.After, ref: c.Refs[ref].Ref}
	for _, dir := range slices.Sorted(maps.Keys(changed)) {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := p.look(dir, changed[dir]); err != nil {
			return err
		}
	}
	var open []string
	for _, q := range p.list {
		if q.asked {
			open = append(open, q.dir)
		}
	}
	var answers map[string]Answer
	if len(open) > 0 {
		answers, err = compared.Compare(ctx, open, p.before, p.after)
	}
	for _, q := range p.list {
		answer, answered := answers[q.dir]
		if q.asked && !answered {
			if err == nil {
				err = fmt.Errorf("package %s was not compared", shown(q.dir))
			}
			continue
		}
		r.pair(p.ref, q, answer)
	}
	return err
}

// pairs are the packages that a ref changes.
type pairs struct {
	*checker
	before, after analyzers.Tree
	ref           string
	list          []*pair
}

// A pair is one package before and after.
type pair struct {
	dir     string
	file    string // one of the changed files, for findings about the whole
	asked   bool   // tokens do not tell
	removed bool   // the package is not there any more
	reasons []string
	diff    *difference
	left    *version // the one after
}

// maxBytes bounds what is read of one version of a package; a package of Go's own has 3 MB.
const maxBytes = 16 << 20

// maxDepth is how deep brackets may stand in brackets in a file that is parsed here.
const maxDepth = 500

// look compares the tokens of a package.
func (p *pairs) look(dir string, changed map[string]bool) error {
	if !fs.ValidPath(dir) {
		return nil // it cannot be a package, and those who look at names say so
	}
	before, _, err := p.read(p.before, dir)
	if err != nil {
		return err
	}
	if before.command() || len(visible(before)) == 0 && len(before.unread) == 0 {
		return nil // nobody could use it
	}
	after, texts, err := p.read(p.after, dir)
	if err != nil {
		return err
	}
	q := &pair{dir: dir, file: slices.Min(slices.Collect(maps.Keys(changed))), left: after, reasons: slices.Clone(after.unread)}
	for _, why := range before.unread {
		q.reasons = append(q.reasons, "before the change: "+why)
	}
	for _, s := range after.sources {
		if changed[s.path] {
			q.reasons = append(q.reasons, syntax(s, texts[s.path])...)
		}
	}
	q.diff = compare(before, after)
	q.removed = len(after.sources) == 0 && len(after.unread) == 0
	q.asked = q.diff.ask && !q.removed
	p.list = append(p.list, q)
	return nil
}

// read reads a version of a package; one without files if there is none. The texts are those of its files, by path.
func (p *pairs) read(tree analyzers.Tree, dir string) (*version, map[string][]byte, error) {
	v, texts := &version{}, map[string][]byte{}
	entries, err := fs.ReadDir(tree, dir)
	if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrInvalid) {
		return v, texts, nil
	} else if err != nil {
		return v, texts, err
	}
	slices.SortFunc(entries, func(a, b fs.DirEntry) int { return cmp.Compare(a.Name(), b.Name()) })
	size := 0
	for _, e := range entries {
		name := path.Join(dir, e.Name())
		if e.IsDir() || !isSource(name) {
			continue
		}
		if !e.Type().IsRegular() {
			v.unread = append(v.unread, name+": not a regular file")
			continue
		}
		data, err := tree.ReadFile(name)
		switch {
		case errors.Is(err, analyzers.ErrTooLarge):
			v.unread = append(v.unread, name+": larger than is read")
			continue
		case err != nil:
			return v, texts, err
		}
		if size += len(data); size > maxBytes {
			v.unread = append(v.unread, fmt.Sprintf("%s: its package has more than %d bytes", name, maxBytes))
			continue
		}
		texts[name] = data
		v.add(newSource(name, data, p.opts.Tags))
	}
	return v, texts, nil
}
