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
