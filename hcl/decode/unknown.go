package decode

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// unknownArguments reports what the block does not take.
func (r reader) unknownArguments(o *Object, body *hclsyntax.Body) {
	for _, name := range slices.Sorted(maps.Keys(body.Attributes)) {
		i, known := o.spec.args[name]
		if known && o.Arg(i).For(o.Labels) {
			continue
		}
		o.Broken = true
		r.report(r.unknownArgument(o, body.Attributes[name]))
	}
}

func (r reader) unknownArgument(o *Object, attr *hclsyntax.Attribute) *hcl.Diagnostic {
	name, at := attr.Name, attr.NameRange.Ptr()
	if i, known := o.spec.args[name]; known {
		only := either(o.Arg(i).Only)
		return diag.Error("HA2106", at, fmt.Sprintf("%q is an argument of %s %s, and this is %s", name, o.Schema.Type, only, o.Header()), "",
			r.options(diag.Help(fmt.Sprintf("Write %s %s, or remove %s.", o.Schema.Type, only, name)))...)
	}
	if i, block := o.spec.nested[name]; block {
		return diag.Error("HA2105", at, fmt.Sprintf("%q is a block, not an argument", name), "",
			r.options(diag.Help(fmt.Sprintf("Write `%s … }` without \"=\".", exampleHeader(o.Schema.Blocks[i].Block))))...)
	}
	if name == "for_each" && o.Node != "" {
		return diag.Error("HA2111", at, "for_each cannot be set for one node", fmt.Sprintf("It makes the instances of the %s on all nodes.", o.Schema.Type),
			r.options(diag.Help(fmt.Sprintf("Move it out of node %s.", quote(o.Node))))...)
	}
	if name == "for_each" && o.Address != "" {
		return diag.Error("HA2104", at, fmt.Sprintf("%s takes no for_each", o.Header()), "",
			r.options(diag.Help(fmt.Sprintf("Write `dynamic %q { … }` to make several blocks.", o.Schema.Type)))...)
	}
	names := o.Schema.Names(o.Labels)
	opts := r.options()
	near := diag.Suggest(name, names)
	for _, a := range o.Schema.Args {
		if a.Name == near || a.Keepalived == name {
			r.meant[place{o.DefRange, a.Name}] = true
		}
	}
	switch help := translate(o, name); {
	case help != "":
		opts = append(opts, diag.Help(help))
	case near != "":
		opts = append(opts, diag.Help(fmt.Sprintf("Did you mean %q?", near)), diag.Repair("Rename to "+near, diag.Edit{Range: *at, NewText: near}))
	case len(names) == 0:
		opts = append(opts, diag.Help(fmt.Sprintf("%s takes no arguments.", o.Header())))
	default:
		opts = append(opts, diag.Help("It takes "+strings.Join(names, ", ")+"."))
	}
	return diag.Error("HA2104", at, fmt.Sprintf("unknown argument %q in %s", name, o.Header()), "", opts...)
}

// either joins words: "http", "smtp" or "redis".
func either(words []string) string {
	quoted := make([]string, len(words))
	for i, w := range words {
		quoted[i] = quote(w)
	}
	last := len(quoted) - 1
	if last == 0 {
		return quoted[0]
	}
	return strings.Join(quoted[:last], ", ") + " or " + quoted[last]
}

// translate knows the words of keepalived, and where else an argument belongs; empty when it knows nothing.
func translate(o *Object, name string) string {
	if say := schema.Elsewhere(name, o.Schema.Type); say != "" {
		return say
	}
	for _, a := range o.Schema.Args {
		if a.Keepalived != name {
			continue
		}
		if _, isBool := a.Kind.(schema.Bool); isBool && strings.HasPrefix(name, "no") {
			return fmt.Sprintf("keepalived's %s is `%s = false` here.", name, a.Name)
		}
		return fmt.Sprintf("keepalived's %s is %q here.", name, a.Name)
	}
	for _, n := range o.Schema.Blocks {
		for _, a := range n.Block.Args {
			if a.Name == name {
				return fmt.Sprintf("%s belongs in a block `%s … }`.", name, exampleHeader(n.Block))
			}
			if a.Keepalived == name {
				return fmt.Sprintf("keepalived's %s is %q in a block `%s … }` here.", name, a.Name, exampleHeader(n.Block))
			}
		}
	}
	return ""
}

func (r reader) unknownBlock(o *Object, block *hclsyntax.Block) *hcl.Diagnostic {
	at := block.TypeRange.Ptr()
	if i, arg := o.spec.args[block.Type]; arg && o.Arg(i).For(o.Labels) {
		return diag.Error("HA2105", at, fmt.Sprintf("%q is an argument, not a block", block.Type), "",
			r.options(diag.Help(fmt.Sprintf("Write `%s = %s`.", block.Type, o.Arg(i).Example)))...)
	}
	var types []string
	for _, n := range o.Schema.Blocks {
		types = append(types, n.Block.Type)
	}
	if o.Schema.Overlay && o.Node == "" {
		types = append(types, "node")
	}
	help := diag.Help(fmt.Sprintf("%s holds no blocks.", o.Header()))
	near := diag.Suggest(block.Type, types)
	if say := schema.Elsewhere(block.Type, o.Schema.Type); say != "" {
		help = diag.Help(say)
	} else if near != "" {
		help = diag.Help(fmt.Sprintf("Did you mean %q?", near))
	} else if len(types) > 0 {
		help = diag.Help("Blocks here are " + strings.Join(types, ", ") + ".")
	}
	return diag.Error("HA2103", at, fmt.Sprintf("unknown block %q in %s", block.Type, o.Header()), "", r.options(help)...)
}

// exampleHeader is how a block of a type begins: check "tcp" {.
func exampleHeader(sch *schema.Block) string {
	text := sch.Type
	for _, l := range sch.Labels {
		word := l.Name
		switch {
		case len(l.OneOf) > 0:
			word = l.OneOf[0]
		case l.Kind != nil:
			word = "192.0.2.20/32"
		}
		text += " " + quote(word)
	}
	return text + " {"
}
