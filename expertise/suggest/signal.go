package suggest

// A Signal is one thing that speaks for or against a person, as a number from 0 to 1.
type Signal int

// The signals. Shares are of what people other than the authors have done, decayed, and enter as square roots.
const (
	TouchedLines Signal = iota // share of the lines that the change touches
	FileLines                  // share of the lines of the touched files
	FileAuthor                 // commits to the touched files
	FileReview                 // reviews of commits to the touched files
	DirAuthor                  // the same for their directories …
	DirReview
	ParentAuthor // … for the directories above …
	ParentReview
	TopReview        // … and for the top-level directories
	Affinity         // reviews of this author's commits
	AffinitySession  // the same, in the last weeks
	Reverse          // commits of the person that this author reviewed
	ReviewPopularity // reviews of anybody's commits
	AuthorActivity   // commits to anything
	ExtReview        // reviews of commits to files with the same extensions
	Recency          // exp(-days since the last commit or review / 30)
	FilesKnown       // share of the touched files that the person ever wrote or reviewed
	NeverReviewed    // 1 if the person has reviewed nothing yet
	AffinityInDir    // reviews of this author's commits in the same directories
	ReviewRecency    // exp(-days since the last review / 7)
	signals
)

var signalNames = [signals]string{
	"touched lines", "file lines", "file author", "file review", "directory author", "directory review", "parent author", "parent review", "top review",
	"affinity", "affinity session", "reverse affinity", "review popularity", "author activity", "extension review", "recency", "files known",
	"never reviewed", "affinity in directory", "review recency",
}

func (s Signal) String() string { return signalNames[s] }

// Signals is the number of signals.
const Signals = int(signals)

// Weights make one number of the signals.
type Weights [Signals]float64

// Full are the weights where the history says who reviewed. See docs/decisions/0015-reviewer-model.md.
var Full = Weights{0.64, 0.13, 0.55, 0.35, 0.47, 0.41, 0.09, 0.3, 0.3, 1.1, 1.15, 0.1, 0.41, 0.28, 0.44, 2.25, 1.09, -2.12, 0.47, 0.36}

// Cold are the weights where it does not: a model of who works here.
var Cold = Weights{0.51, 0.46, 0.05, 0, 1.59, 0, 2.31, 0, 0, 0, 0, 0, 0, 3, 0, 1.68, 1.31, 0, 0, 0}
