package dod

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/migration"
)

const (
	maxMigrations = 500 // of one ref that are looked into
	maxNoWayBack  = 20  // that are told of one ref
)

// wayBack states which migrations have no way back, in the tree that the ref gets.
func (r *runner) wayBack(ctx context.Context, ref int, migrations []string) error {
	trees, err := r.change.Trees(ctx, ref)
	name := r.change.Refs[ref].Ref
	if err != nil {
		return fmt.Errorf("read the migrations of %s: %w", analyzers.Shorten(name, maxName), err)
	}
	if trees.After == nil {
		return nil
	}
	if n := len(migrations) - maxMigrations; n > 0 {
		r.skip(fmt.Sprintf("%d migrations", n), fmt.Sprintf("more than %d in one change", maxMigrations))
		migrations = migrations[:maxMigrations]
	}
	var without []string
	for _, file := range migrations {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !fs.ValidPath(file) {
			r.skip(file, "a migration whose name is not read")
			continue
		}
		data, err := trees.After.ReadFile(file)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			continue // a later commit took it away again
		case errors.Is(err, fs.ErrInvalid), errors.Is(err, analyzers.ErrTooLarge):
			r.skip(file, "a migration that cannot be read: "+analyzers.Shorten(err.Error(), 100))
			continue
		case err != nil:
			return fmt.Errorf("read a migration: %w", err)
		}
		back, err := migration.HasBack(trees.After, file, string(data))
		if err != nil {
			return err
		}
		if !back {
			without = append(without, file)
		}
	}
	for i, file := range without {
		text := "the migration has no way back"
		if n := len(without) - maxNoWayBack; i == maxNoWayBack-1 && n > 0 {
			text += fmt.Sprintf("; neither have %d more", n)
		}
		if i == maxNoWayBack {
			break
		}
		r.found(analyzers.Finding{
			Rule: rollback, Severity: analyzers.Medium, Path: file, Ref: name, Message: text,
			Hint: "write the other direction, or add a trailer \"Rollback: …\" that says how it is undone", Key: rollback,
		})
	}
	return nil
}
