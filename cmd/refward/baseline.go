package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/urfave/cli/v2"

	"github.com/refward/refward/hooks"
	"github.com/refward/refward/internal/allow"
	"github.com/refward/refward/internal/policy"
)

// maxGitleaksReport is the size of the largest report of gitleaks that is read, in bytes: some 300,000 findings.
const maxGitleaksReport = 256 << 20

func (p program) baselineCommand() *cli.Command {
	return &cli.Command{
		Name:      "baseline",
		Usage:     "write down what a repository has already, so that only what is new is refused",
		ArgsUsage: "[REV]",
		Description: `Looks at every commit that REV (HEAD by default) reaches, and at its files, and writes what it finds to
` + allow.BaselineName + ` at the top of the work tree: fingerprints, rules, paths and counts, and no secret. Commit the file.
It counts where the policy's allow.baseline says, once it is on HEAD's branch of the server.

A secret in the baseline is still known to whoever can read the repository: rotate it all the same.

   refward baseline                                  everything that is there now
   refward baseline --update                         drop what is gone; nothing is added
   refward baseline --from-gitleaks report.json      what gitleaks has found before, and nothing else
   refward baseline --format allow-file --output -   entries for the administrator's allow file`,
		Flags: []cli.Flag{
			policyFlag(),
			&cli.StringFlag{Name: "ref", Usage: "judge as if `REF` were to be pushed, such as refs/heads/main (default: HEAD's branch)"},
			&cli.StringFlag{Name: "only", Usage: "run only these analyzers (`LIST`, comma separated)"},
			&cli.StringFlag{Name: "output", Usage: "write to `FILE`; - prints (default: " + allow.BaselineName + " at the top of the work tree)"},
			&cli.StringFlag{Name: "format", Value: "baseline", Usage: "write as `FORMAT`: baseline, allow-file"},
			&cli.StringFlag{Name: "from-gitleaks", Usage: "keep only what the JSON report in `FILE` has"},
			&cli.BoolFlag{Name: "update", Usage: "keep of the file that is there what is still found"},
			&cli.BoolFlag{Name: "force", Usage: "write over a file that is there"},
		},
		Action: p.baseline,
	}
}

func (p program) baseline(c *cli.Context) error {
	if err := atMost(c, 1); err != nil {
		return err
	}
	format, output := c.String("format"), c.String("output")
	switch {
	case format != "baseline" && format != "allow-file":
		return cli.Exit(fmt.Sprintf("there is no format %q\nhint: baseline or allow-file", format), policy.ExitUsage)
	case c.Bool("update") && (c.Bool("force") || format != "baseline" || output == "-"):
		return cli.Exit("--update keeps a baseline that is there: it goes with neither --force nor another format, nor with --output -", policy.ExitUsage)
	case format == "allow-file" && output == "":
		return cli.Exit("--format allow-file needs --output FILE\nhint: --output - prints", policy.ExitUsage)
	}
	gate, closeLog, err := p.gate(c)
	if err != nil {
		return err
	}
	defer closeLog()
	o := hooks.CollectOptions{Rev: c.Args().First(), Ref: c.String("ref")}
	if list := c.String("only"); list != "" {
		o.Only = strings.Split(list, ",")
	}
	var theirs *allow.GitleaksReport
	if file := c.String("from-gitleaks"); file != "" {
		if theirs, err = readGitleaksReport(file); err != nil {
			return cli.Exit(err.Error(), policy.ExitUsage)
		}
		o.Keep = theirs.Has
	}
	found, code := gate.Collect(c.Context, o)
	if code != policy.ExitAccepted {
		return verdictError(code)
	}
	if output == "" {
		output = filepath.Join(found.Top, allow.BaselineName)
	}
	b := &allow.Baseline{Findings: found.Known}
	gone := -1
	if c.Bool("update") {
		if b, gone, err = stillFound(output, found.Known); err != nil {
			return cli.Exit(err.Error(), policy.ExitUsage)
		}
	}
	data, err := b.Encode()
	if format == "allow-file" {
		data, err = allow.Draft(b.Findings, found.Names), nil
	}
	if err == nil {
		err = p.writeBaseline(output, data, c.Bool("force") || c.Bool("update"))
	}
	if err != nil {
		return cli.Exit(err.Error(), policy.ExitUsage)
	}
	return p.tellBaseline(output, b, found, gone, theirs)
}

func readGitleaksReport(file string) (*allow.GitleaksReport, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, fmt.Errorf("read the report of gitleaks: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxGitleaksReport+1))
	if err != nil {
		return nil, fmt.Errorf("read the report of gitleaks: %w", err)
	}
	if len(data) > maxGitleaksReport {
		return nil, fmt.Errorf("read the report of gitleaks: %s is larger than %d MiB", file, maxGitleaksReport>>20)
	}
	report, err := allow.ParseGitleaksReport(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return report, nil
}

// stillFound returns what of a baseline was found again, as it was found now, and how many were not.
func stillFound(file string, known []allow.Known) (*allow.Baseline, int, error) {
	data, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, 0, fmt.Errorf("%s: there is none to update\nhint: refward baseline", file)
	}
	if err != nil {
		return nil, 0, fmt.Errorf("read baseline: %w", err)
	}
	old, err := allow.ParseBaseline(data)
	if err != nil {
		return nil, 0, fmt.Errorf("%s: %w", file, err)
	}
	kept := slices.DeleteFunc(slices.Clone(known), func(k allow.Known) bool { return !old.Has(k.Fingerprint) })
	return &allow.Baseline{Findings: kept}, old.Len() - len(kept), nil
}

// writeBaseline writes the file as a whole or not at all.
func (p program) writeBaseline(file string, data []byte, over bool) error {
	if file == "-" {
		_, err := p.stdout.Write(data)
		return err
	}
	if _, err := os.Lstat(file); err == nil && !over {
		return fmt.Errorf("%s is there already\nhint: --update drops what is gone, --force writes it anew", file)
	}
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+"-*")
	if err != nil {
		return fmt.Errorf("write %s: %w", file, err)
	}
	_, err = f.Write(data)
	err = errors.Join(err, f.Chmod(0o644), f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", file, err), os.Remove(f.Name()))
	}
	return nil
}

// tellBaseline says what is in the file and what is not.
func (p program) tellBaseline(file string, b *allow.Baseline, found hooks.Collection, gone int, theirs *allow.GitleaksReport) error {
	var out strings.Builder
	if file == "-" {
		file = "the output"
	}
	fmt.Fprintf(&out, "success: %s: %s\n", file, things(len(b.Findings), "finding"))
	if gone >= 0 {
		fmt.Fprintf(&out, "%s gone; not in it and not added: %d\n", things(gone, "finding"), len(found.Known)-len(b.Findings))
	}
	if theirs != nil {
		all, missing, redacted := theirs.Counts()
		fmt.Fprintf(&out, "of %s of gitleaks, not found any more: %d\n", things(all, "finding"), missing)
		if redacted > 0 {
			fmt.Fprintf(&out, "warning: %s, redacted and in no place where we find one, could not be converted\n", things(redacted, "finding"))
			fmt.Fprintln(&out, "hint: have gitleaks write its report without --redact")
		}
	}
	var rules []string
	for rule := range found.Left {
		rules = append(rules, rule)
	}
	slices.Sort(rules)
	for _, rule := range rules {
		fmt.Fprintf(&out, "warning: left out, since no baseline can hold it: %s, %d times\n", rule, found.Left[rule])
	}
	_, err := io.WriteString(p.stderr, out.String())
	return err
}

func things(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
