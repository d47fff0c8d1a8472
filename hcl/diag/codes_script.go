package diag

// scriptRuleCodes is HA2315: commands of scripts.
func scriptRuleCodes() []Meaning {
	return []Meaning{
		{"HA2315", "command that is not a program", `The first element of a command is the path of a program, from the root on. It runs without a shell, so that nothing is
searched in PATH, split at blanks or expanded; each argument is an element of its own:

    check "script" "db" {
      command = ["/usr/local/bin/check-db", "--quick"]
    }

For a line of shell, name the shell: command = ["/bin/sh", "-c", "test -e /run/ready && ..."].`},
	}
}
