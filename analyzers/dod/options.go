package dod

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/dustin/go-humanize"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/dod/glob"
	"github.com/refward/refward/analyzers/dod/lang"
)

// Options is the section "dod" of a policy. An empty list or a zero turns its rule off. A glob without a slash is about names in
// any directory.
type Options struct {
	Tests      Tests       `yaml:"tests"`
	Docs       Paths       `yaml:"docs"`
	Changelog  Paths       `yaml:"changelog"`
	Migrations Paths       `yaml:"migrations"`
	Evidence   Evidence    `yaml:"evidence"`
	Size       Limits      `yaml:"size"`
	WIP        []string    `yaml:"wip"` // beginnings of a subject that mark unfinished work, in any case
	Forbidden  []Forbidden `yaml:"forbidden"`
	Conflict   Conflict    `yaml:"conflict"`
	Binary     Binary      `yaml:"binary"`
	LFS        bool        `yaml:"lfs"` // look for content that belongs to Git LFS

	// Generated are globs of files that a tool writes, besides those that are known: they are neither code nor count for the size.
	Generated []string `yaml:"generated"`

	// Bots are logins whose changes need no test, documentation, changelog or sign-off. They count only when the host says who pushes.
	Bots []string `yaml:"bots"`
}

// Tests says what needs a test.
type Tests struct {
	Exempt    []string                 `yaml:"exempt"`    // globs of code that needs none
	Languages map[string]lang.Language `yaml:"languages"` // additions to the table of languages
}

// Paths are globs.
type Paths struct {
	Paths []string `yaml:"paths"`
}

// Evidence is what shows that somebody measured.
type Evidence struct {
	Trailers []string `yaml:"trailers"` // keys, of which one has a value
	Paths    []string `yaml:"paths"`    // globs of benchmarks and their results
}

// Limits say how large a change may be. Generated files and lock files are not counted.
type Limits struct {
	Lines int `yaml:"lines"` // added lines of all new commits
	Files int `yaml:"files"` // distinct files that gain lines
}

// Forbidden is what no commit may bring.
type Forbidden struct {
	Path   string   `yaml:"path"`   // glob
	Except []string `yaml:"except"` // globs of files that are wanted all the same
	Reason string   `yaml:"reason"` // one line
}

// Conflict says where conflict markers are no mistake.
type Conflict struct {
	Exempt []string `yaml:"exempt"` // globs
}

// Binary says how large a binary file may be.
type Binary struct {
	Max    Size     `yaml:"max"`
	Exempt []string `yaml:"exempt"` // globs
}

// A Size is a number of bytes, written such as 1MiB, 500kB or 4096.
type Size int64

// UnmarshalText reads a size.
func (s *Size) UnmarshalText(text []byte) error {
	n, err := humanize.ParseBytes(string(text))
	if err != nil || n > 1<<40 {
		return fmt.Errorf("%q is not a size up to 1.0 TiB, such as 1MiB, 500kB or 4096", text)
	}
	*s = Size(n)
	return nil
}

// String writes a size for people.
func (s Size) String() string { return humanize.IBytes(uint64(max(s, 0))) }

// Defaults returns the options of a policy that says nothing about them.
func Defaults() Options {
	const (
		system  = "the operating system or an editor leaves it behind"
		build   = "a build makes it anew"
		fetched = "a package manager fetches it"
	)
	// What stands in a directory for that is what a test is given to read, and nothing makes it anew.
	const inputs = "**/{fixtures,fixture,__fixtures__,testdata}/**"
	given, modules := []string{inputs}, []string{inputs + "/node_modules/**"}
	return Options{
		Docs:      Paths{[]string{"docs/**", "doc/**", "*.md", "*.mdx", "*.rst", "*.adoc"}},
		Changelog: Paths{[]string{"CHANGELOG*", "CHANGES*", "HISTORY.md", "NEWS*", "changelog/**", "changelogs/**", "changes/**", "changelog.d/**", ".changeset/**", ".changes/**", "docs/changelog*"}},
		Migrations: Paths{[]string{
			"*.up.sql", "*.down.sql", "**/migrations/**/*.{sql,php,exs}", "**/migrations/**/*.{js,ts,cjs,mjs}", "**/migrations/**/[0-9]*.{py,go,rb}",
			"**/migrate/**/*.{sql,rb}", "**/alembic/versions/*.py", "**/[UV][0-9]*__*.sql", "**/db/changelog/**/*.{sql,xml,yaml,yml}",
		}},
		Evidence: Evidence{
			Trailers: []string{"Perf-Evidence"},
			Paths: []string{"**/bench/**", "**/benches/**", "**/benchmark/**", "**/benchmarks/**", "*_bench.*", "*.bench.*", "*_benchmark.*", "bench_*",
				"*Benchmark.*", "*Benchmarks.*"},
		},
		// Reviews of more than a few hundred lines find less; a thousand is no review any more.
		Size: Limits{Lines: 1000},
		// What git rebase --autosquash acts upon (git-rebase(1)), and what people write.
		WIP: []string{"fixup!", "squash!", "amend!", "WIP"},
		Forbidden: []Forbidden{
			{".DS_Store", nil, system}, {"Thumbs.db", nil, system}, {"desktop.ini", nil, system}, {"*.swp", nil, system}, {"*.swo", nil, system}, {"*~", nil, system},
			{"node_modules/**", nil, fetched}, {"**/node_modules/**", modules, fetched},
			{"**/__pycache__/**", nil, build}, {"*.pyc", given, build}, {"*.class", given, build}, {"*.o", given, build}, {"*.obj", given, build},
			{"*.exe", given, build}, {"*.dll", given, build},
			{"core.[0-9]*", given, "a program that crashed leaves it behind"}, {"*.core", given, "a program that crashed leaves it behind"},
			{"*.orig", given, "git mergetool leaves it behind"}, {"*.rej", given, "patch leaves it behind"},
		},
		Binary: Binary{Max: 1 << 20},
		LFS:    true,
	}
}

