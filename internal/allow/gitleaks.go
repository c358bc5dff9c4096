package allow

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/refward/refward/analyzers"
)

// GitleaksIgnoreName is gitleaks' list of findings to pass over, at the top of a repository's tree.
const GitleaksIgnoreName = ".gitleaksignore"

// MaxGitleaksIgnore is the size of the largest such list that is read, in bytes.
const MaxGitleaksIgnore = 1 << 20

// A spot is where gitleaks finds something. Its fingerprints are spots: "commit:file:rule:line" and "file:rule:line", where the file
// may be one in an archive ("a.zip!inner").
type spot struct {
	commit string // "" = in any
	file   string
	rule   string
	line   int
}

// A GitleaksIgnore is a .gitleaksignore that was read.
type GitleaksIgnore struct {
	spots map[spot]bool
	wrong int
}

// ParseGitleaksIgnore reads a .gitleaksignore. Like gitleaks it goes on behind a line that is no fingerprint; see
// [GitleaksIgnore.Wrong].
func ParseGitleaksIgnore(data []byte) *GitleaksIgnore {
	g := &GitleaksIgnore{spots: map[spot]bool{}}
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if s, ok := parseSpot(line); ok {
			g.spots[s] = true
		} else {
			g.wrong++
		}
	}
	return g
}

// Wrong returns how many lines are no fingerprints of gitleaks.
func (g *GitleaksIgnore) Wrong() int { return g.wrong }

func parseSpot(text string) (spot, bool) {
	// From the right: a path may have colons, which gitleaks itself cannot read.
	head, number, ok := cutLast(text)
	if !ok {
		return spot{}, false
	}
	line, err := strconv.Atoi(number)
	file, rule, ok := cutLast(head)
	if err != nil || !ok || file == "" || rule == "" {
		return spot{}, false
	}
	s := spot{file: file, rule: rule, line: line}
	if commit, rest, ok := strings.Cut(file, ":"); ok && isID(commit) {
		s.commit, s.file = commit, rest
	}
	s.file = strings.ReplaceAll(s.file, `\`, "/") // written on Windows
	return s, s.file != ""
}

func cutLast(s string) (before, after string, ok bool) {
	i := strings.LastIndexByte(s, ':')
	if i < 0 {
		return s, "", false
	}
	return s[:i], s[i+1:], true
}

// isID reports whether s is a full object id.
func isID(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

// has reports whether the list names a finding of the secrets analyzer.
func (g *GitleaksIgnore) has(f *analyzers.Finding) bool {
	return g != nil && inFile(f, func(s spot) bool { return g.spots[s] })
}

// inFile asks about the spot of a finding in a file, in any commit and in its own.
func inFile(f *analyzers.Finding, known func(spot) bool) bool {
	if f.Path == "" {
		return false
	}
	s := spot{file: strings.ReplaceAll(f.Path, `\`, "/"), rule: f.Rule, line: f.Line}
	if known(s) {
		return true
	}
	s.commit = f.Commit
	return s.commit != "" && known(s)
}

// A GitleaksReport is a JSON report of gitleaks, such as the one that its --baseline-path takes. It notes what was found again, and is
// not safe for concurrent use.
type GitleaksReport struct {
	findings []reported
	secrets  map[[3]string][]int // indexes into findings, by rule, file and text
	spots    map[spot][]int      // likewise
}

// A reported is one finding of a report.
type reported struct{ redacted, again bool }

// ParseGitleaksReport reads a JSON report of gitleaks.
func ParseGitleaksReport(data []byte) (*GitleaksReport, error) {
	var list []struct {
		RuleID, File, Commit, Secret, Match string
		StartLine                           int
	}
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, fmt.Errorf("not a JSON report of gitleaks: %w", err)
	}
	r := &GitleaksReport{findings: make([]reported, len(list)), secrets: map[[3]string][]int{}, spots: map[spot][]int{}}
	for i, f := range list {
		if f.RuleID == "" || f.File == "" {
			return nil, fmt.Errorf("not a JSON report of gitleaks: finding %d has no RuleID or no File", i+1)
		}
		file := strings.ReplaceAll(f.File, `\`, "/")
		// What gitleaks --redact leaves: a word, or the first part of the secret and three dots (report.Finding.Redact).
		r.findings[i].redacted = f.Secret == "REDACTED" || strings.HasSuffix(f.Secret, "...")
		if r.findings[i].redacted || f.Secret == "" { // a rule about names of files finds no text
			s := spot{f.Commit, file, f.RuleID, f.StartLine}
			r.spots[s] = append(r.spots[s], i)
			continue
		}
		for _, text := range []string{f.Secret, f.Match} { // of some rules all of the match is our secret
			k := [3]string{f.RuleID, file, text}
			r.secrets[k] = append(r.secrets[k], i)
		}
	}
	return r, nil
}

// Has reports whether the report has a finding of ours: the same secret by the same rule in the same file or, where the report hides
// its secrets, in the same place.
func (r *GitleaksReport) Has(analyzer string, f *analyzers.Finding) bool {
	if analyzer != "secrets" {
		return false
	}
	same := r.secrets[[3]string{f.Rule, strings.ReplaceAll(f.Path, `\`, "/"), f.Key}]
	inFile(f, func(s spot) bool {
		same = append(same[:len(same):len(same)], r.spots[s]...)
		return false
	})
	for _, i := range same {
		r.findings[i].again = true
	}
	return len(same) > 0
}

// Counts returns how many findings the report has and, of these, how many Has has not come across: those that say what the secret is,
// and those that are redacted.
func (r *GitleaksReport) Counts() (all, missing, redacted int) {
	for _, f := range r.findings {
		switch {
		case f.again:
		case f.redacted:
			redacted++
		default:
			missing++
		}
	}
	return len(r.findings), missing, redacted
}
