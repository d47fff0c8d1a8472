package enforcer

import (
	"net/netip"
	"testing"
	"time"

	"ha/vrrp/socket"
)

// A VIP goes with the announcement of its last address, and a moment after the first one or the advert at the latest.
func TestAVIPGoesWhenAllOfItIsAnnounced(t *testing.T) {
	one, two := netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")
	long := time.Now().Add(time.Hour)
	l := &leaver{until: long, addresses: []netip.Addr{one, two}, routers: []router{{51, false}}}
	b := &goodbye{leaving: map[string]*leaver{"vip.test": l}, news: make(chan struct{}, 1)}
	gone := func(at time.Time) bool { done, _ := b.due(at); return len(done) == 1 }

	b.seen(socket.Sighting{Announced: netip.MustParseAddr("192.0.2.9")})
	b.seen(socket.Sighting{VRID: 52, Priority: 100})
	b.seen(socket.Sighting{VRID: 51, Priority: 0})
	if l.until != long {
		t.Fatal("what others say ends the wait")
	}
	b.seen(socket.Sighting{Announced: one})
	first := l.until
	if first == long || gone(first.Add(-afterAdvert/2)) {
		t.Error("the first address does not end the wait in a moment")
	}
	b.seen(socket.Sighting{Announced: one}) // once more
	b.seen(socket.Sighting{VRID: 51, Priority: 100})
	if l.until.After(first) {
		t.Error("what follows makes the wait longer")
	}
	b.seen(socket.Sighting{Announced: two})
	if !gone(time.Now()) {
		t.Error("the last address does not end the wait")
	}
}
