package typecache

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"golang.org/x/mod/module"
)

// Limits of an archive that is imported. A monorepo of 4,000 modules has some 4 GB.
const (
	maxArchiveFiles = 100_000
	maxArchiveBytes = 64 << 30
)

// ErrArchive says that an archive is not what Export writes.
var ErrArchive = errors.New("not an archive of types")

// Export writes the files of modules, of all that there are when none is named, as a tar archive. Damaged files are an error.
func (c *Cache) Export(w io.Writer, modules ...module.Version) (err error) {
	if len(modules) == 0 {
		if modules, err = c.List(); err != nil {
			return err
		}
	}
	archive := tar.NewWriter(w)
	for _, mod := range modules {
		data, err := c.whole(mod)
		if err != nil {
			return err
		}
		name, err := fileName(mod)
		if err == nil {
			err = archive.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data))})
		}
		if err == nil {
			_, err = archive.Write(data)
		}
		if err != nil {
			return fmt.Errorf("export types of %s: %w", mod, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("export types: %w", err)
	}
	return nil
}

// whole returns a module's file.
func (c *Cache) whole(mod module.Version) ([]byte, error) {
	f, file, err := c.open(mod)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	for _, e := range file.Packages {
		if _, err := file.read(f, e); err != nil {
			return nil, damaged(mod, fmt.Errorf("%s: %w", e.Path, err))
		}
	}
	data, err := io.ReadAll(io.NewSectionReader(f, 0, maxFile))
	if err != nil {
		return nil, fmt.Errorf("read types of %s: %w", mod, err)
	}
	return data, nil
}

// Import adds what an archive has to what is there, and returns what it was, in the archive's order. It stops at the first entry that
// Export would not have written: that is ErrArchive, and what came before has been added.
//
// That an archive is whole does not say that its types are true: who made it must be trusted.
func (c *Cache) Import(ctx context.Context, r io.Reader) (imported []module.Version, err error) {
	archive := tar.NewReader(r)
	total := int64(0)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			if len(imported) == 0 {
				return nil, fmt.Errorf("has no types: %w", ErrArchive)
			}
			return imported, nil
		}
		if err != nil {
			return imported, fmt.Errorf("%w: %w", err, ErrArchive)
		}
		mod, ok := moduleOf(h.Name)
		switch total += h.Size; {
		case !ok || h.Typeflag != tar.TypeReg:
			return imported, fmt.Errorf("has an entry %q of type %q: %w", h.Name, h.Typeflag, ErrArchive)
		case h.Size > maxFile || total > maxArchiveBytes || len(imported) >= maxArchiveFiles:
			return imported, fmt.Errorf("%s: more than is imported: %w", h.Name, ErrArchive)
		}
		data, err := io.ReadAll(io.LimitReader(archive, maxFile))
		if err != nil {
			return imported, fmt.Errorf("%s: %w: %w", h.Name, err, ErrArchive)
		}
		if err := c.add(ctx, mod, data); err != nil {
			return imported, fmt.Errorf("%s: %w", filepath.FromSlash(h.Name), err)
		}
		imported = append(imported, mod)
	}
}

// add puts what a file has, after it has been read as a whole.
func (c *Cache) add(ctx context.Context, mod module.Version, data []byte) error {
	r := bytes.NewReader(data)
	x, err := readIndex(r, int64(len(data)))
	if err != nil {
		return err
	}
	if x.Module != mod.Path || x.Version != mod.Version {
		return fmt.Errorf("is of %s@%s: %w", x.Module, x.Version, ErrArchive)
	}
	packages := make(map[string]Package, len(x.Packages))
	for _, e := range x.Packages {
		raw, err := x.read(r, e)
		if err != nil {
			return fmt.Errorf("%s: %w", e.Path, err)
		}
		packages[e.Path] = Package{Data: raw, Refs: x.refs(e), Partial: e.Partial}
	}
	return c.Put(ctx, mod, x.Build, packages)
}
