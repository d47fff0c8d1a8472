package diag

// libraryCodes are HA29xx and HA39xx: what the HCL library finds by itself while it decodes and evaluates.
func libraryCodes() []Meaning {
	return []Meaning{
		{"HA2901", "unknown argument", `The block takes no argument of this name. The reference page lists the arguments of each block.`},
		{"HA2902", "unknown block", `No block of this type may stand here. The reference page lists the blocks and what may stand inside of them.`},
		{"HA2903", "required argument missing", `The block cannot do without this argument, and it has no default.`},
		{"HA3900", "evaluation failed", `An expression could not be evaluated. The message is that of the HCL library.`},
		{"HA3901", "unknown name", `A reference begins with a name that means nothing here. Names are var, local, node, vip, pool, check and the other
types of blocks, each inside of for_each, and the iterator of a dynamic block.

A word without quotes is a reference. A text takes double quotes:

    interface = eth0      # a reference to something named eth0
    interface = "eth0"    # the text eth0`},
		{"HA3902", "no such element", `The object, map or list exists, but has nothing under this name, key or index. Indexes count from 0.`},
		{"HA3903", "taken from null", `The value is null, which means "not set", so it has neither arguments nor elements.

    try(var.site.rack, "none")

gives a default where something may be missing.`},
		{"HA3904", "unknown function", `Functions have Terraform's names. Those whose result changes from run to run (time, random numbers,
environment) are left out on purpose: the same files must always give the same plan.`},
		{"HA3905", "wrong number of function arguments", `The function takes more or fewer arguments than were given.`},
		{"HA3906", "function failed", `The function does not accept the value that it was given. The values of the references in the call stand below the
source line.`},
		{"HA3907", "operator does not fit its values", `Arithmetic takes numbers, && and || take true and false, < and > take numbers. Texts are joined in a template:

    "${var.name}-${var.site}"`},
		{"HA3908", "condition is not true or false", `What stands before "?" or behind "if" must be true or false.`},
		{"HA3909", "results of different types", `Both results of "condition ? a : b" must be of one type, since the rest of the configuration is
checked against it.`},
		{"HA3910", "value cannot be put into a text", `Only texts, numbers, true and false can stand in "${…}". Lists, maps and null cannot.

    join(",", var.list)    # a list as text
    jsonencode(var.map)    # anything as text`},
		{"HA3911", "for over something that is no collection", `A for expression goes through the elements of a list, a set or a map.`},
		{"HA3912", "unusable key", `Keys of maps are texts, not null, and each stands once. In a for expression that makes several values for
one key, "..." behind the value collects them in a list:

    {for s in var.servers : s.rack => s.name...}`},
		{"HA3913", "elements of different types", `[*] makes a list, and all elements of a list are of one type. A for expression can make them alike.`},
		{"HA3914", "dynamic block cannot be expanded", `A dynamic block generates one block per element:

    dynamic "server" {
      for_each = ["192.0.2.1", "192.0.2.2"]
      labels   = [server.value]
      content {
        address = "${server.value}:80"
      }
    }`},
		{"HA3915", "unusable type", `The type of a variable is one of bool, number, string, any, or built from them:

    list(string)
    map(number)
    object({ name = string, weight = optional(number, 1) })`},
	}
}
