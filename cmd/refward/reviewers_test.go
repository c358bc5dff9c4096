//go:build unix

package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/evaluate"
	"github.com/refward/refward/expertise/suggest"
)

// A team is a made-up history, as a data set of evaluate and as a stream for git fast-import. It keeps the owner of every line itself, so that
// neither git nor our index has a say in what the data set holds.
type team struct {
	r      *rand.Rand
	files  map[string][]line
	seq    int
	number map[int]int // people by order of appearance, as an index numbers them
	set    bytes.Buffer
	stream bytes.Buffer
	n      int
}

type line struct {
	text  string
	owner int
}

const (
	teamPeople = 9
	teamBot    = 4
	teamStart  = 1_680_000_000
)

func (t *team) person(k int) int {
	if _, ok := t.number[k]; !ok {
		t.number[k] = len(t.number)
	}
	return t.number[k]
}

func teamName(k int) string {
	if k == teamBot {
		return "helper[bot] <helper@example.com>"
	}
	return fmt.Sprintf("Person Number%02d <p%02d@example.com>", k, k)
}

// edit changes a file and counts whose lines it touches.
func (t *team) edit(path string, author int, touched map[int]int) (added, deleted int) {
	old := t.files[path]
	added, deleted = 1+t.r.IntN(5), 0
	if len(old) > 0 && t.r.IntN(3) > 0 {
		deleted = 1 + t.r.IntN(min(4, len(old)))
	}
	at := t.r.IntN(len(old) - deleted + 1)
	for _, l := range old[at : at+deleted] {
		touched[l.owner] += 2
	}
	if deleted == 0 {
		for _, k := range []int{at - 1, at} {
			if k >= 0 && k < len(old) {
				touched[old[k].owner]++
			}
		}
	}
	var fresh []line
	for range added {
		t.seq++
		fresh = append(fresh, line{fmt.Sprint("line ", t.seq, "\n"), author})
	}
	t.files[path] = slices.Concat(old[:at], fresh, old[at+deleted:])
	return added, deleted
}

func (t *team) write(path string) {
	var text strings.Builder
	for _, l := range t.files[path] {
		text.WriteString(l.text)
	}
	fmt.Fprintf(&t.stream, "M 100644 inline %s\ndata %d\n%s\n", path, text.Len(), text.String())
}

// commit adds one commit to both.
func (t *team) commit() {
	t.n++
	when := int64(teamStart + t.n*40_000)
	k := min(t.r.IntN(teamPeople), t.r.IntN(teamPeople)) // some do more than others
	author := t.person(k)
	message := fmt.Sprint("change ", t.n, "\n\n")
	var reviewers, co []int
	add := func(key string, list *[]int) {
		if v := min(t.r.IntN(teamPeople), t.r.IntN(teamPeople)); v != k && v != teamBot {
			if p := t.person(v); !slices.Contains(reviewers, p) && !slices.Contains(co, p) {
				*list = append(*list, p)
				message += key + ": " + teamName(v) + "\n"
			}
		}
	}
	if t.r.IntN(8) == 0 {
		add("Co-authored-by", &co)
	}
	for range t.r.IntN(3) {
		add("Reviewed-by", &reviewers)
	}
	fmt.Fprintf(&t.stream, "commit refs/heads/all\nmark :%d\nauthor %s %d +0000\ncommitter Queue <queue@example.org> %[3]d +0000\ndata %d\n%s\n", t.n, teamName(k), when, len(message), message)
	touched, whole := map[int]int{}, map[int]int{}
	count := func(path string) {
		for _, l := range t.files[path] {
			whole[l.owner]++
		}
	}
	type change = []any
	changes := map[string]change{}
	for range 1 + t.r.IntN(3) {
		path := fmt.Sprintf("dir%d/file%d.%s", t.r.IntN(3), t.r.IntN(7), []string{"go", "py"}[t.r.IntN(2)])
		if changes[path] != nil {
			continue
		}
		switch old := t.files[path]; {
		case old == nil:
			added, _ := t.edit(path, author, map[int]int{})
			for range 3 {
				more, _ := t.edit(path, author, map[int]int{})
				added += more
			}
			changes[path] = change{path, len(t.files[path]), 0, "A"}
			t.write(path)
		case len(changes) == 0 && t.r.IntN(15) == 0: // alone: nothing that git could take it for
			count(path)
			for _, l := range old {
				touched[l.owner] += 2
			}
			delete(t.files, path)
			changes[path] = change{path, 0, len(old), "D"}
			fmt.Fprintf(&t.stream, "D %s\n", path)
			goto done
		case len(changes) == 0 && len(old) > 12 && t.r.IntN(6) == 0:
			count(path)
			to := fmt.Sprintf("dir%d/moved%d.go", t.r.IntN(3), t.n)
			t.files[to] = old
			delete(t.files, path)
			added, deleted := t.edit(to, author, touched)
			changes[to] = change{to, added, deleted, "R", path}
			fmt.Fprintf(&t.stream, "D %s\n", path)
			t.write(to)
			goto done
		default:
			count(path)
			added, deleted := t.edit(path, author, touched)
			changes[path] = change{path, added, deleted, "M"}
			t.write(path)
		}
	}
done:
	record := map[string]any{"i": t.n, "h": fmt.Sprintf("%012x", t.n), "ct": when, "a": author}
	var files []change
	for _, c := range changes {
		files = append(files, c)
	}
	slices.SortFunc(files, func(a, b change) int { return cmp.Compare(a[0].(string), b[0].(string)) })
	record["f"] = files
	if len(co) > 0 {
		record["co"] = co
	}
	if len(reviewers) > 0 {
		delete(touched, author)
		record["r"], record["bl"], record["fb"] = reviewers, pairs(touched), pairs(whole)
	}
	data, _ := json.Marshal(record)
	t.set.Write(append(data, '\n'))
}

