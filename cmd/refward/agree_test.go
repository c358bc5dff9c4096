//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// agreements are changes of every kind on top of one commit: the ref that is pushed, and the script that makes the change.
var agreements = map[string][2]string{
	// Messages.
	"fine":             {"refs/heads/main", "put b.txt b\ncommit 'docs: say more (#2)'"},
	"no-issue":         {"refs/heads/main", "put b.txt b\ncommit 'docs: say more'"},
	"no-type":          {"refs/heads/main", "put b.txt b\ncommit 'say more (#2)'"},
	"long-subject":     {"refs/heads/main", "put b.txt b\ncommit 'docs: say more and more and more and more and more and more and more and more (#2)'"},
	"wip-topic":        {"refs/heads/x", "put b.txt b\ncommit 'wip: docs (#2)'"},
	"wip-main":         {"refs/heads/main", "put b.txt b\ncommit 'fixup! docs: say more (#2)'"},
	"typed-merge":      {"refs/heads/main", "put b.txt b\ncommit 'Merge branch other'"},
	"typed-revert":     {"refs/heads/main", "put b.txt b\ncommit 'Revert \"docs: say more (#2)\"'"},
	"several":          {"refs/heads/main", "put b.txt b\ncommit 'docs: one (#2)'\nput c.txt c\ncommit 'two'\nput d.txt d\ncommit 'docs: three (#3)'"},
	"hostile-message":  {"refs/heads/x", "put b.txt b\ncommit 'docs: \x1b[2J (#2)'"},
	"latin1":           {"refs/heads/x", "put b.txt b\nexec git add -A\nexec git -c i18n.commitEncoding=latin1 commit -q -m 'docs: ä (#2)'"},
	"empty-commit":     {"refs/heads/x", "exec git commit -q --allow-empty -m 'docs: nothing (#2)'"},
	"two-trailers":     {"refs/heads/x", "put b.txt b\ncommit 'docs: a (#2)' 'Risk: high'"},
	"wrong-risk":       {"refs/heads/x", "put src/auth/b.txt b\ncommit 'docs: a (#2)' 'Risk: enormous'"},
	"signed-off":       {"refs/heads/x", "put src/auth/b.txt b\nexec git add -A\nexec git commit -q -s -m 'docs: a (#2)'"},
	"signed-by-others": {"refs/heads/x", "put src/auth/b.txt b\ncommit 'docs: a (#2)' 'Signed-off-by: Bob <bob@example.com>'"},

	// Kinds of change.
	"bugfix":              {"refs/heads/main", "put a.go 'package a'\ncommit 'fix: a bug (#2)'"},
	"bugfix-tested":       {"refs/heads/main", "put a.go 'package a'\nput a_test.go 'package a'\ncommit 'fix: a bug (#2)'"},
	"feature":             {"refs/heads/main", "put a.go 'package a'\ncommit 'feat: more (#2)'"},
	"feature-topic":       {"refs/heads/x", "put a.go 'package a'\ncommit 'feat: more (#2)'"},
	"security-path":       {"refs/heads/x", "put src/auth/login.py 'x = 1'\ncommit 'feat: log in (#2)'"},
	"security-renamed":    {"refs/heads/x", "exec git mv auth/old.txt plain.txt\ncommit 'refactor: move (#2)'"},
	"security-trailer":    {"refs/heads/x", "put b.py 'x = 1'\ncommit 'feat: log in (#2)' 'Change-Class: security'"},
	"performance":         {"refs/heads/main", "put a.go 'package a'\ncommit 'perf: faster (#2)'"},
	"performance-shown":   {"refs/heads/main", "put a.go 'package a'\nput a_test.go 'package a'\ncommit 'perf: faster (#2)' 'Perf-Evidence: 12 % fewer allocations'"},
	"compliance":          {"refs/heads/x", "put db/migrations/1.up.sql 'CREATE TABLE t (a int);'\ncommit 'feat: a table (#2)'"},
	"compliance-rollback": {"refs/heads/x", "put db/migrations/1.up.sql 'CREATE TABLE t (a int);'\nput db/migrations/1.down.sql 'DROP TABLE t;'\ncommit 'feat: a table (#2)'"},
	"emergency":           {"refs/heads/hotfix/x", "put a.go 'package a'\ncommit 'fix: quickly'"},
	"emergency-trailer":   {"refs/heads/main", "put a.go 'package a'\ncommit 'fix: quickly (#2)' 'Change-Class: emergency'"},
	"tests-later":         {"refs/heads/main", "put a.go 'package a'\ncommit 'fix: a bug (#2)'\nput a_test.go 'package a'\ncommit 'test: the bug (#2)'"},

	// Content.
	"secret":         {"refs/heads/x", "put app.env mode=test $GHP\ncommit 'docs: a (#2)'"},
	"secret-removed": {"refs/heads/x", "put app.env mode=test $GHP\ncommit 'docs: a (#2)'\nput app.env mode=test\ncommit 'docs: b (#2)'"},
	"secret-message": {"refs/heads/x", "put b.txt b\ncommit 'docs: '$GHP' (#2)'"},
	"conflict":       {"refs/heads/x", "put b.txt '<<<<<<< ours' a ======= b '>>>>>>> theirs'\ncommit 'docs: a (#2)'"},
	"droppings":      {"refs/heads/x", "put .DS_Store x\nput node_modules/a/b.js x\ncommit 'docs: a (#2)'"},
	"gosec":          {"refs/heads/x", "put go.mod 'module m'\nput a.go 'package a' 'import \"crypto/md5\"' 'var H = md5.New()'\ncommit 'feat: hash (#2)'"},
	"deleted-code":   {"refs/heads/main", "exec git rm -q auth/old.txt\nexec git commit -q -m 'refactor: less (#2)'"},
	"renamed":        {"refs/heads/x", "exec git mv a.txt b.txt\ncommit 'refactor: move (#2)'"},
	"symlink":        {"refs/heads/x", "exec ln -s a.txt l\ncommit 'docs: a link (#2)'"},
	"odd-name":       {"refs/heads/x", "exec sh -c 'echo x >\"$(printf \"a\\\\tb\\\\377\")\"'\ncommit 'docs: a name (#2)'"},
	"own-policy":     {"refs/heads/main", "put .refward.yaml 'gates: {dor: block}'\ncommit 'docs: a policy (#2)'"},
	"broken-policy":  {"refs/heads/main", "put .refward.yaml 'gates: {dor: blok}'\ncommit 'docs: a policy (#2)'"},

	// Graphs.
	"merge":       {"refs/heads/main", "exec git checkout -q -b side\nput b.txt b\ncommit 'docs: b (#2)'\nexec git checkout -q -\nput c.txt c\ncommit 'docs: c (#2)'\nexec git merge -q --no-edit side"},
	"merge-evil":  {"refs/heads/main", "exec git checkout -q -b side\nput b.txt b\ncommit 'docs: b (#2)'\nexec git checkout -q -\nput c.txt c\ncommit 'docs: c (#2)'\nexec git merge -q --no-commit side\nput app.env x $GHP\nexec git add -A\nexec git commit -q --no-edit"},
	"revert":      {"refs/heads/main", "put b.txt b\ncommit 'docs: b (#2)'\nexec git revert --no-edit HEAD"},
	"revert-more": {"refs/heads/main", "put b.txt b\ncommit 'docs: b (#2)'\nexec git revert --no-edit HEAD\nput c.txt c\nexec git add -A\nexec git commit -q --amend --no-edit"},
	"rewound":     {"refs/heads/main", "exec git commit -q --amend -m 'docs: another start (#1)'"},
	"nothing":     {"refs/heads/x", "exec git commit -q --allow-empty -m 'docs: a (#2)'\nexec git reset -q --hard HEAD~"},
}

