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

func pointers(list []vrrp.Instance) (all []*vrrp.Instance) {
	for i := range list {
		all = append(all, &list[i])
	}
	return all
}

// A sync group that is only called differently stays in its state, with or without new names of its VIPs; with other members it is
// another one.
func TestARenamedSyncGroupGoesOn(t *testing.T) {
	member := func(group, name string, vrid uint8) vrrp.Instance {
		i := testConfig().Instances[0]
		i.Name, i.VIP, i.Group, i.Config.VRID = name+"/ipv4", name, group, vrid
		return i
	}
	tests := []struct {
		name    string
		renames map[string]string
		wanted  []vrrp.Instance
		keeps   bool
	}{
		{"another name", nil, []vrrp.Instance{member("sync_group.front", "vip.a", 1), member("sync_group.front", "vip.b", 2)}, true},
		{
			"another name, of a VIP as well",
			map[string]string{"vip.z": "vip.b"},
			[]vrrp.Instance{member("sync_group.front", "vip.a", 1), member("sync_group.front", "vip.z", 2)},
			true,
		},
		{
			"one more member", nil,
			[]vrrp.Instance{member("sync_group.front", "vip.a", 1), member("sync_group.front", "vip.b", 2), member("sync_group.front", "vip.c", 3)},
			false,
		},
		{"another router", nil, []vrrp.Instance{member("sync_group.front", "vip.a", 1), member("sync_group.front", "vip.b", 3)}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := newElections(newEventLog(slog.New(slog.DiscardHandler)), newInbox())
			was := []vrrp.Instance{member("sync_group.edge", "vip.a", 1), member("sync_group.edge", "vip.b", 2)}
			g := newGroup(e, "sync_group.edge", pointers(was), nil, nil)
			for i := range g.core {
				g.core[i].Election = vrrp.Election{State: vrrp.Active}
			}
			e.groups["sync_group.edge"] = g
			e.rename(tt.renames, tt.wanted)
			if kept := e.groups["sync_group.front"] == g && g.canBecome(pointers(tt.wanted)); kept != tt.keeps {
				t.Fatalf("the elections go on: %v, want %v; there are %v", kept, tt.keeps, slices.Sorted(maps.Keys(e.groups)))
			}
			if tt.keeps {
				g.update(pointers(tt.wanted), nil, nil, "a test")
			}
			if g.core.State() != vrrp.Active || tt.keeps && (g.called() != "sync_group.front" || g.members[0].instance.Group != "sync_group.front") {
				t.Errorf("%s is %v, of %s", g.called(), g.core.State(), g.members[0].instance.Group)
			}
			e.rename(reversed(tt.renames), was)
			if e.groups["sync_group.edge"] != g || !g.canBecome(pointers(was)) {
				t.Errorf("taken back it is not what it was: %v", slices.Sorted(maps.Keys(e.groups)))
			}
		})
	}
}

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
			g := newGroup(e, was.Name, []*vrrp.Instance{&was}, nil, nil)
			g.core[0].Election = vrrp.Election{State: vrrp.Active}
			e.groups[was.Name] = g
			e.rename(tt.renames, tt.wanted)
			now := tt.wanted[0]
			if keeps := e.groups[now.Name] != nil && g.canBecome(pointers(tt.wanted)); keeps != tt.keeps {
				t.Fatalf("the election goes on as %s: %v, want %v; there are %v", now.Name, keeps, tt.keeps, slices.Sorted(maps.Keys(e.groups)))
			}
			name := was.Name
			if tt.keeps {
				name = now.Name
				g.update(pointers(tt.wanted), nil, nil, "a test")
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
			if e.groups[was.Name] != g || !g.canBecome([]*vrrp.Instance{&was}) {
				t.Errorf("taken back it is not what it was: %v", slices.Sorted(maps.Keys(e.groups)))
			}
		})
	}
}
