package eval

import (
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/ext/typeexpr"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// variable is an input variable as declared and, later, with its value.
type variable struct {
	name   string
	block  *hclsyntax.Block
	broken bool // it, or its value, has a mistake that is reported: references to it are silent

	typ         cty.Type // cty.DynamicPseudoType for any
	defaults    *typeexpr.Defaults
	defaultAttr *hclsyntax.Attribute
	sensitive   bool
	notNull     bool   // nullable = false
	deprecated  string // what to do instead
	validations []*validation

	value  cty.Value // marked when sensitive
	origin string
	at     hcl.Range // where the value stands
}

// validation is a rule on the value of a variable.
type validation struct {
	variable  *variable
	block     *hclsyntax.Block
	condition *hclsyntax.Attribute
	message   *hclsyntax.Attribute
	exprs     [2]*expression // of condition and message, after the static check
}

func (v *variable) address() string { return "var." + v.name }

// declareVariable reads all of a variable block but its default, which may call functions.
func (s *symbols) declareVariable(block *hclsyntax.Block, broken bool) hcl.Diagnostics {
	if len(block.Labels) != 1 {
		return hcl.Diagnostics{diag.Error("HA3002", block.TypeRange.Ptr(),
			fmt.Sprintf("variable takes 1 label, its name; this one has %s", countOnly(len(block.Labels))), "",
			diag.Help("Write the header as `variable \"name\" {`."))}
	}
	name := block.Labels[0]
	if !hclsyntax.ValidIdentifier(name) {
		return hcl.Diagnostics{diag.Error("HA3003", block.LabelRanges[0].Ptr(), fmt.Sprintf("%s cannot be the name of a variable", quote(name)),
			"Expressions write var.NAME, flags --var NAME=VALUE.", diag.Help("Choose letters, digits, _ and -, beginning with a letter."))}
	}
	if first, twice := s.variables[name]; twice {
		return hcl.Diagnostics{diag.Error("HA3004", block.LabelRanges[0].Ptr(), fmt.Sprintf("variable %s is defined twice", quote(name)), "",
			diag.See("first defined here", first.block.DefRange()), diag.Help("Rename one of them or remove it."))}
	}
	v := &variable{name: name, block: block, broken: broken, typ: cty.DynamicPseudoType, value: cty.DynamicVal}
	s.variables[name] = v
	if broken {
		return nil
	}
	diags := v.read()
	v.broken = diags.HasErrors()
	return diags
}

// read takes the arguments and blocks of a variable.
func (v *variable) read() hcl.Diagnostics {
	var diags hcl.Diagnostics
	known := []string{"type", "default", "description", "sensitive", "nullable", "deprecated"}
	for _, attr := range sortedAttributes(v.block.Body) {
		switch attr.Name {
		case "type":
			diags = append(diags, v.readType(attr)...)
		case "default":
			v.defaultAttr = attr
		case "description":
			_, more := constant(attr, cty.String)
			diags = append(diags, more...)
		case "deprecated":
			text, more := constant(attr, cty.String)
			diags = append(diags, more...)
			if !more.HasErrors() {
				v.deprecated = text.AsString()
			}
		case "sensitive":
			flag, more := constant(attr, cty.Bool)
			diags = append(diags, more...)
			v.sensitive = !more.HasErrors() && flag.True()
		case "nullable":
			flag, more := constant(attr, cty.Bool)
			diags = append(diags, more...)
			v.notNull = !more.HasErrors() && flag.False()
		default:
			diags = append(diags, diag.Error("HA3030", attr.NameRange.Ptr(), fmt.Sprintf("unknown argument %q in variable %q", attr.Name, v.name), "",
				suggestOr(attr.Name, known, "A variable takes "+join(known, "and")+", and blocks `validation`.")))
		}
	}
	for _, block := range v.block.Body.Blocks {
		if block.Type != "validation" {
			diags = append(diags, diag.Error("HA3030", block.TypeRange.Ptr(), fmt.Sprintf("unknown block %q in variable %q", block.Type, v.name), "",
				suggestOr(block.Type, []string{"validation"}, "A variable holds blocks `validation` only.")))
			continue
		}
		rule, more := readValidation(v, block)
		diags = append(diags, more...)
		if rule != nil {
			v.validations = append(v.validations, rule)
		}
	}
	return diags
}

// suggestOr is a suggestion, or another text when nothing is near.
func suggestOr(word string, known []string, otherwise string) diag.Option {
	if near := diag.Suggest(word, known); near != "" {
		return diag.Help(fmt.Sprintf("Did you mean %q?", near))
	}
	return diag.Help(otherwise)
}

func (v *variable) readType(attr *hclsyntax.Attribute) hcl.Diagnostics {
	ty, defaults, problems := typeexpr.TypeConstraintWithDefaults(attr.Expr)
	if !problems.HasErrors() {
		v.typ, v.defaults = ty, defaults
		return nil
	}
	var diags hcl.Diagnostics
	for _, p := range problems {
		help := "Types are string, number, bool, list(T), set(T), map(T), tuple([T, …]), object({ name = T, … }) and any; optional(T, default) inside object."
		if t, quoted := attr.Expr.(*hclsyntax.TemplateExpr); quoted && t.IsStringLiteral() {
			help = "Types stand without quotes: type = string."
		}
		if near := diag.Suggest(hcl.ExprAsKeyword(attr.Expr), []string{"string", "number", "bool", "any"}); near != "" {
			help = fmt.Sprintf("Did you mean %s?", near)
		}
		diags = append(diags, diag.Error("HA3030", p.Subject, fmt.Sprintf("this is no type for variable %q", v.name), p.Detail, diag.Help(help), diag.Around(attr.SrcRange)))
	}
	return diags
}

func readValidation(v *variable, block *hclsyntax.Block) (*validation, hcl.Diagnostics) {
	var diags hcl.Diagnostics
	rule := &validation{variable: v, block: block}
	for _, attr := range sortedAttributes(block.Body) {
		switch attr.Name {
		case "condition":
			rule.condition = attr
		case "error_message":
			rule.message = attr
		default:
			diags = append(diags, diag.Error("HA3030", attr.NameRange.Ptr(), fmt.Sprintf("unknown argument %q in validation", attr.Name), "",
				suggestOr(attr.Name, []string{"condition", "error_message"}, "A validation takes condition and error_message.")))
		}
	}
	for _, b := range block.Body.Blocks {
		diags = append(diags, diag.Error("HA3030", b.TypeRange.Ptr(), fmt.Sprintf("unknown block %q in validation", b.Type), "",
			diag.Help("A validation takes the arguments condition and error_message only.")))
	}
	if !diags.HasErrors() && (rule.condition == nil || rule.message == nil) {
		missing := "condition"
		if rule.condition != nil {
			missing = "error_message"
		}
		diags = append(diags, diag.Error("HA3030", block.TypeRange.Ptr(), fmt.Sprintf("this validation of variable %q has no %s", v.name, missing), "",
			diag.Help("A validation needs `condition`, true for a good value, and `error_message`, what to say about a bad one.")))
	}
	if diags.HasErrors() {
		return nil, diags
	}
	return rule, nil
}

// constant evaluates an argument that takes neither references nor functions.
func constant(attr *hclsyntax.Attribute, want cty.Type) (cty.Value, hcl.Diagnostics) {
	v, diags := Evaluate(attr.Expr, nil)
	if !diags.HasErrors() {
		converted, err := Convert(v, want)
		if err == nil && usable(converted) {
			return converted, nil
		}
	}
	what, help := "true or false", "Write one of the two; references and functions cannot stand here."
	if want == cty.String {
		what, help = "a text", "Write a text in quotes; references and functions cannot stand here."
	}
	return cty.NullVal(want), hcl.Diagnostics{diag.Error("HA3030", attr.Expr.Range().Ptr(), fmt.Sprintf("%s is %s, written out", attr.Name, what), "", diag.Help(help))}
}

// sortedVariables are the variables in order of name.
func (s *symbols) sortedVariables() []*variable {
	list := make([]*variable, 0, len(s.variables))
	for _, name := range slices.Sorted(maps.Keys(s.variables)) {
		list = append(list, s.variables[name])
	}
	return list
}
