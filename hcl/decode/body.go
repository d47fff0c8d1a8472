package decode

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"

	"ha/hcl/diag"
	"ha/hcl/eval"
	"ha/hcl/schema"
)

// header data of a block on its way into an object.
type head struct {
	address     string
	labels      []string
	labelRanges []hcl.Range
	typeRange   hcl.Range
	defRange    hcl.Range
	node        string // of the overlay
	iteration   *eval.Iteration
}

// object decodes a body: nothing is required and no default filled in, since an overlay may follow.
func (d *decoder) object(sp *spec, h head, body *hclsyntax.Body, b *eval.Block) *Object {
	o := &Object{
		Schema: sp.schema, spec: sp, Address: h.address, Labels: h.labels, LabelRanges: h.labelRanges,
		TypeRange: h.typeRange, DefRange: h.defRange, Node: h.node, Iteration: h.iteration,
		Cells: make([]Cell, len(sp.schema.Args)),
	}
	r := reader{decoder: d, where: o.where(), ctx: b.Ctx}
	r.labels(o)
	found := 0
	for i, arg := range sp.schema.Args {
		attr, ok := body.Attributes[arg.Name]
		if !ok || !arg.For(o.Labels) {
			continue
		}
		found++
		if arg.Shared && o.Node != "" {
			r.report(r.shared(o, arg, attr))
			o.Broken = true
			continue
		}
		o.Cells[i] = r.cell(arg, attr)
		o.Broken = o.Broken || o.Cells[i].State == Failed
	}
	if found < len(body.Attributes) {
		r.unknownArguments(o, body)
	}
	for _, block := range body.Blocks {
		r.nested(o, block, b)
	}
	r.counts(o)
	return o
}

// labels checks the labels of a nested block; those of top-level blocks were checked where they were declared.
func (r reader) labels(o *Object) {
	for i, l := range o.Schema.Labels {
		if i >= len(o.Labels) || l.Kind == nil {
			continue
		}
		for len(o.LabelVals) < len(o.Labels) {
			o.LabelVals = append(o.LabelVals, nil)
		}
		v, err := parseLabel(l.Kind, o.Labels[i])
		if err != nil {
			o.Broken = true
			at := o.LabelRanges[i]
			if at.End.Byte-at.Start.Byte == len(o.Labels[i])+2 && err.Length > 0 { // in quotes, without escapes
				at.Start = forward(forward(at.Start, `"`), o.Labels[i][:err.Offset])
				at.End = forward(at.Start, o.Labels[i][err.Offset:err.Offset+err.Length])
			}
			r.report(diag.Error(err.Code, &at, sentence(l.Name, false, err.Text), err.Why, r.options(diag.Help(err.Help))...))
			continue
		}
		o.LabelVals[i] = v
	}
}

func (r reader) shared(o *Object, arg schema.Arg, attr *hclsyntax.Attribute) *hcl.Diagnostic {
	return diag.Error("HA2111", attr.NameRange.Ptr(), fmt.Sprintf("%s cannot be set for one node", arg.Name),
		fmt.Sprintf("It holds for the %s on all nodes.", o.Schema.Type),
		r.options(diag.Help(fmt.Sprintf("Move it out of node %s.", quote(o.Node))))...)
}

// nested decodes one block inside another.
func (r reader) nested(o *Object, block *hclsyntax.Block, b *eval.Block) {
	i, known := o.spec.nested[block.Type]
	if !known {
		if block.Type == "node" && o.Schema.Overlay && o.Node == "" {
			return // an overlay; [decoder.overlays] reads it
		}
		o.Broken = true
		r.report(r.unknownBlock(o, block))
		return
	}
	kid := o.spec.kids[i]
	h := head{
		labels: block.Labels, labelRanges: block.LabelRanges, typeRange: block.TypeRange, defRange: block.DefRange(),
		node: o.Node, iteration: o.Iteration, address: o.Address + "." + block.Type,
	}
	for _, l := range block.Labels {
		h.address = nestedAddress(h.address, l)
	}
	if it, ok := b.Iterations[block.Body]; ok {
		h.iteration = &it
	}
	if d := r.wrongLabels(kid.schema, h); d != nil {
		o.Broken = true
		r.report(d)
		return
	}
	o.Kids = append(o.Kids, r.object(kid, h, block.Body, b))
}

