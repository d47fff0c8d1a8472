package functions

import (
	"errors"
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"ha/hcl/diag"
	"ha/hcl/source"
)

// template evaluates a file as a template.
func (r *reader) template(inner map[string]function.Function) function.Function {
	return function.New(&function.Spec{
		Description: "Reads a file below the configuration's folder and puts values into its ${…} and %{…}.",
		Params: []function.Parameter{
			{Name: "name", Type: cty.String, Description: "relative to the configuration's folder"},
			{Name: "vars", Type: cty.DynamicPseudoType, Description: "an object or map with the names that the template uses"},
		},
		Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			none := cty.UnknownVal(cty.String)
			name := args[0].AsString()
			if ty := args[1].Type(); !ty.IsObjectType() && !ty.IsMapType() {
				return none, function.NewArgErrorf(1, "an object with the names that the template uses is needed")
			}
			src, err := r.text(name)
			if err != nil {
				return none, err
			}
			expr, diags := source.ParseTemplate([]byte(src), name)
			if diags.HasErrors() {
				return none, templateError(diags)
			}
			vars := args[1].AsValueMap()
			if vars == nil { // the library takes this for a place where no names are allowed
				vars = map[string]cty.Value{}
			}
			v, diags := expr.Value(&hcl.EvalContext{Variables: vars, Functions: inner})
			if diags.HasErrors() {
				return none, templateError(diags)
			}
			return asText(v)
		},
	})
}

// asText makes a text of the value of a template; one that is a single ${…} may be of any type.
func asText(v cty.Value) (cty.Value, error) {
	v, marks := v.Unmark()
	if v.IsNull() || !v.Type().IsPrimitiveType() {
		return cty.UnknownVal(cty.String), errors.New("the template does not make a text")
	}
	if v.Type() != cty.String {
		s, err := bounded("tostring", collections()["tostring"]).Call([]cty.Value{v})
		if err != nil {
			return cty.UnknownVal(cty.String), err
		}
		v = s
	}
	return v.WithMarks(marks), nil
}

// templateError says the first mistake of a template in one line.
func templateError(diags hcl.Diagnostics) error {
	var first diag.Diagnostic
	for _, d := range diag.Collect(diags, nil) {
		if first.Summary == "" && d.Severity == "error" {
			first = d
		}
	}
	where := ""
	if first.Range != nil {
		where = fmt.Sprintf("%s:%d:%d: ", first.Range.Filename, first.Range.Start.Line, first.Range.Start.Column)
	}
	return errors.New(where + first.Summary)
}
