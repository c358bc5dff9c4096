package dor

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"github.com/refward/refward/analyzers"
)

// The rules that need a tracker.
const (
	issueUnknown    = "issue-unknown"
	issueState      = "issue-state"
	issueAcceptance = "issue-acceptance"
	trackerStale    = "tracker-stale"
)

// A Tracker is what is known of an issue tracker, without asking it. It is asked only when a commit names an issue, and must be safe for
// concurrent use. An error of its methods means that nothing is known of any issue.
type Tracker interface {
	// About says how far the tracker's word counts.
	About() (About, error)

	// Issue returns what is known of the issue with that key; known is false when the tracker has none.
	Issue(key string) (issue Issue, known bool, err error)
}

// About says how far a tracker's word counts. It is not about the moment: two that ask with the same knowledge get the same words.
type About struct {
	// Stale says why what is known may not be so any more, such as "its snapshot was taken on 2024-05-06"; "" = it is.
	Stale string

	// Silent says that issues are not to be judged by what is stale.
	Silent bool

	// Partial says that an issue that is not known may exist all the same.
	Partial bool
}

// An Issue is what a tracker says of one.
type Issue struct {
	State      string // in the tracker's words, such as "In Progress"
	Acceptance bool   // it says when it is done
}

// IssueOptions say what an issue must be like, of those that a commit names. They count only where there is a tracker.
type IssueOptions struct {
	// States are the states of which the issue must have one, in any case. Empty: any will do.
	States []string `yaml:"states"`

	// Acceptance asks that the issue has acceptance criteria.
	Acceptance bool `yaml:"acceptance"`
}

// check says what is wrong with the options.
func (o IssueOptions) check(bad func(key, format string, args ...any)) {
	for i, state := range o.States {
		if strings.TrimSpace(state) == "" {
			bad(fmt.Sprintf("issue.states[%d]", i), "a state is empty")
		}
	}
}

// asking is what is asked of a tracker. It is immutable once the tracker is set.
type asking struct {
	tracker    Tracker         // nil = there is none
	states     map[string]bool // lower case; empty = any
	stateList  string          // as the options have them
	acceptance bool
}

func newAsking(o IssueOptions) asking {
	a := asking{states: map[string]bool{}, stateList: strings.Join(o.States, ", "), acceptance: o.Acceptance}
	for _, state := range o.States {
		a.states[strings.ToLower(state)] = true
	}
	return a
}

// maxAsked bounds the keys of one message of which the tracker is asked; a message of a real commit names a handful.
const maxAsked = 100

// askTracker adds to r what the tracker says against the issues that the commits name. One issue that is as it must be is enough for a
// commit: the others may be those that it mentions.
func (k *checker) askTracker(ctx context.Context, c *analyzers.Change, r *analyzers.Result) error {
	if k.tracker == nil {
		return nil
	}
	bot := c.Pusher.Among(k.bots)
	var about About
	asked := map[int]bool{}
	for i, commit := range c.Commits {
		if err := ctx.Err(); err != nil {
			return err
		}
		if bot || exempt(commit) {
			continue
		}
		keys := k.issues(commit.Message, maxAsked)
		if len(keys) == 0 {
			continue
		}
		if len(asked) == 0 {
			var err error
			if about, err = k.tracker.About(); err != nil {
				return fmt.Errorf("ask the issue tracker: %w", err)
			}
		}
		asked[i] = true
		if about.Silent {
			continue
		}
		list, err := k.askFor(commit, keys, about.Partial, r)
		if err != nil {
			return fmt.Errorf("ask the issue tracker: %w", err)
		}
		r.Findings = append(r.Findings, list...)
	}
	if len(asked) == 0 {
		return nil
	}
	if about.Silent {
		r.Skipped = append(r.Skipped, analyzers.Skip{What: "the issues that commits name", Why: about.Stale})
		return nil
	}
	r.Examined["asked"] = int64(len(asked))
	if about.Stale != "" {
		r.Findings = append(r.Findings, stale(c, asked, about.Stale)...)
	}
	return nil
}

// askFor returns what is wrong with the issue, of those that a commit names, with which least is wrong.
func (k *checker) askFor(commit *analyzers.Commit, keys []string, partial bool, r *analyzers.Result) ([]analyzers.Finding, error) {
	const unknown = 3 // worse than all that can be wrong with an issue that is there
	var best []analyzers.Finding
	worst := unknown + 1
	subject := strings.Join(strings.Fields(commit.Subject()), " ")
	for _, key := range keys {
		issue, known, err := k.tracker.Issue(key)
		if err != nil {
			return nil, err
		}
		var list []analyzers.Finding
		found := func(rule, message, hint string) {
			list = append(list, analyzers.Finding{
				Rule: rule, Group: groupIssue, Severity: analyzers.Medium, Line: 1, EndLine: 1, Commit: commit.ID,
				Message: message, Hint: hint, Excerpt: analyzers.Shorten(subject, 100), Key: rule + " " + key + " " + subject,
			})
		}
		shown := analyzers.Shorten(key, 70)
		wrong := 0
		if !known {
			wrong = unknown
			found(issueUnknown, fmt.Sprintf("the issue tracker has no %s", shown),
				"name the issue that asks for this change; a new one is known once the tracker's snapshot was taken anew")
		} else {
			if len(k.states) > 0 && !k.states[strings.ToLower(issue.State)] {
				found(issueState, fmt.Sprintf("issue %s is in state %q, want %s", shown, analyzers.Shorten(issue.State, 100), k.stateList),
					"move the issue on in the tracker, or name the one that asks for this change")
			}
			if k.acceptance && !issue.Acceptance {
				found(issueAcceptance, fmt.Sprintf("issue %s has no acceptance criteria", shown),
					"write into the issue when it is done, under a heading \"Acceptance criteria\" or where your tracker has them")
			}
			wrong = len(list)
		}
		if wrong == 0 {
			return nil, nil
		}
		if wrong < worst {
			best, worst = list, wrong
		}
	}
	if partial && worst == unknown {
		r.Skipped = append(r.Skipped, analyzers.Skip{What: "commit " + commit.ID, Why: "not all issues of the tracker are known, and none that it names"})
		return nil, nil
	}
	return best, nil
}

