package suggest

// Full are the weights where the history says who reviewed. "go run ./internal/bench/reviewers" has fitted them; see
// docs/decisions/0015-reviewer-model.md.
var Full = Weights{
	0.64,  // touched lines
	0.00,  // file lines
	0.50,  // file author
	0.58,  // file review
	0.36,  // directory author
	1.57,  // directory review
	0.00,  // parent author
	0.15,  // parent review
	0.69,  // top review
	1.79,  // affinity
	1.19,  // affinity session
	0.30,  // reverse affinity
	0.00,  // review popularity
	0.00,  // author activity
	0.00,  // extension review
	1.65,  // recency
	0.35,  // files known
	-0.77, // never reviewed
	0.42,  // affinity in directory
	0.30,  // review recency
	0.76,  // last reviewers
	0.56,  // file review fresh
	0.67,  // file author fresh
	0.27,  // file review depth
	0.63,  // directories known
	-2.03, // affinity and directory
	-1.13, // affinity and file
	-1.21, // session and directory
}

// Cold are the weights where it does not: a model of who works here.
var Cold = Weights{0.51, 0.46, 0.05, 0, 1.59, 0, 2.31, 0, 0, 0, 0, 0, 0, 3, 0, 1.68, 1.31, 0, 0, 0}
