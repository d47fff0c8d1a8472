package enforcer

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"ha/planner"
	"ha/vrrp"
)

// What has failed becomes a lower priority or a fault; what is not known yet keeps out only who does not take part.
func TestTrackingJudges(t *testing.T) {
	tracking := tracking{map[string]planner.Verdict{"up": planner.Up, "down": planner.Down}}
	link := func(device string) error {
		if device == "eth1" {
			return noLink("interface eth1 has no carrier")
		}
		return nil
	}
	device := func(name string, weight uint8) vrrp.Track {
		return vrrp.Track{Name: "track." + name, Interface: name, Weight: weight}
	}
	check := func(key string, weight uint8) vrrp.Track {
		return vrrp.Track{Name: "track." + key, Check: key, Weight: weight}
	}
	tests := []struct {
		name      string
		tracks    []vrrp.Track
		takesPart bool
		lowered   string
		fault     string
	}{
		{"nothing is tracked", nil, false, "[]", ""},
		{"all is well", []vrrp.Track{device("eth2", 0), device("eth2", 9), check("up", 0), check("up", 9)}, false, "[]", ""},
		{"a link with a weight", []vrrp.Track{device("eth1", 60)}, true, "[-60: track.eth1: interface eth1 has no carrier]", ""},
		{"a link without", []vrrp.Track{device("eth1", 0)}, true, "[]", "track.eth1: interface eth1 has no carrier"},
		{"a check with a weight", []vrrp.Track{check("down", 20), check("up", 9)}, true, "[-20: track.down: check down fails]", ""},
		{"a check without", []vrrp.Track{check("down", 0)}, true, "[]", "track.down: check down fails"},
		{
			"several at once",
			[]vrrp.Track{device("eth1", 0), check("down", 20), check("down", 0)},
			true, "[-20: track.down: check down fails]", "track.eth1: interface eth1 has no carrier; track.down: check down fails",
		},
		{"an unknown check keeps out who is out", []vrrp.Track{check("new", 0)}, false, "[]", "track.new: check new has no result yet"},
		{"so does one with a weight", []vrrp.Track{check("new", 60)}, false, "[]", "track.new: check new has no result yet"},
		{"who takes part goes on", []vrrp.Track{check("new", 0), check("new", 60)}, true, "[]", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			lowered, fault := tracking.judge(vrrp.Instance{Tracks: tt.tracks}, tt.takesPart, link)
			text := ""
			if fault != nil {
				text = strings.TrimPrefix(fault.Error(), "takes no part in the election: ")
			}
			if got := fmt.Sprint(lowered); got != tt.lowered || text != tt.fault {
				t.Errorf("got %s and %q, want %s and %q", got, text, tt.lowered, tt.fault)
			}
		})
	}
}

// S25: the start delay counts from the start of the enforcer, so a fault that ends later waits no more.
func TestStartDelayCountsFromTheStart(t *testing.T) {
	start := time.Now().Add(-10 * time.Second)
	for delay, want := range map[time.Duration]bool{0: false, 9 * time.Second: false, time.Hour: true} {
		g := &group{
			owner:   &elections{start: start},
			members: []*member{{instance: vrrp.Instance{StartDelay: delay}}},
		}
		if got := g.startup(0).Delay; got > 0 != want || got > max(0, delay-10*time.Second) {
			t.Errorf("after 10s a delay of %v leaves %v", delay, got)
		}
	}
}

// A plan whose instance waits for a check that nobody runs is refused: it would wait for ever.
func TestATrackedCheckMustBeInThePlan(t *testing.T) {
	c := Config{
		Plan: planner.Plan{Node: "a", VIPs: []planner.VIP{{Name: "vip.a"}}},
		Instances: []vrrp.Instance{{
			Name: "vip.a/ipv4", VIP: "vip.a", Config: vrrp.Config{VRID: 1, Priority: 100, Interval: time.Second},
			Tracks: []vrrp.Track{{Name: "vip.a.track.db", Check: "tcp 192.0.2.31:5432"}},
		}},
	}
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), `vip.a.track.db waits for check "tcp 192.0.2.31:5432"`) {
		t.Errorf("got %v", err)
	}
}
