package enforcer

import (
	"maps"
	"strings"
	"testing"
	"time"

	"ha/planner"
	"ha/vrrp"
)

// What has failed becomes another priority or a fault; what is not known yet keeps out only who does not take part.
func TestTrackingJudges(t *testing.T) {
	tracking := newTracking()
	maps.Copy(tracking.facts.Verdicts, map[string]planner.Verdict{"up": planner.Up, "down": planner.Down})
	tracking.values["up"] = 7
	server := func(check string) planner.PoolServer { return planner.PoolServer{Weight: 1, Checks: []string{check}} }
	tracking.pools["pool.web"] = planner.Pool{Servers: []planner.PoolServer{
		server("up"), server("up"), server("down"), server("new"), {Weight: 0},
	}}
	link := func(device string, _ vrrp.Debounce) error {
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
	pool := func(atLeast int) vrrp.Track { return vrrp.Track{Name: "track.web", Pool: "pool.web", AtLeast: atLeast} }
	tests := []struct {
		name      string
		tracks    []vrrp.Track
		takesPart bool
		weighed   string
		fault     string
	}{
		{"nothing is tracked", nil, false, "", ""},
		{"all is well", []vrrp.Track{device("eth2", 0), device("eth2", 9), check("up", 0), check("up", 9)}, false, "", ""},
		{"a link with a weight", []vrrp.Track{device("eth1", 60)}, true, "-60: track.eth1: interface eth1 has no carrier", ""},
		{"a link without", []vrrp.Track{device("eth1", 0)}, true, "", "track.eth1: interface eth1 has no carrier"},
		{"a link that raises", []vrrp.Track{{Name: "t", Interface: "eth2", Raise: 9}}, true, "+9: t: interface eth2 is up", ""},
		{"a flag that says not here", []vrrp.Track{{Name: "t", Check: "up", Reverse: true}}, true, "", "t: check up passes"},
		{"a check with a weight", []vrrp.Track{check("down", 20), check("up", 9)}, true, "-20: track.down: check down fails", ""},
		{"a check without", []vrrp.Track{check("down", 0)}, true, "", "track.down: check down fails"},
		{"a number", []vrrp.Track{{Name: "t", Check: "up", Factor: -3}}, true, "-21: t: check up reports 7", ""},
		{
			"several at once",
			[]vrrp.Track{device("eth1", 0), check("down", 20), check("down", 0)},
			true, "-20: track.down: check down fails", "track.eth1: interface eth1 has no carrier; track.down: check down fails",
		},
		{"an unknown check keeps out who is out", []vrrp.Track{check("new", 0)}, false, "", "track.new: check new has no result yet"},
		{"so does one with a weight", []vrrp.Track{check("new", 60)}, false, "", "track.new: check new has no result yet"},
		{"who takes part goes on", []vrrp.Track{check("new", 0), check("new", 60), {Name: "t", Check: "new", Raise: 9}}, true, "", ""},
		{"a pool with enough", []vrrp.Track{pool(2)}, false, "", ""},
		{
			"a pool that may have enough",
			[]vrrp.Track{pool(3)},
			false, "",
			"track.web: pool.web has 2 of 4 servers up, 3 wanted; 1 not known yet",
		},
		{"which keeps out only who is out", []vrrp.Track{pool(3)}, true, "", ""},
		{"a pool with too few", []vrrp.Track{pool(4)}, true, "", "track.web: pool.web has 2 of 4 servers up, 4 wanted"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := member{dependencies: tracking.judge(vrrp.Instance{Tracks: tt.tracks}, tt.takesPart, link)}
			text := ""
			if fault := faultOf(m.dependencies); fault != nil {
				text = strings.TrimPrefix(fault.Error(), "takes no part in the election: ")
			}
			if got := strings.TrimPrefix(m.weights("; "), "; "); got != tt.weighed || text != tt.fault {
				t.Errorf("got %q and %q, want %q and %q", got, text, tt.weighed, tt.fault)
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
			members: []*member{{instance: &vrrp.Instance{StartDelay: delay}}},
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
