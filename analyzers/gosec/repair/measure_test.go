package repair_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/refward/refward/analyzers/gosec/repair"
)

// reference is what gosec finds in a module with all types; kept in a file, since it costs minutes.
func reference(lib *library, root, cache string) (map[string]findings, error) {
	file := filepath.Join(cache, strings.ReplaceAll(strings.Trim(root, "/"), "/", "_")+".json")
	ref := map[string]findings{}
	if data, err := os.ReadFile(file); err == nil {
		return ref, json.Unmarshal(data, &ref)
	}
	deps, err := modules(root)
	if err != nil {
		return nil, err
	}
	t, err := lib.tree(root, deps)
	if err != nil {
		return nil, err
	}
	dirs, err := t.dirs()
	if err != nil {
		return nil, err
	}
	ill := 0
	for _, dir := range dirs {
		p, err := t.load(dir)
		if err != nil {
			continue
		}
		if p.IllTyped {
			ill++
			fmt.Fprintln(os.Stderr, "ill-typed", p.PkgPath, p.TypeErrors[0])
			continue
		}
		f, notes := scan(p.Package, p.Package, root)
		if len(notes) > 0 {
			fmt.Fprintln(os.Stderr, p.PkgPath, notes)
		}
		ref[dir] = f
	}
	fmt.Fprintf(os.Stderr, "%s: %d packages, %d ill-typed\n", root, len(ref), ill)
	data, err := json.Marshal(ref)
	if err != nil {
		return nil, err
	}
	return ref, os.WriteFile(file, data, 0o600)
}

func cpu() time.Duration {
	var u syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func rule(key string) string { return strings.Split(key, ":")[3] }

func TestReference(t *testing.T) {
	for _, root := range strings.Fields(os.Getenv("REPAIR_TREES")) {
		ref, err := reference(newLibrary(), root, os.Getenv("REPAIR_CACHE"))
		if err != nil {
			t.Error(root, err)
		}
		n := map[string]int{}
		for _, f := range ref {
			for k, c := range f {
				n[rule(k)] += c
			}
		}
		var ks []string
		for k, c := range n {
			ks = append(ks, fmt.Sprintf("%s %d", k, c))
		}
		sort.Strings(ks)
		t.Log(root, len(ref), ks)
	}
}

// A tally compares findings.
type tally struct {
	ref, kept, extra         int
	byRule                   map[string][3]int
	tCheck, tRepair, tSSA    time.Duration
	repaired, failed, rounds int
	replaced, dropped        int
}

func (t *tally) add(o tally) {
	t.ref, t.kept, t.extra = t.ref+o.ref, t.kept+o.kept, t.extra+o.extra
	t.tCheck, t.tRepair, t.tSSA = t.tCheck+o.tCheck, t.tRepair+o.tRepair, t.tSSA+o.tSSA
	t.repaired, t.failed, t.rounds = t.repaired+o.repaired, t.failed+o.failed, t.rounds+o.rounds
	t.replaced, t.dropped = t.replaced+o.replaced, t.dropped+o.dropped
	for r, c := range o.byRule {
		b := t.byRule[r]
		for i := range c {
			b[i] += c[i]
		}
		t.byRule[r] = b
	}
}

// compare counts what of ref is in got, and what else is.
func compare(ref, got findings, show func(string, string)) tally {
	t := tally{byRule: map[string][3]int{}}
	for k, n := range ref {
		b := t.byRule[rule(k)]
		kept := min(n, got[k])
		t.ref, t.kept = t.ref+n, t.kept+kept
		b[0], b[1] = b[0]+n, b[1]+kept
		t.byRule[rule(k)] = b
		if kept < n {
			show("lost", k)
		}
	}
	for k, n := range got {
		if x := n - min(n, ref[k]); x > 0 {
			b := t.byRule[rule(k)]
			b[2] += x
			t.byRule[rule(k)] = b
			t.extra += x
			show("extra", k)
		}
	}
	return t
}

func TestMeasure(t *testing.T) {
	mode := os.Getenv("REPAIR_MODE")
	total := tally{byRule: map[string][3]int{}}
	verbose := os.Getenv("REPAIR_VERBOSE")
	for _, root := range strings.Fields(os.Getenv("REPAIR_TREES")) {
		ref, err := reference(newLibrary(), root, os.Getenv("REPAIR_CACHE"))
		if err != nil {
			t.Fatal(root, err)
		}
		sum := measure(t, root, ref, mode, verbose)
		report(t, filepath.Base(root), sum)
		total.add(sum)
	}
	report(t, "total", total)
}

func report(t *testing.T, name string, s tally) {
	t.Logf("%s: kept %d of %d = %.1f%%, extra %d; repaired %d failed %d rounds %d replaced %d dropped %d; CPU check %v repair %v ssa+gosec %v", name, s.kept, s.ref,
		100*float64(s.kept)/float64(max(1, s.ref)), s.extra, s.repaired, s.failed, s.rounds, s.replaced, s.dropped, s.tCheck, s.tRepair, s.tSSA)
	var l []string
	for r, c := range s.byRule {
		l = append(l, fmt.Sprintf("%s %d/%d+%d", r, c[1], c[0], c[2]))
	}
	sort.Strings(l)
	t.Log("   ", strings.Join(l, "  "))
}

func measure(t *testing.T, root string, ref map[string]findings, mode, verbose string) tally {
	tr, err := newLibrary().tree(root, nil)
	if err != nil {
		t.Fatal(err)
	}
	dirs, err := tr.dirs()
	if err != nil {
		t.Fatal(err)
	}
	sum := tally{byRule: map[string][3]int{}}
	only := os.Getenv("REPAIR_DIR")
	for _, dir := range dirs {
		want, ok := ref[dir]
		if !ok || only != "" && dir != only {
			continue
		}
		start := cpu()
		p, err := tr.load(dir)
		if err != nil {
			continue
		}
		checked := cpu()
		o := tally{}
		ssaOf := p.Package
		if !repair.Sound(p) {
			ssaOf = nil
			if mode != "none" {
				o.repaired++
				q, r, err := repair.Package(context.Background(), p, repair.Limits{})
				o.rounds, o.replaced, o.dropped = r.Rounds, r.Replaced, len(r.Dropped)
				if os.Getenv("REPAIR_SLOW") != "" {
					fmt.Println("SLOW", dir, cpu()-checked, r.Rounds, r.Replaced, len(r.Dropped), len(p.TypesInfo.Types))
				}
				if err != nil {
					o.failed++
					fmt.Println("FAILED", dir, err)
				} else {
					ssaOf = q.Package
				}
			}
		}
		o.tCheck, o.tRepair = checked-start, cpu()-checked
		start = cpu()
		astOf := p.Package
		if mode == "ast" && ssaOf != nil {
			astOf = ssaOf
		}
		got, notes := scan(astOf, ssaOf, root)
		o.tSSA = cpu() - start
		if len(notes) > 0 {
			fmt.Println("NOTES", dir, notes)
		}
		if mode == "both" && ssaOf != nil {
			more, _ := scan(ssaOf, nil, root)
			for k, n := range more {
				got[k] = max(got[k], n)
			}
		}
		c := compare(want, got, func(what, k string) {
			if verbose != "" && strings.Contains(k, verbose) {
				fmt.Println(what, k)
			}
		})
		c.tCheck, c.tRepair, c.tSSA, c.repaired, c.failed, c.rounds, c.replaced, c.dropped = o.tCheck, o.tRepair, o.tSSA, o.repaired, o.failed, o.rounds, o.replaced, o.dropped
		sum.add(c)
	}
	return sum
}
