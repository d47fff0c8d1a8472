package eval

import (
	"fmt"

	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// ref is what one traversal names. Exactly one of variable, local, template and group is set.
type ref struct {
	at       hcl.Range // the traversal
	variable *variable
	local    *local
	template *template
	group    *group

	attr  string // argument of the template or of all in the group; empty is the whole block
	keyed bool   // whether key names one instance of a template with for_each
	key   string
	keyAt hcl.Range
}

// find resolves a traversal. It returns ok false after it reported a mistake, or when there was one before; the
// reference is nil where nothing has to be evaluated first (each.key, path.root, iterators).
//
// indexed says that an index follows which is only known when evaluated: vip[each.key]; rest is what comes behind it.
func (r *resolver) find(t hcl.Traversal, indexed bool, rest hcl.Traversal, in context) (found *ref, ok bool) {
	root := t.RootName()
	if in.iterators[root] {
		return nil, r.member(t, root, []string{"key", "value"}, "the iterator of the dynamic block around")
	}
	switch root {
	case "each":
		if !in.each && in.constant == "" {
			r.noEach(t, in)
			return nil, false
		}
		if in.constant == "" {
			return nil, r.member(t, "each", []string{"key", "value"}, "one round of for_each")
		}
	case "path":
		if in.constant == "" {
			return nil, r.member(t, "path", []string{"root"}, "the folder of the configuration")
		}
	}
	if !r.isRoot(root) {
		r.unknownRoot(t, indexed, in)
		return nil, false
	}
	if in.constant != "" {
		r.report(diag.Error("HA3015", t.SourceRange().Ptr(), fmt.Sprintf("%s cannot refer to %s", in.constant, text(t)),
			"It is read before anything else has a value.", diag.Help("Write the value itself. What is computed from variables goes into `locals`.")))
		return nil, false
	}
	switch root {
	case "var", "local":
		return r.value(t)
	}
	return r.block(t, indexed, rest)
}

// noEach reports each where there is no for_each.
func (r *resolver) noEach(t hcl.Traversal, in context) {
	help := "Write the value itself, or one that a variable or local holds."
	if in.repeatable {
		help = "Add for_each to the block."
	}
	if hint := iteratorHint(t, in); hint != "" {
		help = hint
	}
	r.report(diag.Error("HA3013", t.SourceRange().Ptr(), "there is no each here",
		"each.key and each.value stand for one round of the for_each of a block at the top of a file, and there is none here.", diag.Help(help)))
}

// isRoot tells whether a name can begin a reference anywhere.
func (r *resolver) isRoot(name string) bool {
	switch name {
	case "var", "local", "each", "path":
		return true
	}
	_, ok := r.types[name]
	return ok
}

// member checks the step behind each, path and iterators.
func (r *resolver) member(t hcl.Traversal, root string, members []string, what string) bool {
	if len(t) < 2 {
		return true // an object like any other
	}
	name, at, ok := stepName(t[1])
	if !ok {
		return true // evaluated, and refused, by the library
	}
	for _, m := range members {
		if m == name {
			return true
		}
	}
	opts := []diag.Option{diag.DidYouMean(name, members)}
	if diag.Suggest(name, members) == "" {
		help := fmt.Sprintf("%s is %s and has %s.", root, what, join(members, "and"))
		if _, block := r.types[root]; block && root != "each" {
			help += fmt.Sprintf(" To reach the blocks of that name, add `iterator = item` to the dynamic block and write item.%s.", members[len(members)-1])
		}
		opts = []diag.Option{diag.Help(help)}
	}
	r.report(diag.Error("HA3011", at.Ptr(), fmt.Sprintf("there is no %s.%s", root, name), "", append(opts, diag.Around(t.SourceRange()))...))
	return false
}

// value resolves var.x and local.x.
func (r *resolver) value(t hcl.Traversal) (*ref, bool) {
	root := t.RootName()
	if len(t) < 2 {
		what := "variables"
		if root == "local" {
			what = "locals"
		}
		r.report(diag.Error("HA3016", t.SourceRange().Ptr(), root+" alone is no value",
			fmt.Sprintf("The %s are not one map, so that it stays visible which of them a place uses.", what), diag.Help(fmt.Sprintf("Write %s.NAME.", root))))
		return nil, false
	}
	name, at, ok := stepName(t[1])
	if !ok {
		r.report(diag.Error("HA3016", at.Ptr(), fmt.Sprintf("%s takes a name here", root), "", diag.Help(fmt.Sprintf("Write %s.NAME.", root))))
		return nil, false
	}
	if root == "var" {
		v, ok := r.variables[name]
		if !ok {
			r.unknownValue(t, name, at)
			return nil, false
		}
		if v.broken || !r.checkPath(t, 2, v.typ, v.address()) {
			return nil, false
		}
		return &ref{at: t.SourceRange(), variable: v}, true
	}
	l, ok := r.locals[name]
	if !ok {
		r.unknownValue(t, name, at)
		return nil, false
	}
	return &ref{at: t.SourceRange(), local: l}, !l.broken
}

// block resolves a traversal that begins with a block type: labels, then an instance, then an argument.
func (r *resolver) block(t hcl.Traversal, indexed bool, rest hcl.Traversal) (*ref, bool) {
	sch := r.types[t.RootName()]
	at, i := r.names[sch.Type], 1
	var path []string
	for at.leaf == nil || len(path) < len(sch.Labels) {
		if i == len(t) {
			return r.groupRef(t, sch, at, path, indexed, rest)
		}
		name, where, ok := stepName(t[i])
		if !ok {
			return r.groupRef(t[:i], sch, at, path, true, nil)
		}
		next := at.kids[name]
		if next == nil && len(sch.Labels) == 0 {
			return nil, r.absent(t, sch)
		}
		if next == nil {
			r.unknownName(t, i, name, where, sch, at, path)
			return nil, false
		}
		at, path, i = next, append(path, name), i+1
	}
	tmpl := at.leaf
	if tmpl.broken {
		return nil, false
	}
	found := &ref{at: t.SourceRange(), template: tmpl}
	if tmpl.forEach != nil {
		return r.instance(found, t, i, indexed, rest)
	}
	if indexed && i == len(t) {
		return found, true // vip.web[var.name]: an argument by a computed name
	}
	return found, r.argument(found, t, i)
}

// absent reports a reference to a block that stands at most once and does not stand at all. It returns false.
func (r *resolver) absent(t hcl.Traversal, sch *schema.Block) bool {
	if !r.maybe[sch.Type] {
		r.report(diag.Error("HA3010", t[0].SourceRange().Ptr(), fmt.Sprintf("the configuration has no block %s", sch.Type), "", diag.Around(t.SourceRange()),
			diag.Help(fmt.Sprintf("Add a block `%s … }`, or write the value out.", exampleHeader(sch)))))
	}
	return false
}

// instance resolves what stands behind a block with for_each: a key, then an argument.
func (r *resolver) instance(found *ref, t hcl.Traversal, i int, indexed bool, rest hcl.Traversal) (*ref, bool) {
	if i == len(t) {
		if indexed && len(rest) > 0 {
			return found, r.argument(found, rest, 0)
		}
		return found, true
	}
	key, at, ok := stepName(t[i])
	if !ok {
		return found, true
	}
	_, attr := t[i].(hcl.TraverseAttr)
	if attr && argType(found.template.schema, key) != cty.NilType {
		r.report(diag.Error("HA3017", at.Ptr(), fmt.Sprintf("%s is several blocks, one for each key of its for_each", found.template.address),
			fmt.Sprintf("Each has its own %s.", key), diag.Around(t.SourceRange()), diag.See("for_each stands here", found.template.forEach.NameRange),
			diag.Help(fmt.Sprintf("Name one of them: %s[\"key\"].%s. For all of them: [for v in %s : v.%s].", found.template.address, key, found.template.address, key))))
		return nil, false
	}
	found.keyed, found.key, found.keyAt = true, key, at
	return found, r.argument(found, t, i+1)
}

// argument resolves the step behind a block.
func (r *resolver) argument(found *ref, t hcl.Traversal, i int) bool {
	if i >= len(t) {
		return true
	}
	sch := found.template.schema
	name, at, ok := stepName(t[i])
	if !ok {
		return true // [*]: the library takes the block for a list of one
	}
	ty := argType(sch, name)
	if ty == cty.NilType {
		_, index := t[i].(hcl.TraverseIndex)
		r.unknownArgument(t, found.template, name, at, index)
		return false
	}
	found.attr = name
	return r.checkPath(t, i+1, ty, found.template.address+"."+name)
}

// checkPath checks the steps from i on against a type, as far as it is known.
func (r *resolver) checkPath(t hcl.Traversal, i int, ty cty.Type, owner string) bool {
	for ; i < len(t); i++ {
		name, at, ok := stepName(t[i])
		if !ok || ty == cty.NilType || !ty.IsObjectType() {
			return true // lists, maps and what is not known are judged when evaluated
		}
		if !ty.HasAttribute(name) {
			r.report(noAttribute(name, at, ty, owner, t.SourceRange()))
			return false
		}
		ty = ty.AttributeType(name)
		owner += "." + name
	}
	return true
}

// argType is the type of an argument or label as references see it; cty.NilType when there is none of that name.
func argType(sch *schema.Block, name string) cty.Type {
	for i := range sch.Args {
		if sch.Args[i].Name == name {
			return sch.Args[i].Kind.Type()
		}
	}
	for _, l := range sch.Labels {
		if labelName(l) == name {
			return cty.String
		}
	}
	return cty.NilType
}
