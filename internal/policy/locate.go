package policy

import (
	"fmt"
	"strings"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
)

// Locate gives what an analyzer says of its options their places in the policy's files: each [analyzers.OptionError] in err
// becomes an [Error]. What is none is kept, with the names of the policy and the analyzer before it. nil stays nil.
func (p *Policy) Locate(analyzer string, err error) error {
	if err == nil {
		return nil
	}
	options, others := optionErrors(err)
	if len(options) == 0 || others {
		return fmt.Errorf("%s: %s: %w", p.Source(), analyzer, err)
	}
	var errs Errors
	for _, o := range options {
		errs = append(errs, p.optionPlace(analyzer, o.Key).Error(o.Hint, "%s.%s: %s", analyzer, o.Key, o.Msg))
	}
	return errs.Err()
}

// optionErrors returns the option errors that err consists of, and whether it consists of anything else too.
func optionErrors(err error) (options []*analyzers.OptionError, others bool) {
	switch e := err.(type) {
	case *analyzers.OptionError:
		return []*analyzers.OptionError{e}, false
	case interface{ Unwrap() []error }:
		for _, sub := range e.Unwrap() {
			o, other := optionErrors(sub)
			options, others = append(options, o...), others || other
		}
		return options, others
	}
	return nil, true
}

// optionPlace returns where an option stands: the last file that says it counts. A key that is not written stands where the
// nearest one around it does, and what is in no file, at no line.
func (p *Policy) optionPlace(analyzer, key string) strict.Place {
	sections := p.sections[analyzer]
	for path := analyzer + "." + key; path != analyzer; path = path[:strings.LastIndexAny(path, ".[")] {
		for i := len(sections) - 1; i >= 0; i-- {
			if at, ok := strict.Places(sections[i].file, analyzer, sections[i].node)[path]; ok {
				return at
			}
		}
	}
	return strict.Place{File: p.Source()}
}
