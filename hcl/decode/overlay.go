package decode

// lay returns base with the cells of an overlay laid on: an argument that the overlay sets or makes null comes from the
// overlay, all others from the base. Nested blocks are matched by label where they have one, single ones are laid on
// each other, and repeated ones without a label replace the whole group. Neither input is changed.
func lay(base, over *Object) *Object {
	out := base.clone()
	out.Node = over.Node
	out.Broken = base.Broken || over.Broken
	for i, c := range over.Cells {
		if c.State != Unset {
			out.Cells[i] = c
		}
	}
	replaced := map[string]bool{}
	for _, k := range over.Kids {
		n := out.Schema.Blocks[out.spec.nested[k.Schema.Type]]
		if n.Key == "" && n.Max != 1 {
			if !replaced[k.Schema.Type] {
				out.drop(k.Schema.Type)
				replaced[k.Schema.Type] = true
			}
			out.Kids = append(out.Kids, k.clone())
			continue
		}
		if i := out.find(k); i >= 0 {
			out.Kids[i] = lay(out.Kids[i], k)
			continue
		}
		out.Kids = append(out.Kids, k.clone())
	}
	return out
}

// find returns the nested block that an overlay's block is laid on; -1 when there is none. Of several with its label it is
// the one with the same values of the arguments that tell them apart.
func (o *Object) find(over *Object) int {
	var labelled []int
	for i, k := range o.Kids {
		if k.Schema == over.Schema && k.Header() == over.Header() {
			labelled = append(labelled, i)
		}
	}
	if len(labelled) == 1 {
		return labelled[0]
	}
	with := o.Schema.Blocks[o.spec.nested[over.Schema.Type]].With
	for _, i := range labelled {
		if o.Kids[i].values(with) == over.values(with) {
			return i
		}
	}
	return -1
}

// values are those of some arguments, as far as they are written.
func (o *Object) values(names []string) string {
	text := ""
	for _, name := range names {
		if i, ok := o.spec.args[name]; ok && o.Cells[i].State == Set {
			text += " " + name + " " + o.Arg(i).Kind.Print(o.Cells[i].Val)
		}
	}
	return text
}

// drop removes the nested blocks of a type.
func (o *Object) drop(blockType string) {
	kept := o.Kids[:0]
	for _, k := range o.Kids {
		if k.Schema.Type != blockType {
			kept = append(kept, k)
		}
	}
	o.Kids = kept
}
