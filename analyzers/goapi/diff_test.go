package goapi_test

import (
	"context"
	"io/fs"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"

	"github.com/refward/refward/analyzers/analyzerstest"
	"github.com/refward/refward/analyzers/goapi"
	"github.com/refward/refward/analyzers/gosec"
)

// ours are what the check says that apidiff does not, or in other words.
var ours = regexp.MustCompile(`: no longer implements |type parameter|: (accepts only|does not accept) |^package: `)

// recorder keeps what the helper program answers.
type recorder struct {
	counted
	answers map[string]goapi.Answer
}

func (r recorder) Compare(ctx context.Context, dirs []string, before, after fs.FS) (map[string]goapi.Answer, error) {
	answers, err := r.counted.Compare(ctx, dirs, before, after)
	for dir, a := range answers {
		r.answers[dir] = a
	}
	return answers, err
}

// TestRealModules compares the oldest and the newest version of modules that the machine has, as one push, and holds what is found against apidiff
// on what the go command loads.
func TestRealModules(t *testing.T) {
	if testing.Short() {
		t.Skip("loads many packages with the go command")
	}
	out, err := exec.Command("go", "env", "GOMODCACHE").Output()
	if err != nil {
		t.Fatal(err)
	}
	cache := strings.TrimSpace(string(out))
	compared, changes := 0, 0
	modules := []string{"golang.org/x/exp"}
	asked := os.Getenv("REFWARD_GOAPI_MODULES") // such as "golang.org/x/exp golang.org/x/text"; CI has two versions there
	if asked != "" {
		modules = strings.Fields(asked)
	}
	for _, module := range modules {
		versions, _ := filepath.Glob(filepath.Join(cache, filepath.FromSlash(module)) + "@*")
		slices.SortFunc(versions, func(a, b string) int {
			return semver.Compare(a[strings.LastIndex(a, "@")+1:], b[strings.LastIndex(b, "@")+1:])
		})
		if len(versions) < 2 {
			continue
		}
		t.Run(path.Base(module), func(t *testing.T) {
			n, m := differ(t, cache, versions[0], versions[len(versions)-1])
			compared, changes = compared+n, changes+m
		})
	}
	t.Logf("%d packages, %d incompatible changes", compared, changes)
	if compared == 0 && asked != "" {
		t.Fatalf("of %s no two versions are there whose packages load", asked)
	}
	if compared == 0 {
		t.Skip("no module is there in two versions whose packages load")
	}
}

// differ compares two versions of a module, and returns how many packages were compared with apidiff, and how many changes that found.
func differ(t *testing.T, cache, old, now string) (compared, changes int) {
	parts := []analyzerstest.Part{}
	var files []analyzerstest.File
	for i, dir := range []string{old, now} {
		err := filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
			if err != nil || !d.Type().IsRegular() || !strings.HasSuffix(name, ".go") && path.Base(name) != "go.mod" {
				return err
			}
			data, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, _ := filepath.Rel(dir, name)
			if rel = filepath.ToSlash(rel); i == 0 {
				parts = append(parts, analyzerstest.Before(rel, string(data)))
				if _, err := os.Stat(filepath.Join(now, rel)); err != nil {
					files = append(files, analyzerstest.Deleted(rel))
				}
			} else {
				files = append(files, analyzerstest.Added(rel, string(data)))
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	helper, err := realHelper()
	if err != nil {
		t.Fatal(err)
	}
	answers := map[string]goapi.Answer{}
	a, err := goapi.New(goapi.Defaults(), func(o goapi.Options) goapi.Comparer {
		apis := gosec.NewAPIs(gosec.Host{Helper: helper, ModuleCache: cache}, gosec.APIOptions{GOOS: o.GOOS, GOARCH: o.GOARCH, Memory: 2 << 30})
		return recorder{counted{apis, nil}, answers}
	})
	if err != nil {
		t.Fatal(err)
	}
	r, err := a.Run(t.Context(), analyzerstest.Change(append(parts, analyzerstest.Commit("feat: all of it (#1)\n", files...))...))
	if err != nil {
		t.Error(err)
	}
	found := map[string]bool{}
	for _, f := range r.Findings {
		found[f.Rule+" "+path.Dir(f.Path)] = true
	}
	was, is := loaded(t, old), loaded(t, now)
	for dir, before := range was {
		after := is[dir]
		if before == nil || is["."] == nil && after == nil && len(is) == 0 {
			continue
		}
		if _, gone := is[dir]; !gone {
			if before.Types.Scope().Len() > 0 && !found["breaking-change "+dir] && exports(before) {
				t.Errorf("%s is gone, and not found", dir)
			}
			continue
		}
		if after == nil {
			continue // it does not load there
		}
		compared++
		var want []string
		for _, c := range apidiff.Changes(before.Types, after.Types).Changes {
			if !c.Compatible && !ours.MatchString(c.Message) {
				want = append(want, c.Message)
			}
		}
		changes += len(want)
		var got []string
		for _, c := range answers[dir].Changes {
			if !ours.MatchString(c.Text) {
				got = append(got, c.Text)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		whole := len(answers[dir].Unknown) == 0 && len(answers[dir].Unexamined) == 0
		if whole && !slices.Equal(got, want) {
			t.Errorf("%s:\n got %q\nwant %q", dir, got, want)
		} else if !whole {
			t.Logf("%s is not whole: %q %q", dir, answers[dir].Unknown, answers[dir].Unexamined)
			for _, text := range got {
				if !slices.Contains(want, text) {
					t.Errorf("%s: claims %q", dir, text)
				}
			}
			if len(want) > len(got) && !found["incomplete "+dir] && !found["missing-types "+dir] {
				t.Errorf("%s: of %q it is not said that something was not compared", dir, want)
			}
		}
		if len(want) > 0 && whole && !found["breaking-change "+dir] {
			t.Errorf("%s: no finding", dir)
		}
	}
	return compared, changes
}

func exports(p *packages.Package) bool {
	return slices.ContainsFunc(p.Types.Scope().Names(), func(n string) bool { return p.Types.Scope().Lookup(n).Exported() })
}

// loaded returns the packages that the go command loads of a module, by directory; nil for those that it cannot.
func loaded(t *testing.T, module string) map[string]*packages.Package {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(module)); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command("chmod", "-R", "u+w", dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	cfg := &packages.Config{Dir: dir, Mode: packages.NeedName | packages.NeedFiles | packages.NeedTypes | packages.NeedImports | packages.NeedDeps | packages.NeedModule | packages.NeedSyntax,
		Env: append(os.Environ(), "GOFLAGS=-mod=mod", "GOPROXY=off", "GOSUMDB=off", "GOWORK=off", "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")}
	list, err := packages.Load(cfg, "./...")
	if err != nil {
		t.Log(err)
		return nil
	}
	all := map[string]*packages.Package{}
	for _, p := range list {
		if p.Name == "main" || len(p.GoFiles) == 0 || slices.ContainsFunc(strings.Split(p.PkgPath, "/"), func(s string) bool { return s == "internal" || s == "testdata" || s == "vendor" }) {
			continue
		}
		rel, _ := filepath.Rel(dir, filepath.Dir(p.GoFiles[0]))
		sound := len(p.Errors) == 0
		packages.Visit([]*packages.Package{p}, nil, func(q *packages.Package) { sound = sound && len(q.Errors) == 0 })
		all[filepath.ToSlash(rel)] = nil
		if sound {
			all[filepath.ToSlash(rel)] = p
		}
	}
	if len(all) == 0 {
		t.Logf("%s: nothing loads", module)
	}
	return all
}
