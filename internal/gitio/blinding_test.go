package gitio

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplaceAndGrafts blinds plain git with refs/replace and info/grafts, and shows that a push is read as it is.
func TestReplaceAndGrafts(t *testing.T) { readers(t, testReplaceAndGrafts) }

func testReplaceAndGrafts(t *testing.T) {
	s := newScene(t)
	base := s.client.id("HEAD")
	hidden := s.client.commit("hidden", "hidden", "evil\n")
	s.client.commit("top", "top", "top\n")
	want := `heads/topic "commit" ff=true: hidden top
		hidden A "hidden" 100644
		top A "top" 100644
		hidden "hidden":1 "evil\n"
		top "top":1 "top\n"`
	blob := s.client.id(hidden + ":hidden")
	for name, blind := range map[string]func(*fixture){
		"replaced blob":   func(f *fixture) { f.write("refs/replace/"+blob, f.object("blob", "harmless\n")+"\n") },
		"replaced commit": func(f *fixture) { f.write("refs/replace/"+hidden, base+"\n") },
		"replaced top": func(f *fixture) {
			f.write("refs/replace/"+s.client.id("HEAD"), f.commitTree("top", s.client.id("HEAD^{tree}"), base)+"\n")
		},
		"graft": func(f *fixture) { f.write("info/grafts", s.client.id("HEAD")+" "+base+"\n") },
	} {
		t.Run(name, func(t *testing.T) {
			server := newFixture(t, "--bare")
			s.client.git("push", "-q", server.dir, base+":refs/heads/main")
			hook, updates := (&scene{s.client, server}).send(false, "HEAD:refs/heads/topic")
			blind(hook)
			seen := hook.git("log", "-p", "--format=subject:%s", s.client.id("HEAD"), "--not", "--all")
			if strings.Contains(seen, "+evil") && strings.Contains(seen, "subject:hidden") {
				t.Fatalf("plain git is not blind: %s", seen)
			}
			equal(t, show(t, readPush(t, hook.open(), updates...)), want)
		})
	}
}

// difficult is a push whose hunks depend on how the diff is made: repeated lines, renames, binary files, submodules.
func difficult(s *scene) []string {
	f := s.client
	f.commit("first",
		"code.go", "/*\n * a\n */\nfunc a() {\n}\n",
		"moved", strings.Repeat("a line that stays\n", 20), "picture.png", "\x89PNG\x00\n", "plain.txt", "one\n\ntwo  \n")
	f.git("mv", "moved", "sub dir")
	f.git("update-index", "--add", "--cacheinfo", "160000,"+f.id("HEAD")+",module")
	f.write("code.go", "/*\n * new\n */\nfunc b() {\n}\n/*\n * a\n */\nfunc a() {\n}\n")
	f.write("sub dir", strings.Repeat("a line that stays\n", 20)+"one more \n")
	f.write("picture.png", "\x89PNG\x00\nsecret\n")
	f.write("plain.txt", "zero\none\n\n\ntwo  \r\n")
	f.write(".gitattributes", "*.go -diff\n*.txt binary\nsub* diff=driver\n")
	f.git("add", "code.go", "sub dir", "picture.png", "plain.txt", ".gitattributes")
	f.git("commit", "-q", "-m", "second")
	return []string{"HEAD:refs/heads/main"}
}

// TestHunksIgnoreSettings reads one push under everything that is known to change what git's diffs look like.
func TestHunksIgnoreSettings(t *testing.T) { readers(t, testHunksIgnoreSettings) }

