package planner

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
)

// moving is a VIP with a route and a rule, and a static rule beside it.
func moving(table uint32) *Plan {
	return &Plan{
		VIPs: []VIP{{
			Name:      "vip.web",
			Addresses: []PlacedAddress{{Key: vipKey}},
			Routes: []PlacedRoute{{
				Key:   RouteKey{Table: table, Destination: netip.MustParsePrefix("0.0.0.0/0")},
				Value: Route{Gateway: netip.MustParseAddr("192.0.2.1"), Type: Unicast},
			}},
			Rules: []PlacedRule{{Key: RuleKey{Priority: 100, From: netip.MustParsePrefix("192.0.2.20/32"), Action: RuleLookup, Table: table}}},
		}},
		Statics: []Static{{Name: "static.s", Rules: []PlacedRule{{Key: RuleKey{Priority: 9, Action: RuleLookup, Table: 9}}}}},
	}
}

// carried applies changes to live and returns what they were.
func carried(t *testing.T, live *State, claims *Claims, changes []Change, conflicts []Conflict) (list []string) {
	t.Helper()
	if len(conflicts) > 0 {
		t.Fatalf("conflicts: %+v", conflicts)
	}
	for _, c := range changes {
		claims.Record(c, *live)
		if err := Apply(live, c); err != nil {
			t.Fatal(err)
		}
		list = append(list, string(c.Action)+" "+c.Key.String()+" "+c.Impact.String())
	}
	return list
}

func TestRoutesAndRulesMoveWithTheirVIP(t *testing.T) {
	ix, live, claims := NewIndex(moving(100)), State{}, Claims{}
	active, backup := Facts{Active: map[string]bool{"vip.web": true}}, Facts{}
	settle := func(f Facts) []string {
		t.Helper()
		changes, conflicts := Diff(ix.Resolve(f), live, claims, ix)
		return carried(t, &live, &claims, changes, conflicts)
	}
	if got, want := settle(backup), []string{"create rule|4|9|lookup 9 none"}; !slices.Equal(got, want) {
		t.Errorf("Backup: got %q, want %q", got, want)
	}
	want := []string{
		"create " + vipKey.String() + " none", "create route|100|0.0.0.0/0|0 none", "create rule|4|100|from 192.0.2.20/32 lookup 100 none",
	}
	if got := settle(active); !slices.Equal(got, want) {
		t.Errorf("acquired: got %q, want %q", got, want)
	}
	if got := settle(active); len(got) > 0 {
		t.Errorf("again: %q", got)
	}
	part, conflicts := Diff(ix.ResolveVIP("vip.web", backup), ix.LiveVIP("vip.web", live), claims, ix)
	slices.Reverse(want)
	for i := range want {
		want[i] = strings.Replace(want[i], "create", "delete", 1)
	}
	if got := carried(t, &live, &claims, part, conflicts); !slices.Equal(got, want) {
		t.Errorf("released: got %q, want %q", got, want)
	}
	if got := settle(backup); len(got) > 0 {
		t.Errorf("settled by its VIP alone: %q", got)
	}
}

func TestRoutesAndRulesOfABackupAreLatent(t *testing.T) {
	applied, next := moving(100), moving(200)
	live := Resolve(applied, Facts{})
	claims := Claims{}
	claims.set(RuleKey{Priority: 9, Action: RuleLookup, Table: 9}, Owned)
	var got []string
	for _, c := range Compare(next, applied, Facts{}, live, claims).Changes() {
		got = append(got, string(c.Layer)+" "+string(c.Action)+" "+c.Name+" "+c.When)
	}
	want := []string{
		"latent create vip.web route 0.0.0.0/0 table 200 vip.web=active",
		"latent create vip.web rule 100 from 192.0.2.20/32 lookup 200 vip.web=active",
		"latent delete vip.web route 0.0.0.0/0 table 100 vip.web=active",
		"latent delete vip.web rule 100 from 192.0.2.20/32 lookup 100 vip.web=active",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %q\nwant %q", got, want)
	}
	one := Compare(next, applied, Facts{}, live, claims)
	active := Facts{Active: map[string]bool{"vip.web": true}}
	standing := Resolve(applied, active)
	claim(claims, standing.Addresses)
	claim(claims, standing.Routes)
	claim(claims, standing.Rules)
	two := Compare(next, applied, active, standing, claims)
	if one.Effect != two.Effect {
		t.Error("the effect depends on who is Active at the moment")
	}
	if Compare(applied, applied, Facts{}, live, claims).Effect == one.Effect {
		t.Error("the effect says nothing of the table")
	}
}
