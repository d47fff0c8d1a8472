package decode

import (
	"fmt"
	"path"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/schema"
)

func commandIsAProgram(o *Object, why string) hcl.Diagnostics {
	if len(o.Labels) > 0 && o.Labels[0] != "script" || o.Cell("command").State != Set {
		return nil // that it is missing is said elsewhere
	}
	command := list[string](o, "command")
	switch {
	case len(command) == 0:
		return fault(o, "HA2315", "command", "the command is empty", why, `Write for example command = ["/usr/local/bin/check-db", "--quick"].`)
	case len(command) > schema.MaxCommand:
		return fault(o, "HA2315", "command", fmt.Sprintf("the command has %d parts, more than %d", len(command), schema.MaxCommand), "",
			"Put them into a script.")
	}
	program, help := command[0].Val, `Write its path, for example "/usr/local/bin/check-db".`
	switch {
	case strings.Contains(program, " ") && path.IsAbs(program):
		return unsplit(o, program)
	case path.IsAbs(program):
		return nil
	case program != "" && path.Base(program) == program:
		help = fmt.Sprintf("Write its path, as `command -v %s` prints it on the nodes.", program)
	}
	return fault(o, "HA2315", "command", fmt.Sprintf("%q is not the path of a program", program), why, help)
}

// unsplit is about a command line in one text, as keepalived has it.
func unsplit(o *Object, program string) hcl.Diagnostics {
	var words []string
	for _, w := range strings.Fields(program) {
		words = append(words, fmt.Sprintf("%q", w))
	}
	return fault(o, "HA2315", "command", fmt.Sprintf("%q has blanks: a path with its arguments in one text", program),
		"No shell splits it; each argument is an element of its own.", fmt.Sprintf("Write command = [%s].", strings.Join(words, ", ")))
}
