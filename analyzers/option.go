package analyzers

import "fmt"

// An OptionError is something that is wrong with one of an analyzer's options. Whoever read the options from a file knows the
// place of each, and tells the reader: an analyzer knows the keys only. Several are joined by errors.Join.
type OptionError struct {
	Key  string // within the analyzer's section, such as "rules[0].regex"
	Msg  string // one line: what is wrong
	Hint string // one line: what to write instead; may be ""
}

// Error returns "KEY: message (hint)".
func (e *OptionError) Error() string {
	if e.Hint != "" {
		return fmt.Sprintf("%s: %s (%s)", e.Key, e.Msg, e.Hint)
	}
	return e.Key + ": " + e.Msg
}
