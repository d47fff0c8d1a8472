package eval

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// byName is the reference to the only block, local or variable of that name, or "".
func (r *resolver) byName(name string) string {
	var found []string
	for _, t := range r.templates {
		if n := len(t.block.Labels); n > 0 && t.block.Labels[n-1] == name {
			found = append(found, t.address)
		}
	}
	if _, ok := r.locals[name]; ok {
		found = append(found, "local."+name)
	}
	if _, ok := r.variables[name]; ok {
		found = append(found, "var."+name)
	}
	if len(found) != 1 {
		return ""
	}
	return found[0]
}

// unknownValue reports var.x or local.x that is not declared.
func (r *resolver) unknownValue(t hcl.Traversal, name string, at hcl.Range) {
	if r.maybe[name] {
		return // the file that may declare it has a syntax error, which is reported
	}
	root := t.RootName()
	what, declared, other := "variable", slices.Sorted(maps.Keys(r.variables)), "local"
	_, elsewhere := r.locals[name]
	if root == "local" {
		what, declared, other = "local", slices.Sorted(maps.Keys(r.locals)), "var"
		_, elsewhere = r.variables[name]
	}
	opts := []diag.Option{diag.Around(t.SourceRange())}
	near := diag.Suggest(name, declared)
	switch minus := minusHint(root, name, func(n string) bool { return slices.Contains(declared, n) }); {
	case minus != "":
		opts = append(opts, diag.Help(minus))
	case elsewhere:
		opts = append(opts, diag.Help(fmt.Sprintf("Did you mean %s.%s?", other, name)), replace(t[0].SourceRange(), other))
	case near != "":
		opts = append(opts, diag.Help(fmt.Sprintf("Did you mean %s.%s?", root, near)), replace(at, near), diag.See("defined here", r.placeOf(root, near)))
	case root == "local":
		opts = append(opts, diag.Help(fmt.Sprintf("Define %s in a block `locals`.", name)))
	default:
		help := fmt.Sprintf("Declare it with a block `variable %s { … }`.", quote(name))
		if len(declared) > 0 {
			help += fmt.Sprintf(" Declared: %s.", shortList(declared))
		}
		opts = append(opts, diag.Help(help))
	}
	r.report(diag.Error("HA3010", at.Ptr(), fmt.Sprintf("there is no %s %q", what, name), "", opts...))
}

func (r *resolver) placeOf(root, name string) hcl.Range {
	if root == "local" {
		return r.locals[name].attr.NameRange
	}
	return r.variables[name].block.DefRange()
}

// unknownName reports a label that no block has: vip.wbe.
func (r *resolver) unknownName(t hcl.Traversal, i int, name string, at hcl.Range, sch *schema.Block, among *names, path []string) {
	for _, step := range t[i:min(len(t), 1+len(sch.Labels))] {
		if label, _, ok := stepName(step); ok && r.maybe[label] {
			return // its declaration may be what is broken, which is reported
		}
	}
	prefix := Address(sch.Type, path...)
	declared := slices.Sorted(maps.Keys(among.kids))
	opts := []diag.Option{diag.Around(t.SourceRange())}
	near := diag.Suggest(name, declared)
	if len(path) < len(sch.Labels) && slices.Contains(sch.Labels[len(path)].OneOf, name) {
		near = "" // the word is right, there is only no such block
	}
	switch minus := minusHint(prefix, name, func(n string) bool { return among.kids[n] != nil }); {
	case minus != "":
		opts = append(opts, diag.Help(minus))
	case near != "":
		first := among.kids[near].templates(nil)[0]
		opts = append(opts, diag.Help(fmt.Sprintf("Did you mean %s?", Address(sch.Type, append(slices.Clone(path), near)...))), diag.See("defined here", first.block.DefRange()))
		if _, attr := t[i].(hcl.TraverseAttr); attr && hclsyntax.ValidIdentifier(near) {
			opts = append(opts, replace(at, near))
		}
	case r.otherKind(t, i) != "":
		opts = append(opts, diag.Help(fmt.Sprintf("Did you mean %s?", r.otherKind(t, i))))
	case len(declared) == 0:
		opts = append(opts, diag.Help(fmt.Sprintf("The configuration has no %s at all.", prefix)))
	case len(declared) <= 8:
		opts = append(opts, diag.Help(fmt.Sprintf("There is %s.", join(r.addresses(sch, among, path), "and"))))
	default:
		opts = append(opts, diag.Help("`ha validate --explain` lists all blocks."))
	}
	what := prefix + " " + quote(name)
	if n := len(path); n+1 < len(sch.Labels) {
		what = fmt.Sprintf("%s whose %s is %s", prefix, labelName(sch.Labels[n]), quote(name))
	}
	r.report(diag.Error("HA3010", at.Ptr(), "there is no "+what, "", opts...))
}

