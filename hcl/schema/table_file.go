package schema

import (
	"path"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// fileArgs are the arguments that only checks of the kind "file" have.
func fileArgs(only string) []Arg {
	return []Arg{
		{
			Name: "file", Only: []string{only}, Required: true, Kind: Text{Max: 4095, What: "the path of a file", Valid: filePath},
			Doc: "File of the node, with its path. It is watched: what is written to it, moved into its place or removed, with its folders or without, " +
				"is seen at once. A file that is missing or cannot be read is a failure.",
			Example: `"/run/app/weight"`, Keepalived: "track_file", Impact: "none",
		},
		{
			Name: "content", Only: []string{only}, Kind: Enum{Values: []string{"number", "anything"}}, Default: value(cty.StringVal("number")),
			Doc: "What the file must hold: `number` is one number from -254 to 254, decimal, hexadecimal (0x10) or octal (010), which a track block " +
				"with `factor` adds to the priority, as 0 while it fails; with `anything` it is enough that the file is there.",
			Example: `"anything"`, Impact: "none",
		},
		{
			Name: "text", Only: []string{only}, Kind: Text{Max: 4096, What: "a text of at most 4096 bytes"}, Default: Default{Text: "any"},
			Doc: "Text that the first 64 KiB of the file must hold; needs the content `anything`.", Example: `"ready"`, Impact: "none",
		},
	}
}

// fileRule is about what belongs together in a check of a file.
func fileRule() Rule {
	return Rule{
		Name: "a file is of the node", Args: []string{"file", "content", "text", "target", "port"},
		Doc: "A file is on the node itself, and holds a number or a text.",
	}
}

// filePath checks the path of a file.
func filePath(s string) *ValueError {
	clean := path.Clean("/" + s)
	switch {
	case strings.ContainsRune(s, 0):
		return wrong(CodeName, "%s holds a zero byte", quote(shorten(s)))
	case s == clean && s != "/":
		return nil
	}
	e := wrong(CodeName, "%s is not the path of a file, from the root on", quote(shorten(s)))
	if clean != "/" && path.IsAbs(s) {
		e = wrong(CodeName, "%s is not the shortest way to write this path", quote(shorten(s)))
		e.Help = "Write " + quote(shorten(clean)) + "."
	}
	return e
}
