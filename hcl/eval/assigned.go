package eval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
	"ha/hcl/source"
)

// assign gives each variable its value: the last assignment, or the default.
func (r *resolver) assign(list []assignment) {
	last := map[string]*assignment{}
	for i := range list {
		a := &list[i]
		if _, ok := r.variables[a.name]; !ok {
			r.undeclared(a)
			continue
		}
		last[a.name] = a
	}
	for _, v := range r.sortedVariables() {
		if v.broken {
			continue
		}
		before := len(r.diags)
		if a := last[v.name]; a != nil {
			r.assignOne(v, a)
		} else {
			r.assignDefault(v)
		}
		if r.diags[before:].HasErrors() {
			v.broken, v.value = true, cty.DynamicVal
		}
	}
}

// undeclared reports a value for a variable that there is not. The environment is shared by many programs and runs, so
// a left-over there is only worth a warning.
func (r *resolver) undeclared(a *assignment) {
	if r.maybe[a.name] {
		return
	}
	var known []string
	for _, v := range r.sortedVariables() {
		known = append(known, v.name)
	}
	help := suggestOr(a.name, known, fmt.Sprintf("Remove it, or declare it with a block `variable %s { … }`.", quote(a.name)))
	switch a.kind {
	case fromEnvironment:
		r.report(diag.Warning("HA3033", nil, fmt.Sprintf("the environment sets %s%s, but there is no variable %q", EnvironmentPrefix, a.name, a.name), "", help))
	case fromFlag:
		r.report(diag.Error("HA3033", nil, fmt.Sprintf("--var sets %q, but there is no such variable", a.name), "", help))
	default:
		r.report(diag.Error("HA3033", a.at.Ptr(), fmt.Sprintf("there is no variable %q", a.name), "A file of variables sets declared variables only.", help))
	}
}

func (r *resolver) assignOne(v *variable, a *assignment) {
	v.origin, v.at = a.origin, a.at
	if v.deprecated != "" {
		r.report(diag.Warning("HA3038", a.at.Ptr(), fmt.Sprintf("variable %q is deprecated", v.name), v.deprecated,
			diag.See("declared here", v.block.DefRange()), diag.Help("Remove the value where it is set.")))
	}
	expr := a.expr
	if a.text != nil {
		if v.typ == cty.String {
			r.accept(v, cty.StringVal(string(a.text.Bytes)), nil, a.at)
			return
		}
		parsed, diags := source.ParseExpression(a.text.Bytes, a.text.Name)
		if diags.HasErrors() {
			r.diags = append(r.diags, diags...)
			return
		}
		expr = parsed
	}
	in := context{constant: "a value for a variable"}
	if a.kind == fromFlag {
		in.unquoted = fmt.Sprintf("Declare the variable with type = string to take any text, or quote for the shell as well: --var '%s=\"text\"'.", a.name)
	}
	r.evaluateConstant(v, expr, in)
}

func (r *resolver) assignDefault(v *variable) {
	v.origin = "default"
	if v.defaultAttr == nil {
		r.report(diag.Error("HA3031", v.block.LabelRanges[0].Ptr(), fmt.Sprintf("variable %q has no value", v.name), "It has no default, so each run must give it one.",
			diag.Help(fmt.Sprintf("Give --var %s=VALUE, set %s%s, or write `%s = VALUE` into a file *%s.", v.name, EnvironmentPrefix, v.name, v.name, AutoSuffix))))
		return
	}
	v.at = v.defaultAttr.Expr.Range()
	r.evaluateConstant(v, v.defaultAttr.Expr, context{constant: fmt.Sprintf("the default of variable %q", v.name)})
}

// evaluateConstant evaluates an expression that takes functions and no references.
func (r *resolver) evaluateConstant(v *variable, e hclsyntax.Expression, in context) {
	if x := r.resolve(e, in); x != nil && x.bad {
		return
	}
	value, diags := Evaluate(e, &hcl.EvalContext{Functions: r.functions})
	r.diags = append(r.diags, diags...)
	if diags.HasErrors() {
		return
	}
	r.accept(v, value, e, e.Range())
}

// accept converts a value to the type of its variable and marks secrets. The expression, if there is one, lets errors
// point at the part that is wrong.
func (r *resolver) accept(v *variable, value cty.Value, e hclsyntax.Expression, at hcl.Range) {
	value, marks := value.UnmarkDeep()
	if value.IsNull() && v.notNull {
		if v.defaultAttr == nil || v.origin == "default" {
			r.report(diag.Error("HA3032", at.Ptr(), fmt.Sprintf("variable %q cannot be null", v.name), "It is declared with nullable = false.",
				diag.See("declared here", v.block.DefRange()), diag.Help("Give it a value.")))
			return
		}
		r.assignDefault(v)
		return
	}
	if diags := surplus(value, v.typ, e, at, v.address()); diags.HasErrors() {
		r.diags = append(r.diags, diags...)
		return
	}
	converted, err := applyAndConvert(value, v.typ, v.defaults)
	if err != nil {
		r.report(diag.Error("HA3032", at.Ptr(), fmt.Sprintf("this is no value for variable %q: %s", v.name, sentence(err, v, value)), "",
			diag.See("its type stands here", v.typeRange()), diag.Help(r.typeHelp(v))))
		return
	}
	v.value = converted.WithMarks(marks)
	if v.sensitive {
		v.value = v.value.Mark(Sensitive{Variable: v.name})
	}
}

// typeHelp tells how a value of the type is given from where this one came.
func (r *resolver) typeHelp(v *variable) string {
	return fmt.Sprintf("Write a value of the type %s.", typeexpr.TypeString(v.typ))
}

func (v *variable) typeRange() hcl.Range {
	if attr := v.block.Body.Attributes["type"]; attr != nil {
		return attr.Expr.Range()
	}
	return v.block.DefRange()
}

// sentence says what does not fit, with the value when it is no secret.
func sentence(err error, v *variable, value cty.Value) string {
	where := ""
	var pe cty.PathError
	if asPathError(err, &pe) && len(pe.Path) > 0 {
		where = " at " + v.address() + pathText(pe.Path)
	}
	text := err.Error() + where
	if want, ok := strings.CutSuffix(err.Error(), " is required"); ok {
		text = want + " is wanted" + where
	}
	if where == "" && !v.sensitive && value.Type().IsPrimitiveType() {
		text += ", not " + show(value, 60)
	}
	return text
}

// applyAndConvert fills in the defaults of optional attributes, then converts. The library panics on some
// combinations of both; that is an error like any other.
func applyAndConvert(value cty.Value, ty cty.Type, defaults *typeexpr.Defaults) (out cty.Value, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = cty.DynamicVal, fmt.Errorf("it does not fit the type: %s", firstLine(r))
		}
	}()
	if defaults != nil {
		value = defaults.Apply(value)
	}
	return Convert(value, ty)
}
