package secrets

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/refward/refward/analyzers/secrets/rulepack"
	"github.com/refward/refward/analyzers/secrets/ruleset"
)

const exampleUnread = `# found: content that is larger than is read, or an archive that cannot be opened
build/all.tar.zst
# right: what is built is published, not committed; large files go to git-lfs
git lfs track "*.psd"`

// notInName are characters that the name of an environment variable does not have.
var notInName = regexp.MustCompile(`[^A-Z0-9]+`)

// example says how what a rule finds typically stands in a file, and what is right. A secret itself cannot be written down: our own
// sources are searched, too, and so is whatever repeats the documentation.
func example(r ruleset.Rule, title string) string {
	name := strings.Trim(notInName.ReplaceAllString(strings.ToUpper(r.ID), "_"), "_")
	if text := rulepack.Example(r.ID); r.Pack && text != "" {
		return text + "\n# right: " + elsewhere(r, name)
	}
	switch group := string(r.Group()); {
	case group == groupPersonal:
		return fmt.Sprintf("# found: a real %s, such as in the data of a test\ncustomers.csv: …,<%s>,…\n"+
			"# right: a number that nobody has, which the issuer reserves for tests or whose check digit is wrong", title, title)
	case r.Regex == "":
		return fmt.Sprintf("# found: the file itself, %s\ngit add <file>\n# right: it stays on the machine, and git ignores it\n"+
			"echo <file> >> .gitignore", title)
	case r.Path != "" && strings.Contains(r.Path, "ya?ml"):
		return fmt.Sprintf("# found: the value itself, in a file that is named like one for it (%s)\npassword: <value>\n"+
			"# right: the name of a variable, which is filled in where the program runs\npassword: ${%s}", title, name)
	case r.Path != "":
		return fmt.Sprintf("# found: the value itself, in a file that is named like one for it (%s)\npassword = <value>\n"+
			"# right: a file without the value beside the program, which names where it is to be read\npassword = ${%s}", title, name)
	case group == groupGeneric:
		return fmt.Sprintf("# found: the value itself, behind a name that tells (%s)\nsecret = \"<value>\"\n"+
			"# right: the program reads it from its environment\nsecret = os.environ[\"%s\"]", title, name)
	default:
		return fmt.Sprintf("# found: the value itself, in any file, message or name (%s)\ntoken = \"<value>\"\n"+
			"# right: the program reads it from its environment\ntoken = os.environ[\"%s\"]", title, name)
	}
}

// elsewhere says where a secret belongs that a rule pack finds.
func elsewhere(r ruleset.Rule, name string) string {
	switch {
	case string(r.Group()) == groupPersonal:
		return "a number that nobody has, which the issuer reserves for tests"
	case r.Regex == "":
		return "the file stays on the machine, and git ignores it"
	case r.Path != "":
		return "the file stays out of the repository, or names a variable that is filled in where the program runs: ${" + name + "}"
	default:
		return "the value is read where the program runs, such as from its environment: ${" + name + "}"
	}
}
