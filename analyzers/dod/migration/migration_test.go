package migration_test

import (
	"testing"
	"testing/fstest"

	"github.com/refward/refward/analyzers/dod/migration"
)

func TestHasBack(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		file, text, beside, other string
		want                      bool
	}{
		{"m/1.up.sql", "x", "m/1.down.sql", "DROP TABLE x;", true},
		{"m/1.up.sql", "x", "m/1.down.sql", "-- TODO\n\n", false},
		{"m/1.up.sql", "x", "m/2.down.sql", "DROP TABLE x;", false},
		{"m/1/up.sql", "x", "m/1/down.sql", "DROP TABLE x;", true},
		{"m/1-UP.sql", "x", "m/1-down.sql", "DROP TABLE x;", true},
		{"m/1.sql", "x", "m/1.rollback.sql", "DROP TABLE x;", true},
		{"m/V1__a.sql", "x", "m/U1__a.sql", "DROP TABLE x;", true},
		{"m/1.sql", "-- +goose Up\nx;\n-- +goose Down\ny;", "", "", true},
		{"m/1.sql", "-- +goose Up\nx;\n-- +goose Down\n-- y;", "", "", false},
		{"m/1.sql", "x; -- rollback", "", "", false},
		{"m/1.sql", "--rollback DROP TABLE x;", "", "", true},
		{"m/1.sql", "-- migrate:down\nDROP TABLE x;", "", "", true},
		{"m/1.rb", "  def down\n  end", "", "", true},
		{"m/1.rb", "  def downtown\n  end", "", "", false},
		{"m/1.py", "def downgrade():\n    pass\n\nx = 1\n", "", "", false},
		{"m/1.py", "def downgrade(): op.drop_table('x')\n", "", "", true},
		{"m/1.py", "class Migration(migrations.Migration):\n  operations = [migrations.RunSQL('x')]", "", "", false},
		{"m/1.py", "class Migration(migrations.Migration):\n  operations = [migrations.RunSQL('x', reverse_sql='y')]", "", "", true},
		{"m/1.ts", "export async function down(knex) {}", "", "", true},
		{"m/1.ts", "export async function up(knex) { shutdown(x) }", "", "", false},
		{"m/1.php", "public function down() {}", "", "", true},
		{"m/1.exs", "  def change do", "", "", true},
		{"m/1.go", "func downX(tx *sql.Tx) error { return nil }", "", "", true},
		{"m/1.xml", "<changeSet><rollback>x</rollback></changeSet>", "", "", true},
		{"m/1.yaml", "  - rollback:\n", "", "", true},
		{"m/1.yaml", "  - changeSet:\n", "", "", false},
		{"m/\xff.sql", "x", "", "", false},
	} {
		tree := fstest.MapFS{tt.file: {Data: []byte(tt.text)}}
		if tt.beside != "" {
			tree[tt.beside] = &fstest.MapFile{Data: []byte(tt.other)}
		}
		if got, err := migration.HasBack(tree, tt.file, tt.text); got != tt.want || err != nil {
			t.Errorf("%s %q beside %s %q: %v, error %v", tt.file, tt.text, tt.beside, tt.other, got, err)
		}
	}
}

func TestIsBack(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]bool{
		"m/1.down.sql": true, "m/1/down.sql": true, "m/1_rollback.sql": true, "m/U1__a.sql": true, "m/V1__a.sql": false, "m/shutdown.sql": false, "m/1.up.sql": false, "m/down": false,
	} {
		if got := migration.IsBack(file); got != want {
			t.Errorf("%s: %v", file, got)
		}
	}
}
