package eval

import (
	"errors"
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
	if a.expr != nil {
		v.at = a.expr.Range()
	}
	if v.deprecated != "" {
		r.report(diag.Warning("HA3038", v.blame().Ptr(), fmt.Sprintf("variable %q is deprecated", v.name), v.deprecated,
			diag.See("declared here", v.block.DefRange()), diag.Help("Remove the value where it is set.")))
	}
	if a.text == nil {
		r.evaluateConstant(v, a.expr, context{constant: "a value for a variable"})
		return
	}
	text := string(a.text.Bytes)
	if v.typ == cty.String {
		r.accept(v, cty.StringVal(text), nil)
		return
	}
	expr, diags := source.ParseExpression(a.text.Bytes, a.text.Name)
	if diags.HasErrors() || v.typ.IsPrimitiveType() && isBareWord(expr) {
		if v.typ.IsPrimitiveType() {
			r.misfit(v, fmt.Errorf("%s is required", withArticle(v.typ)), cty.StringVal(text), nil)
			return
		}
		r.diags = append(r.diags, v.hideSecret(diags)...)
		return
	}
	in := context{constant: "a value for a variable", unquoted: "Declare the variable with type = string to take any text, or write HCL: " + quote(text) + "."}
	if a.kind == fromFlag {
		in.unquoted = fmt.Sprintf("Declare the variable with type = string to take any text, or quote for the shell as well: --var '%s=%s'.", a.name, quote(text))
	}
	r.evaluateConstant(v, expr, in)
}

// isBareWord tells whether a value is a word that someone meant as a text: --var priority=high.
func isBareWord(e hclsyntax.Expression) bool {
	_, isName := e.(*hclsyntax.ScopeTraversalExpr)
	return isName
}

func withArticle(ty cty.Type) string {
	if ty == cty.Bool {
		return "true or false"
	}
	return article(ty.FriendlyName())
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
	before := len(r.diags)
	if x := r.resolve(e, in); x != nil && x.bad {
		r.diags = append(r.diags[:before], v.hideSecret(r.diags[before:])...)
		return
	}
	value, diags := Evaluate(e, &hcl.EvalContext{Functions: r.functions})
	if diags.HasErrors() {
		r.diags = append(r.diags, v.hideSecret(diags)...)
		return
	}
	r.accept(v, value, e)
}

// hideSecret replaces what is said about the value of a sensitive variable: messages and source lines would show it.
func (v *variable) hideSecret(diags hcl.Diagnostics) hcl.Diagnostics {
	if !v.sensitive || v.origin == "default" || !diags.HasErrors() {
		return diags
	}
	return hcl.Diagnostics{diag.Error("HA3032", v.blame().Ptr(), fmt.Sprintf("this is no value for variable %q: it does not read as HCL", v.name), v.comesFrom(),
		diag.Help("Declare the variable with type = string to take any text, or put the text into quotes."))}
}

// blame is the place to point at for a value: where it stands, or the declaration if the line would show a secret.
func (v *variable) blame() hcl.Range {
	if v.sensitive {
		return v.block.LabelRanges[0]
	}
	return v.at
}

// comesFrom says where a value that is not shown comes from.
func (v *variable) comesFrom() string {
	if !v.sensitive || v.origin == "default" {
		return ""
	}
	from := originWords(v)
	if strings.HasPrefix(v.origin, "file ") {
		from += fmt.Sprintf(", line %d", v.at.Start.Line)
	}
	return "It comes from " + from + ", and is not shown because the variable is sensitive."
}

// accept converts a value to the type of its variable and marks secrets. The expression, if there is one, lets errors
// point at the part that is wrong.
func (r *resolver) accept(v *variable, value cty.Value, e hclsyntax.Expression) {
	value, marks := value.UnmarkDeep()
	if value.IsNull() && v.notNull {
		if v.defaultAttr == nil || v.origin == "default" {
			r.report(diag.Error("HA3032", v.blame().Ptr(), fmt.Sprintf("variable %q cannot be null", v.name), "It is declared with nullable = false.",
				diag.See("declared here", v.block.DefRange()), diag.Help("Give it a value.")))
			return
		}
		r.assignDefault(v)
		return
	}
	var literal hcl.Expression
	if e != nil && !v.sensitive {
		literal = e
	}
	if diags := surplus(value, v.typ, literal, v.blame(), v.address()); diags.HasErrors() {
		if v.sensitive { // names are part of the secret
			diags = hcl.Diagnostics{diag.Error("HA3034", v.blame().Ptr(), fmt.Sprintf("the value of variable %q has an attribute that its type does not have", v.name),
				v.comesFrom(), diag.See("its type stands here", v.typeRange()), diag.Help(fmt.Sprintf("Write a value of the type %s.", typeexpr.TypeString(v.typ))))}
		}
		r.diags = append(r.diags, diags...)
		return
	}
	converted, err := applyAndConvert(value, v.typ, v.defaults)
	if err != nil {
		r.misfit(v, err, value, literal)
		return
	}
	v.value = converted.WithMarks(marks)
	if v.sensitive {
		v.value = v.value.Mark(Sensitive{Variable: v.name})
	}
}

// misfit reports a value that its type does not take, at the part of the expression that is wrong, if it is known.
func (r *resolver) misfit(v *variable, err error, value cty.Value, e hcl.Expression) {
	at := v.blame()
	var pe cty.PathError
	if e != nil && errors.As(err, &pe) {
		at = inside(e, pe.Path).Range()
	}
	r.report(diag.Error("HA3032", at.Ptr(), fmt.Sprintf("this is no value for variable %q: %s", v.name, sentence(err, v, value)), v.comesFrom(),
		diag.See("its type stands here", v.typeRange()), diag.Help(fmt.Sprintf("Write a value of the type %s.", typeexpr.TypeString(v.typ)))))
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
	if errors.As(err, &pe) && len(pe.Path) > 0 {
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
