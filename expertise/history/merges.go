package history

import (
	"slices"

	"github.com/refward/refward/expertise/activity"
	"github.com/refward/refward/expertise/people"
)

// A span is commits of a list, from the first to before the last.
type span struct{ from, to int }

// bring returns what each merge on the line of first parents brought to the branch. The list is one of arrivals, which is in just that order.
func bring(list []head) map[int]span {
	at := make(map[string]int, len(list))
	for i, h := range list {
		at[h.id] = i
	}
	out := map[int]span{}
	for i := len(list) - 1; i >= 0; {
		parents := list[i].parents
		if len(parents) == 0 {
			break
		}
		before, in := at[parents[0]]
		if !in {
			before = -1 // it came before the list
		}
		if len(parents) > 1 && before+1 < i {
			out[i] = span{before + 1, i}
		}
		i = before
	}
	return out
}

// credit makes the event of a merge what its trailers say of what it brought. Some hosts write there who approved, and nowhere else. The author is that
// of the youngest commit that came with it. Nobody has reviewed what they have a part in, and whom a commit of it names counts there already.
func credit(e *activity.Event, list []head, s span, person []people.ID) {
	if len(e.Reviews) == 0 {
		return
	}
	if s.from == s.to {
		e.Reviews = nil // of a merge within a topic, or one that brings nothing
		return
	}
	e.Author, e.CoAuthors = number(person[list[s.to-1].author]), nil
	var counted []activity.PersonID
	for _, h := range list[s.from:s.to] {
		for _, n := range append([]int{h.author}, h.coAuthors...) {
			counted = append(counted, number(person[n]))
		}
		for _, v := range h.reviews {
			counted = append(counted, number(person[v.ident]))
		}
	}
	e.Reviews = slices.DeleteFunc(e.Reviews, func(r activity.Review) bool { return slices.Contains(counted, r.Person) })
}
