// Package template writes the checklist of a review in Markdown: what a reviewer looks at in a change of these classes, in these languages,
// before these gates.
//
//	set, err := template.New(os.DirFS("review-templates")) // or nil
//	text, err := set.Checklist(template.Change{Classes: classes, Gates: gates, Languages: languages})
//
// The checklist asks what no gate can answer; what a gate checks is named, so that nobody does it by hand. Its texts are files of text/template:
//
//	checklist.tmpl       the whole; has the fields of [Change], and {{part "class" .}} and {{part "language" .}} for what follows
//	class/NAME.tmpl      what a class asks for, such as class/security.tmpl
//	language/NAME.tmpl   what a language asks for: its name in small letters, "p" for "+", "sharp" for "#", "-" for a space
//
// A folder of the operator's replaces files by their names and adds languages. An error there names file and line, when the set is made.
// Whoever writes templates decides what the checklist says, so the folder is to be trusted as a policy is. Names that come with
// a change are escaped for Markdown before a template sees them.
package template
