package planner

import (
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"
)

// drainPool is a pool of servers 1 to n with one listener, which drain for two minutes; each has a check of its own.
func drainPool(n ...int) Pool {
	p := Pool{Name: "pool.web", Listeners: []Listener{{
		Key: VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:80")}, Value: VirtualServer{Scheduler: "rr", Netmask: 32},
	}}}
	for _, i := range n {
		p.Servers = append(p.Servers, PoolServer{
			Name: "web" + string(rune('0'+i)), Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(30 + i)}), 80),
			Weight: 10, Checks: []string{"tcp" + string(rune('0'+i))}, DrainMS: 120_000,
		})
	}
	return p
}

func drainKey(p Pool, i int) RealServerKey {
	return RealServerKey{Service: p.Listeners[0].Key, Server: netip.AddrPortFrom(netip.AddrFrom4([4]byte{192, 0, 2, byte(30 + i)}), 80)}
}

func allUp() Facts {
	return Facts{Verdicts: map[string]Verdict{"tcp1": Up, "tcp2": Up, "tcp3": Up}}
}

// A server that leaves the configuration takes nothing new and stays; the plan says for how long and how many connections it has.
// Without anything to drain it goes at once.
func TestAServerThatLeavesDrains(t *testing.T) {
	before, after := drainPool(1, 2), drainPool(1)
	applied, next := &Plan{Pools: []Pool{before}}, &Plan{Pools: []Pool{after}}
	live := Resolve(applied, allUp())
	claims := Claims{Objects: map[Key]Claim{before.Listeners[0].Key: Owned}}
	k := drainKey(before, 2)

	f := Departing(allUp(), applied, NewIndex(next), live)
	f.Connections = map[RealServerKey]uint32{k: 214}
	c := Compare(next, applied, f, live, claims)
	if len(c.Kernel) != 1 || c.Kernel[0].Key != Key(k) || c.Kernel[0].Symbol() != "~" || c.Kernel[0].Impact != ImpactExistingConnections {
		t.Fatalf("got %+v", c.Kernel)
	}
	if got, want := detail(c.Kernel[0], false), "weight 10 -> 0, drain up to 2m, 214 connections now"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}

	// Meanwhile: a plan made now changes nothing, and says who drains.
	if err := Apply(&live, c.Kernel[0]); err != nil {
		t.Fatal(err)
	}
	l := f.Leaving[k]
	l.Until = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Leaving[k] = l
	again := Departing(f, next, NewIndex(next), live)
	c = Compare(next, next, again, live, claims)
	if want := []string{"pool.web server 192.0.2.32:80 is draining until 2026-01-02T03:04:05Z at the latest: 214 connections now"}; !c.Empty() || !slices.Equal(c.Notes, want) {
		t.Errorf("got %v and %q, want nothing and %q", c.Changes(), c.Notes, want)
	}
	// It has drained: it goes.
	again.Leaving = nil
	if changes, _ := Diff(Resolve(next, again), live, claims, NewIndex(next)); len(changes) != 1 || changes[0].Action != Delete || changes[0].Impact != ImpactNone {
		t.Errorf("got %+v", changes)
	}
	// It is wanted again: it stays.
	if back := Departing(f, next, NewIndex(applied), live); back.Leaving != nil || Resolve(applied, back).RealServers[k].Weight != 10 {
		t.Errorf("got %+v", back.Leaving)
	}
	// Its service goes: it goes with it.
	if none := Departing(f, next, NewIndex(&Plan{}), live); none.Leaving != nil {
		t.Errorf("got %+v", none.Leaving)
	}
	// Nothing is to be drained.
	applied.Pools[0].Servers[1].DrainMS = 0
	if none := Departing(allUp(), applied, NewIndex(next), live); none.Leaving != nil {
		t.Errorf("got %+v", none.Leaving)
	}
}

