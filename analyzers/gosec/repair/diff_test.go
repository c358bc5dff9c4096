package repair_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/refward/refward/analyzers/gosec/repair"
)

// A tally compares findings with all types and without those of other modules.
type tally struct {
	ref, kept, extra       int
	bare                   int // found without repair
	byRule                 map[string][3]int
	packages, rounds       int
	replaced, dropped      int
	failed                 []string
	check, repair, analyse time.Duration // CPU
}

func (t *tally) add(o tally) {
	t.ref, t.kept, t.extra, t.bare = t.ref+o.ref, t.kept+o.kept, t.extra+o.extra, t.bare+o.bare
	t.packages, t.rounds, t.replaced, t.dropped = t.packages+o.packages, t.rounds+o.rounds, t.replaced+o.replaced, t.dropped+o.dropped
	t.check, t.repair, t.analyse = t.check+o.check, t.repair+o.repair, t.analyse+o.analyse
	t.failed = append(t.failed, o.failed...)
	if t.byRule == nil {
		t.byRule = map[string][3]int{}
	}
	for r, c := range o.byRule {
		b := t.byRule[r]
		for i := range c {
			b[i] += c[i]
		}
		t.byRule[r] = b
	}
}

func (t *tally) String() string {
	var rules []string
	for r, c := range t.byRule {
		rules = append(rules, fmt.Sprintf("%s %d/%d+%d", r, c[1], c[0], c[2]))
	}
	slices.Sort(rules)
	return fmt.Sprintf("kept %d of %d (%.1f %%; %d without repair), extra %d; %d packages, %d checks, %d replaced, %d dropped, failed %v; "+
		"CPU: types %v, repair %v, gosec %v\n\t%s", t.kept, t.ref, 100*float64(t.kept)/float64(max(1, t.ref)), t.bare, t.extra, t.packages, t.rounds, t.replaced,
		t.dropped, t.failed, t.check.Round(time.Millisecond), t.repair.Round(time.Millisecond), t.analyse.Round(time.Millisecond), strings.Join(rules, "  "))
}

func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// compare counts what of ref is in got, and what else is.
func compare(ref, got findings, show func(string, string)) tally {
	t := tally{byRule: map[string][3]int{}}
	count := func(k string, i, n int) {
		r := strings.Split(k, ":")[3]
		b := t.byRule[r]
		b[i] += n
		t.byRule[r] = b
	}
	for k, n := range ref {
		kept := min(n, got[k])
		t.ref, t.kept = t.ref+n, t.kept+kept
		count(k, 0, n)
		count(k, 1, kept)
		if kept < n {
			show("lost", k)
		}
	}
	for k, n := range got {
		if x := n - min(n, ref[k]); x > 0 {
			t.extra += x
			count(k, 2, x)
			show("extra", k)
		}
	}
	return t
}

// differ compares what gosec finds in the packages of a module that are not sound without the types of other modules.
func differ(t testing.TB, lib *library, root string, deps map[string]string) tally {
	t.Helper()
	all, err := lib.tree(root, deps)
	if err != nil {
		t.Fatal(err)
	}
	bare, err := lib.tree(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := bare.dirs()
	if err != nil {
		t.Fatal(err)
	}
	sum := tally{}
	for _, dir := range dirs {
		p, err := all.load(dir)
		if err != nil || !repair.Sound(p) {
			continue
		}
		start := cpu()
		b, err := bare.load(dir)
		if err != nil {
			t.Fatal(err)
		}
		checked := cpu()
		if repair.Sound(b) {
			continue
		}
		q, r, err := repair.Package(context.Background(), b, repair.Limits{})
		repaired := cpu()
		if err != nil {
			sum.add(tally{failed: []string{fmt.Sprint(dir, ": ", err)}})
			continue
		}
		want, _ := scan(p.Package, p.Package, root)
		before := cpu()
		got, notes := scan(b.Package, q.Package, root)
		after := cpu()
		without, _ := scan(b.Package, nil, root)
		for _, n := range notes {
			sum.failed = append(sum.failed, dir+": "+n)
		}
		c := compare(want, got, func(what, k string) {
			if testing.Verbose() {
				t.Log(what, k)
			}
		})
		c.bare = compare(want, without, func(string, string) {}).kept
		c.packages, c.rounds, c.replaced, c.dropped = 1, r.Rounds, r.Replaced, len(r.Dropped)
		c.check, c.repair, c.analyse = checked-start, repaired-checked, after-before
		sum.add(c)
	}
	return sum
}

// TestDifferential has modules that this one is built with; nothing in repair was changed for the sake of the second half. Most of what gosec
// finds with all types must be found, nearly nothing else, and much of it only because of repair.
func TestDifferential(t *testing.T) {
	deps, err := modules("../../..")
	if err != nil {
		t.Fatal(err)
	}
	lib := newLibrary()
	for _, set := range []struct {
		name    string
		kept    float64 // share, at least
		gained  int     // findings that are there only because of repair, at least; modules that no build of ours needs may not be there
		modules []string
	}{
		{"tuned", 0.94, 150, []string{"github.com/go-git/go-git/v5", "github.com/zricethezav/gitleaks/v8", "github.com/ProtonMail/go-crypto",
			"github.com/mholt/archives", "github.com/spf13/cobra", "github.com/Masterminds/sprig/v3"}},
		{"unseen", 0.90, 15, []string{"github.com/bodgit/sevenzip", "github.com/wasilibs/go-re2", "github.com/urfave/cli/v2", "github.com/spf13/afero",
			"github.com/owenrumney/go-sarif/v3", "github.com/rs/zerolog", "github.com/STARRY-S/zip", "github.com/nwaples/rardecode/v2",
			"github.com/charmbracelet/lipgloss"}},
	} {
		t.Run(set.name, func(t *testing.T) {
			sum := tally{}
			for i, m := range set.modules {
				if deps[m] == "" || testing.Short() && i > 1 {
					continue
				}
				if _, err := os.Stat(filepath.Join(deps[m], "go.mod")); err != nil {
					continue
				}
				s := differ(t, lib, deps[m], deps)
				t.Log(m, s.String())
				sum.add(s)
			}
			t.Log(sum.String())
			if len(sum.failed) > 0 {
				t.Error("not analysed:", sum.failed)
			}
			if float64(sum.kept) < set.kept*float64(sum.ref) {
				t.Errorf("kept %d of %d findings, want %.0f %%", sum.kept, sum.ref, 100*set.kept)
			}
			if sum.extra > sum.ref/100 {
				t.Errorf("%d findings that are not there with all types", sum.extra)
			}
			if !testing.Short() && sum.kept-sum.bare < set.gained {
				t.Errorf("%d findings because of repair, want %d", sum.kept-sum.bare, set.gained)
			}
		})
	}
}

// BenchmarkTrees measures the modules whose directories REPAIR_TREES lists: what is kept in each, and what it costs. It is no test, since it sets no
// threshold. What the modules import must have been downloaded.
func BenchmarkTrees(t *testing.B) {
	for _, root := range strings.Fields(os.Getenv("REPAIR_TREES")) {
		deps, err := modules(root)
		if err != nil {
			t.Fatal(err)
		}
		sum := differ(t, newLibrary(), root, deps)
		t.Log(filepath.Base(root), sum.String())
	}
}
