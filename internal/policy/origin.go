package policy

import (
	"fmt"
	"slices"

	"github.com/refward/refward/analyzers"
	"github.com/refward/refward/internal/policy/strict"
)

// written is what one file says, before it is put over its base.
type written struct {
	file    string
	gates   Gates
	classes ClassesGates
	at      map[string]strict.Place // of every key and list item
}

// An Origin is the key of a policy file, or of a preset, by which something holds.
type Origin struct {
	strict.Place        // a preset's file is "preset NAME"
	Path         string // such as "classes.security.dor/trailer-risk"; "" = nothing says so
}

// String returns "FILE:LINE:COLUMN PATH".
func (o Origin) String() string {
	switch {
	case o.Path == "":
		return "no key names it"
	case o.Line == 0:
		return o.File + " " + o.Path
	}
	return fmt.Sprintf("%s:%d:%d %s", o.File, o.Line, o.Column, o.Path)
}

// origins are Origins by a gate's key: what Gates are to gates.
type origins map[string]Origin

// of returns the origin of each key of a mapping of gates.
func (w *written) of(path string, gates Gates) origins {
	o := origins{}
	for key := range gates {
		o[key] = w.origin(path + "." + key)
	}
	return o
}

func (w *written) origin(path string) Origin {
	at, ok := w.at[path]
	if !ok {
		at = strict.Place{File: w.file}
	}
	return Origin{Place: at, Path: path}
}

func (w *written) ofClasses(prefix string, classes ClassesGates) map[analyzers.Class]origins {
	o := map[analyzers.Class]origins{}
	for class, gates := range classes {
		o[class] = w.of(prefix+"classes."+string(class), gates)
	}
	return o
}

// whole returns the origins of what the files say outside of sections, put together as decode puts gates together.
func (p *Policy) whole() (gates origins, classes map[analyzers.Class]origins) {
	for i := range p.written {
		w := &p.written[i]
		own := w.of("gates", w.gates)
		classes = replaceClasses(classes, own, w.ofClasses("", w.classes))
		gates = replaceGates(gates, own)
	}
	return gates, classes
}

// says returns the last file that says something at path: a list is replaced as a whole.
func (p *Policy) says(path string) *written {
	for i := range slices.Backward(p.written) {
		if _, ok := p.written[i].at[path]; ok {
			return &p.written[i]
		}
	}
	return &written{file: p.Source()}
}

// originsIn is gatesIn for origins.
func (p *Policy) originsIn(class analyzers.Class, sections []int) origins {
	gates, classes := p.whole()
	var in [][2]origins
	for _, i := range sections {
		in = append(in, p.sectionOrigins(i, class))
	}
	return inForce(gates, classes[class], in)
}

// sectionOrigins returns the origins of a section's gates, and of those of a class.
func (p *Policy) sectionOrigins(i int, class analyzers.Class) [2]origins {
	s, w := p.Sections[i], p.says("sections")
	prefix := fmt.Sprintf("sections[%d].", s.number)
	return [2]origins{w.of(prefix+"gates", s.Gates), w.of(prefix+"classes."+string(class), s.Classes[class])}
}
