package socket

import (
	"errors"
	"net/netip"
	"sync"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp"
	"ha/vrrp/packet"
)

// router is the smallest host of an election: one instance with its sockets, its timer and its addresses. It holds
// what this package sends and hears against live peers.
type router struct {
	t         testing.TB
	config    vrrp.Config
	vips      []netip.Prefix
	expect    packet.Expect
	conn      *Conn
	announcer *Announcer
	addresses *netlab.Addresses
	started   time.Time
	alarm     *Alarm
	running   sync.WaitGroup

	mu     sync.Mutex
	dead   bool
	group  vrrp.Group
	advert packet.Advert
}

// startRouter starts an election on eth0 of a host. Addresses of an earlier life are removed first.
func startRouter(t testing.TB, h *netlab.Host, config vrrp.Config, vips []netip.Prefix) *router {
	t.Helper()
	r := &router{t: t, config: config, vips: vips, addresses: h.MustAddresses(t)}
	r.release()
	exclude := map[netip.Addr]bool{}
	for _, a := range addressesOf(vips) {
		exclude[a] = true
	}
	err := h.Do(func() (err error) {
		if r.config.Source, err = PrimarySource("eth0", config.IPv6, exclude); err != nil {
			return err
		}
		if r.announcer, err = OpenAnnouncer("eth0"); err != nil {
			return err
		}
		r.conn, err = Open(Options{Interface: "eth0", IPv6: config.IPv6, VRIDs: []uint8{config.VRID}})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	r.expect = packet.Expect{
		Version: config.Version, IPv6: config.IPv6, VRID: config.VRID, Interval: config.Interval,
		Source: r.config.Source, Addresses: addressesOf(vips),
	}
	r.group = vrrp.NewGroup(r.config)
	r.started = time.Now()
	if r.alarm, err = NewAlarm(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.crash) // before its addresses are closed: until then it may win once more
	r.step(vrrp.Startup{})
	r.running.Go(func() {
		if err := r.conn.Serve(r.receive); err != nil {
			t.Error(err)
		}
	})
	r.running.Go(func() {
		if err := r.alarm.Serve(r.timeout); err != nil {
			t.Error(err)
		}
	})
	return r
}

// addressesOf are the addresses without their prefix lengths.
func addressesOf(prefixes []netip.Prefix) []netip.Addr {
	var out []netip.Addr
	for _, p := range prefixes {
		out = append(out, p.Addr())
	}
	return out
}

// timeout steps the election when all that arrived before was handled.
func (r *router) timeout() {
	if err := r.conn.Drain(r.receive); err != nil {
		r.t.Error(err)
	}
	r.step(vrrp.Timeout{})
}

// receive judges a packet and steps the election. A peer on a test LAN sends nothing that is dropped.
func (r *router) receive(p packet.Packet, drop packet.Drop) {
	var advert packet.Advert
	if drop == packet.Accepted {
		_, drop = r.expect.Receive(p, &advert)
	}
	if drop != packet.Accepted {
		r.t.Errorf("dropped %x from %v: %v", p.PDU, p.Source, drop)
		return
	}
	r.step(vrrp.Received{Priority: advert.Priority, Interval: advert.Interval, Source: p.Source})
}

// step tells the election what happened, and does what it says.
func (r *router) step(ev vrrp.Event) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.dead {
		return
	}
	r.stepLocked(ev)
	if at, _, ok := r.group.Deadline(); ok {
		r.check(r.alarm.Set(at - time.Since(r.started)))
	}
}

func (r *router) stepLocked(ev vrrp.Event) {
	for _, a := range r.group.Step(0, time.Since(r.started), ev, nil) {
		switch a := a.Action.(type) {
		case vrrp.SendAdvert:
			r.send(a.Priority)
		case vrrp.Acquire:
			for _, vip := range r.vips {
				r.check(r.addresses.Add(vip))
			}
			r.stepLocked(vrrp.Installed{})
		case vrrp.Release:
			r.release()
		case vrrp.SendAnnouncements:
			for range a.Count {
				for _, vip := range r.vips {
					r.check(r.announcer.Announce(vip.Addr()))
				}
			}
		case vrrp.Hush, vrrp.AnnounceElsewhere: // nothing is queued, and there is one interface
		}
	}
}

func (r *router) send(priority uint8) {
	r.advert = packet.Advert{
		Version: r.config.Version, VRID: r.config.VRID, Priority: priority, Interval: r.config.Interval,
		Addresses: r.expect.Addresses,
	}
	r.check(r.conn.Send(&r.advert, r.config.Source))
}

func (r *router) release() {
	for _, vip := range r.vips {
		r.check(r.addresses.Remove(vip))
	}
}

func (r *router) check(err error) {
	if err != nil {
		r.t.Error(err)
	}
}

// stop leaves in good order.
func (r *router) stop() {
	r.step(vrrp.Shutdown{})
	r.crash()
}

// crash falls silent, and leaves the addresses behind.
func (r *router) crash() {
	r.mu.Lock()
	dead := r.dead
	r.dead = true
	r.mu.Unlock()
	if dead {
		return
	}
	r.check(errors.Join(r.alarm.Close(), r.conn.Close(), r.announcer.Close()))
	r.running.Wait()
}
