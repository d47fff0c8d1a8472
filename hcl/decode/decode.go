package decode

import (
	"slices"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/schema"
)

// decoder collects what is found while decoding.
type decoder struct {
	root  []*schema.Block
	specs map[string]*spec
	diags hcl.Diagnostics
	nodes []*Node // decoded first: overlays and `nodes` refer to them

	checks      *Object // the block settings.checks, decoded before any check; nil: none
	virtualName *Cell   // of the settings; nil: not seen yet

	known     map[string]bool     // addresses of all blocks
	instances map[string][]string // keys by address of the block that for_each repeats
	faultless bool                // nothing before found an error: a block that is missing is missing
	meant     map[place]bool      // required arguments that are there under a name that is reported as unknown
}

// place is an argument of a block as it is written.
type place struct {
	block    hcl.Range
	argument string
}

func (d *decoder) report(found ...*hcl.Diagnostic) { d.diags = append(d.diags, found...) }

// All decodes the blocks of a configuration. Faultless tells that nothing before found an error. The result is never
// nil; objects with findings are marked as broken.
func All(cfg *eval.Config, root []*schema.Block, faultless bool) (*Config, hcl.Diagnostics) {
	d := &decoder{root: root, specs: map[string]*spec{}, known: map[string]bool{}, instances: map[string][]string{}, faultless: faultless, meant: map[place]bool{}}
	for _, b := range cfg.Blocks {
		d.known[b.Address] = true
		if b.ForEach {
			all := eval.Address(b.Type, b.Labels...)
			d.instances[all] = append(d.instances[all], b.Key)
		}
	}
	for _, b := range root {
		d.specs[b.Type] = newSpec(b)
	}
	out := &Config{}
	for _, b := range of(cfg, "node") {
		if n := d.build(b); n != nil {
			d.nodes = append(d.nodes, bindNode(n.base))
		}
	}
	out.Nodes = d.nodes
	for _, b := range of(cfg, "settings") {
		if s := d.build(b); s != nil {
			out.add(b.Type, s)
			d.takeDefaults(s.base)
		}
	}
	for _, b := range cfg.Blocks {
		if b.Type == "node" || b.Type == "settings" {
			continue
		}
		if built := d.build(b); built != nil {
			out.add(b.Type, built)
		}
	}
	if out.Cluster == nil {
		out.Cluster = bindCluster(d.empty("cluster"))
	}
	if out.Settings == nil {
		out.Settings = perNode(&block{base: d.empty("settings"), nodes: d.names()}, bindSettings)
	}
	return out, merge(d.diags)
}

// of returns the blocks of a type.
func of(cfg *eval.Config, blockType string) []*eval.Block {
	var list []*eval.Block
	for _, b := range cfg.Blocks {
		if b.Type == blockType {
			list = append(list, b)
		}
	}
	return list
}

// block is a top-level block with its overlays laid on.
type block struct {
	base      *Object
	nodes     []string           // where it is in force
	effective map[string]*Object // on the nodes that have an overlay
	overlays  []*Object          // as written, in order of place
}

// build decodes a top-level block; nil when it cannot be.
func (d *decoder) build(b *eval.Block) *block {
	sp, known := d.specs[b.Type]
	body, ok := b.Body.(*hclsyntax.Body)
	if !known || !ok || len(b.Labels) != len(sp.schema.Labels) || sp.schema.ByEval {
		return nil
	}
	h := head{
		address: b.Address, labels: b.Labels, labelRanges: b.LabelRanges, typeRange: b.TypeRange, defRange: b.DefRange,
	}
	out := &block{base: d.object(sp, h, body, b), effective: map[string]*Object{}}
	out.base.Broken = out.base.Broken || b.Incomplete
	out.nodes = d.inForce(out.base)
	if sp.schema.Overlay {
		d.overlays(out, sp, body, b)
	}
	if len(out.overlays) > 0 {
		d.missingEverywhere(out.base, out.overlays)
	}
	for _, over := range out.overlays {
		merged := lay(out.base, over)
		if slices.Contains(out.nodes, over.Node) {
			d.finish(merged, []string{over.Node})
		}
		out.effective[over.Node] = merged
	}
	var others []string // the nodes without an overlay
	for _, n := range out.nodes {
		if out.effective[n] == nil {
			others = append(others, n)
		}
	}
	switch {
	case len(out.effective) == 0:
		d.finish(out.base, nil)
	case len(others) > 0 || len(out.nodes) == 0:
		d.finish(out.base, others)
	}
	return out
}

// empty is a block that nobody wrote: all defaults.
func (d *decoder) empty(blockType string) *Object {
	o := d.object(d.specs[blockType], head{address: blockType}, &hclsyntax.Body{}, &eval.Block{})
	d.finish(o, nil)
	return o
}

// names are all nodes.
func (d *decoder) names() []string {
	var names []string
	for _, n := range d.nodes {
		names = append(names, n.Name)
	}
	return names
}

// inForce returns the names of the nodes that a block is for: those that it lists, else all directors; for blocks
// without that argument all nodes.
func (d *decoder) inForce(o *Object) []string {
	c := o.Cell("nodes")
	if c == nil {
		return d.names()
	}
	var names []string
	if c.State != Set {
		for _, n := range d.nodes {
			if n.Director() {
				names = append(names, n.Name)
			}
		}
		return names
	}
	items, _ := c.Val.([]any)
	for _, item := range items {
		for _, n := range d.nodes {
			if string(item.(schema.Address)) == n.Address {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

// overlays decodes the `node "name" { … }` blocks of a block.
func (d *decoder) overlays(out *block, sp *spec, body *hclsyntax.Body, b *eval.Block) {
	for _, nb := range body.Blocks {
		if nb.Type != "node" {
			continue
		}
		w := where{address: out.base.Address, def: nb.DefRange()}
		if len(nb.Labels) != 1 {
			out.base.Broken = true
			d.report(diag.Error("HA2102", nb.TypeRange.Ptr(), "an overlay takes one label, the name of its node", "",
				w.options(diag.Help("Write the header as `node \"lb1\" {`."))...))
			continue
		}
		name := nb.Labels[0]
		if !slices.Contains(d.names(), name) {
			out.base.Broken = true
			d.report(d.noNode(out.base, name, nb.LabelRanges[0], w))
		}
		if i := slices.IndexFunc(out.overlays, func(o *Object) bool { return o.Node == name }); i >= 0 {
			out.base.Broken = true
			d.report(diag.Error("HA2108", nb.LabelRanges[0].Ptr(), "node "+quote(name)+" stands twice in "+out.base.Header(), "",
				w.options(diag.See("the first", out.overlays[i].DefRange), diag.Help("Move the arguments of one into the other."))...))
			continue
		}
		over := d.object(sp, head{
			address: b.Address, labels: b.Labels, labelRanges: nb.LabelRanges, typeRange: nb.TypeRange, defRange: nb.DefRange(), node: name,
		}, nb.Body, b)
		out.overlays = append(out.overlays, over)
	}
}

func (d *decoder) noNode(o *Object, name string, at hcl.Range, w where) *hcl.Diagnostic {
	names := d.names()
	help := diag.Help("Add a node " + quote(name) + " block, or remove this one.")
	if near := diag.Suggest(name, names); near != "" {
		help = diag.Help("Did you mean " + quote(near) + "?")
	}
	return diag.Error("HA2112", &at, "there is no node "+quote(name), "A node block inside a "+o.Schema.Type+" overrides its arguments on that node.",
		w.options(help)...)
}
