package diag

import (
	"maps"
	"regexp"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
)

// said is how we say what the HCL library reports, found by the library's summary. Only library_texts.go
// and plain below know the library's texts; a test fails when a new version changes one.
type said struct {
	code string
	// summary is ours. Empty: the detail is made the summary.
	summary string
	// detail tells whether the library's detail is shown: it holds names and values.
	detail bool
	help   string
}

// librarySays is the table by the library's summary.
func librarySays() map[string]said {
	table := librarySyntax()
	maps.Copy(table, libraryDecoding())
	maps.Copy(table, libraryEvaluation())
	return table
}

// library is what is needed to say the library's messages in our words; made once for many of them.
type library struct {
	table      map[string]said
	suggestion *regexp.Regexp
	words      *strings.Replacer
}

func newLibrary() *library {
	return &library{
		table:      librarySays(),
		suggestion: regexp.MustCompile(` Did you mean(?: to define \w+)? "?([^"?]+)"?\?`),
		words:      libraryWords(),
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

// say says a message of the library in our words.
func (l *library) say(d *hcl.Diagnostic, out *Diagnostic) {
	s, ok := l.table[d.Summary]
	if !ok {
		s = unknownLibrary(d)
	}
	out.Code, out.Summary, out.Detail, out.Help = s.code, s.summary, "", s.help
	text, meant := l.splitSuggestion(d.Detail)
	if meant != "" && (s.help == "" || s.summary == "") {
		out.Help = "Did you mean \"" + meant + "\"?"
	}
	text = l.words.Replace(text)
	call, isCall := hcl.DiagnosticExtra[hclsyntax.FunctionCallDiagExtra](d)
	switch {
	case isCall && call.FunctionCallError() != nil:
		out.Summary = call.CalledFunctionName() + ": " + strings.TrimSuffix(l.functionError(call.FunctionCallError()), ".")
	case s.summary == "":
		out.Summary = asSummary(text)
	case s.detail:
		out.Detail = asDetail(text)
	}
	if isCall && call.FunctionCallError() == nil && d.Summary == "Invalid function argument" {
		out.Summary = call.CalledFunctionName() + ": " + out.Summary
	}
}

// splitSuggestion cuts the library's own suggestion off a text.
func (l *library) splitSuggestion(text string) (rest, meant string) {
	if m := l.suggestion.FindStringSubmatchIndex(text); m != nil && !strings.ContainsAny(text[m[2]:m[3]], " (") {
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

// asDetail makes what is left of a text a sentence again.
func asDetail(text string) string {
	if text != "" && text[0] >= 'a' && text[0] <= 'z' {
		return strings.ToUpper(text[:1]) + text[1:]
	}
	return text
}

// functionError is what a function says is wrong with its arguments.
func (l *library) functionError(err error) string {
	text := err.Error()
	if text == "EOF" || text == "unexpected EOF" {
		return "the text ends too early"
	}
	return l.words.Replace(text)
}

// libraryWords replaces words of the library that mean nothing to those who write configuration.
func libraryWords() *strings.Replacer {
	pairs := []string{
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
		"This value does not have any attributes", "this is no map: nothing in it has a name",
		"This value does not have any indices", "this is neither a list nor a map",
		"Can't use a null value as an indexing key", "the index is null",
		"a negative number is not a valid index for a sequence", "indexes count from 0",
		"The given key does not identify an element in this collection value: ", "",
		"The given key does not identify an element in this collection value.", "",
		"the given index is greater than or equal to the length of the collection", "the index is larger than the last one; the first is 0",
		"the collection has no elements", "the list is empty",
		"The true and false result expressions must have consistent types. ", "",
		"true result", "first result", "false result", "second result",
		"Key expression is not valid when building a tuple", "a list has no keys",
		"The expression result is null. Cannot include a null value in a string template", "it is null",
		"Invalid value for \"", "the argument \"", "\" parameter: ", "\" does not fit: ",
		"a bool is required", "true or false is needed", "a string is required", "a text is needed", "a number is required", "a number is needed",
		"list of string required", "a list of texts is needed", "map of string required", "a map of texts is needed",
		"bool required", "true or false is needed", "string required", "a text is needed", "number required", "a number is needed",
		"list of any single type required", "a list is needed", "tuple required", "a list is needed", "object required", "a map is needed",
	}
	for _, word := range []struct{ library, ours string }{
		{"tuple", "a list"},
		{"list", "a list"},
		{"set", "a set"},
		{"object", "a map"},
		{"map", "a map"},
		{"string", "a text"},
		{"number", "a number"},
		{"bool", "true or false"},
	} {
		pairs = append(pairs, ", but have "+word.library, ", and this is "+word.ours,
			"The 'true' value is "+word.library, "the first is "+word.ours, "the 'false' value is "+word.library, "the second is "+word.ours)
	}
	return strings.NewReplacer(pairs...)
}
