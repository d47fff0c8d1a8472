package functions

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// two makes a function of two texts that tells something.
func two(doc, second string, tell func(a, b string) bool) function.Function {
	return function.New(&function.Spec{
		Description: doc,
		Params: []function.Parameter{
			{Name: "text", Type: cty.String, Description: "the text"},
			{Name: second, Type: cty.String, Description: "what is looked for"},
		},
		Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			return cty.BoolVal(tell(args[0].AsString(), args[1].AsString())), nil
		},
	})
}

func startsWith() function.Function {
	return two("Tells whether a text begins with another one.", "prefix", strings.HasPrefix)
}

func endsWith() function.Function {
	return two("Tells whether a text ends with another one.", "suffix", strings.HasSuffix)
}

func containsText() function.Function {
	return two("Tells whether a text contains another one.", "part", strings.Contains)
}

// isRegex tells whether the second argument of replace is a regular expression: /…/.
func isRegex(s string) bool {
	return len(s) > 1 && strings.HasPrefix(s, "/") && strings.HasSuffix(s, "/")
}

// replace is Terraform's: a text between slashes is a regular expression.
func replace() function.Function {
	return function.New(&function.Spec{
		Description: "Replaces each place where a text contains another one. Between slashes the other one is a regular expression.",
		Params: []function.Parameter{
			{Name: "text", Type: cty.String, Description: "the text"},
			{Name: "what", Type: cty.String, Description: `what is replaced: "-" or "/[0-9]+/"`},
			{Name: "by", Type: cty.String, Description: "what comes in its place; $1 is the first group of a regular expression"},
		},
		Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if what := args[1].AsString(); isRegex(what) {
				return stdlib.RegexReplaceFunc.Call([]cty.Value{args[0], cty.StringVal(what[1 : len(what)-1]), args[2]})
			}
			return stdlib.ReplaceFunc.Call(args)
		},
	})
}