// pairs lists points of people, the most first.
func pairs(points map[int]int) [][2]int {
	out := [][2]int{}
	for p, n := range points {
		out = append(out, [2]int{p, n})
	}
	slices.SortFunc(out, func(a, b [2]int) int { return cmp.Or(cmp.Compare(b[1], a[1]), cmp.Compare(a[0], b[0])) })
	return out
}

// TestReviewersAreThoseOfEvaluate asks the command about the last queries of a history, in a repository that has just what came before each, and wants
// the ranking that evaluate rates: the same people in the same order.
func TestReviewersAreThoseOfEvaluate(t *testing.T) {
	made := &team{r: rand.New(rand.NewPCG(7, 8)), files: map[string][]line{}, number: map[int]int{}}
	for range 150 {
		made.commit()
	}
	dir := t.TempDir()
	git := func(stdin string, args ...string) string {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir}, args...)...)
		cmd.Env, cmd.Stdin = append(os.Environ(), "GIT_CONFIG_GLOBAL="+os.DevNull, "GIT_CONFIG_NOSYSTEM=1"), strings.NewReader(stdin)
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("git %v: %v: %s", args, err, out)
		}
		return strings.TrimSpace(string(out))
	}
	git("", "init", "-q", "--bare", "-b", "main")
	git(made.stream.String(), "fast-import", "--quiet", "--export-marks="+filepath.Join(dir, "marks"))
	marks, err := os.ReadFile(filepath.Join(dir, "marks"))
	if err != nil {
		t.Fatal(err)
	}
	ids := map[string]string{}
	for l := range strings.Lines(string(marks)) {
		mark, id, _ := strings.Cut(strings.TrimSpace(l), " ")
		ids[mark] = id
	}
	name := map[activity.PersonID]string{}
	for k, p := range made.number {
		n, _, _ := strings.Cut(teamName(k), " <")
		name[activity.PersonID(p)] = n
	}
	head, _ := json.Marshal(map[string]any{"type": "people", "n": len(made.number), "bots": []int{made.person(teamBot)}, "people": []int{}})
	set := filepath.Join(dir, "team.jsonl")
	if err := os.WriteFile(set, append(append(head, '\n'), made.set.Bytes()...), 0o600); err != nil {
		t.Fatal(err)
	}

	asked, people := 0, 0
	err = evaluate.Replay(context.Background(), set, false, func(a *evaluate.Ask, test bool) {
		if !test {
			return
		}
		n := (a.Time - teamStart) / 40_000
		var want []string
		for _, s := range suggest.Rank(a.State, a.Query) {
			want = append(want, name[s.Person])
		}
		before, commit := ids[fmt.Sprint(":", n-1)], ids[fmt.Sprint(":", n)]
		git("", "update-ref", "refs/heads/main", before)
		var stdout, stderr bytes.Buffer
		p := program{environ: append(os.Environ(), "GIT_DIR="+dir, "GIT_CONFIG_GLOBAL="+os.DevNull), stdin: strings.NewReader(""), stdout: &stdout, stderr: &stderr}
		if code := p.run(context.Background(), []string{"refward", "reviewers", "-n", "99", "--format", "json", before + ".." + commit}); code != 0 {
			t.Fatalf("exit code %d: %s", code, stderr.String())
		}
		var answer answered
		if err := json.Unmarshal(stdout.Bytes(), &answer); err != nil {
			t.Fatal(err)
		}
		var got []string
		for i, r := range answer.Reviewers {
			got = append(got, r.Name)
			if len(r.Reasons) == 0 {
				t.Errorf("commit %d: nothing speaks for %s", n, r.Name)
			}
			if i > 0 && r.Score > answer.Reviewers[i-1].Score {
				t.Errorf("commit %d: not in order", n)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("commit %d: %v, evaluate has %v", n, got, want)
		}
		asked, people = asked+1, people+len(got)
	})
	if err != nil {
		t.Fatal(err)
	}
	if asked < 20 || people < 5*asked {
		t.Errorf("%d queries with %d people are too few to tell", asked, people)
	}
}
