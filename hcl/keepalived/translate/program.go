package translate

import (
	"strings"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// program writes a program with its arguments, and as whom it runs.
func (t *translator) program(b *block, c meaning.Value[meaning.Command], user meaning.Value[meaning.User]) {
	argv := t.argv(c)
	elems := make([]layout.Elem, len(argv))
	for i, word := range argv {
		elems[i].Value = layout.Quote(word)
	}
	b.list("command", elems, c.At)
	u := user.V
	if u.Name == "" {
		u.Name = "root"
		if t.c.Globals.ScriptSecurity.V {
			u.Name = "keepalived_script"
		}
	}
	if u.Name == "nobody" && u.Group == "" {
		t.defaulted(user.At)
		return
	}
	b.keepaliveds(b.arg("user", layout.Quote(u.Name), user.At), user.At)
	if u.Group != "" {
		b.arg("group", layout.Quote(u.Group), user.At)
	}
}

// argv is the command as ha runs it: a program by its path.
func (t *translator) argv(c meaning.Value[meaning.Command]) []string {
	argv := c.V.Argv
	switch {
	case isShellText(c.V):
		t.a.Remark(c.At, "shell-syntax", account.Notice, "the command has the syntax of a shell",
			"keepalived up to 1.2 gave it to a shell; later ones run the first word with all others as arguments. The result gives it to a shell, as was meant")
		return []string{"/bin/sh", "-c", c.V.Text}
	case strings.HasPrefix(argv[0], "</"):
		return []string{"/usr/bin/test", "-r", argv[0][1:]}
	case strings.HasPrefix(argv[0], "/"):
		return clean(argv)
	default:
		return clean(append([]string{"/usr/bin/env"}, argv...)) // looks the program up in PATH, as keepalived does
	}
}

// clean takes line breaks out of words: an argument is on one line.
func clean(argv []string) []string {
	list := make([]string, len(argv))
	for i, word := range argv {
		list[i] = strings.Map(func(c rune) rune {
			if c < ' ' && c != '\t' || c == 0x7f {
				return ' '
			}
			return c
		}, strings.ToValidUTF8(word, "\uFFFD"))
	}
	return list
}

// isShellText tells whether only a shell makes sense of a command.
func isShellText(c meaning.Command) bool {
	for i, word := range c.Argv {
		switch word {
		case "&&", "||", "|", ";", ">", ">>", "2>", "<", "2>&1", "if", "then", "while", "for":
			return i > 0 || word == "if" || word == "while" || word == "for"
		}
		if i > 0 && (strings.HasPrefix(c.Argv[0], "/") && len(c.Argv) > 2 && c.Argv[1] == "-c") {
			return false // a shell is called by name
		}
		if strings.HasPrefix(word, ">") || strings.HasPrefix(word, "2>") || i > 0 && strings.HasPrefix(word, "`") || strings.HasPrefix(word, "$(") ||
			strings.HasSuffix(word, ";") && i < len(c.Argv)-1 {
			return true
		}
	}
	return false
}
