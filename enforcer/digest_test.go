package enforcer

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"ha/enforcer/control"
)

// What one cause does to hundreds of VIPs is one line for each kind of event, and every event stays.
func TestTheLogHasALineForEachCause(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var text bytes.Buffer
		events := newEventLog(slog.New(slog.NewTextHandler(&text, nil)))
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan struct{})
		go func() { defer close(ended); events.run(ctx) }()
		for i := range 200 {
			name := fmt.Sprintf("vip.v%03d/ipv4", i)
			events.warn("problem", name, "interface eth0 is down")
			events.transition(name, control.Transition{
				At: time.Now(), From: "Active", To: "Initialize", Cause: control.CauseInterface, Why: "interface eth0 is down",
			})
			events.info("change", fmt.Sprintf("address %d", i), "removed")
			time.Sleep(time.Millisecond)
		}
		events.info("state", "enforcer", "one of its own")
		time.Sleep(2 * gatherFor)
		events.info("change", "address 7", "removed") // another time
		cancel()
		<-ended
		lines := strings.Split(strings.TrimSpace(text.String()), "\n")
		want := []string{
			`msg="interface eth0 is down" type=problem object="vip.v000/ipv4, vip.v001/ipv4, vip.v002/ipv4 and 197 more" count=200`,
			`msg="Active -> Initialize: interface eth0 is down" type=transition object="vip.v000/ipv4, vip.v001/ipv4, vip.v002/ipv4 and 197 more" count=200`,
			`msg=removed type=change object="address 0, address 1, address 2 and 197 more" count=200`,
			`msg="one of its own" type=state object=enforcer`,
			`msg=removed type=change object="address 7"`,
		}
		if len(lines) != len(want) {
			t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), text.String())
		}
		for i := range want {
			if !strings.Contains(lines[i], want[i]) {
				t.Errorf("line %d is\n%s\nwant\n%s", i, lines[i], want[i])
			}
		}
		if list, _ := events.since(0); len(list) != 602 {
			t.Errorf("%d events, want all 602", len(list))
		}
	})
}

// Transitions of one cause are told together, whatever the values of each are; those of other causes or peers are not.
func TestTheGistOfATransition(t *testing.T) {
	silent := control.Transition{From: "Backup", To: "Active", Cause: control.CauseSilence, Peer: "192.0.2.1", Why: "no advert for 3.61s"}
	gist := func(change func(*control.Transition)) string {
		other := silent
		change(&other)
		return gistOf(control.Event{Type: "transition", Message: other.Why, Transition: &other})
	}
	same := gist(func(*control.Transition) {})
	if gist(func(t *control.Transition) {
		t.Why, t.Silence, t.Priority = "no advert for 3.7s", 3700*time.Millisecond, 90
	}) != same {
		t.Error("the length of a silence makes two causes of one")
	}
	for name, change := range map[string]func(*control.Transition){
		"another peer":  func(t *control.Transition) { t.Peer = "192.0.2.2" },
		"another state": func(t *control.Transition) { t.To = "Initialize" },
		"another cause": func(t *control.Transition) { t.Cause = control.CauseLeft },
	} {
		if gist(change) == same {
			t.Errorf("%s makes no difference", name)
		}
	}
}
