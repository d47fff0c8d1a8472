package diag

// scriptRuleCodes are HA2315 to HA2319: what checks of a kind cannot have.
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
		{"HA2318", "process with what it cannot have", `A check of a process is about the node itself, so it has neither target nor port. A process is known by its name, of which
the kernel keeps 15 characters, or by its command line:

    check "process" "proxy" {
      process = ["haproxy"]
    }
    check "process" "worker" {
      process  = ["/usr/bin/python3", "/srv/worker.py"]
      match    = "begins"
      at_least = 4
    }`},
		{"HA2320", "weight that a check cannot tell", `With a block weight the answer to a check sets the weight of the server: for http a header or the body, for tcp a line that the
server sends, for a script the exit status, for a file the number in it. Other answers hold none.

    check "http" "load" {
      path = "/load"
      weight {
        header = "X-Weight"
        min    = 1
        max    = 100
      }
    }`},
		{"HA2321", "check that cannot go by way of a server", `With data_path a check goes where packets of clients go: to the listeners of the pool, by way of each server. It needs a kind that
speaks TCP or UDP, and leaves from an address of the node:

    pool "web" {
      listen     = ["192.0.2.80:80"]
      forwarding = "dr"
      check "http" {
        data_path = true
      }
      server "web1" {
        address = "192.0.2.31:80"
      }
    }`},
		{"HA2319", "connection of a check that makes none", `The block from and the argument address say how a probe reaches its target over the network. A script makes its
connections itself, with the arguments of its command; a file or a process is on the node, and is reached without any.`},
	}
}
