package wire

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/analyzers/gosec/catalog"
)

// Protocol is the version of these messages. A helper of another one is not used.
const Protocol = 2

// Hello is the helper's first message.
type Hello struct {
	Protocol int
}

// A Job is what the helper is asked to do: look at packages of one tree.
type Job struct {
	Tree int      // which tree; the asker's number
	Dirs []string // directories of packages, slash-separated; "." = the root
	Load Load
	Run  Run

	// API asks for a comparison of what the packages export with the tree before, whose number is Tree+1. Nothing of gosec runs then.
	API bool

	// Only are the ids of the rules that run on packages of which not all of Run's are wanted, by directory.
	Only map[string][]string

	// Steps that an earlier run of the helper has done, and those at which it died.
	Done, Fatal []Step

	CPU    time.Duration // of the process, from here; what is left then is not done; 0 = no limit
	Wall   time.Duration // from here, likewise
	Memory int64         // bytes; the process ends itself beyond; 0 = no limit
}

// RunOn says what runs on the packages of a directory.
func (j *Job) RunOn(dir string) Run {
	r := j.Run
	if only, ok := j.Only[dir]; ok {
		r.Include, r.Exclude = only, nil
	}
	return r
}

// NeedsSSA reports whether something that runs on the packages of a directory needs SSA.
func (j *Job) NeedsSSA(dir string) bool {
	r := j.RunOn(dir)
	return catalog.NeedSSA(r.Include, r.Exclude)
}

// Load says how packages are read.
type Load struct {
	GOOS, GOARCH string
	Tags         []string
	Cgo          bool
	Tests        bool
	Types        string // directory of the type cache; "" = none
	ModuleCache  string // directory of Go's module cache; "" = none
	Save         bool   // put into the type cache what was read in the module cache
}

// Run says what gosec does.
type Run struct {
	Include, Exclude []string // ids of rules; Include empty = all
	Generated        bool     // look at generated files too
	GoVersion        string   // that the code is for, such as "1.24"; "" = the one that the helper was built with
	Settings         map[string]map[string]string
}

// A Stage is a part of the analysis of one package.
type Stage string

// The stages, in the order in which all packages go through them.
const (
	Reading  Stage = "reading"  // parsing and types
	Rules    Stage = "rules"    // gosec's rules about syntax trees
	SSA      Stage = "ssa"      // gosec's analyzers, on packages whose types are complete
	Repaired Stage = "repaired" // the same on the others, once they were made complete
	Compared Stage = "compared" // what is exported, beside what was; the only one after Reading where Job.API is set
)

// A Step is one stage of one package.
type Step struct {
	Dir   string
	Stage Stage
}

func (s Step) String() string { return fmt.Sprintf("%s (%s)", s.Dir, s.Stage) }

// Found is what a step came to.
type Found struct {
	Step   Step
	Empty  bool // there is no package in the directory
	Result Result
	Due    []Stage  // of Reading: the stages that the packages of the directory go through
	Files  []string // likewise: paths of the files that they consist of
	API    *API     // of Compared

	// Reduced and Unexamined say why this is not all that there is to find: the types of other modules are not known here, or
	// anything else, which the package itself can bring about. One line each.
	Reduced, Unexamined []string
}

// An Op is something that is asked of a tree.
type Op string

// The operations.
const (
	ReadDir  Op = "readdir"
	ReadFile Op = "readfile"
)

// An Ask is the helper's question for a file or directory.
type Ask struct {
	Tree int
	Op   Op
	Path string // fs.ValidPath
}

// An Answer answers the last Ask.
type Answer struct {
	Data    []byte
	Entries []Entry
	Failure Failure
	Detail  string // of a Failure
}

// An Entry is an entry of a directory.
type Entry struct {
	Name string
	Mode fs.FileMode // only the type
}

// A Failure is why an Ask was not answered.
type Failure int

// The failures.
const (
	None Failure = iota
	NotExist
	TooLarge
	Other
)

// failureOf sorts an error of a tree.
func failureOf(err error) (Failure, string) {
	switch {
	case err == nil:
		return None, ""
	case errors.Is(err, fs.ErrNotExist), errors.Is(err, fs.ErrInvalid): // no such file, or nothing that can be opened
		return NotExist, ""
	case errors.Is(err, analyzers.ErrTooLarge):
		return TooLarge, err.Error()
	default:
		return Other, err.Error()
	}
}

// err makes an error of a failure.
func (a *Answer) err() error {
	switch a.Failure {
	case None:
		return nil
	case NotExist:
		return fs.ErrNotExist
	case TooLarge:
		return analyzers.ErrTooLarge
	default:
		return errors.New(a.Detail)
	}
}

// An End says that a job is over.
type End struct {
	Err string        // what kept the helper from doing any of it; "" = nothing
	CPU time.Duration // that the process has used for the job
}

// toHelper and toCheck are the messages, of which one field is set.
type toHelper struct {
	Job    *Job
	Answer *Answer
}

type toCheck struct {
	Hello *Hello
	Begin *Step
	Found *Found
	Ask   *Ask
	End   *End
}

// What a helper that ends before its job says with its exit code.
const (
	ExitProtocol = 2 // it was not understood
	ExitMemory   = 4 // it has used more than Job.Memory
	ExitCPU      = 5 // it has used much more than Job.CPU, in something that could not be interrupted
	ExitOrphan   = 6 // whoever started it is gone
)
