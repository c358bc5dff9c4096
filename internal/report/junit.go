package report

import (
	"encoding/xml"
	"fmt"
	"io"
	"strings"

	"github.com/refward/refward/internal/policy"
)

// The elements of a JUnit report, as far as CI systems agree on them.
type (
	junitSuites struct {
		XMLName  xml.Name      `xml:"testsuites"`
		Name     string        `xml:"name,attr"`
		Tests    int           `xml:"tests,attr"`
		Failures int           `xml:"failures,attr"`
		Errors   int           `xml:"errors,attr"`
		Suites   []*junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name      string       `xml:"name,attr"`
		Tests     int          `xml:"tests,attr"`
		Failures  int          `xml:"failures,attr"`
		Errors    int          `xml:"errors,attr"`
		Time      string       `xml:"time,attr"` // seconds
		Cases     []*junitCase `xml:"testcase"`
		SystemOut string       `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class     string     `xml:"classname,attr"`
		Name      string     `xml:"name,attr"`
		Failure   *junitBody `xml:"failure"`
		Error     *junitBody `xml:"error"`
		SystemOut string     `xml:"system-out,omitempty"`
	}
	junitBody struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr"`
		Text    string `xml:",chardata"`
	}
)

// junit writes a test suite for each analyzer: a clean one has a single test that passes, what blocks is a failed test,
// what does not is a passed test that says so, and what could not be checked is an error.
func (v *view) junit(w io.Writer) error {
	all := &junitSuites{Name: "refward"}
	suites := map[string]*junitSuite{}
	suite := func(name string) *junitSuite {
		if suites[name] == nil {
			suites[name] = &junitSuite{Name: name, Time: "0.000"}
			all.Suites = append(all.Suites, suites[name])
		}
		return suites[name]
	}
	for _, o := range v.report.Outcomes[:len(v.Outcomes)] { // a failure without an analyzer gets its suite below
		s := suite(o.Analyzer)
		s.Time = fmt.Sprintf("%d.%03d", o.TookMS/1000, o.TookMS%1000)
	}
	for _, s := range v.skips {
		suite(s.analyzer).SystemOut += "not examined: " + s.What + ": " + s.Why + "\n"
	}
	for _, f := range v.failures {
		c := &junitCase{Class: f.Analyzer, Name: "could not check"}
		if f.Softened {
			c.SystemOut = f.Reason + " (the policy lets it pass)"
		} else {
			c.Error = &junitBody{Message: f.Reason, Type: "could not check"}
		}
		suite(f.Analyzer).Cases = append(suite(f.Analyzer).Cases, c)
	}
	for i := range v.report.Findings {
		s := suite(v.report.Findings[i].Analyzer)
		s.Cases = append(s.Cases, junitFinding(&v.report.Findings[i], v.title(v.raw[i])))
	}
	for _, s := range all.Suites {
		if len(s.Cases) == 0 {
			s.Cases = []*junitCase{{Class: s.Name, Name: "no findings"}}
		}
		for _, c := range s.Cases {
			if c.Failure != nil {
				s.Failures++
			}
			if c.Error != nil {
				s.Errors++
			}
		}
		s.Tests = len(s.Cases)
		all.Tests, all.Failures, all.Errors = all.Tests+s.Tests, all.Failures+s.Failures, all.Errors+s.Errors
	}

	text, err := xml.MarshalIndent(all, "", "  ")
	if err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	if _, err := fmt.Fprintf(w, "%s%s\n", xml.Header, text); err != nil {
		return fmt.Errorf("write JUnit report: %w", err)
	}
	return nil
}

func junitFinding(f *Finding, title string) *junitCase {
	name := f.Rule + ": " + strings.TrimPrefix(title, "file ")
	if f.Line > 0 {
		name += fmt.Sprintf(":%d", f.Line)
	}
	if f.Commit != "" {
		name += " in " + short(f.Commit)
	}
	var lines []string
	switch {
	case f.Allowed != "":
		lines = append(lines, "allowed: "+f.Allowed)
	case f.Denied != "":
		lines = append(lines, "not allowed: "+f.Denied)
	}
	for _, s := range []string{f.Hint, f.Excerpt} {
		if s != "" {
			lines = append(lines, s)
		}
	}
	c := &junitCase{Class: f.Analyzer, Name: name}
	if f.Level == string(policy.LevelBlock) {
		c.Failure = &junitBody{Message: f.statement(), Type: f.Rule, Text: strings.Join(lines, "\n")}
	} else {
		c.SystemOut = strings.Join(append([]string{f.Level + ": " + f.statement()}, lines...), "\n")
	}
	return c
}
