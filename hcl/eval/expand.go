package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"

	"ha/hcl/schema"
	"ha/hcl/source"
)

// Inputs are what a run adds to the files.
type Inputs struct {
	Variables *Assignments // nil: defaults only
	Functions map[string]function.Function
}

// Expand evaluates a folder as far as blocks: it declares, checks references, gives variables and locals their values
// and expands for_each and dynamic.
//
// Config is never nil. With errors in the diagnostics it holds what could be made of the rest, so that decoding can
// report more; it must not be compiled. Mistakes in arguments that are only found when these are evaluated are not
// among the diagnostics: decoding evaluates each argument and reports them.
func Expand(files *source.Files, root []*schema.Block, in Inputs) (*Config, hcl.Diagnostics) {
	var list []file
	if files != nil {
		for _, f := range files.List {
			list = append(list, file{name: f.Name, src: f.Bytes, body: f.Body, broken: f.Broken})
		}
	}
	s, diags := declare(list, root)
	r := &resolver{symbols: s, functions: in.Functions, diags: diags}
	if r.functions == nil {
		r.functions = map[string]function.Function{} // a nil table has the library say that calls are not allowed
	}
	var assigned []assignment
	if in.Variables != nil {
		assigned = in.Variables.list
	}
	r.assign(assigned)
	r.resolveAll()
	ev := &evaluator{resolver: r, base: &hcl.EvalContext{Functions: r.functions, Variables: map[string]cty.Value{
		"path": cty.ObjectVal(map[string]cty.Value{"root": cty.StringVal(".")}),
	}}}
	ev.visitAll()
	cfg := &Config{Variables: ev.reportVariables()}
	for _, t := range ev.templates {
		if !t.broken {
			cfg.Blocks = append(cfg.Blocks, ev.instances(t)...)
		}
	}
	return cfg, ev.diags
}

// resolveAll checks the references of all expressions.
func (r *resolver) resolveAll() {
	for _, v := range r.sortedVariables() {
		for _, rule := range v.validations {
			rule.exprs[0] = r.resolve(rule.condition.Expr, context{})
			rule.exprs[1] = r.resolve(rule.message.Expr, context{})
		}
	}
	for _, l := range r.order {
		if !l.broken {
			l.expr = r.resolve(l.attr.Expr, context{})
		}
	}
	for _, t := range r.templates {
		if !t.broken {
			r.body(t, t.block.Body, t.schema, context{each: t.forEach != nil, repeatable: t.schema.ForEach})
		}
	}
}

// visitAll evaluates locals, for_each, validations, and whatever blocks refer to.
func (ev *evaluator) visitAll() {
	for _, l := range ev.order {
		if !l.broken {
			ev.visit(ev.localNode(l))
		}
	}
	for _, t := range ev.templates {
		if t.broken {
			continue
		}
		if t.forEach != nil {
			ev.visit(ev.eachNode(t))
		}
		for _, x := range t.order {
			for _, use := range ev.uses(x) {
				ev.visit(use.to)
			}
		}
	}
	for _, v := range ev.sortedVariables() {
		for _, rule := range v.validations {
			ev.visit(ev.validationNode(rule))
		}
	}
}

// reportVariables lists the variables of this run.
func (ev *evaluator) reportVariables() []Variable {
	var list []Variable
	for _, v := range ev.sortedVariables() {
		if v.broken {
			continue
		}
		out := Variable{Name: v.name, Origin: v.origin, Sensitive: v.value.ContainsMarked()}
		if !out.Sensitive {
			out.Value = show(v.value, 0)
		}
		list = append(list, out)
	}
	return list
}
