package hcl

import (
	"maps"
	"slices"

	"ha/planner"
)

// statics compiles the static blocks of the node.
func (k *compiler) statics() {
	for _, p := range k.cfg.Statics {
		if !k.here(p.Nodes) {
			continue
		}
		s := p.On(k.node.Name)
		out := planner.Static{Name: s.Address, Source: sourceOf(p.Def)}
		for _, a := range s.Addresses {
			out.Addresses = append(out.Addresses, placeAddress(a, a.Device.Val))
		}
		out.Routes, out.Rules = placeRoutes(s.Routes), placeRules(s.Rules)
		for _, name := range slices.Sorted(maps.Keys(s.Sysctls)) {
			out.Sysctls = append(out.Sysctls, planner.PlacedSysctl{
				Key: planner.SysctlKey(name), Value: planner.Sysctl(s.Sysctls[name].Val), Source: sourceOf(s.Sysctls[name].At),
			})
		}
		k.out.Plan.Statics = append(k.out.Plan.Statics, out)
		k.intent(s.Object, s.Address)
	}
}
