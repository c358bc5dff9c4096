package suggest

// Full are the weights where the history says who reviewed. "go run ./internal/bench/reviewers" has fitted them; see
// docs/decisions/0015-reviewer-model.md.
var Full = Weights{
	0.63,  // touched lines
	0.02,  // file lines
	0.44,  // file author
	0.52,  // file review
	0.35,  // directory author
	1.60,  // directory review
	0.00,  // parent author
	0.11,  // parent review
	0.63,  // top review
	1.82,  // affinity
	1.11,  // affinity session
	0.29,  // reverse affinity
	0.00,  // review popularity
	0.00,  // author activity
	0.00,  // extension review
	2.10,  // recency
	0.60,  // files known
	-1.32, // never reviewed
	0.42,  // affinity in directory
	0.11,  // review recency
	0.73,  // last reviewers
	0.54,  // file review fresh
	0.63,  // file author fresh
	0.14,  // file review depth
	0.47,  // directories known
	-2.05, // affinity and directory
	-1.06, // affinity and file
	-1.02, // session and directory
}

// Cold are the weights where it does not: a model of who works here.
var Cold = Weights{0.51, 0.46, 0.05, 0, 1.59, 0, 2.31, 0, 0, 0, 0, 0, 0, 3, 0, 1.68, 1.31, 0, 0, 0}