// Make before break: those that leave keep their weight until one of those that come is known to be up, or all are known to be down.
func TestServersLeaveWhenOthersAreUp(t *testing.T) {
	before, after := drainPool(1, 2), drainPool(3)
	applied, next := &Plan{Pools: []Pool{before}}, &Plan{Pools: []Pool{after}}
	live := Resolve(applied, allUp())
	for verdict, want := range map[Verdict]uint32{Unknown: 10, Up: 0, Down: 0} {
		f := Departing(Facts{Verdicts: map[string]Verdict{"tcp1": Up, "tcp2": Up, "tcp3": verdict}}, applied, NewIndex(next), live)
		s := Resolve(next, f)
		for i := 1; i <= 2; i++ {
			if got, shown := s.RealServers[drainKey(before, i)]; !shown || got.Weight != want {
				t.Errorf("while the new server is %v: server %d is %+v, %v, want weight %d", verdict, i, got, shown, want)
			}
		}
		notes := strings.Join(Compare(next, applied, f, live, Claims{}).Notes, "\n")
		if waits := strings.Contains(notes, "pool.web server 192.0.2.31:80 leaves when another one of the pool is up, and drains up to 2m then"); waits != (verdict == Unknown) {
			t.Errorf("while the new server is %v: notes %q", verdict, notes)
		}
	}
}

// What a person decides goes before configuration and numbers, never before a verdict, and counts for the quorum; it is no drift.
func TestHolds(t *testing.T) {
	p := drainPool(1, 2)
	plan := &Plan{Pools: []Pool{p}}
	until := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	hold := func(h Hold) Facts {
		f := allUp()
		h.By, h.Reason, h.Until = "root@lb1 (uid 0)", "new kernel", until
		f.Holds = map[string]map[string]Hold{"pool.web": {"web1": h}}
		return f
	}
	for _, tt := range []struct {
		name   string
		hold   Hold
		down   bool
		want   Share
		up, of int
		note   string
	}{
		{"drained", Hold{}, false, Share{Shown: true}, 1, 1, "drained"},
		{"given up", Hold{Gone: true}, false, Share{}, 1, 1, "drained and given up"},
		{"weighed", Hold{Weight: 3}, false, Share{Shown: true, Weight: 3}, 2, 2, "weight 3"},
		{"weighed and down", Hold{Weight: 3}, true, Share{}, 1, 2, "weight 3"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			f := hold(tt.hold)
			if tt.down {
				f.Verdicts["tcp1"] = Down
			}
			b := p.Balance(f)
			if got := b.Share(&p.Servers[0]); got != tt.want || b.Up != tt.up || b.Of != tt.of {
				t.Errorf("got %+v, %d of %d up, want %+v, %d of %d", got, b.Up, b.Of, tt.want, tt.up, tt.of)
			}
			if got := b.Share(&p.Servers[1]); got != (Share{Shown: true, Weight: 10}) {
				t.Errorf("the other server is %+v", got)
			}
			live := Resolve(plan, f)
			c := Compare(plan, plan, f, live, Claims{Objects: map[Key]Claim{p.Listeners[0].Key: Owned}})
			want := []string{"pool.web server web1 is suspended: " + tt.note + " until 2026-01-02T03:04:05Z by root@lb1 (uid 0): new kernel"}
			if !c.Empty() || !slices.Equal(c.Notes, want) {
				t.Errorf("got %v and %q, want nothing and %q", c.Changes(), c.Notes, want)
			}
		})
	}
}

// A hold follows its pool to another name.
func TestAHoldFollowsTheNameOfItsPool(t *testing.T) {
	f := allUp()
	f.Holds = map[string]map[string]Hold{"pool.web": {"web1": {}}}
	if f = Carry(f, map[string]string{"pool.shop": "pool.web"}); len(f.Holds) != 1 || len(f.Holds["pool.shop"]) != 1 {
		t.Errorf("got %v", f.Holds)
	}
}