// stale returns a finding for each ref with a commit that was asked about, and one for each such commit that no ref has.
func stale(c *analyzers.Change, asked map[int]bool, why string) []analyzers.Finding {
	var list []analyzers.Finding
	found := func(ref, commit string) {
		f := analyzers.Finding{
			Rule: trackerStale, Severity: analyzers.Low, Ref: ref, Commit: commit,
			Message: "issues were judged by an old snapshot of the tracker: " + analyzers.Shorten(why, 200),
			Hint:    "tell your administrator: \"refward tracker sync\" must run by a timer",
			Key:     trackerStale,
		}
		list = append(list, f)
	}
	covered := map[int]bool{}
	for _, ref := range c.Refs {
		mine := false
		for _, i := range ref.Commits {
			if asked[i] {
				mine, covered[i] = true, true
			}
		}
		if mine {
			found(ref.Ref, "")
		}
	}
	for i, commit := range c.Commits {
		if asked[i] && !covered[i] {
			found("", commit.ID)
		}
	}
	return list
}

// lookupRE is the part of a match that trackers know: the number of GitHub and Gitea, the key of Jira.
var lookupRE = regexp.MustCompile(`#\d+$|[A-Za-z][A-Za-z0-9_]*-\d+$`)

// issues returns the keys of the issues that a message names, as a tracker has them, in the order of the patterns and of the message,
// each once; at most max. Those of elsewhere are asked about only where there is nothing else: they may be another project's.
func (k *checker) issues(message string, max int) []string {
	var keys []string
	for _, re := range k.patterns {
		end := 0 // of a word that is a URL: see hasIssue
		for _, loc := range re.FindAllStringIndex(message, -1) {
			if loc[0] < end || !k.isKey(message, loc[0], loc[1]) {
				continue
			}
			if inURL(message, loc[0]) {
				if end = strings.IndexFunc(message[loc[0]:], unicode.IsSpace); end < 0 {
					break
				}
				end += loc[0]
				continue
			}
			key := message[loc[0]:loc[1]]
			if part := lookupRE.FindString(key); part != "" {
				key = strings.ToUpper(part)
			}
			if slices.Contains(keys, key) {
				continue
			}
			if keys = append(keys, key); len(keys) == max {
				return keys
			}
		}
	}
	if len(keys) > 0 {
		return keys
	}
	for key := range k.elsewhere(message) {
		if slices.Contains(keys, key) {
			continue
		}
		if keys = append(keys, key); len(keys) == max {
			break
		}
	}
	return keys
}

func trackerRules() []analyzers.Rule {
	const reword = "git commit --amend for the newest commit, git rebase -i and \"reword\" for older ones"
	return []analyzers.Rule{
		{
			ID:      issueUnknown,
			Group:   groupIssue,
			Summary: "the issue tracker has none of the issues that the message names",
			Why:     "A key that leads nowhere answers nobody's question, and shows that nobody asked for the change.",
			Fix:     "name the issue that asks for the change: " + reword,
			Example: "found:  fix: accept tabs (ABC-99999)\nright:  fix: accept tabs (ABC-12), where the tracker has ABC-12",
		},
		{
			ID:      issueState,
			Group:   groupIssue,
			Summary: "the issue is not in a state in which it may be worked on",
			Why:     "An issue that nobody has agreed to, or that is closed, is no reason for a change.",
			Fix:     "move the issue on in the tracker, or name the one that asks for the change: " + reword,
			Example: "found:  fix: accept tabs (ABC-12), where ABC-12 is \"Done\" and issue.states is [Ready, In Progress]\n" +
				"right:  the same while ABC-12 is \"In Progress\"",
		},
		{
			ID:      issueAcceptance,
			Group:   groupIssue,
			Summary: "the issue has no acceptance criteria",
			Why:     "Without them nobody can say when the change is done: that is the point of a Definition of Ready.",
			Fix:     "write into the issue when it is done; how the tracker is asked for that is documented with \"refward tracker sync\"",
			Example: "found:  fix: accept tabs (#12), where #12 says \"tabs do not work\"\n" +
				"right:  the same where #12 goes on: \"## Acceptance criteria\" and \"- [ ] a tab counts as a space\"",
		},
		{
			ID:      trackerStale,
			Summary: "issues were judged by an old snapshot of the tracker",
			Why:     "What it says of states and new issues may not be so any more.",
			Fix:     "have \"refward tracker sync\" run by a timer, and see why it has not",
			Example: "found:  a push that names issues, when the snapshot is of yesterday and tracker.max_age is 1h\n" +
				"right:  the same, when it was taken within the last hour",
		},
	}
}
