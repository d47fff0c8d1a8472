package enforcer

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ha/vrrp"
)

func TestContests(t *testing.T) {
	const ms = time.Millisecond
	type heard struct {
		after    time.Duration // since the last one
		priority uint8
		source   string
		late     time.Duration // by which our own advert is overdue
	}
	tests := []struct {
		name    string
		adverts []heard
		counts  uint64
		open    bool
		events  []string // beginnings
	}{
		{
			"one that has to yield",
			[]heard{{after: 5 * time.Second, priority: 90, source: "192.0.2.12"}},
			1, true,
			[]string{"contested: 192.0.2.12 (priority 90) is Active as well as we, 192.0.2.11 (priority 100)"},
		},
		{"its further adverts are the same contest", []heard{
			{5 * time.Second, 90, "192.0.2.12", 0}, {time.Second, 90, "192.0.2.12", 0}, {time.Second, 80, "192.0.2.13", 0},
		}, 1, true, []string{"contested: 192.0.2.12"}},
		{"an advert that crossed ours", []heard{{50 * ms, 90, "192.0.2.12", 0}}, 0, false, nil},
		{"an advert that crossed ours and waited here", []heard{{300 * ms, 90, "192.0.2.12", 0}}, 0, false, nil},
		{"one that crossed ours, from a router that goes on", []heard{{300 * ms, 90, "192.0.2.12", 0}, {1000 * ms, 90, "192.0.2.12", 0}}, 1, true, []string{"contested: 192.0.2.12"}},
		{"a better one that arrives", []heard{{5 * time.Second, 200, "192.0.2.12", 0}}, 0, false, nil},
		{
			"a better one after a pause",
			[]heard{{5 * time.Second, 200, "192.0.2.12", 4 * time.Second}},
			1, false,
			[]string{"contested: 192.0.2.12 (priority 200)"},
		},
		{"one that leaves", []heard{{5 * time.Second, 0, "192.0.2.12", 0}}, 0, false, nil},
		{"our own", []heard{{5 * time.Second, 100, "192.0.2.11", 0}}, 0, false, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			events := newEventLog(slog.New(slog.DiscardHandler))
			e := newElections(events, newInbox())
			m := &member{instance: &testConfig().Instances[0], remarked: map[remark]bool{}}
			c := m.instance.Config
			c.Source = netip.MustParseAddr("192.0.2.11")
			g := &group{owner: e, name: "g", members: []*member{m}, core: vrrp.NewGroup(c), stopped: true}
			e.groups["g"] = g
			g.core[0].Election = vrrp.Election{State: vrrp.Active, ActiveInterval: c.Interval, Timer: e.now(), Reason: vrrp.Reason{At: e.now()}}
			for _, h := range tt.adverts {
				e.missed.Add(int64(h.after))
				g.core[0].Election.Timer = e.now() + c.Interval/2 - h.late
				ad := vrrp.Received{Priority: h.priority, Interval: c.Interval, Source: netip.MustParseAddr(h.source)}
				was := g.standing(0)
				g.step(0, ad)
				g.contested(0, was, ad)
			}
			var told []string
			for _, event := range events.tail(10) {
				if event.Type == "contest" {
					told = append(told, event.Message)
				}
			}
			if m.contest.count != tt.counts || m.contest.open != tt.open || len(told) != len(tt.events) {
				t.Fatalf("got %d contests, open: %v, events %q; want %d, %v, %q", m.contest.count, m.contest.open, told, tt.counts, tt.open, tt.events)
			}
			for i, want := range tt.events {
				if !strings.HasPrefix(told[i], want) {
					t.Errorf("got %q, want %q", told[i], want)
				}
			}
			e.missed.Add(int64(10 * c.Interval))
			e.settleContests()
			last := fmt.Sprint(events.tail(1))
			if m.contest.open || tt.open != strings.Contains(last, "no longer contested") {
				t.Errorf("ten intervals later: open: %v, last event %s", m.contest.open, last)
			}
		})
	}
}
