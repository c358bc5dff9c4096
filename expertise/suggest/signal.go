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
	LastReviewers    // reviews of this author's last changes, each one before counting 0.8 of the next
	FileReviewFresh  // exp(-days since the last review of the touched files / 30)
	FileAuthorFresh  // exp(-days since the last commit to the touched files / 30)
	FileReviewDepth  // log(1 + reviews of the touched files): a share does not say how much there was
	DirsKnown        // share of the touched files in whose directory the person ever wrote or reviewed

	// Products of two signals. Their weights are negative: two strong signals that say the same do not count twice.
	AffinityAndDir
	AffinityAndFile
	SessionAndDir
	signals
)

var signalNames = [signals]string{
	"touched lines", "file lines", "file author", "file review", "directory author", "directory review", "parent author", "parent review", "top review",
	"affinity", "affinity session", "reverse affinity", "review popularity", "author activity", "extension review", "recency", "files known",
	"never reviewed", "affinity in directory", "review recency", "last reviewers", "file review fresh", "file author fresh", "file review depth",
	"directories known", "affinity and directory", "affinity and file", "session and directory",
}

func (s Signal) String() string { return signalNames[s] }

// Signals is the number of signals.
const Signals = int(signals)

// Weights make one number of the signals.
type Weights [Signals]float64
