package eval

import (
	"github.com/hashicorp/hcl/v2"
	"github.com/zclconf/go-cty/cty"

	"ha/hcl/schema"
)

// group is all blocks below some labels: vip, check.http.
type group struct {
	address string // vip, check.http
	path    []string
	names   *names
	depth   int              // labels that are still to come
	nodes   map[string]*node // by argument
}

// groupRef refers to all blocks below some labels.
func (r *resolver) groupRef(t hcl.Traversal, sch *schema.Block, at *names, path []string, indexed bool, rest hcl.Traversal) (*ref, bool) {
	g := r.group(sch, at, path)
	found := &ref{at: t.SourceRange(), group: g}
	if !indexed || g.depth != 1 || len(rest) == 0 {
		return found, true
	}
	name, where, ok := stepName(rest[0])
	if !ok {
		return found, true
	}
	// vip[each.key].vrid: only that argument has to be known. An instance key may stand there instead.
	if argType(sch, name) != cty.NilType {
		found.attr = name
		return found, true
	}
	for _, tmpl := range at.templates(nil) {
		if tmpl.forEach != nil {
			return found, true
		}
	}
	r.unknownMember(sch, name, where, "a "+g.address)
	return nil, false
}

// group returns the one group of some labels.
func (r *resolver) group(sch *schema.Block, at *names, path []string) *group {
	if at.group == nil {
		at.group = &group{
			address: Address(sch.Type, path...), path: append([]string{sch.Type}, path...), names: at,
			depth: len(sch.Labels) - len(path), nodes: map[string]*node{},
		}
	}
	return at.group
}
