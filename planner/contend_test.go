package planner

import (
	"fmt"
	"slices"
	"testing"
)

// TestAPriorityCostsWhereTheVIPMoves: a priority costs a move exactly where the VIP moves for it, and the plan says from whom or to whom.
func TestAPriorityCostsWhereTheVIPMoves(t *testing.T) {
	rivals := []Rival{{"lb2", 150, true}, {"lb3", 90, true}}
	tests := []struct {
		name          string
		before, after int
		preempt       bool
		active        bool
		rivals        []Rival
		impact        Impact
		effects       []string
	}{
		{"a Backup above the others", 100, 160, true, false, rivals, ImpactFailover, []string{"takes over from lb2 (priority 150)"}},
		{"a Backup that stays below", 100, 149, true, false, rivals, ImpactNone, nil},
		{"a Backup as good as the best", 100, 150, true, false, rivals, ImpactNone, nil},
		{"a Backup that does not preempt", 100, 160, false, false, rivals, ImpactNone, nil},
		{"a Backup that owns the addresses", 100, 255, false, false, rivals, ImpactFailover, []string{"takes over from lb2 (priority 150)"}},
		{"a Backup that was better already", 160, 170, true, false, rivals, ImpactNone, nil},
		{"an Active node below another", 160, 100, true, true, rivals, ImpactFailover, []string{"moves to lb2 (priority 150)"}},
		{"an Active node that stays above", 200, 160, true, true, rivals, ImpactNone, nil},
		{"an Active node, raised", 160, 200, true, true, rivals, ImpactNone, nil},
		{"an Active node below one that does not preempt", 160, 100, true, true, []Rival{{"lb2", 150, false}}, ImpactNone, nil},
		{"an Active node whose rivals are not known", 160, 100, true, true, nil, ImpactFailover, nil},
	}
	for _, tt := range tests {
		plan := func(priority int) *Plan {
			p := edge{node: "lb1", priority: priority, vips: []string{"192.0.2.20/32"}}.plan()
			p.VIPs[0].Rivals = tt.rivals
			p.Intents[1].Args[2].Value = fmt.Sprint(tt.preempt)
			p.Intents[1].Args[3].Impact = ImpactFailover
			return p
		}
		base := edge{node: "lb1", priority: tt.before, vips: []string{"192.0.2.20/32"}}
		f := base.facts(tt.active)
		live, claims := base.settled(f)
		c := Compare(plan(tt.after), plan(tt.before), f, live, claims)
		if len(c.Behaviour) != 1 || c.Behaviour[0].Impact != tt.impact || c.Behaviour[0].Fields[0].Impact != tt.impact || !slices.Equal(c.Behaviour[0].Effects, tt.effects) {
			t.Errorf("%s: got %v and %q, want one change with %v and %q", tt.name, told(c.Behaviour), c.Behaviour[0].Effects, tt.impact, tt.effects)
		}
	}
}

// TestANewNameOfAMemberIsFree: a sync group whose member is only called differently costs nothing; one that gets another member does.
func TestANewNameOfAMemberIsFree(t *testing.T) {
	plan := func(name string, members string) *Plan {
		p := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}, vip: name}.plan()
		p.Intents = append(p.Intents, Intent{Name: "sync_group.edge", Args: []Arg{{Path: "vips", Value: members, Impact: ImpactFailover}}})
		return p
	}
	base := edge{node: "lb1", priority: 100, vips: []string{"192.0.2.20/32"}}
	f := base.facts(true)
	live, claims := base.settled(f)
	for members, want := range map[string]Impact{
		`[vip.aaa, vip.other]`: ImpactNone,
		`[vip.other, vip.aaa]`: ImpactNone,
		`[vip.aaa, vip.third]`: ImpactFailover,
		`[vip.aaa]`:            ImpactFailover,
	} {
		c := Compare(plan("vip.aaa", members), plan("vip.web", `[vip.web, vip.other]`), f, live, claims)
		i := slices.IndexFunc(c.Behaviour, func(b Change) bool { return b.Name == "sync_group.edge" })
		if i < 0 || c.Behaviour[i].Impact != want {
			t.Errorf("%s: got %v, want %v for the group", members, told(c.Behaviour), want)
		}
	}
}
