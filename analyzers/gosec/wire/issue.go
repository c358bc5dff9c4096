package wire

// An Issue is one finding of gosec, in terms of the tree.
type Issue struct {
	Rule       string // gosec's id, such as "G401"
	What       string // gosec's message
	Severity   Level
	Confidence Level
	CWE        string // number, such as "327"; may be ""
	Path       string // slash-separated, in the tree
	Line       int    // 1-based
	EndLine    int    // Line or more
	Column     int    // 1-based, in bytes
	Code       string // snippet, as gosec's own reports have it
	Decl       string // the enclosing declaration, such as "func (*T).Close", "var x", "import"; "" = none
	Text       string // the code of the lines, in one line, without differences in white space

	Suppressed    bool   // by a #nosec comment or a //gosec:disable directive
	Justification string // of the suppression; may be ""
}

// A Level is gosec's severity or confidence.
type Level int

// The levels.
const (
	Low Level = iota
	Medium
	High
)

// A Nosec is one comment that suppresses findings.
type Nosec struct {
	Path          string
	Line          int      // 1-based
	Rules         []string // ids; none = all
	Justification string   // what stands behind "--"; may be ""
	Decl          string   // see Issue.Decl
	Text          string   // the comment, in one line
}

// A Result is what one stage of the analysis of one package came to.
type Result struct {
	Issues  []Issue  // by path, line, column, rule, message
	Nosecs  []Nosec  // by path and line; of the first stage only
	Reduced []string // why it is not complete, one line each; none = it is
}
