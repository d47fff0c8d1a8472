package enforcer

import (
	"log/slog"
	"maps"
	"slices"
	"strings"
	"testing"

	"ha/enforcer/control"
	"ha/vrrp"
)

// A VIP that is only called differently stays in its state: nobody on the wire knows its name.
func TestRenamedElectionsGoOn(t *testing.T) {
	router := func(name string, vrid uint8) vrrp.Instance {
		i := testConfig().Instances[0]
		i.Name, i.VIP, i.Config.VRID = name+"/ipv4", name, vrid
		return i
	}
	became := map[string]string{"vip.www": "vip.web"}
	tests := []struct {
		name    string
		renames map[string]string
		wanted  []vrrp.Instance
		keeps   bool // the first of them is Active at once
	}{
		{"another name", became, []vrrp.Instance{router("vip.www", 51)}, true},
		{"another name and another router", became, []vrrp.Instance{router("vip.www", 52)}, false},
		{"another VIP takes the VRID", nil, []vrrp.Instance{router("vip.www", 51)}, false},
		{"another VIP is renamed", map[string]string{"vip.a": "vip.b"}, []vrrp.Instance{router("vip.web", 51)}, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events := newEventLog(slog.New(slog.DiscardHandler))
			e := newElections(events, newInbox())
			was := router("vip.web", 51)
			g := newGroup(e, was.Name, []vrrp.Instance{was}, nil, nil)
			g.core[0].Election = vrrp.Election{State: vrrp.Active}
			e.groups[was.Name] = g
			e.rename(tt.renames, tt.wanted)
			now := tt.wanted[0]
			if keeps := e.groups[now.Name] != nil && g.canBecome(tt.wanted); keeps != tt.keeps {
				t.Fatalf("the election goes on as %s: %v, want %v; there are %v", now.Name, keeps, tt.keeps, slices.Sorted(maps.Keys(e.groups)))
			}
			name := was.Name
			if tt.keeps {
				name = now.Name
				g.update(tt.wanted, nil, nil, "a test")
			}
			if g.core.State() != vrrp.Active || g.called() != name || *g.members[0].outgoing.name.Load() != name {
				t.Errorf("the election of %s is %v and calls itself %s", name, g.core.State(), g.called())
			}
			told := slices.ContainsFunc(events.tail(10), func(x control.Event) bool {
				return x.Object == name && strings.Contains(x.Message, "was vip.web/ipv4 before")
			})
			if told != (name != was.Name) {
				t.Errorf("told of a new name: %v, events %v", told, events.tail(10))
			}
			e.rename(reversed(tt.renames), []vrrp.Instance{was})
			if e.groups[was.Name] != g || !g.canBecome([]vrrp.Instance{was}) {
				t.Errorf("taken back it is not what it was: %v", slices.Sorted(maps.Keys(e.groups)))
			}
		})
	}
}