// otherKind is the only block that is called as the last label of a reference: check.tcp.login for check.http.login,
// local.web for vip.web.
func (r *resolver) otherKind(t hcl.Traversal, i int) string {
	last := min(len(r.types[t.RootName()].Labels), len(t)-1)
	if last < i {
		return ""
	}
	name, _, _ := stepName(t[last])
	return r.byName(name)
}

func (r *resolver) addresses(sch *schema.Block, among *names, path []string) []string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(among.kids)) {
		list = append(list, Address(sch.Type, append(slices.Clone(path), name)...))
	}
	return list
}

// unknownArgument reports vip.web.vird.
func (r *resolver) unknownArgument(t hcl.Traversal, tmpl *template, name string, at hcl.Range, index bool) {
	minus := minusHint(tmpl.address, name, func(n string) bool { return argType(tmpl.schema, n) != cty.NilType })
	switch {
	case minus != "":
		r.report(diag.Error("HA3011", at.Ptr(), fmt.Sprintf("%s has no argument %q", tmpl.block.Type, name), "", diag.Help(minus), diag.Around(t.SourceRange())))
	case index:
		r.report(diag.Error("HA3017", at.Ptr(), fmt.Sprintf("%s is one block, without instances", tmpl.address),
			"Only a block with for_each has instances by key.", diag.Around(t.SourceRange()),
			diag.See("defined here", tmpl.block.DefRange()), diag.Help(fmt.Sprintf("Write %s.", tmpl.address))))
	default:
		r.unknownMember(tmpl.schema, name, at, tmpl.address)
	}
}

// unknownMember says that blocks of a type have no such argument to refer to.
func (r *resolver) unknownMember(sch *schema.Block, name string, at hcl.Range, owner string) {
	detail := ""
	for _, nested := range sch.Blocks {
		if nested.Block.Type == name {
			detail = fmt.Sprintf("%s is a block inside %s, and references reach arguments only.", name, sch.Type)
		}
	}
	if sch.Overlay && name == "node" {
		detail = "What a block `node` sets for one node is out of reach: references see what holds for all."
	}
	members := memberNames(sch)
	opts := []diag.Option{diag.DidYouMean(name, members)}
	switch {
	case detail != "":
		opts = []diag.Option{diag.Help("Put the value into a local and use it in both places.")}
	case diag.Suggest(name, members) != "":
		opts = append(opts, replace(at, diag.Suggest(name, members)))
	default:
		opts = []diag.Option{diag.Help(fmt.Sprintf("%s has %s.", sch.Type, join(members, "and")))}
	}
	r.report(diag.Error("HA3011", at.Ptr(), fmt.Sprintf("%s has no argument %q", owner, name), detail, opts...))
}

// memberNames is what a reference to a block can go on with.
func memberNames(sch *schema.Block) []string {
	var list []string
	for _, l := range sch.Labels {
		list = append(list, labelName(l))
	}
	for _, a := range sch.Args {
		if !slices.Contains(list, a.Name) {
			list = append(list, a.Name)
		}
	}
	return list
}

// noAttribute reports a name that an object does not have.
func noAttribute(name string, at hcl.Range, ty cty.Type, owner string, around hcl.Range) *hcl.Diagnostic {
	known := slices.DeleteFunc(slices.Sorted(maps.Keys(ty.AttributeTypes())), func(n string) bool { return n == schema.RefAttr })
	opt := diag.DidYouMean(name, known)
	if diag.Suggest(name, known) == "" {
		opt = diag.Help(fmt.Sprintf("%s has %s.", owner, shortList(known)))
	}
	return diag.Error("HA3011", at.Ptr(), fmt.Sprintf("%s has no %q", owner, name), "", opt, diag.Around(around))
}

// shortList joins at most eight words.
func shortList(words []string) string {
	const most = 8
	if len(words) > most {
		return strings.Join(words[:most], ", ") + fmt.Sprintf(" and %d more", len(words)-most)
	}
	return join(words, "and")
}

// minusHint explains a-1: dashes belong to names. known tells which names exist.
func minusHint(prefix, name string, known func(string) bool) string {
	for i := len(name) - 1; i > 0; i-- {
		if name[i] == '-' && known(name[:i]) && i+1 < len(name) {
			return fmt.Sprintf("Names may contain dashes, so this is the one name %q. For a subtraction write spaces: %s.%s - %s.",
				name, prefix, name[:i], name[i+1:])
		}
	}
	return ""
}

// replace is a fix that puts another word in place.
func replace(at hcl.Range, word string) diag.Option {
	return diag.Repair("Replace it by "+word, diag.Edit{Range: at, NewText: word})
}
