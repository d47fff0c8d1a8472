package diag

import "slices"

// syntaxCodes are HA1xxx: loading and syntax.
func syntaxCodes() []Meaning {
	return slices.Concat(loadingCodes(), valueCodes(), grammarCodes())
}

// loadingCodes are HA10xx: reading the folder and its files.
func loadingCodes() []Meaning {
	return []Meaning{
		{"HA1000", "syntax error", `The file does not follow the syntax of HCL. The message is that of the HCL library.`},
		{"HA1001", "configuration folder cannot be read", `The folder does not exist, or its permissions keep it from being read. Reading needs r and x on the
folder and x on all folders above it.`},
		{"HA1002", "a file where a folder is needed", `All *.hcl files of one folder together are one configuration, because a VIP in one file refers to nodes in
another. So commands take the folder:

    ha validate /etc/ha`},
		{"HA1003", "no configuration in the folder", `Only *.hcl files of the folder itself are read: no sub-folders, no dot files, no backups of editors, no tests
(*.hatest.hcl).`},
		{"HA1004", "file cannot be read", `A file of the folder exists but could not be opened or read. A configuration is used whole or not at all, so
nothing is done without it.`},
		{"HA1005", "file too large", `A file may have 16 MiB. Such a file is usually data or a log with the wrong name.`},
		{"HA1006", "configuration too large", `All files of a folder together may have 64 MiB.`},
		{"HA1007", "too many files", `A folder may hold 10 000 *.hcl files.`},
		{"HA1008", "link leads out of the folder", `The folder is the whole configuration: copied to another machine it must mean the same. A symbolic link
inside of it may point to another file inside of it, by a relative path; all others are refused.`},
		{"HA1009", "not a regular file", `Something in the folder ends in .hcl but is a folder, a named pipe, a socket or a device.`},
		{"HA1010", "not a text file", `The file holds zero bytes, which no text does. It may be damaged (a disk that was full, a crash while it was
written) or be something else with the wrong name.`},
		{"HA1011", "not UTF-8", `Configuration is UTF-8, with or without a byte-order mark. Files in Latin-1 or UTF-16 are converted with iconv:

    iconv -f ISO-8859-1 -t UTF-8 old.hcl > new.hcl`},
		{"HA1012", "nested too deep", `Blocks, brackets, texts and templates may be nested 200 levels deep. Deeper files come from generators gone wrong or
from a bracket that is never closed.`},
		{"HA1013", "expression too long", `One expression may hold 10 000 operators, indexes and directives. Functions do the same with less: sum, concat,
join, merge.`},
	}
}

// valueCodes are the mistakes in the notation of values.
func valueCodes() []Meaning {
	return []Meaning{
		{"HA1101", "address without quotes", `Addresses, prefixes and listeners are texts:

    address   = "192.0.2.10"
    addresses = ["192.0.2.0/24", "2001:db8::1/64"]
    listen    = ["192.0.2.10:80", "[2001:db8::1]:80"]`},
		{"HA1102", "duration without quotes", `Durations are texts with a unit: ns, us, ms, s, m, h.

    interval = "100ms"
    timeout  = "1m30s"`},
		{"HA1103", "MAC address without quotes", `MAC addresses are texts:

    mac = "00:11:22:33:44:55"`},
		{"HA1104", "not a number", `Numbers are written in decimal digits, without separators, units or percent signs. Where hexadecimal is usual, as for
firewall marks, arguments take a text:

    weight = 1000
    fwmark = "0x10"`},
		{"HA1105", "single quotes", `Texts take double quotes:

    interface = "eth0"`},
		{"HA1111", "text not closed", `A text ends with a double quote in the same line. Texts of several lines are heredocs:

    message = <<EOT
    first line
    second line
    EOT`},
		{"HA1112", "unknown escape sequence", `In a text a backslash begins an escape: \n \r \t \" \\ \uNNNN \UNNNNNNNN. A backslash itself is written twice,
as in regular expressions:

    regex("^\\d+$", var.x)`},
		{"HA1113", "template sequence", `In a text ${…} puts in a value and %{…} is a directive. To mean the characters themselves, double the first:

    "$${HOME}"     # ${HOME}
    "100 %%{…}"    # 100 %{…}`},
		{"HA1127", "text without quotes", `A text takes double quotes; a bare word is a reference to something of that name:

    interface = "eth0"
    url       = "http://192.0.2.1/health"`},
	}
}

// grammarCodes are the mistakes in blocks, arguments and expressions.
func grammarCodes() []Meaning {
	return []Meaning{
		{"HA1106", "no equals sign", `Arguments take an equals sign; colons and arrows belong to other languages:

    priority = 150`},
		{"HA1107", "arguments on one line", `Arguments are separated by line breaks, not by commas or semicolons. A block on one line takes exactly one:

    check "tcp" { interval = "2s" }

    check "tcp" {
      interval = "2s"
      timeout  = "10s"
    }`},
		{"HA1108", "opening brace", `The opening brace of a block stands on the line of its type and labels:

    vip "web" {
      vrid = 51
    }`},
		{"HA1109", "closing brace missing", `A block is not closed before the end of the file. The message points to the block that seems to lack its brace, judged by
the indentation; ha fmt helps to see it once the file parses.`},
		{"HA1110", "equals sign before a block", `Blocks have no equals sign; only arguments do:

    vip "web" {
      vrid = 51
    }`},
		{"HA1114", "bracket not closed", `A list, map, index or function call is not closed. The message points to where it begins.`},
		{"HA1115", "separator missing", `Items of a list and arguments of a function are separated by commas, entries of a map by line breaks or commas.

    addresses = ["192.0.2.1/32", "192.0.2.2/32"]`},
		{"HA1116", "value missing", `Behind an equals sign or an operator a value must follow on the same line. An argument that shall keep its default is left out
or set to null.`},
		{"HA1117", "argument set twice", `Each argument stands once in a block. Which of two values is meant cannot be told, so neither is taken.`},
		{"HA1118", "something behind the value", `Behind a value the line ends. Often quotes are missing around a text of several words, or an operator between two values.`},
		{"HA1119", "unknown operator", `The operators are + - * / %, == != < <= > >=, && || ! and condition ? a : b.`},
		{"HA1120", "neither argument nor block", `A line in a block is an argument (name = value) or begins a block (type "label" {).`},
		{"HA1121", "unexpected character", `The character has no meaning outside of texts and comments. Comments begin with # or //.`},
		{"HA1122", "name or label", `Names of arguments take no quotes; labels of blocks are plain texts in double quotes without ${…}. Use for_each to make
several blocks with computed names.`},
		{"HA1123", "for expression", `A for expression is written

    [for name in list : value if condition]
    {for name in list : key => value}`},
		{"HA1124", "closing brace too many", `A brace closes nothing. Perhaps a block before it is closed too early.`},
		{"HA1125", "incomplete reference", `References and calls are written vip.web, list[0], list[*].name and function(argument).`},
		{"HA1126", "line of keepalived.conf", `keepalived writes keyword and value without an equals sign, and addresses without quotes. In HCL arguments take an equals sign
and texts take quotes:

    priority 150         # keepalived
    priority = 150       # here`},
	}
}