// agreement pushes a change with both hooks in place, and asks "refward check range" too.
const agreement = `server srv.git policy.yaml
client work srv.git
env REFWARD_POLICY=$WORK/policy.yaml
put a.txt a
put auth/old.txt a
commit 'feat: start (#1)'
exec git push -q origin HEAD:refs/heads/main HEAD:refs/heads/x HEAD:refs/heads/hotfix/x
accepted srv.git
exec git remote set-head origin main
exec sh -c 'cat $WORK/strict.yaml >$WORK/policy.yaml'
exec sh -c 'printf "#!/bin/sh\nexec refward-receive --policy $WORK/policy.yaml --report $WORK/server.json pre-receive\n" >$WORK/srv.git/hooks/pre-receive'
%[2]s
exec sh $WORK/three.sh %[1]s
same $WORK/range.json $WORK/server.json
same $WORK/range.json $WORK/client.json
-- policy.yaml --
preset: starter
-- strict.yaml --
preset: strict
-- three.sh --
# The exit codes are compared as a part of the reports.
base=$(git -C ../srv.git rev-parse $1); new=$(git rev-parse HEAD)
refward check range --format json --ref $1 $base..$new >$WORK/range.json
echo "HEAD $new $1 $base" | refward hook --report $WORK/client.json pre-push origin "$URL/srv.git" 2>$WORK/client.txt
git push -q --force origin HEAD:$1 2>$WORK/server.txt
if [ $base = $new ]; then cp $WORK/range.json $WORK/server.json; cp $WORK/range.json $WORK/client.json; fi # git asks no hook
test -s $WORK/range.json && test -s $WORK/server.json && test -s $WORK/client.json
`

// TestAgree: pre-push, pre-receive and "refward check range" say the same of the same refs, boundary and policy, byte for byte: refs with
// classes, verdict and findings.
func TestAgree(t *testing.T) {
	if len(agreements) < 40 {
		t.Errorf("%d cases only", len(agreements))
	}
	buildReceive(t)
	dir := t.TempDir()
	var files []string
	for i, name := range slices.Sorted(maps.Keys(agreements)) {
		if testing.Short() && i%4 > 0 { // as under the race detector
			continue
		}
		c := agreements[name]
		file := filepath.Join(dir, "agree-"+name+".txtar")
		if err := os.WriteFile(file, []byte(fmt.Sprintf(agreement, c[0], c[1])), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	testscript.Run(t, testscript.Params{
		Files: files, Cmds: scriptCommands, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error { return setUpScript(env, "file") },
	})
}
