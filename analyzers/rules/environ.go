package rules

import (
	"slices"
	"strings"
	"unicode"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/message"
)

// environment is what an expression can speak of. It has no methods, since these could be called. Lists hold pointers, since a loop would
// copy what is no pointer.
type environment struct {
	Class       func(string) bool   `expr:"class"`
	Trailer     func(string) string `expr:"trailer"`
	Classes     []string            `expr:"classes"`
	Ref         string              `expr:"ref"`
	Branch      string              `expr:"branch"`
	Tag         string              `expr:"tag"`
	Protected   bool                `expr:"protected"`
	Kind        string              `expr:"kind"`
	Created     bool                `expr:"created"`
	Deleted     bool                `expr:"deleted"`
	FastForward bool                `expr:"fast_forward"`
	Files       []*file             `expr:"files"`
	Commits     []*commit           `expr:"commits"`
	Commit      *commit             `expr:"commit"`
	Trailers    []*trailer          `expr:"trailers"`
	Pusher      pusher              `expr:"pusher"`
	Options     []string            `expr:"options"`
	Meter       *meter              `expr:"__meter"`
}

type file struct {
	Path    string `expr:"path"`
	OldPath string `expr:"old_path"`
	Status  string `expr:"status"`
	Mode    int    `expr:"mode"`
	OldMode int    `expr:"old_mode"`
}

type commit struct {
	ID        string     `expr:"id"`
	Subject   string     `expr:"subject"`
	Message   string     `expr:"message"`
	Type      string     `expr:"type"`
	Scope     string     `expr:"scope"`
	Breaking  bool       `expr:"breaking"`
	Trailers  []*trailer `expr:"trailers"`
	Author    person     `expr:"author"`
	Committer person     `expr:"committer"`
	Merge     bool       `expr:"merge"`
	Reverts   string     `expr:"reverts"`
	Picks     string     `expr:"picks"`
}

type trailer struct {
	Key   string `expr:"key"`
	Value string `expr:"value"`
}

type person struct {
	Name  string `expr:"name"`
	Email string `expr:"email"`
}

type pusher struct {
	Name   string   `expr:"name"`
	Emails []string `expr:"emails"`
	Key    string   `expr:"key"`
	Source string   `expr:"source"`
}

// newEnvironment returns what is the same for all refs of a change.
func newEnvironment(c *analyzers.Change) *environment {
	e := &environment{Kind: string(c.Kind), Options: c.Options}
	e.Pusher = pusher{c.Pusher.Name, c.Pusher.Emails, c.Pusher.Key, c.Pusher.Source}
	e.Class = func(name string) bool { return slices.Contains(e.Classes, name) }
	e.Trailer = func(key string) string {
		for _, t := range slices.Backward(e.Trailers) {
			if strings.EqualFold(t.Key, key) {
				return t.Value
			}
		}
		return ""
	}
	return e
}

// setRef fills in what is known of a ref.
func (e *environment) setRef(r *analyzers.RefChange) {
	e.Classes = nil
	for _, c := range r.Classes {
		e.Classes = append(e.Classes, string(c.Class))
	}
	e.Ref, e.Protected = r.Ref, r.Protected
	e.Branch, e.Tag = "", ""
	if name, ok := strings.CutPrefix(r.Ref, "refs/heads/"); ok {
		e.Branch = name
	} else if name, ok := strings.CutPrefix(r.Ref, "refs/tags/"); ok {
		e.Tag = name
	}
	e.Created, e.Deleted, e.FastForward = r.Creates(), r.Deletes(), r.FastForward
}

// setCommits fills in commits and their trailers.
func (e *environment) setCommits(commits []*commit) {
	e.Commits, e.Trailers = commits, nil
	if len(commits) == 1 {
		e.Trailers = commits[0].Trailers
		return
	}
	for _, c := range commits {
		e.Trailers = append(e.Trailers, c.Trailers...)
	}
}

func newFile(f *analyzers.File) *file {
	return &file{f.Path, f.OldPath, string(rune(f.Status)), int(f.Mode), int(f.OldMode)}
}

func newCommit(c *analyzers.Commit) *commit {
	m := message.Parse(c.Message)
	made := &commit{
		ID: c.ID, Subject: m.Subject, Message: c.Message, Type: m.Header.Type, Scope: m.Header.Scope, Breaking: m.Breaking,
		Author:    person{c.Author.Name, c.Author.Email},
		Committer: person{c.Committer.Name, c.Committer.Email},
		Merge:     c.Joins(), Reverts: c.Reverts, Picks: c.Picks,
	}
	for _, t := range m.Trailers {
		made.Trailers = append(made.Trailers, &trailer{t.Key, t.Value})
	}
	return made
}

// oneLine makes a text of the library or of a stranger fit for one line of a terminal.
func oneLine(s string) string {
	s = strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return ' '
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if runes := []rune(s); len(runes) > maxText {
		s = string(runes[:maxText]) + "…"
	}
	return s
}