func nestedAddress(base, label string) string {
	if hclsyntax.ValidIdentifier(label) {
		return base + "." + label
	}
	return base + "[" + quote(label) + "]"
}

// wrongLabels compares the labels of a nested block with the schema.
func (r reader) wrongLabels(sch *schema.Block, h head) *hcl.Diagnostic {
	want, got := len(sch.Labels), len(h.labels)
	w := where{address: h.address, node: h.node, def: h.defRange, iteration: h.iteration}
	if got != want {
		at := h.typeRange
		if got > want {
			at = h.labelRanges[want]
		}
		what := "takes no label"
		if want == 1 {
			what = "takes one label, its " + sch.Labels[0].Name
		}
		detail := ""
		if sch.Type == "check" && got == 2 {
			detail = "A check inside another block needs no name: nobody refers to it."
		}
		return diag.Error("HA2102", &at, fmt.Sprintf("%s %s", header(sch.Type, h.labels), what), detail,
			w.options(diag.Help("Write the header as `"+exampleHeader(sch)+"`."))...)
	}
	for i, l := range sch.Labels {
		text, at := h.labels[i], h.labelRanges[i]
		if len(l.OneOf) > 0 && !slices.Contains(l.OneOf, text) {
			words := schema.Enum{Values: l.OneOf}.Words()
			help := "Kinds are " + strings.TrimPrefix(words, "one of ") + "."
			kind := strings.TrimSuffix(strings.ToLower(text), "_check") // TCP_CHECK of keepalived.conf
			if near := diag.Suggest(text, l.OneOf); slices.Contains(l.OneOf, kind) {
				help = fmt.Sprintf("Did you mean %q?", kind)
			} else if near != "" && near[0] == text[0] {
				help = fmt.Sprintf("Did you mean %q?", near)
			}
			return diag.Error("HA2110", &at, fmt.Sprintf("%q is no kind of %s", text, sch.Type), "", w.options(diag.Help(help))...)
		}
		if wrong := unfit(text); wrong != "" {
			return diag.Error("HA2109", &at, fmt.Sprintf("the %s of this %s %s", l.Name, sch.Type, wrong),
				"Names stand in plans, logs and events: 1 to 255 bytes, without control characters and such as turn the direction of writing.", w.options(diag.Help("Choose letters, digits, _ and -."))...)
		}
	}
	return nil
}

// unfit says what is wrong with a name; empty when nothing is.
func unfit(name string) string {
	switch {
	case name == "":
		return "is empty"
	case len(name) > 255:
		return fmt.Sprintf("has %d bytes", len(name))
	case diag.Clean(name) != name:
		return "cannot be printed"
	}
	return ""
}

// counts reports nested blocks that stand too often or twice under one name.
func (r reader) counts(o *Object) {
	seen := map[string]*Object{}
	for _, k := range o.Kids {
		n := o.Schema.Blocks[o.spec.nested[k.Schema.Type]]
		id := k.Schema.Type
		switch {
		case n.Key != "":
			id = k.Header() + k.values(n.With)
		case n.Max != 1:
			continue
		}
		first, twice := seen[id]
		if !twice {
			seen[id] = k
			continue
		}
		o.Broken = true
		code, what, help := "HA2108", k.Header()+" stands twice in "+o.Header(), "Give one of them another name or remove it."
		if len(n.With) > 0 {
			help = "Remove one of them, or tell them apart by " + strings.Join(n.With, ", ") + "."
		}
		if n.Key == "" {
			code, what = "HA2107", fmt.Sprintf("%s takes one %s block", o.Header(), k.Schema.Type)
			help = "Move the arguments of one into the other."
		}
		r.report(diag.Error(code, k.NameRange().Ptr(), what, "", k.where().options(diag.See("the first", first.DefRange), diag.Help(help))...))
	}
}
