package diag

// scriptRuleCodes are HA2315 and HA2316: commands of scripts, and files.
func scriptRuleCodes() []Meaning {
	return []Meaning{
		{"HA2315", "command that is not a program", `The first element of a command is the path of a program, from the root on. It runs without a shell, so that nothing is
searched in PATH, split at blanks or expanded; each argument is an element of its own:

    check "script" "db" {
      command = ["/usr/local/bin/check-db", "--quick"]
    }

For a line of shell, name the shell: command = ["/bin/sh", "-c", "test -e /run/ready && ..."].`},
		{"HA2316", "file with what it cannot have", `A check of a file is about the node itself, so it has neither target nor port. Its content is a number, or anything that
may have to hold a text:

    check "file" "load" {
      file = "/run/app/weight"
    }
    check "file" "ready" {
      file    = "/run/app/state"
      content = "anything"
      text    = "ready"
    }`},
	}
}
