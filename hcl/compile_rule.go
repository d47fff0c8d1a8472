package hcl

import (
	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/planner"
)

func placeRules(list []decode.Rule) []planner.PlacedRule {
	var out []planner.PlacedRule
	for _, r := range list {
		out = append(out, planner.PlacedRule{Key: check.RuleKey(&r), Source: sourceOf(r.Def)})
	}
	return out
}
