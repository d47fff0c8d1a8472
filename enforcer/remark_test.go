package enforcer

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"

	"ha/vrrp"
	"ha/vrrp/packet"
)

// What is wrong with an advert is told once per sender and reason until the state changes.
//
// conform: R50
func TestRemarksAreToldOnce(t *testing.T) {
	events := newEventLog(slog.New(slog.DiscardHandler))
	g := &group{owner: newElections(events, newInbox()), name: "vip.web"}
	m := &member{instance: &vrrp.Instance{Name: "vip.web/ipv4"}, remarked: map[remark]bool{}}
	g.members, g.core = []*member{m}, vrrp.NewGroup(vrrp.Config{VRID: 51, Version: 3, Priority: 100, Interval: time.Second})
	one, two := netip.MustParseAddr("192.0.2.11"), netip.MustParseAddr("192.0.2.12")
	for range 100 {
		g.remark(m, remark{source: one, drop: packet.DropChecksum})
		g.remark(m, remark{source: one, drop: packet.DropLength})
		g.remark(m, remark{source: two, drop: packet.DropChecksum})
	}
	if got := events.tail(100); len(got) != 3 {
		t.Errorf("%d events, want one for each sender and reason: %v", len(got), got)
	}
	g.moved(vrrp.Initialize, vrrp.Backup)
	g.remark(m, remark{source: one, drop: packet.DropChecksum})
	got := events.tail(1)[0]
	if got.Type != "advert" || !strings.Contains(got.Message, "192.0.2.11") || !strings.Contains(got.Message, packet.DropChecksum.String()) {
		t.Errorf("after a transition it is told again, with sender and reason; the last event is %+v", got)
	}
}

// Somebody who sends from ever new addresses fills neither the log nor the memory.
func TestRemarksAreBounded(t *testing.T) {
	events := newEventLog(slog.New(slog.DiscardHandler))
	g := &group{owner: newElections(events, newInbox())}
	m := &member{instance: &vrrp.Instance{}, remarked: map[remark]bool{}}
	for i := range 10_000 {
		g.remark(m, remark{source: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)}), drop: packet.DropAuth})
	}
	if n := len(events.tail(keepEvents)); n > 100 {
		t.Errorf("%d events of one flood", n)
	}
}
