package native

import (
	"errors"
	"fmt"
	"io"

	"github.com/go-git/go-git/v5/plumbing"
	"github.com/go-git/go-git/v5/plumbing/storer"

	"github.com/refward/refward/internal/odb"
)

// errReadOnly is the answer to every attempt to write.
var errReadOnly = errors.New("the objects are read-only")

// Storer returns the objects as go-git reads them, so that its package object can be used on what a push brings:
//
//	commit, err := object.GetCommit(n.Storer(), plumbing.NewHash(id))
//
// It is safe for concurrent use, unlike go-git's own, as long as the Native is open. Content is read when an object's Reader asks for it.
func (n *Native) Storer() storer.EncodedObjectStorer { return objectStorer{n.objects} }

type objectStorer struct{ objects *odb.Store }

// EncodedObject implements [storer.EncodedObjectStorer].
func (s objectStorer) EncodedObject(want plumbing.ObjectType, id plumbing.Hash) (plumbing.EncodedObject, error) {
	kind, size, err := s.objects.Info(odb.ID(id))
	if err != nil {
		return nil, storerError(id, err)
	}
	if got := plumbing.ObjectType(kind); want == got || want == plumbing.AnyObject { // #nosec G115 -- kinds are 1 to 4
		return &storedObject{objects: s.objects, id: odb.ID(id), kind: got, size: size}, nil
	}
	return nil, plumbing.ErrObjectNotFound
}

// HasEncodedObject implements [storer.EncodedObjectStorer].
func (s objectStorer) HasEncodedObject(id plumbing.Hash) error {
	has, err := s.objects.Has(odb.ID(id))
	if err == nil && !has {
		return plumbing.ErrObjectNotFound
	}
	return storerError(id, err)
}

// EncodedObjectSize implements [storer.EncodedObjectStorer].
func (s objectStorer) EncodedObjectSize(id plumbing.Hash) (int64, error) {
	_, size, err := s.objects.Info(odb.ID(id))
	return size, storerError(id, err)
}

// IterEncodedObjects implements [storer.EncodedObjectStorer]. An object that two directories have comes twice.
func (s objectStorer) IterEncodedObjects(want plumbing.ObjectType) (storer.EncodedObjectIter, error) {
	var ids []plumbing.Hash
	for _, dir := range s.objects.Dirs() {
		for id, err := range s.objects.Objects(dir) {
			if err != nil {
				return nil, err
			}
			if want != plumbing.AnyObject {
				kind, _, err := s.objects.Info(id)
				if err != nil {
					return nil, err
				}
				if plumbing.ObjectType(kind) != want { // #nosec G115 -- kinds are 1 to 4
					continue
				}
			}
			ids = append(ids, plumbing.Hash(id))
		}
	}
	return storer.NewEncodedObjectLookupIter(s, want, ids), nil
}

// NewEncodedObject implements [storer.EncodedObjectStorer]. The object can be filled, and stored nowhere.
func (s objectStorer) NewEncodedObject() plumbing.EncodedObject { return &plumbing.MemoryObject{} }

// SetEncodedObject implements [storer.EncodedObjectStorer]. It always fails.
func (s objectStorer) SetEncodedObject(plumbing.EncodedObject) (plumbing.Hash, error) {
	return plumbing.ZeroHash, errReadOnly
}

// AddAlternate implements [storer.EncodedObjectStorer]. It always fails.
func (s objectStorer) AddAlternate(string) error { return errReadOnly }

// storerError makes an error one of go-git's, if that is what it is.
func storerError(id plumbing.Hash, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, odb.ErrNotFound):
		return plumbing.ErrObjectNotFound // go-git compares with ==
	}
	return fmt.Errorf("object %s: %w", id, err)
}

// A storedObject is an object that has not been read yet.
type storedObject struct {
	objects *odb.Store
	id      odb.ID
	kind    plumbing.ObjectType
	size    int64 // bytes
}

func (o *storedObject) Hash() plumbing.Hash             { return plumbing.Hash(o.id) }
func (o *storedObject) Type() plumbing.ObjectType       { return o.kind }
func (o *storedObject) Size() int64                     { return o.size }
func (o *storedObject) SetType(plumbing.ObjectType)     {}
func (o *storedObject) SetSize(int64)                   {}
func (o *storedObject) Writer() (io.WriteCloser, error) { return nil, errReadOnly }

// Reader returns the content as a stream. It is the stored one if it ends with io.EOF.
func (o *storedObject) Reader() (io.ReadCloser, error) {
	r, _, _, err := o.objects.Reader(o.id)
	return r, storerError(o.Hash(), err)
}
