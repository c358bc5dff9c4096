package history_test

import (
	"testing"

	"github.com/refward/refward/expertise/activity"
)

// Some hosts write into the merge, and nowhere else, who approved of what it brings.
func TestReviewersOfMerges(t *testing.T) {
	t.Parallel()
	const ada, ben, cy, bot = "Ada Arden <ada@example.com>", "Ben Bell <ben@example.com>", "Cy Cole <cy@example.com>", "Queue Two <two@example.com>"
	f := newFixture(t)
	root := f.commit(made{who: cy, message: "begin", files: map[string]string{"a/x.go": "1\n", "b/y.go": "1\n"}})
	topic := f.commit(made{who: ada, message: "topic", parents: []int{root}, files: map[string]string{"a/x.go": "2\n"}})
	named := f.commit(made{who: ada, message: "more\n\nReviewed-by: " + cy + "\nCo-authored-by: Dee Doe <dee@example.com>", parents: []int{topic}, files: map[string]string{"a/x.go": "3\n"}})
	// Ada has written it, Dee has a part in it, Cy counts by the commit; Ben is who is left.
	merge := f.commit(made{who: bot, message: "Merged in topic\n\nApproved-by: " + ben + "\nApproved-by: " + cy + "\nApproved-by: " + ada + "\nApproved-by: Dee Doe <dee@example.com>",
		parents: []int{root, named}, files: map[string]string{"a/x.go": "3\n"}})
	// A merge within a topic says what anybody could have typed, of commits that are on the branch already.
	other := f.commit(made{who: ada, message: "other", parents: []int{root}, files: map[string]string{"b/y.go": "2\n"}})
	inner := f.commit(made{who: ada, message: "Merge main\n\nApproved-by: " + ben, parents: []int{other, merge}, files: map[string]string{"a/x.go": "3\n", "b/y.go": "2\n"}})
	last := f.commit(made{who: bot, message: "Merged in other", parents: []int{merge, inner}, files: map[string]string{"b/y.go": "2\n"}})
	ids := f.ids()

	whole := f.update(nil, ids[last])
	at := whole.State.Now()
	reviewed := func(mail, path string) bool {
		tally := whole.State.File(path)
		return tally != nil && tally.Reviewed.Of(person(t, whole, mail), at, activity.FileLife).Weight > 0
	}
	for _, c := range []struct {
		mail, path string
		want       bool
	}{
		{"ben@example.com", "a/x.go", true}, {"cy@example.com", "a/x.go", true}, {"ada@example.com", "a/x.go", false}, {"dee@example.com", "a/x.go", false},
		{"ben@example.com", "b/y.go", false}, {"two@example.com", "a/x.go", false},
	} {
		if got := reviewed(c.mail, c.path); got != c.want {
			t.Errorf("%s has reviewed %s: %v, want %v", c.mail, c.path, got, c.want)
		}
	}
	// In steps it is the same, wherever a step ends.
	x := f.update(nil, ids[root])
	for _, n := range []int{merge, last} {
		x = f.update(stored(t, x), ids[n])
	}
	if string(encoded(t, x)) != string(encoded(t, whole)) {
		t.Error("in steps it is another index")
	}
}
