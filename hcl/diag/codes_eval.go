package diag

import "slices"

// evalCodes are HA3xxx: references and evaluation.
func evalCodes() []Meaning {
	return slices.Concat(declarationCodes(), referenceCodes(), variableCodes(), expansionCodes())
}

// declarationCodes are HA300x: the headers of blocks.
func declarationCodes() []Meaning {
	return []Meaning{
		{"HA3001", "unknown block", `No block of this type may stand at the top of a file. Often it belongs inside another block, and a closing brace
stands too early.`},
		{"HA3002", "wrong number of labels", `Each type of block has a fixed number of labels, the texts between its type and its brace:

    cluster {                 # none
    vip "web" {               # its name
    check "tcp" "login" {     # its kind and its name`},
		{"HA3003", "unusable label", `A label is a name of 1 to 255 bytes that can be printed; some are one of a few words, as the kind of a check. The name
of a variable is an identifier, because expressions write var.NAME.

A name that is no identifier is referred to with brackets: vip["a b"].`},
		{"HA3004", "defined twice", `All files of the folder share one set of names: two blocks of one type must not have the same labels, and a local
stands once, in whichever locals block.`},
		{"HA3005", "wrong place", `At the top of a file there are only blocks, and inside of locals there are only arguments.`},
	}
}

// referenceCodes are HA301x and HA302x: what expressions name.
func referenceCodes() []Meaning {
	return []Meaning{
		{"HA3010", "nothing of that name", `A reference names a variable, a local or a block that is not declared in any file of the folder. Every reference is
checked, also one inside of try(…) or in a branch that is not taken.

    var.priority        # variable "priority" { … }
    local.port          # locals { port = … }
    vip.web             # vip "web" { … }
    check.tcp.login     # check "tcp" "login" { … }

Names may contain dashes, so local.port-1 is the one name "port-1"; a subtraction takes spaces.`},
		{"HA3011", "no such part", `The thing exists but has no argument, attribute or member of that name. A block has its arguments and labels; blocks
inside of it are out of reach. each and the iterators of dynamic blocks have key and value.`},
		{"HA3012", "word without quotes", `A word without quotes is a reference. A text takes double quotes, and the two truth values are true and false:

    interface = "eth0.100"
    preempt   = true`},
		{"HA3013", "each outside of for_each", `each.key and each.value stand for one round of for_each, so they mean something only inside of a block that has it.
Inside of a dynamic block the rounds are those of its iterator, which is called as the type of block: server.key, server.value.`},
		{"HA3014", "unknown function", `Functions have Terraform's names. Those whose result changes from run to run (time, random numbers, environment) are
left out on purpose: the same files must always give the same plan.`},
		{"HA3015", "reference in a constant", `The default of a variable and the values that are given to variables are read before anything else has a value, so they
hold no references. Functions are allowed. What depends on variables goes into locals:

    locals {
      backup_priority = var.priority - 10
    }`},
		{"HA3016", "reference without a name", `var and local are not values of their own: a reference says which variable or local it means. So each use of a
variable can be found by its name.`},
		{"HA3017", "no such instance", `A block with for_each is one block per key, and a reference names the key: vip.web["a"].vrid. All of them together are a
map from key to block:

    [for key, v in vip.web : v.vrid]

A block without for_each has no instances.`},
		{"HA3018", "key twice in a map", `A map has each key once. The HCL library would take the last value without a word, so it is an error here.`},
		{"HA3020", "circle of references", `Some values need each other, so none can be computed first. Values are computed one by one, not block by block:
vip.a.priority may use vip.b.vrid while vip.b.priority uses vip.a.vrid. A circle is only what leads back to the same value. Each
use in it is listed with its place; removing any one of them is enough.`},
	}
}

