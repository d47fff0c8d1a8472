package main

import (
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// why is what `ha why` says on a director.
func (d *director) why(names ...string) string {
	d.t.Helper()
	out, err := exec.CommandContext(d.t.Context(), self(d.t), append([]string{"why", "--via", "unix://" + d.socket}, names...)...).CombinedOutput()
	if err != nil {
		d.t.Fatalf("ha why: %v: %s", err, out)
	}
	return string(out)
}

// last is the last transition of the one VIP.
func (d *director) last() control.Transition {
	d.t.Helper()
	history := d.vip().Instances[0].History
	if len(history) == 0 {
		d.t.Fatalf("%s remembers no transition", d.node)
	}
	return history[len(history)-1]
}

// Each transition names its cause and the values that decided, for people and for programs.
func TestEveryTransitionHasItsCause(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	d := newDuel(t, duelText(3, "200ms", "192.0.2.1/32"), "ha", "ha")
	a, b := d.a.router.(*director), d.b.router.(*director)
	says := func(x *director, cause control.Cause, words ...string) {
		t.Helper()
		if got := x.last(); got.Cause != cause {
			t.Errorf("%s: the cause is %q (%s), want %q", x.node, got.Cause, got.Why, cause)
		}
		text := x.why("192.0.2.1")
		for _, word := range words {
			if !strings.Contains(text, word) {
				t.Errorf("%s: %q is missing in\n%s", x.node, word, text)
			}
		}
	}
	b.start()
	b.becomes("Active")
	says(b, control.CauseSilence, "vip.test on b: Active for", "no advert from any router", "above 100, or of 100 from an address above 192.0.2.12")
	a.start()
	d.settle("the better one to preempt", d.a, d.b)
	says(a, control.CausePreempted, "our priority 200 is above 100 of 192.0.2.12")
	says(b, control.CauseOutranked, "192.0.2.11 has priority 200, above our 100", "heard", "192.0.2.11 says less than 100, or 0 because it leaves")

	if err := d.lan.Cut(a.Host); err != nil {
		t.Fatal(err)
	}
	a.becomes("Initialize")
	says(a, control.CauseInterface, "interface eth0 has no carrier", "until")
	b.becomes("Active")
	says(b, control.CauseSilence, "no advert for", "the last came from 192.0.2.11 with priority 200")
	if got := b.last(); got.Peer != "192.0.2.11" || got.PeerPriority != 200 || got.Priority != 100 || got.Silence < 600*time.Millisecond {
		t.Errorf("the values of the takeover are %+v", got)
	}
	if err := d.lan.Heal(a.Host); err != nil {
		t.Fatal(err)
	}
	d.settle("the better one to preempt", d.a, d.b)

	a.mustApply(compile(t, loadText(t, strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "vrid      = 51", "vrid      = 52", 1)), "a"))
	b.becomes("Active")
	says(b, control.CauseLeft, "192.0.2.11 left with priority 0")
	found := false
	if err := a.client().Events(t.Context(), 0, false, func(e control.Event) {
		found = found || e.Transition != nil && e.Transition.Cause == control.CauseConfiguration && strings.Contains(e.Message, "applied by test")
	}); err != nil {
		t.Fatal(err)
	}
	if !found {
		t.Error("no event says that a person changed the configuration")
	}
	b.end(syscall.SIGTERM)
}

func TestWhyKnowsNames(t *testing.T) {
	s := control.Status{
		VIPs: []control.VIPStatus{
			{Name: "vip.web", Addresses: []control.AddressStatus{{Address: "192.0.2.20/32"}}},
			{Name: "vip.six", Addresses: []control.AddressStatus{{Address: "2001:db8::20/128"}}},
		},
		Pools: []control.PoolStatus{{Name: "pool.web"}},
	}
	for name, want := range map[string]string{
		"vip.web": "vip.web", "web": "vip.web", "192.0.2.20": "vip.web", "192.0.2.20/32": "vip.web", "2001:DB8:0::20": "vip.six", "pool.web": "pool.web",
	} {
		got, err := choose(s, []string{name})
		if err != nil || strings.Join(thingsOf(got), " ") != want {
			t.Errorf("%s: got %v, %v, want %s", name, thingsOf(got), err, want)
		}
	}
	if all, err := choose(s, nil); err != nil || len(thingsOf(all)) != 3 {
		t.Errorf("without a name: got %v, %v", thingsOf(all), err)
	}
	if _, err := choose(s, []string{"vip.nope"}); err == nil || !strings.Contains(err.Error(), "vip.six") {
		t.Errorf("an unknown name: got %v, want what there is", err)
	}
	if _, err := choose(control.Status{}, []string{"web"}); err == nil || !strings.Contains(err.Error(), "no plan is applied") {
		t.Errorf("nothing is applied: got %v", err)
	}
}

// What peers and checks say cannot write to the terminal.
func TestWhyIsClean(t *testing.T) {
	var b strings.Builder
	err := printWhy(&b, control.Status{VIPs: []control.VIPStatus{{Name: "vip.web", Instances: []control.InstanceStatus{{
		Name: "vip.web/ipv4", State: "Backup", Why: "\x1b[2Jx", Tracked: []control.TrackStatus{{Name: "t", Why: "\x07"}},
		History: []control.Transition{{Why: "\x1b]0;x"}},
	}}}}})
	if err != nil || strings.ContainsAny(b.String(), "\x1b\x07") {
		t.Errorf("got %v: %q", err, b.String())
	}
}
