package eval

import (
	"fmt"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// validationNode checks one rule on a variable. Rules may use other variables, locals and blocks; nothing uses a rule.
func (ev *evaluator) validationNode(rule *validation) *node {
	n := &node{name: fmt.Sprintf("the validation of %s", rule.variable.address())}
	n.uses = func() []edge { return append(ev.uses(rule.exprs[0]), ev.uses(rule.exprs[1])...) }
	n.run = func() { ev.validate(rule) }
	return n
}

func (ev *evaluator) validate(rule *validation) {
	if rule.variable.broken {
		return
	}
	var used []*expression
	for _, x := range rule.exprs {
		if x == nil {
			continue
		}
		if !ev.bind(x) {
			return
		}
		used = append(used, x)
	}
	ctx := ev.context(used...)
	ok, d := condition(rule, ctx, ev)
	if d != nil {
		ev.report(d)
	}
	if ok {
		return
	}
	message, good := ev.message(rule, ctx)
	if !good {
		return
	}
	v := rule.variable
	detail := strings.TrimSpace(message)
	if !strings.HasSuffix(detail, ".") && !strings.HasSuffix(detail, "!") {
		detail += "." // other sentences follow
	}
	if from := v.comesFrom(); from != "" {
		detail += " " + strings.Replace(from, "It comes", "The value comes", 1)
	}
	if plain := SecretOf(v.value) == ""; plain && v.value.IsWhollyKnown() {
		detail += fmt.Sprintf(" %s is %s, from %s.", v.address(), show(v.value, 80), originWords(v))
	}
	opts := []diag.Option{diag.See("the rule stands here", rule.condition.SrcRange)}
	if v.origin == "default" {
		opts = append(opts, diag.Around(v.block.DefRange()), diag.Help(fmt.Sprintf("Change the default, or give the run another value, for example with --var %s=VALUE.", v.name)))
	}
	ev.report(diag.Error("HA3035", v.blame().Ptr(), fmt.Sprintf("the value of variable %q is refused", v.name), detail, opts...))
}

func originWords(v *variable) string {
	switch v.origin {
	case "default":
		return "its default"
	case "flag":
		return "the flag --var"
	case "environment":
		return "the environment, " + EnvironmentPrefix + v.name
	}
	return "the " + v.origin
}

// condition evaluates a rule. It is ok as well when nothing can be said because of a mistake before.
func condition(rule *validation, ctx *hcl.EvalContext, ev *evaluator) (ok bool, d *hcl.Diagnostic) {
	e := rule.condition.Expr
	v, diags := Evaluate(e, ctx)
	if diags.HasErrors() {
		ev.diags = append(ev.diags, diags...)
		return true, nil
	}
	v, _ = v.UnmarkDeep()
	if !v.IsKnown() {
		return true, nil
	}
	flag, err := Convert(v, cty.Bool)
	if err != nil || !usable(flag) {
		return true, diag.Error("HA3036", e.Range().Ptr(), fmt.Sprintf("the condition of %s is %s; it is true or false", rule.variable.address(), describe(v)), "",
			diag.Help("Write a comparison, for example var.priority < 255. can(…) turns an error into false."), diag.Evaluated(e, ctx))
	}
	return flag.True(), nil
}

// message evaluates what to say about a refused value.
func (ev *evaluator) message(rule *validation, ctx *hcl.EvalContext) (string, bool) {
	e := rule.message.Expr
	v, diags := Evaluate(e, ctx)
	if diags.HasErrors() {
		ev.diags = append(ev.diags, diags...)
		return "", false
	}
	if v.ContainsMarked() {
		ev.report(diag.Error("HA3043", e.Range().Ptr(), fmt.Sprintf("this message is made from %s, which is a secret", SecretOf(v)),
			fmt.Sprintf("The validation refused the value of %s, and its message would have shown the secret.", rule.variable.address()),
			diag.Help("Say what a good value looks like instead of showing the bad one.")))
		return "", false
	}
	if !v.IsKnown() {
		return "", false
	}
	text, err := Convert(v, cty.String)
	if err != nil || !usable(text) || text.AsString() == "" {
		ev.report(diag.Error("HA3036", e.Range().Ptr(), fmt.Sprintf("error_message of %s is %s; it is a text", rule.variable.address(), describe(v)),
			fmt.Sprintf("The validation refused the value of %s.", rule.variable.address()), diag.Help("Write a sentence in quotes that says what a good value looks like.")))
		return "", false
	}
	return text.AsString(), true
}
