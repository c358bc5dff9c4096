package treemap

import (
	"fmt"
	"strings"
)

// A scale is a choice of what colours say. Its steps go from light to dark in one hue.
type scale struct {
	Key   string // in classes of the page
	Name  string
	What  string
	Steps []step
}

type step struct{ Fill, Text, Name string }

const (
	dark  = "#16181d"
	light = "#ffffff"
)

// unknown is what is not known, on every scale.
var unknown = step{"#c9ccd1", dark, "not known"}

// scales hold a contrast of 4.5 between a fill and the text on it (WCAG 2.2, success criterion 1.4.3); a test computes it.
var scales = []scale{
	{"o", "Ownership", "how much of the lines one person has", []step{{"#e6f1f7", dark, "below 20 %"}, {"#b5d7ea", dark, "20–39 %"}, {"#74b0d5", dark, "40–59 %"}, {"#2a6ea6", light, "60–79 %"}, {"#0c3763", light, "80 % or more"}}},
	{"s", "Staleness", "how long ago something was changed", []step{{"#fdf3d3", dark, "within 30 days"}, {"#f9d68f", dark, "within 90 days"}, {"#ee9f4d", dark, "within a year"}, {"#ac5511", light, "within two years"}, {"#612a06", light, "longer ago"}}},
	{"d", "Departed", "how much of the lines is by people who have left", []step{{"#f5ebf6", dark, "below 20 %"}, {"#dfc1e3", dark, "20–39 %"}, {"#bf88c8", dark, "40–59 %"}, {"#84429a", light, "60–79 %"}, {"#441458", light, "80 % or more"}}},
}

// colours returns the rules of the scales. A choice is a radio button that is checked, so that no script is needed.
func colours() string {
	var b strings.Builder
	for _, s := range scales {
		for i, c := range append(s.Steps[:len(s.Steps):len(s.Steps)], unknown) {
			class := fmt.Sprintf("%s%d", s.Key, i)
			if i == len(s.Steps) {
				class = s.Key + "u"
			}
			when := "body:has(#by-" + s.Key + ":checked) ." + class
			fmt.Fprintf(&b, "%s:not(.dir)>rect,%[1]s>circle{fill:%[2]s}%[3]s:not(.dir)>text{fill:%[4]s}.k.%[5]s{background:%[6]s;color:%[7]s}\n", when, c.Fill, when, c.Text, class, c.Fill, c.Text)
		}
		fmt.Fprintf(&b, "body:not(:has(#by-%s:checked)) .key-%s{display:none}\n", s.Key, s.Key)
	}
	return b.String()
}
