package decode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// finish fills in defaults, reports missing arguments and applies the rules of the block, here and below.
//
// Nodes are those that the form of the block is for, where there are others; they are named with what is missing.
func (d *decoder) finish(o *Object, nodes []string) {
	d.inherit(o)
	for i := range o.Cells {
		c, arg := &o.Cells[i], o.Arg(i)
		if c.State == Set || c.State == Failed {
			continue
		}
		c.Val = o.spec.defaults[i]
		if arg.Required && arg.For(o.Labels) {
			o.Broken = true
			if !d.meant[place{o.DefRange, arg.Name}] {
				d.report(missing(o, c, arg, nodes))
			}
		}
	}
	for _, k := range o.Kids {
		d.finish(k, nodes)
	}
	for i, n := range o.Schema.Blocks {
		if n.Max == 1 && !n.Switch && len(o.Blocks(n.Block.Type)) == 0 {
			o.Kids = append(o.Kids, o.spec.kids[i].defaultsOf(o, n.Block.Type)) // what holds is shown, written or not
		}
	}
	if o.broken() {
		return
	}
	for _, rule := range o.spec.rules {
		found := rule.check(o, rule.why)
		o.Broken = o.Broken || found.HasErrors()
		d.report(found...)
	}
}

// missingEverywhere reports the required arguments that neither the block nor any of its overlays sets: once, not for
// each node.
func (d *decoder) missingEverywhere(base *Object, overlays []*Object) {
	for i := range base.Cells {
		arg, at := base.Arg(i), place{base.DefRange, base.Arg(i).Name}
		if base.Cells[i].State != Unset || !arg.Required || !arg.For(base.Labels) || d.meant[at] ||
			slices.ContainsFunc(overlays, func(o *Object) bool { return o.Cells[i].State != Unset }) {
			continue
		}
		d.report(missing(base, &base.Cells[i], arg, nil))
		d.meant[at] = true
	}
	for _, kid := range base.Kids {
		var laid []*Object
		for _, o := range overlays {
			if i := o.find(kid); i >= 0 {
				laid = append(laid, o.Kids[i])
			}
		}
		d.missingEverywhere(kid, laid)
	}
}

// missing says that a required argument is not set.
func missing(o *Object, c *Cell, arg schema.Arg, nodes []string) *hcl.Diagnostic {
	at, what := o.NameRange(), fmt.Sprintf("%s needs %s", o.Header(), arg.Name)
	if c.At != nil {
		at, what = *c.At, fmt.Sprintf("%s is null, and %s needs it", arg.Name, o.Header())
	}
	if len(nodes) > 0 {
		what += " on " + strings.Join(nodes, ", ")
	}
	help := fmt.Sprintf("Add for example `%s = %s`.", arg.Name, arg.Example)
	if c.At != nil {
		help = fmt.Sprintf("Write for example `%s = %s`, or remove the line if another place sets it.", arg.Name, arg.Example)
	}
	return diag.Error("HA2101", &at, what, arg.Doc, o.where().options(diag.Help(help))...)
}
