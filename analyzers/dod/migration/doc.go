// Package migration tells whether a change of a database's schema says how it is undone.
//
// It knows the conventions of the tools that run such files: a second file beside the first (golang-migrate, Diesel, Flyway), a part of the same
// file (goose, sql-migrate, dbmate, Liquibase), a function (Rails, Alembic, Knex, Ecto). That there is something proves no more: whether
// it undoes the change, and brings the data back, only a trial shows.
//
//	back, err := migration.HasBack(trees.After, "db/migrations/7_owner.up.sql", text)
package migration
