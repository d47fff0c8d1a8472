package eval

import (
	"fmt"
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// tree is a scope under construction: names that lead to values. Only what an expression names is in it; building all
// of vip for each of thousands of expressions would take their square.
type tree struct {
	value cty.Value // cty.NilVal while there are kids only
	kids  map[string]*tree
}

// set puts a value at a path. What is already there stays; a whole block and single arguments of it mix.
func (t *tree) set(v cty.Value, path ...string) {
	for _, name := range path {
		if t.value != cty.NilVal && !t.open() {
			return // unknown after a mistake: so is everything inside
		}
		if t.kids == nil {
			t.kids = map[string]*tree{}
		}
		next := t.kids[name]
		if next == nil {
			next = &tree{}
			t.kids[name] = next
		}
		t = next
	}
	switch {
	case t.value != cty.NilVal:
	case t.kids == nil || !v.IsKnown() || v.IsNull() || !v.Type().IsObjectType():
		t.value, t.kids = v, nil
	default:
		for name, inner := range v.AsValueMap() {
			if t.kids[name] == nil {
				t.kids[name] = &tree{value: inner}
			}
		}
	}
}

// open turns an object into kids, so that something can be put beside them.
func (t *tree) open() bool {
	v := t.value
	if v.IsMarked() || v.IsNull() || !v.IsKnown() || !v.Type().IsObjectType() {
		return false
	}
	t.value, t.kids = cty.NilVal, map[string]*tree{}
	for name, inner := range v.AsValueMap() {
		t.kids[name] = &tree{value: inner}
	}
	return true
}

// object is the finished value.
func (t *tree) object() cty.Value {
	if t.value != cty.NilVal {
		return t.value
	}
	attrs := make(map[string]cty.Value, len(t.kids))
	for name, kid := range t.kids {
		attrs[name] = kid.object()
	}
	return cty.ObjectVal(attrs)
}

// addTemplate puts an argument of a block (the whole block for "") below a path, for all instances.
func (t *tree) addTemplate(path []string, tmpl *template, attr string) {
	n := tmpl.nodes[attr]
	if tmpl.broken || tmpl.result.failed || n == nil {
		t.set(cty.DynamicVal, path...)
		return
	}
	if tmpl.forEach != nil && len(tmpl.result.keys) == 0 {
		t.set(cty.EmptyObjectVal, path...)
	}
	for _, key := range tmpl.keys() {
		t.addInstance(path, tmpl, attr, key)
	}
}

func (t *tree) addInstance(path []string, tmpl *template, attr, key string) {
	path = slices.Clone(path)
	if tmpl.forEach != nil {
		path = append(path, key)
	}
	if attr != "" {
		path = append(path, attr)
	}
	t.set(tmpl.nodes[attr].value(key), path...)
}

// add puts what a reference names into a scope.
func (t *tree) add(r *ref) {
	switch {
	case r.variable != nil:
		t.set(r.variable.value, "var", r.variable.name)
	case r.local != nil:
		t.set(r.local.node.value(""), "local", r.local.name)
	case r.group != nil:
		t.set(r.group.nodes[r.attr].value(""), r.group.path...)
	case r.template != nil:
		path := append([]string{r.template.block.Type}, r.template.block.Labels...)
		if r.keyed && !r.template.result.failed {
			t.addInstance(path, r.template, r.attr, r.key)
			return
		}
		t.addTemplate(path, r.template, r.attr)
	}
}

// context is a scope of what expressions name. Everything they use must have been visited.
func (ev *evaluator) context(list ...*expression) *hcl.EvalContext {
	var scope *tree
	for _, x := range list {
		if x == nil || x.bad {
			continue
		}
		for _, r := range x.refs {
			if scope == nil {
				scope = &tree{}
			}
			scope.add(r)
		}
	}
	if scope == nil {
		return ev.base
	}
	ctx := ev.base.NewChild()
	ctx.Variables = make(map[string]cty.Value, len(scope.kids))
	for name, kid := range scope.kids {
		ctx.Variables[name] = kid.object()
	}
	return ctx
}

// bind checks what is known only after for_each: whether the instances that an expression names exist. It tells
// whether the expression can be evaluated.
func (ev *evaluator) bind(x *expression) bool {
	for _, r := range x.refs {
		t := r.template
		if x.bad {
			return false
		}
		if t == nil {
			continue
		}
		if t.result.failed {
			x.bad = true
			return false
		}
		if !r.keyed {
			continue
		}
		if _, ok := t.result.values[r.key]; ok {
			continue
		}
		x.bad = true
		opt := diag.Help(fmt.Sprintf("Its for_each gives no instances now; add the key %s there.", quote(r.key)))
		if near := diag.Suggest(r.key, t.result.keys); near != "" {
			opt = diag.Help(fmt.Sprintf("Did you mean %s?", InstanceAddress(t.address, near)))
		} else if len(t.result.keys) > 0 {
			opt = diag.Help(fmt.Sprintf("Its keys are %s.", shortList(quoteAll(t.result.keys))))
		}
		ev.report(diag.Error("HA3017", r.keyAt.Ptr(), fmt.Sprintf("%s has no instance %s", t.address, quote(r.key)), "",
			diag.Around(r.at), diag.See("its for_each stands here", t.forEach.SrcRange), opt))
	}
	return !x.bad
}