// variableCodes are HA303x: variables and their values.
func variableCodes() []Meaning {
	return []Meaning{
		{"HA3030", "variable is not declared properly", `A variable takes these arguments, all of them optional, and any number of validations:

    variable "priority" {
      type        = number
      default     = 100
      description = "Priority of the first node."
      sensitive   = false
      nullable    = true
      deprecated  = "Use the block node instead."
      validation {
        condition     = var.priority < 255
        error_message = "255 is kept for the address owner."
      }
    }`},
		{"HA3031", "variable without a value", `A variable without a default needs a value in each run. Later ones win over earlier ones:

    priority = 150                     # in a file *.auto.havars
    HA_VAR_priority=150 ha plan        # environment
    ha plan --var-file prod.havars     # a file like the first
    ha plan --var priority=150`},
		{"HA3032", "value does not fit its variable", `The value cannot be converted to the type of the variable, or it is null and the variable is declared with
nullable = false. Texts that read as numbers are numbers where these are wanted, and the reverse.`},
		{"HA3033", "value for an undeclared variable", `A flag or a file sets a variable that no file of the folder declares; most often its name is misspelt. In the environment it is a
warning only, since a variable there may be meant for another configuration.`},
		{"HA3034", "surplus attribute", `An object has an attribute that its type does not have. Conversion would drop it without a word, and with it what a misspelt
name was meant to say.`},
		{"HA3035", "value refused by a validation", `The variable's own validation says that this value is not allowed. The message is that of its author; the rule stands at the
second place.`},
		{"HA3036", "validation is not usable", `The condition of a validation is true or false, and its error_message is a text that is not empty.`},
		{"HA3037", "values of variables cannot be read", `Values come from files *.havars that hold lines name = value and nothing else, and from flags --var NAME=VALUE. For a variable
of type string a flag's value is taken as it is; all others are HCL:

    ha plan --var site=berlin --var priority=150 --var 'servers=["a", "b"]'`},
		{"HA3038", "deprecated variable", `The variable still works, but its declaration says that it will go away and what to do instead.`},
	}
}

// expansionCodes are HA304x and HA305x: for_each, dynamic, evaluation.
func expansionCodes() []Meaning {
	return []Meaning{
		{"HA3040", "for_each where it is not allowed", `for_each repeats some types of blocks at the top of a file. Blocks inside of another block are repeated by dynamic.`},
		{"HA3041", "for_each takes a map or a set", `The keys of for_each become part of the address, vip.web["a"], so they must be texts that stay the same when something is
added. The places in a list do not: one more element at its beginning would rename all others. A list of texts becomes a set
with toset(…); a list of objects becomes a map:

    for_each = { for s in local.services : s.name => s }

dynamic takes lists as well, since the blocks that it generates have labels of their own.`},
		{"HA3042", "for_each is null", `null means "not set", which is neither none nor some. An empty map, {}, makes no blocks.`},
		{"HA3043", "secret where it would show", `Values of variables with sensitive = true, and all that is made from them, are kept out of plans, logs and messages. Keys, labels and
messages show there, and so does the number of blocks.`},
		{"HA3044", "dynamic block with a wrong shape", `A dynamic block generates one block per element of its for_each:

    dynamic "server" {
      for_each = ["192.0.2.1", "192.0.2.2"]
      iterator = item                  # optional; without it: server
      labels   = [item.value]          # one for each label of the generated block
      content {
        address = "${item.value}:80"
      }
    }`},
		{"HA3045", "labels of a dynamic block", `labels is a list, written out, with one text for each label of the generated block. The elements may use the iterator.`},
		{"HA3050", "expression cannot be evaluated", `The library that evaluates expressions gave up where it should have said what is wrong. That is a mistake in ha: please report
the expression.`},
		{"HA3051", "value too large", `A value may have 1 000 000 parts and be 500 levels deep. Locals that hold each other several times reach that soon:

    a1 = [local.a0, local.a0]
    a2 = [local.a1, local.a1]    # and so on: twice as much with each line`},
	}
}
