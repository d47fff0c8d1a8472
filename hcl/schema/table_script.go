package schema

import (
	"strings"
	"unicode"

	"github.com/zclconf/go-cty/cty"
)

// MaxCommand is how many parts a command line may have, the program included.
const MaxCommand = 64

// scriptArgs are the arguments that only checks of the kind "script" have.
func scriptArgs(only string) []Arg {
	return []Arg{
		{
			Name: "command", Only: []string{only}, Required: true,
			Kind: List{Elem: Text{Max: 4096, What: "a text on one line", Valid: oneLine}},
			Doc: "Program with its path, and its arguments. No shell is involved: each element arrives as it is. Exit status 0 is success; " +
				"any other, and death by a signal, is failure, with the first line of the output as its reason.",
			Example: `["/usr/local/bin/check-db", "--quick"]`, Keepalived: "misc_path", Impact: "none",
		},
		{
			Name: "user", Only: []string{only}, Kind: Text{Max: 32, What: "the name or number of a user", Valid: accountName}, Default: value(cty.StringVal("nobody")),
			Doc: "User as whom the program runs. As `root`, or in a group of root, only what nobody else may write is run: the file, and each " +
				"folder and link on the way to it, belong to root. A user that a node lacks makes the check fail there.",
			Example: `"monitor"`, Keepalived: "script_user", Impact: "none",
		},
		{
			Name: "group", Only: []string{only}, Kind: Text{Max: 32, What: "the name or number of a group", Valid: accountName},
			Default: Default{Text: "the first group of the user"},
			Doc:     "The only group that the program has.", Example: `"adm"`, Impact: "none",
		},
	}
}

// commandRule is about the program of a script.
func commandRule() Rule {
	return Rule{
		Name: "command is a program", Args: []string{"command"},
		Doc: "A command begins with the path of a program, from the root on: nothing is looked up in PATH.",
	}
}

// accountName checks the name or number of a user or group.
func accountName(s string) *ValueError {
	bad := func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == ':' || r == '/' }
	if s == "" || strings.HasPrefix(s, "-") || strings.ContainsFunc(s, bad) {
		e := wrong(CodeName, "%s is not the name of a user or group", quote(shorten(s)))
		e.Help = `Write the name alone, for example "monitor".`
		return e
	}
	return nil
}
