// Package evaluate replays histories with known reviewers through the product's own state and ranking, and says how often the ranking is
// right, beside simple baselines.
//
// For each query it shows the model what was known when the change was written: commits that came in until its author date, or until 30
// days before it came in, whichever is later. Showing everything before the commit would flatter: stacked changes come in together.
//
//	report, err := evaluate.Run(ctx, files, evaluate.Options{})
//	// report.Macro.Top3 beside report.Macro.Baselines["blame"].Top3
//
// docs/expertise.md describes the format of the data sets.
package evaluate