func testHunksIgnoreSettings(t *testing.T) {
	s := newScene(t)
	hook, updates := s.send(false, difficult(s)...)
	want := show(t, readPush(t, hook.open(), updates...))
	if n := strings.Count(want, "\n"); n < 20 || !strings.Contains(want, "secret") {
		t.Fatalf("the push is not difficult:\n%s", want)
	}
	marker := filepath.Join(t.TempDir(), "ran")
	script := filepath.Join(t.TempDir(), "external")
	if err := os.WriteFile(script, []byte("#!/bin/sh\ntouch "+marker+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	all := []string{
		"diff.noprefix=true", "diff.mnemonicPrefix=true", "diff.srcPrefix=x/", "diff.dstPrefix=y/", "diff.renames=false", "diff.renames=copies",
		"diff.renameLimit=1", "diff.algorithm=patience", "diff.algorithm=histogram", "diff.indentHeuristic=false", "diff.context=3",
		"diff.interHunkContext=20", "diff.submodule=log", "diff.submodule=diff", "diff.ignoreSubmodules=all", "diff.orderFile=" + script,
		"diff.external=" + script, "diff.suppressBlankEmpty=true", "diff.relative=true", "diff.wsErrorHighlight=all", "diff.colorMoved=zebra",
		"diff.driver.command=" + script, "diff.driver.textconv=" + script, "diff.driver.binary=true", "diff.driver.algorithm=patience",
		"diff.driver.xfuncname=.*", "diff.wordRegex=.", "diff.noIndex=true", "diff.statGraphWidth=1", "diff.dirstat=lines", "color.ui=always", "color.diff=always",
		"core.quotePath=false", "core.abbrev=4", "core.whitespace=cr-at-eol", "core.bigFileThreshold=1", "core.autocrlf=true", "core.eol=crlf",
		"core.pager=" + script, "core.fsmonitor=" + script, "core.useReplaceRefs=true", "core.attributesFile=" + filepath.Join(s.server.dir, "info/attributes"),
		"log.showSignature=true", "log.diffMerges=combined", "log.decorate=full", "i18n.logOutputEncoding=UTF-16", "format.pretty=%B", "attr.tree=HEAD", "pager.diff-tree=" + script,
	}
	check := func(name string, hook *fixture) {
		t.Run(name, func(t *testing.T) { equal(t, show(t, readPush(t, hook.open(), updates...)), want) })
	}
	attributes := filepath.Join(s.server.dir, "info", "attributes")
	check("environment", hook.with("GIT_DIFF_OPTS=-u5", "GIT_EXTERNAL_DIFF="+script, "GIT_LITERAL_PATHSPECS=0", "GIT_TRACE=1", "GIT_REPLACE_REF_BASE=refs/x/",
		"GIT_PAGER="+script, "GIT_GRAFT_FILE="+script, "GIT_ICASE_PATHSPECS=1", "GIT_FLUSH=0", "LC_ALL=de_DE.UTF-8", "GIT_ATTR_SOURCE=HEAD"))
	config := filepath.Join(s.server.dir, "config")
	plain, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"", "* -diff\n", "* binary\n", "* diff=driver\n", "* -text eol=crlf working-tree-encoding=UTF-16 ident filter=x\n"} {
		s.server.write("info/attributes", text)
		if text != "" {
			check(text, hook)
			continue
		}
		for _, kv := range all {
			key, value, _ := strings.Cut(kv, "=")
			hook.git("config", key, value)
			check(kv, hook)
			if err := os.WriteFile(config, plain, 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, kv := range all {
		key, value, _ := strings.Cut(kv, "=")
		hook.git("config", key, value)
	}
	s.server.write("info/attributes", "* diff=driver\n")
	check("everything at once", hook)
	if err := os.Remove(attributes); err != nil {
		t.Fatal(err)
	}
	s.client.git("push", "-q", s.server.dir, "HEAD:refs/heads/attributes")
	s.server.git("symbolic-ref", "HEAD", "refs/heads/attributes")
	check("attributes in HEAD", hook)
	if _, err := os.Stat(marker); err == nil {
		t.Error("a program that the configuration names has run")
	}
}

// TestStagedIgnoresSettings does the same for the index.
func TestStagedIgnoresSettings(t *testing.T) {
	f := newFixture(t)
	f.commit("base", "a.go", "/*\n * a\n */\nfunc a() {\n}\n")
	f.write("a.go", "/*\n * new\n */\nfunc b() {\n}\n/*\n * a\n */\nfunc a() {\n}\n")
	f.git("add", "-A")
	read := func() string {
		c, err := f.open().Staged(t.Context(), f.environ(), Scope{})
		if err != nil {
			t.Fatal(err)
		}
		return show(t, c)
	}
	want := read()
	if !strings.Contains(want, `:1 "/*\n * new\n */\nfunc b() {\n}\n"`) {
		t.Fatal(want)
	}
	f.write(".gitattributes", "* -diff\n")
	for _, kv := range []string{"diff.noprefix", "diff.mnemonicPrefix", "diff.relative", "core.ignoreCase"} {
		f.git("config", kv, "true")
	}
	f.git("config", "color.ui", "always")
	f.git("config", "diff.indentHeuristic", "false")
	equal(t, read(), want)
}
