package native

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb"
	"github.com/refward/refward/internal/refstore"
	"github.com/refward/refward/internal/treediff"
)

// Find implements [source.Source] for full ids, HEAD, names of refs, and each of them with "^{commit}". Whatever else gitrevisions(7)
// has, the index too, the other source is asked.
func (n *Native) Find(ctx context.Context, rev, path string) (source.Object, error) {
	if err := done(ctx); err != nil {
		return source.Object{}, err
	}
	id, err := n.revision(rev)
	if err == nil {
		var o source.Object
		if o, err = n.info(id); err == nil && path != "" {
			o, err = n.at(id, o.Kind, rev, path)
		} else if errors.Is(err, odb.ErrNotFound) && !strings.HasPrefix(rev, id.String()) {
			err = fmt.Errorf("revision %q cannot be read: %w", rev, err) // there is such a ref
		} else {
			err = objectError(id.String(), err)
		}
		return o, err
	}
	if errors.Is(err, source.ErrUnsupported) && n.other != nil {
		return n.other.Find(ctx, rev, path)
	}
	return source.Object{}, err
}

// revision returns the object that a revision names.
func (n *Native) revision(rev string) (odb.ID, error) {
	name, peel := strings.CutSuffix(rev, "^{commit}")
	id, err := odb.ParseID(name)
	if err != nil {
		if id, err = n.named(name); err != nil {
			return id, err
		}
	}
	if !peel {
		return id, nil
	}
	for range source.MaxTagChain {
		kind, data, err := n.objects.Read(id, -1)
		if errors.Is(err, odb.ErrNotFound) && id.String() != name {
			return id, fmt.Errorf("revision %q cannot be read: %w", rev, err)
		}
		if err != nil {
			return id, objectError(id.String(), err)
		}
		switch kind {
		case odb.Commit:
			return id, nil
		case odb.Tag:
			line, _, _ := strings.Cut(string(data), "\n")
			target, _ := strings.CutPrefix(line, "object ")
			if id, err = odb.ParseID(target); err != nil {
				return id, fmt.Errorf("tag %s names no object", id)
			}
		default:
			return id, fmt.Errorf("revision %q: a %s: %w", rev, kind, source.ErrNotExist)
		}
	}
	return id, fmt.Errorf("revision %q: more than %d tags point to each other", rev, source.MaxTagChain)
}

// named finds a ref by its full name, or by a shorter one in git's order of precedence (gitrevisions(7), "<refname>").
func (n *Native) named(name string) (odb.ID, error) {
	absent := fmt.Errorf("revision %q: %w", name, source.ErrNotExist)
	doubt := fmt.Errorf("revision %q: only git can tell what it names, give a full id or a ref: %w", name, source.ErrUnsupported)
	if name == "@" || !refstore.ValidName(name) { // an expression
		return odb.ID{}, doubt
	}
	if name == "HEAD" || strings.HasPrefix(name, "refs/") {
		ref, ok, err := n.refs.Lookup(name)
		if err != nil {
			return odb.ID{}, unsupported(err)
		}
		if !ok {
			return odb.ID{}, absent
		}
		return ref.ID, nil
	}
	if _, err := os.Lstat(filepath.Join(n.gitDir, filepath.FromSlash(name))); err == nil { // ORIG_HEAD and its like come first
		return odb.ID{}, doubt
	}
	for _, prefix := range []string{"refs/", "refs/tags/", "refs/heads/", "refs/remotes/"} {
		ref, ok, err := n.refs.Lookup(prefix + name)
		if err != nil {
			return odb.ID{}, unsupported(err)
		}
		if ok {
			return ref.ID, nil
		}
	}
	return odb.ID{}, doubt // an abbreviated id, or the branch of a remote's HEAD
}

// at finds what the tree of a revision has at a path.
func (n *Native) at(id odb.ID, kind, rev, path string) (source.Object, error) {
	tree := id
	if kind != odb.Tree.String() {
		commit, err := n.revision(id.String() + "^{commit}")
		if err == nil {
			tree, err = n.treeOf(commit.String(), map[string]odb.ID{})
		}
		if err != nil {
			return source.Object{}, err
		}
	}
	mode, blob, ok, err := treediff.Lookup(n.trees, tree, path)
	switch {
	case err != nil:
		return source.Object{}, fmt.Errorf("%s in %s: %w", path, rev, diffError(err))
	case !ok:
		return source.Object{}, fmt.Errorf("%s in %s: %w", path, rev, source.ErrNotExist)
	case mode&source.ModeType == source.ModeSubmodule:
		return source.Object{ID: blob.String(), Kind: "commit"}, nil
	}
	o, err := n.info(blob)
	if err != nil {
		if errors.Is(err, odb.ErrNotFound) {
			err = fmt.Errorf("%w: %w", source.ErrNotHere, err)
		}
		return source.Object{}, fmt.Errorf("%s in %s cannot be read: %w", path, rev, unsupported(err))
	}
	return o, nil
}

// diffError says in the terms of package source why trees were not read to their end. A tree that is missing is not an answer.
func diffError(err error) error {
	if errors.Is(err, treediff.ErrTooMuch) {
		return fmt.Errorf("%w: %w", err, source.ErrTooMuch)
	}
	return unsupported(err)
}
