package vrrp_test

import (
	"testing"
	"time"

	"ha/vrrp"
)

func TestResume(t *testing.T) {
	config := vrrp.Config{VRID: 51, Version: 3, Priority: 100, Interval: s, Preempt: true}
	active := vrrp.Election{State: vrrp.Active, Timer: 10 * s, ActiveInterval: s, Installed: true}
	backup := vrrp.Election{State: vrrp.Backup, Timer: 13 * s, ActiveInterval: 2 * s, Wants: true}
	other := config
	other.Priority = 101
	tests := []struct {
		name   string
		before []vrrp.Member
		now    int // in milliseconds
		deaf   bool
		want   bool
		timer  int // of the first member, in milliseconds
		events int // actions
	}{
		{"an Active router goes on with its next advert when it was planned", members(config, active, active), 9500, true, true, 10000, 0},
		{"it goes on as long as nobody can have taken over", members(config, active, active), 12003, true, true, 10000, 0},
		{"and not longer", members(config, active, active), 12008, true, false, 0, 0},
		{"with the queue of its sockets, that will tell", members(config, active, active), 60000, false, true, 10000, 0},
		{"addresses that were on their way are asked for again", members(config, uninstalled(active), active), 9500, true, true, 10000, 1},
		{"a timer more than an interval ahead is not of this clock", members(config, active, active), 8900, false, false, 0, 0},
		{"a Backup that heard all goes on waiting", members(config, backup, backup), 12000, false, true, 13000, 0},
		{"a deaf one waits anew, for the interval that it has learned", members(config, backup, backup), 12000, true, true, 12000 + 6000 + 2*156*1000/256, 0},
		{"members in different states were no group", members(config, active, backup), 9500, true, false, 0, 0},
		{"another configuration decides anew", members(other, active, active), 9500, true, false, 0, 0},
		{"nothing can be taken up from Initialize", members(config, vrrp.Election{}, vrrp.Election{}), 9500, true, false, 0, 0},
		{"one member is not two", members(config, active), 9500, true, false, 0, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			g := vrrp.NewGroup(config, config)
			actions, ok := g.Resume(tt.before, ms*time.Duration(tt.now), tt.deaf, nil)
			if ok != tt.want || len(actions) != tt.events {
				t.Fatalf("got %v with actions %v, want %v with %d", ok, actions, tt.want, tt.events)
			}
			if !ok {
				if g.State() != vrrp.Initialize {
					t.Errorf("a group that was refused is %v", g.State())
				}
				return
			}
			if at := g[0].Election.Timer.Truncate(ms); at != ms*time.Duration(tt.timer) || !g[1].Ready {
				t.Errorf("the timer fires at %v, want %d ms; ready: %v", at, tt.timer, g[1].Ready)
			}
			if tt.deaf && g[0].Election.Wants {
				t.Error("a deaf Backup still wants to take over")
			}
		})
	}
	g := vrrp.NewGroup(config)
	g.Step(0, s, vrrp.Startup{}, nil)
	if _, ok := g.Resume(members(config, active), 9500*ms, false, nil); ok {
		t.Error("a group that runs was overwritten")
	}
}

func members(c vrrp.Config, elections ...vrrp.Election) []vrrp.Member {
	var list []vrrp.Member
	for _, e := range elections {
		list = append(list, vrrp.Member{Config: c, Election: e})
	}
	return list
}

func uninstalled(e vrrp.Election) vrrp.Election {
	e.Installed = false
	return e
}

// 2.9 A machine that slept heard nothing: its Backup does not take over when it wakes, its Active router says at once that it is
// there, and announces anew what others may have announced meanwhile.
func TestSlept(t *testing.T) {
	config := vrrp.Config{VRID: 51, Version: 3, Priority: 100, Interval: s, Preempt: true, Announce: vrrp.Announce{Count: 3}}
	backup := vrrp.NewGroup(config)
	backup.Step(0, 1, vrrp.Startup{}, nil)
	left, _, _ := backup.Deadline()
	backup.Slept(8 * time.Hour)
	if at, _, _ := backup.Deadline(); at != left+8*time.Hour {
		t.Errorf("the Backup takes over at %v, want %v", at, left+8*time.Hour)
	}
	active := vrrp.NewGroup(config)
	active.Resume(members(config, vrrp.Election{State: vrrp.Active, Timer: 10 * s, ActiveInterval: s, Installed: true}), 9500*ms, false, nil)
	active.Slept(8 * time.Hour)
	actions := active.Step(0, 9500*ms+8*time.Hour, vrrp.Timeout{}, nil)
	if len(actions) != 2 || actions[0].Action != (vrrp.SendAdvert{Priority: 100}) || actions[1].Action != (vrrp.SendAnnouncements{Count: 3}) {
		t.Errorf("the Active router does %v, want an advert and a block of announcements", actions)
	}
}
