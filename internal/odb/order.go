package odb

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
)

// Order sorts ids, in place, into the order in which they are read fastest: packed objects by pack and offset, so that bases come
// shortly before their deltas, then loose ones by name, which those are with that the store does not have.
func (s *Store) Order(ids []ID) (err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return err
	}
	packs := *s.packs.Load()
	type key struct {
		pack int
		off  int64
		id   ID
	}
	keys := make([]key, len(ids))
	for i, id := range ids {
		keys[i] = key{pack: len(packs), id: id}
		for n, p := range packs {
			off, ok, err := p.find(id)
			if err != nil {
				return err
			}
			if ok {
				keys[i].pack, keys[i].off = n, off
				break
			}
		}
	}
	slices.SortFunc(keys, func(a, b key) int {
		return cmp.Or(cmp.Compare(a.pack, b.pack), cmp.Compare(a.off, b.off), bytes.Compare(a.id[:], b.id[:]))
	})
	for i := range keys {
		ids[i] = keys[i].id
	}
	return nil
}

// Objects returns the id of every object that one directory has, without its alternates, each once: packed ones in the
// order of their packs, then loose ones. The directory is one that was given to [Open] or that [Store.Dirs] returns. An error ends it.
func (s *Store) Objects(dir string) iter.Seq2[ID, error] {
	return func(yield func(ID, error) bool) {
		d, packs, err := s.packsOf(dir)
		if err != nil {
			yield(ID{}, err)
			return
		}
		for n, p := range packs {
			order, err := s.packOrder(p)
			for len(order) > 0 && err == nil {
				var ids []ID
				batch := order[:min(1024, len(order))]
				order = order[len(batch):]
				if ids, err = s.names(p, batch, packs[:n]); err != nil {
					break
				}
				for _, id := range ids {
					if !yield(id, nil) {
						return
					}
				}
			}
			if err != nil {
				yield(ID{}, err)
				return
			}
		}
		for fan := range 256 {
			ids, err := s.looseIn(d, byte(fan), packs)
			if err != nil {
				yield(ID{}, err)
				return
			}
			for _, id := range ids {
				if !yield(id, nil) {
					return
				}
			}
		}
	}
}

// packsOf returns a directory and its packs as they are now.
func (s *Store) packsOf(path string) (d *dir, packs []*pack, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return nil, nil, err
	}
	resolved, err := resolveDir(path)
	if err != nil {
		return nil, nil, fmt.Errorf("odb: object directory: %w", err)
	}
	i := slices.IndexFunc(s.dirs, func(d *dir) bool { return d.path == resolved })
	if i < 0 {
		return nil, nil, fmt.Errorf("odb: %s is not an object directory of the store", path)
	}
	if _, err := s.scan(); err != nil {
		return nil, nil, err
	}
	for _, p := range *s.packs.Load() {
		if p.dir == s.dirs[i] {
			packs = append(packs, p)
		}
	}
	return s.dirs[i], packs, nil
}

// packOrder returns the positions in a pack's index in the order of the pack.
func (s *Store) packOrder(p *pack) (order []uint32, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return nil, err
	}
	offsets := make([]int64, p.index.count)
	order = make([]uint32, p.index.count)
	for i := range order {
		order[i] = uint32(i)
		if offsets[i], err = p.index.offset(i); err != nil {
			return nil, fmt.Errorf("odb: pack %s: %w", p.name, err)
		}
	}
	slices.SortFunc(order, func(a, b uint32) int { return cmp.Compare(offsets[a], offsets[b]) })
	return order, nil
}

// names returns the ids at some positions of a pack's index that none of the packs before it has.
func (s *Store) names(p *pack, positions []uint32, before []*pack) (ids []ID, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return nil, err
	}
	for _, i := range positions {
		if id := p.index.name(int(i)); !inAny(before, id) {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

// looseIn returns the loose objects of one of the 256 folders of a directory that none of the packs has.
func (s *Store) looseIn(d *dir, fan byte, packs []*pack) (ids []ID, err error) {
	defer s.end(&err, s.begin(&err))
	if err != nil {
		return nil, err
	}
	folder := hex.EncodeToString([]byte{fan})
	entries, err := os.ReadDir(filepath.Join(d.path, folder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("odb: %w", err)
	}
	for _, e := range entries {
		id, err := ParseID(folder + e.Name())
		if errors.Is(err, ErrUnsupported) {
			return nil, err
		}
		if err == nil && id.String() == folder+e.Name() && !inAny(packs, id) { // else a file that is being written
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func inAny(packs []*pack, id ID) bool {
	return slices.ContainsFunc(packs, func(p *pack) bool { _, ok := p.index.find(id); return ok })
}
