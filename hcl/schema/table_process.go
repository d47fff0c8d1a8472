package schema

import "github.com/zclconf/go-cty/cty"

// processArgs are the arguments that only checks of the kind "process" have.
func processArgs(only string) []Arg {
	return []Arg{
		{
			Name: "process", Only: []string{only}, Required: true, Kind: List{Elem: Text{Max: 4096, What: "a text without zero bytes", Valid: noZero}},
			Doc:     "The process that must run on the node: its name, as ps(1) shows it with -o comm, or its command with all arguments.",
			Example: `["nginx"]`, Keepalived: "process", Impact: "none",
		},
		{
			Name: "match", Only: []string{only}, Kind: Enum{Values: []string{"name", "command", "begins"}}, Default: Default{Text: "name for one word, command for several"},
			Doc:     "What is compared: the `name`, of which the kernel keeps 15 characters; the whole `command` line, word by word; or the words with which it `begins`.",
			Example: `"begins"`, Keepalived: "param_match", Impact: "none",
		},
		{
			Name: "at_least", Only: []string{only}, Kind: Int{Min: 0, Max: 65535}, Default: value(cty.NumberIntVal(1)),
			Doc: "How many of them must run, 0 to 65535.", Example: "4", Keepalived: "quorum", Impact: "none",
		},
		{
			Name: "at_most", Only: []string{only}, Kind: Int{Min: 0, Max: 65535}, Default: Default{Text: "any number"},
			Doc: "How many may run at most; with 0, and at_least 0, none may.", Example: "8", Keepalived: "quorum_max", Impact: "none",
		},
	}
}

// processRule is about what belongs together in a check of a process.
func processRule() Rule {
	return Rule{
		Name: "a process is of the node", Args: []string{"process", "match", "at_least", "at_most", "target", "port"},
		Doc: "A process runs on the node itself; a name is one word of at most 15 characters, and at_most is not below at_least.",
	}
}

// noZero refuses what no command line can hold.
func noZero(s string) *ValueError {
	for i := range len(s) {
		if s[i] == 0 {
			return wrong(CodeName, "%s holds a zero byte", quote(shorten(s)))
		}
	}
	return nil
}