// checker is Options made ready to use. It is immutable.
type checker struct {
	languages                           *lang.Table
	exempt, docs, changelog, migrations *glob.Set
	evidence, generated                 *glob.Set
	forbidden, conflict, binary         *glob.Set
	bans                                []ban
	docsOn, changelogOn                 bool
	trailers                            []string
	size                                Limits
	wip                                 []string
	binaryMax                           int64
	lfs                                 bool
	bots                                map[string]bool
}

var trailerRE = regexp.MustCompile(`^[A-Za-z0-9-]+$`)

func newChecker(opts Options) (*checker, error) {
	k := &checker{
		docsOn: len(opts.Docs.Paths) > 0, changelogOn: len(opts.Changelog.Paths) > 0,
		trailers: opts.Evidence.Trailers, size: opts.Size, binaryMax: int64(opts.Binary.Max), lfs: opts.LFS, bots: map[string]bool{},
	}
	var errs []error
	bad := func(key, format string, args ...any) {
		errs = append(errs, &analyzers.OptionError{Key: key, Msg: fmt.Sprintf(format, args...)})
	}
	var paths []string
	for i, f := range opts.Forbidden {
		paths = append(paths, f.Path)
		k.bans = append(k.bans, newBan(i, f, bad))
	}
	for _, list := range []struct {
		key, after string
		globs      []string
		into       **glob.Set
	}{
		{"tests.exempt", "", opts.Tests.Exempt, &k.exempt}, {"docs.paths", "", opts.Docs.Paths, &k.docs},
		{"changelog.paths", "", opts.Changelog.Paths, &k.changelog}, {"migrations.paths", "", opts.Migrations.Paths, &k.migrations},
		{"evidence.paths", "", opts.Evidence.Paths, &k.evidence}, {"generated", "", opts.Generated, &k.generated},
		{"forbidden", ".path", paths, &k.forbidden}, {"conflict.exempt", "", opts.Conflict.Exempt, &k.conflict},
		{"binary.exempt", "", opts.Binary.Exempt, &k.binary},
	} {
		for i, g := range list.globs {
			if err := glob.Valid(g); err != nil {
				bad(fmt.Sprintf("%s[%d]%s", list.key, i, list.after), "%s", err)
			}
		}
		*list.into, _ = glob.Compile(list.globs) // each was asked about
	}
	var err error
	if k.languages, err = lang.New(opts.Tests.Languages); err != nil {
		errs = append(errs, under("tests.languages.", err)...)
	}
	for i, t := range opts.Evidence.Trailers {
		if !trailerRE.MatchString(t) {
			bad(fmt.Sprintf("evidence.trailers[%d]", i), "%q is not the key of a trailer, such as \"Perf-Evidence\"", t)
		}
	}
	for _, n := range []struct {
		key string
		n   int64
	}{{"size.lines", int64(opts.Size.Lines)}, {"size.files", int64(opts.Size.Files)}, {"binary.max", k.binaryMax}} {
		if n.n < 0 {
			bad(n.key, "%d is negative", n.n)
		}
	}
	for i, w := range opts.WIP {
		if strings.TrimSpace(w) == "" {
			bad(fmt.Sprintf("wip[%d]", i), "it is empty, and would match every subject")
		}
		k.wip = append(k.wip, strings.TrimSpace(w))
	}
	for i, b := range opts.Bots {
		if b == "" {
			bad(fmt.Sprintf("bots[%d]", i), "a login is empty")
		}
		k.bots[b] = true
	}
	return k, errors.Join(errs...)
}

// under puts a key before those of the errors that err joins.
func under(key string, err error) []error {
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	list := joined.Unwrap()
	for i, e := range list {
		if o := (*analyzers.OptionError)(nil); errors.As(e, &o) {
			list[i] = &analyzers.OptionError{Key: key + o.Key, Msg: o.Msg, Hint: o.Hint}
		}
	}
	return list
}
