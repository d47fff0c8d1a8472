package hcl

import (
	"fmt"
	"slices"
	"strings"

	hcl2 "github.com/hashicorp/hcl/v2"

	"ha/hcl/decode"
	"ha/planner"
)

// computed is an argument whose default is no constant.
type computed struct {
	name, value string
	at          hcl2.Range
}

// intent records a block with all its effective arguments, so that two plans can be compared.
func (k *compiler) intent(o *decode.Object, name string, more ...computed) {
	in := planner.Intent{Name: name, Source: sourceOf(o.DefRange)}
	flatten(o, "", more, func(a effective) {
		if a.absent {
			return
		}
		in.Args = append(in.Args, planner.Arg{Path: a.path, Value: a.value, Impact: impactOf(a.impact), Deaf: a.deaf, Source: sourceOf(a.at)})
	})
	slices.SortStableFunc(in.Args, func(a, b planner.Arg) int { return strings.Compare(a.Path, b.Path) })
	k.out.Plan.Intents = append(k.out.Plan.Intents, in)
}

// effective is one argument of a block or of a block inside it, as it holds on a node.
type effective struct {
	path, value, impact string
	at                  hcl2.Range
	cell                *decode.Cell // nil for what is no argument as written
	deaf                bool         // see schema.Arg
	// absent arguments have neither value nor default; value then says in words what holds.
	absent bool
}

// flatten visits all arguments of a block and of the blocks below it, in order of the schema.
func flatten(o *decode.Object, prefix string, more []computed, visit func(effective)) {
	for i := range o.Cells {
		if arg := o.Arg(i); arg.For(o.Labels) {
			visit(effectiveOf(o, i, prefix+arg.Name, more))
		}
	}
	seen := map[string]int{}
	for _, kid := range o.Kids {
		path := prefix + kid.Schema.Type
		for _, l := range kid.Labels {
			path += "." + l
		}
		seen[path]++
		if n := seen[path]; n > 1 {
			path = fmt.Sprintf("%s[%d]", path, n)
		}
		if kid.Schema.Type == "unicast" || kid.Schema.Type == "virtual_mac" || kid.Schema.Type == "ipvlan" { // without arguments it is there all the same
			visit(effective{path: path, value: "present", impact: "failover", deaf: kid.Schema.Type == "unicast", at: kid.NameRange()})
		}
		if kid.Schema.Type == "address" {
			// An address without options is there all the same.
			visit(effective{path: path, value: "present", impact: "existing-connections", at: kid.NameRange()})
		}
		flatten(kid, path+".", inside(kid.Schema.Type, more), visit)
	}
}

// inside are the computed arguments of a nested block: unicast.peers is peers in it.
func inside(blockType string, more []computed) []computed {
	var list []computed
	for _, m := range more {
		if name, ok := strings.CutPrefix(m.name, blockType+"."); ok {
			list = append(list, computed{name, m.value, m.at})
		}
	}
	return list
}

func effectiveOf(o *decode.Object, i int, path string, more []computed) effective {
	c, arg := &o.Cells[i], o.Arg(i)
	e := effective{path: path, impact: arg.Impact, deaf: arg.Deaf, at: o.At(arg.Name), cell: c}
	for _, m := range more {
		if m.name == arg.Name && m.value != "" && (c.Val == nil || c.State != decode.Set) {
			e.value, e.at, e.cell = m.value, m.at, nil
			return e
		}
	}
	if c.Val != nil {
		e.value = arg.Kind.Print(c.Val)
		return e
	}
	e.value, e.absent = arg.Default.Text, true
	return e
}

func impactOf(word string) planner.Impact {
	switch word {
	case "new-connections":
		return planner.ImpactNewConnections
	case "existing-connections":
		return planner.ImpactExistingConnections
	case "failover":
		return planner.ImpactFailover
	case "outage":
		return planner.ImpactOutage
	}
	return planner.ImpactNone
}
