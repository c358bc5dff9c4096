//go:build unix

package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// loosenings are what a repository's own policy could say in order to be judged more mildly than the server wants.
var loosenings = map[string]string{
	"off":              "mode: off",
	"observe":          "mode: observe",
	"preset":           "preset: observe",
	"gates":            "gates: {secrets: skip, dor: skip, dod: skip, refs: skip, objects: skip, policy: skip}",
	"gates-of-rules":   "gates: {secrets/github-pat: skip, secrets/provider: skip, dor/type: skip, dor/issue-key: skip, dod/wip: skip, dod/conflict-marker: skip}",
	"gates-late":       "gates: {secrets: late, dor/message: late, dor/issue: late, dod/wip: late, dod/content: late}",
	"protected":        "protected: []",
	"protected-all":    "protected: [\"**\"]",
	"classify":         "classify: []",
	"classify-bugfix":  "classify: [{class: bugfix, paths: [\"**\"]}]\nclasses: {bugfix: {dor: skip, dod: skip}}",
	"class-emergency":  "classify: [{class: emergency, paths: [\"**\"]}]\nclasses: {emergency: {secrets: skip, dor: skip, dod: skip}}",
	"class-every":      "classes: {bugfix: {secrets: skip, dor: skip, dod: skip}, feature: {secrets: skip, dor: skip, dod: skip}}",
	"section-mode":     "sections: [{refs: [\"**\"], mode: off}, {paths: [\"**\"], mode: off}]",
	"section-gates":    "sections: [{paths: [\"**\"], gates: {secrets: skip, dod: skip}}, {refs: [\"**\", main, HEAD], gates: {secrets: skip, dor: skip, dod: skip}}]",
	"section-place":    "sections: [{repositories: [\"**\", \"/**\"], mode: off, gates: {secrets: skip, dor: skip, dod: skip}}]",
	"enforce-from":     "enforce_from: 2999-01-01",
	"limits":           "limits: {blob: 1, findings: 1}",
	"deadline":         "deadline: 1ms",
	"bots":             "bots: [ada, root, nobody, git]",
	"on-error":         "on_error: {dor: warn, dod: warn, gosec: warn}\ndeadline: 1ms",
	"on-invalid":       "on_invalid: warn",
	"allow":            "allow: {inline: always, baseline: always, gitleaksignore: always}",
	"allow-file":       "allow: {file: /dev/null}",
	"fingerprint-key":  "fingerprint_key: mine",
	"secrets-config":   "secrets: {config: \"[[rules]]\\nid = 'x'\\nregex = 'nothing-like-it'\\n\"}",
	"secrets-mode":     "secrets: {mode: gitleaks, packs: []}",
	"secrets-allow":    "secrets: {allow: [{paths: ['^app.env$'], reason: all is well}]}",
	"dor-options":      "dor: {patterns: ['.'], types: [], subject_max: 0}",
	"dod-options":      "dod: {wip: [], conflict: {exempt: [\"**\"]}}",
	"everything-quiet": "mode: off\ngates: {secrets: skip, objects: skip, refs: skip, gosec: skip, dor: skip, dod: skip, rules: skip}\nprotected: []\nclassify: []",
}

// loosening is the attack: in one push with what is forbidden; on main in a push of its own first; on a topic first. The policy itself is
// accepted, since it can only tighten.
const loosening = `server srv.git server.yaml
client work srv.git
put a.txt a
commit 'feat: start (#1)'
exec git push origin main
accepted srv.git

exec git checkout -q -b one
cp $WORK/own.yaml .refward.yaml
put app.env mode=test $GHP
put b.txt '<<<<<<< ours' a ======= b '>>>>>>> theirs'
commit 'wip: everything'
! exec git push origin one:main
refused srv.git 1 secrets/github-pat app.env 2 dor/type commits 1 dor/issue-key commits 1 dod/wip commits 1 dod/conflict-marker b.txt 1

exec git checkout -q -b two main
cp $WORK/own.yaml .refward.yaml
commit 'feat: a policy of our own (#1)'
exec git push origin two:refs/heads/topic
accepted srv.git
put app.env mode=test $GHP
put b.txt '<<<<<<< ours' a ======= b '>>>>>>> theirs'
commit 'wip: everything'
! exec git push origin two:main
refused srv.git 1 secrets/github-pat app.env 2 dor/type commits 1 dor/issue-key commits 1 dod/wip commits 1 dod/conflict-marker b.txt 1
exec git push origin two~:main
accepted srv.git
! exec git push origin two:main
refused srv.git 1 secrets/github-pat app.env 2 dor/type commits 1 dor/issue-key commits 1 dod/wip commits 1 dod/conflict-marker b.txt 1
-- server.yaml --
preset: standard
-- own.yaml --
%s
`

// TestLoosening: whatever a repository says of itself, the server's policy is the floor; tried in one push and in two.
func TestLoosening(t *testing.T) {
	buildReceive(t)
	dir := t.TempDir()
	var files []string
	for i, name := range slices.Sorted(maps.Keys(loosenings)) {
		if testing.Short() && i%4 > 0 { // as under the race detector
			continue
		}
		own := loosenings[name]
		file := filepath.Join(dir, "loosen-"+name+".txtar")
		if err := os.WriteFile(file, []byte(fmt.Sprintf(loosening, strings.TrimSpace(own))), 0o600); err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	testscript.Run(t, testscript.Params{
		Files: files, Cmds: scriptCommands, RequireUniqueNames: true,
		Setup: func(env *testscript.Env) error { return setUpScript(env, "file") },
	})
}
