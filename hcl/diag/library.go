package diag

import (
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// said is how we say what the HCL library reports, found by the library's summary. This file is the only place that
// knows the library's texts; a test fails when a new version changes one.
type said struct {
	code string
	// summary is ours. Empty: the detail is made the summary.
	summary string
	// detail tells whether the library's detail is shown: it holds names and values.
	detail bool
	help   string
}

// librarySays are errors of syntax that package source has not said better, then errors of decoding and evaluation.
func librarySays() map[string]said {
	return map[string]said{
		"Argument or block definition required":           {"HA1120", "an argument `name = value` or a block is needed here", false, ""},
		"Argument definition required":                    {"HA1107", "a block on one line takes one argument", false, "Write the block on several lines, one argument per line."},
		"Invalid block definition":                        {"HA1108", "a block needs its opening brace on the same line", false, "Write: type \"label\" {"},
		"Invalid single-argument block definition":        {"HA1107", "a block on one line takes one argument and ends on the same line", false, "Write the block on several lines, one argument per line."},
		"Missing newline after block definition":          {"HA1118", "something stands behind the closing brace of a block", false, "Start a new line after the brace."},
		"Missing newline after argument":                  {"HA1118", "something stands behind the value of an argument", false, "Start a new line after the value. A text of several words takes double quotes."},
		"Unexpected comma after argument":                 {"HA1107", "arguments are separated by line breaks, not by commas", false, "Write one argument per line, without a comma."},
		"Attribute redefined":                             {"HA1117", "this argument is set twice in the same block", false, "Remove one of them."},
		"Invalid argument name":                           {"HA1122", "the name of an argument takes no quotes", false, "Write: name = value"},
		"Unclosed configuration block":                    {"HA1109", "the closing brace of this block is missing", false, "Add a line with } where the block ends."},
		"Unclosed configuration body":                     {"HA1109", "a closing brace is missing", false, "Add a line with } where the block ends."},
		"Invalid string literal":                          {"HA1122", "a label is a plain text in double quotes, without ${…}", false, "Use for_each to make several blocks with computed names."},
		"Unterminated string literal":                     {"HA1111", "the closing quote of this text is missing", false, "Add the quote."},
		"Unterminated template string":                    {"HA1111", "the end of this text is missing", false, "Close the text with a double quote, or a heredoc with its marker on a line of its own."},
		"Invalid multi-line string":                       {"HA1111", "the closing quote of this text is missing in this line", false, "Add the quote. A text of several lines is written as <<EOT … EOT or with \\n."},
		"Invalid escape sequence":                         {"HA1112", "unknown escape sequence in a text", false, "Double the backslash to mean a backslash: \\\\"},
		"Unclosed template interpolation sequence":        {"HA1113", "the closing brace of ${…} is missing", false, "Add the brace, or write $${ to mean the characters ${."},
		"Extra characters after interpolation expression": {"HA1113", "something stands behind the expression in ${…}", false, "Close it with }, or write $${ to mean the characters ${."},
		"Invalid template control keyword":                {"HA1113", "%{ begins a directive: if, else, endif, for, endfor", false, "Write %%{ to mean the characters %{."},
		"Invalid template directive":                      {"HA1113", "%{ begins a directive: if, else, endif, for, endfor", false, "Write %%{ to mean the characters %{."},
		"Unexpected end of template":                      {"HA1113", "a directive of this text is not ended", true, "Add %{ endif } or %{ endfor }."},
		"Unexpected endif directive":                      {"HA1113", "this endif belongs to no if", true, ""},
		"Unexpected endfor directive":                     {"HA1113", "this endfor belongs to no for", true, ""},
		"Unexpected else directive":                       {"HA1113", "this else belongs to no if", true, ""},
		"Invalid 'for' directive":                         {"HA1123", "incomplete %{ for … } directive", true, "Write: %{ for name in list }…%{ endfor }"},
		"Unterminated tuple constructor expression":       {"HA1114", "the closing bracket ] of this list is missing", false, "Add the bracket."},
		"Missing item separator":                          {"HA1115", "a comma is missing between two items of a list", false, "Add the comma behind the item before."},
		"Unterminated object constructor expression":      {"HA1114", "the closing brace } of this map is missing", false, "Add the brace."},
		"Missing attribute separator":                     {"HA1115", "a comma or a line break is missing between two entries of a map", false, "Write one entry per line."},
		"Missing attribute value":                         {"HA1116", "an entry of a map has no value", false, "Write: key = value"},
		"Missing key/value separator":                     {"HA1115", "an equals sign is missing between key and value", true, "Write: key = value"},
		"Unbalanced parentheses":                          {"HA1114", "the closing parenthesis ) is missing", false, "Add it where the expression ends."},
		"Unterminated function call":                      {"HA1114", "the closing parenthesis ) of this function call is missing", false, "Add it behind the last argument."},
		"Missing argument separator":                      {"HA1115", "a comma or the closing parenthesis is missing in a function call", false, "Separate arguments by commas and end the call with )."},
		"Missing closing parenthesis":                     {"HA1114", "behind \"...\" the function call must end", false, "Add ) behind the dots."},
		"Missing open parenthesis":                        {"HA1125", "a function name must be followed by (", false, ""},
		"Missing function name":                           {"HA1127", ":: stands only in names of functions", false, "An IPv6 address is a text: write it in double quotes."},
		"Missing close bracket on index":                  {"HA1114", "the closing bracket ] of this index is missing", false, "Add the bracket."},
		"Missing close bracket on splat index":            {"HA1114", "[* must be followed by ]", false, "Write: list[*].name"},
		"Invalid attribute name":                          {"HA1125", "a name must follow the dot", false, "Complete the reference, for example: vip.web"},
		"Invalid legacy index syntax":                     {"HA1125", "two indexes with dots cannot follow each other", false, "Write indexes in brackets: list[0][1]"},
		"Nested splat expression not allowed":             {"HA1125", "one * inside of another", false, "Use brackets: list[*].names[*], or a for expression."},
		"Missing expression":                              {"HA1116", "a value is missing at the end of the file", false, "Complete the argument: name = value"},
		"Invalid expression":                              {"HA1116", "a value is needed here", false, "Complete the expression, or remove the argument."},
		"Extra characters after expression":               {"HA1118", "something stands behind the value", false, "A text takes double quotes."},
		"Missing false expression in conditional":         {"HA1116", "the part behind the colon of ? : is missing", false, "Write: condition ? value : other"},
		"Invalid number literal":                          {"HA1104", "this is not a number", false, "A text takes double quotes."},
		"Invalid 'for' expression":                        {"HA1123", "incomplete for expression", true, "Write: [for name in list : value] or {for name in list : key => value}"},
		"Unsupported operator":                            {"HA1119", "unknown operator", true, ""},
		"Invalid character":                               {"HA1121", "a character that has no meaning here", true, ""},
		"Invalid character encoding":                      {"HA1011", "the file is not UTF-8", false, "Save it as UTF-8."},

		"Unsupported argument":      {"HA2901", "", true, ""},
		"Unsupported block type":    {"HA2902", "", true, ""},
		"Missing required argument": {"HA2903", "", true, ""},

		"Unknown variable":                             {"HA3901", "", true, ""},
		"Unsupported attribute":                        {"HA3902", "", true, ""},
		"Missing map element":                          {"HA3902", "", true, ""},
		"Invalid index":                                {"HA3902", "no such element", true, ""},
		"Attempt to get attribute from null value":     {"HA3903", "this value is null, so nothing can be taken from it", false, "Give it a value, or guard the expression with try(…, default)."},
		"Attempt to index null value":                  {"HA3903", "this value is null, so nothing can be taken from it", false, "Give it a value, or guard the expression with try(…, default)."},
		"Splat of null value":                          {"HA3903", "this value is null, so [*] finds nothing in it", false, "Give it a value, or guard it with coalesce(…, [])."},
		"Call to unknown function":                     {"HA3904", "", true, "Functions are those of Terraform that give the same result every time, and some for addresses."},
		"Function calls not allowed":                   {"HA3904", "functions cannot be called here", false, "Write the value itself."},
		"Variables not allowed":                        {"HA3901", "references cannot be used here", false, "Write the value itself. A text takes double quotes."},
		"Not enough function arguments":                {"HA3905", "", true, ""},
		"Too many function arguments":                  {"HA3905", "", true, ""},
		"Invalid expanding argument value":             {"HA3905", "", true, ""},
		"Invalid function argument":                    {"HA3906", "", true, ""},
		"Error in function call":                       {"HA3906", "", true, ""},
		"Invalid operand":                              {"HA3907", "", true, ""},
		"Operation failed":                             {"HA3907", "", true, ""},
		"Incorrect condition type":                     {"HA3908", "a condition must be true or false", false, "Compare the value with something, for example: length(x) > 0"},
		"Null condition":                               {"HA3908", "a condition must be true or false; this is null", false, ""},
		"Condition is null":                            {"HA3908", "a condition must be true or false; this is null", false, ""},
		"Invalid 'for' condition":                      {"HA3908", "the condition behind if must be true or false", true, ""},
		"Inconsistent conditional result types":        {"HA3909", "both results of a condition must be of the same type", true, "Convert one of them, for example with tostring(…)."},
		"Invalid template interpolation value":         {"HA3910", "this value cannot be put into a text", true, "Use join for lists, jsonencode for others, coalesce for what may be null."},
		"Iteration over null value":                    {"HA3911", "for cannot go through null", false, "Give it a value, or use coalesce(…, [])."},
		"Iteration over non-iterable value":            {"HA3911", "for goes through lists, sets and maps only", true, ""},
		"Null value as key":                            {"HA3912", "the key of a map must not be null", false, ""},
		"Incorrect key type":                           {"HA3912", "the key of a map must be a text", true, ""},
		"Invalid object key":                           {"HA3912", "the key of a map must be a text", true, ""},
		"Ambiguous attribute key":                      {"HA3912", "is this key a reference or a text?", true, ""},
		"Duplicate object key":                         {"HA3912", "the same key twice in a map", true, ""},
		"Invalid nested splat expressions":             {"HA3913", "the elements that [*] finds are of different types", false, "Use a for expression."},
		"Invalid dynamic for_each value":               {"HA3914", "", true, "for_each of a dynamic block takes a list, a set or a map."},
		"Invalid dynamic iterator name":                {"HA3914", "", true, "Write: iterator = name"},
		"Extraneous dynamic block label":               {"HA3914", "", true, ""},
		"Insufficient dynamic block labels":            {"HA3914", "", true, "Write: labels = [server.value]"},
		"Missing dynamic content block":                {"HA3914", "a dynamic block needs a block content { … }", false, "Put what each generated block holds into content { … }."},
		"Extraneous dynamic content block":             {"HA3914", "a dynamic block takes one block content { … } only", false, "Join them."},
		"Invalid dynamic block label":                  {"HA3914", "", true, ""},
		"Invalid type specification":                   {"HA3915", "", true, "Types are bool, number, string, list(T), set(T), map(T), object({…}), tuple([…]) and any."},
		"Invalid default value for optional attribute": {"HA3915", "", true, ""},
	}
}

// unknownLibrary is said of a message that the table does not know.
func unknownLibrary(d *hcl.Diagnostic) said {
	code := "HA1000"
	if d.Expression != nil || d.EvalContext != nil {
		code = "HA3900"
	}
	return said{code: code, summary: d.Summary, detail: true}
}

// sayLibrary says a message of the library in our words.
func sayLibrary(d *hcl.Diagnostic, table map[string]said, out *Diagnostic) {
	s, ok := table[d.Summary]
	if !ok {
		s = unknownLibrary(d)
	}
	out.Code, out.Summary, out.Detail, out.Help = s.code, s.summary, "", s.help
	text, meant := splitSuggestion(d.Detail)
	if meant != "" && (s.help == "" || s.summary == "") {
		out.Help = "Did you mean \"" + meant + "\"?"
	}
	text = plain(text)
	call, isCall := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	switch {
	case isCall && call.FunctionCallError() != nil:
		out.Summary = call.CalledFunctionName() + ": " + strings.TrimSuffix(plain(call.FunctionCallError().Error()), ".")
	case s.summary == "":
		out.Summary = asSummary(text)
	case s.detail:
		out.Detail = text
	}
}

// splitSuggestion cuts the library's own suggestion off a text.
func splitSuggestion(text string) (rest, meant string) {
	// Made per call: a package has no state, and this runs once per printed message.
	suggestion := regexp.MustCompile(` Did you mean(?: to define \w+)? "?([^"?]+)"?\?`)
	if m := suggestion.FindStringSubmatchIndex(text); m != nil && !strings.ContainsAny(text[m[2]:m[3]], " (") {
		return text[:m[0]] + text[m[1]:], text[m[2]:m[3]]
	}
	return text, ""
}

// asSummary makes a sentence the first line of a diagnostic: small letter, no full stop.
func asSummary(text string) string {
	text = strings.TrimSuffix(text, ".")
	if text != "" && !strings.HasPrefix(text, "Can't") && len(text) > 1 && text[1] >= 'a' && text[1] <= 'z' {
		text = strings.ToLower(text[:1]) + text[1:]
	}
	return text
}

// plain replaces words of the library that mean nothing to those who write configuration.
func plain(text string) string {
	return strings.NewReplacer(
		"An argument named ", "there is no argument ", " is not expected here", " here",
		"Blocks of type ", "there is no block ", " are not expected here", " here",
		"There is no variable named ", "there is nothing named ",
		"Unsuitable value for left operand: ", "the left side of this operator does not fit: ",
		"Unsuitable value for right operand: ", "the right side of this operator does not fit: ",
		"Unsuitable value for unary operand: ", "the value of this operator does not fit: ",
		"Error during operation: ", "this cannot be calculated: ",
		"Can't access attributes on a primitive-typed value", "nothing can be taken from a single value",
		"This object does not have an attribute named", "there is nothing named",
		"This map does not have an element with the key", "this map has no key",
		"The given key does not identify an element in this collection value: ", "",
		"The given key does not identify an element in this collection value.", "",
		"the given index is greater than or equal to the length of the collection", "the index is larger than the last one; the first is 0",
		"the collection has no elements", "the list is empty",
		"The true and false result expressions must have consistent types. ", "",
		"true result", "first result", "false result", "second result",
	).Replace(text)
}
