package native

import (
	"context"
	"errors"
	"fmt"

	"github.com/refward/refward/internal/gitio/source"
	"github.com/refward/refward/internal/odb"
)

// Info implements [source.Objects].
func (n *Native) Info(ctx context.Context, id string) (source.Object, error) {
	if err := done(ctx); err != nil {
		return source.Object{}, err
	}
	key, err := odb.ParseID(id)
	if err == nil {
		var o source.Object
		if o, err = n.info(key); err == nil {
			return o, nil
		}
	}
	if n.canAsk(err) {
		return n.other.Info(ctx, id)
	}
	return source.Object{}, objectError(id, err)
}

func (n *Native) info(id odb.ID) (source.Object, error) {
	kind, size, err := n.objects.Info(id)
	return source.Object{ID: id.String(), Kind: kind.String(), Size: size}, err
}

// Read implements [source.Objects].
func (n *Native) Read(ctx context.Context, id string, limit int64) (source.Object, []byte, error) {
	if err := done(ctx); err != nil {
		return source.Object{}, nil, err
	}
	key, err := odb.ParseID(id)
	if err != nil {
		if n.canAsk(err) {
			return n.other.Read(ctx, id, limit)
		}
		return source.Object{}, nil, objectError(id, err)
	}
	kind, data, err := n.commits.Read(key, limit) // which keeps no others
	switch {
	case err == nil:
		if data == nil {
			data = []byte{}
		}
		return source.Object{ID: id, Kind: kind.String(), Size: int64(len(data))}, data, nil
	case errors.Is(err, odb.ErrTooLarge):
		if o, infoErr := n.info(key); infoErr != nil || o.Size > limit {
			return o, nil, objectError(id, infoErr)
		} // else something that it is made of is too large
	case n.canAsk(err):
		return n.other.Read(ctx, id, limit)
	}
	return source.Object{}, nil, objectError(id, err)
}

// InfoAll implements [source.Objects].
func (n *Native) InfoAll(ctx context.Context, ids []string, use func(i int, o source.Object, err error) error) error {
	for i, id := range ids {
		o, err := n.Info(ctx, id)
		if err == nil || errors.Is(err, source.ErrNotExist) {
			err = use(i, o, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// ReadAll implements [source.Objects].
func (n *Native) ReadAll(ctx context.Context, ids []string, limit int64, use func(i int, o source.Object, data []byte, err error) error) error {
	for i, id := range ids {
		o, data, err := n.Read(ctx, id, limit)
		if err == nil || errors.Is(err, source.ErrNotExist) {
			err = use(i, o, data, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// Order implements [source.Objects].
func (n *Native) Order(hex []string) error {
	keys, err := ids(hex)
	if err != nil {
		return err
	}
	if err := n.objects.Order(keys); err != nil {
		return unsupported(err)
	}
	copy(hex, hexes(keys))
	return nil
}

// objectError names the object that an error is about, in the terms of package source.
func objectError(id string, err error) error {
	switch {
	case err == nil:
		return nil
	case errors.Is(err, odb.ErrNotFound):
		return fmt.Errorf("object %s: %w", id, source.ErrNotExist)
	}
	return fmt.Errorf("object %s: %w", id, unsupported(err))
}
