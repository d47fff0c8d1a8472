package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/enforcer"
	"ha/enforcer/netlab"
	"ha/vrrp"
)

// router is a process that takes part in the election of the VIP: ours or keepalived.
type router interface {
	start()
	stop()
	crash()
	unhappy() []string // what it holds against the adverts that it heard
}

// contender is a router with its place.
type contender struct {
	router
	name      string
	host      *netlab.Host
	addresses *netlab.Addresses
	config    vrrp.Config
	mac       net.HardwareAddr
	early     time.Duration // by how much it may be too early: FRR counts whole centiseconds
}

// unhappy returns the adverts that were dropped, by reason, and what was said of peers.
func (d *director) unhappy() []string {
	d.t.Helper()
	var lines []string
	for _, v := range d.status().VIPs {
		for _, i := range v.Instances {
			for reason, n := range i.Dropped {
				lines = append(lines, fmt.Sprintf("%s dropped %d adverts: %s", i.Name, n, reason))
			}
		}
	}
	for line := range strings.Lines(d.log()) {
		if strings.Contains(line, "type=advert") || strings.Contains(line, "type=problem") {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// duel is two routers for one VIP: a has the higher priority.
type duel struct {
	*rig
	a, b *contender
	vips []netip.Prefix
}

// duelText is a VIP on two nodes.
func duelText(version int, interval string, vips ...string) string {
	list, _ := json.Marshal(vips) // strings always encode
	return fmt.Sprintf(`
cluster { name = "duel" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "b" {
  address   = "192.0.2.12"
  interface = "eth0"
}
vip "test" {
  vrid      = 51
  version   = %d
  interval  = %q
  addresses = %s
  priority  = 100
  node "a" {
    priority = 200
  }
}
`, version, interval, list)
}

// newDuel puts two routers on a LAN; kinds are ha, keepalived or frr. Neither runs yet.
func newDuel(t *testing.T, text, kindA, kindB string) *duel {
	t.Helper()
	d := &duel{rig: newRig(t, text)}
	d.a, d.b = d.contender("a", kindA), d.contender("b", kindB)
	for _, c := range []*contender{d.a, d.b} {
		d.respond(c)
	}
	return d
}

func (d *duel) contender(node, kind string) *contender {
	d.t.Helper()
	var config enforcer.Config
	if err := json.Unmarshal(compile(d.t, d.config, node), &config); err != nil {
		d.t.Fatal(err)
	}
	d.vips = nil
	for _, a := range config.Plan.VIPs[0].Addresses {
		d.vips = append(d.vips, a.Key.Prefix)
	}
	c := &contender{name: node + " (" + kind + ")", config: config.Instances[0].Config}
	if kind == "ha" {
		h := d.director(node)
		c.router, c.host, c.addresses = h, h.Host, h.addresses
	} else if kind == "frr" {
		f := d.frr(node, config.Instances[0], d.vips)
		c.router, c.host, c.mac, c.early = f, f.Host, virtualMAC(c.config), 11*time.Millisecond
		return c
	} else {
		k := d.keepalived(node, config.Instances[0], d.vips)
		c.router, c.host, c.addresses = k, k.Host, k.addresses
	}
	if err := c.host.Do(func() error {
		eth0, err := net.InterfaceByName("eth0")
		if err == nil {
			c.mac = eth0.HardwareAddr
		}
		return err
	}); err != nil {
		d.t.Fatal(err)
	}
	return c
}

// respond answers every connection to a host with the contender's name.
func (d *duel) respond(c *contender) {
	d.t.Helper()
	var l net.Listener
	if err := c.host.Do(func() (err error) { l, err = net.Listen("tcp", ":7777"); return err }); err != nil {
		d.t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := l.Accept()
			if err != nil {
				return // closed
			}
			_, _ = io.WriteString(conn, c.name) // the asker notices what is missing
			_ = conn.Close()                    // as above
		}
	}()
	d.t.Cleanup(func() { _ = l.Close(); <-done }) // nothing is lost
}

// answeredBy waits until the watching host reaches a contender through the VIP.
func (d *duel) answeredBy(c *contender) {
	d.t.Helper()
	vip := netip.AddrPortFrom(d.vips[len(d.vips)-1].Addr(), 7777).String()
	netlab.WaitFor(d.t, patience, vip+" to be answered by "+c.name, func() bool {
		var name []byte
		err := d.watch.Do(func() error {
			conn, err := net.DialTimeout("tcp", vip, 200*time.Millisecond)
			if err != nil {
				return err
			}
			defer conn.Close()
			if err := conn.SetDeadline(time.Now().Add(200 * time.Millisecond)); err != nil {
				return err
			}
			name, err = io.ReadAll(conn)
			return err
		})
		return err == nil && string(name) == c.name
	})
}

// settle waits until one contender has all VIPs and the other none.
func (d *duel) settle(what string, active, backup *contender) {
	d.t.Helper()
	netlab.WaitFor(d.t, patience, what, func() bool {
		return holds(d.t, active.addresses, d.vips, true) && holds(d.t, backup.addresses, d.vips, false)
	})
}

// sent tells whether a frame is an advert of a contender.
func sent(f netlab.Frame, c *contender) bool {
	pdu, _ := advertIn(f)
	return pdu != nil && slices.Equal(f.Data[6:12], c.mac)
}

// skewOf and downOf are Skew_Time and Active_Down_Interval (RFC 9568 and RFC 3768, section 6.1).
func skewOf(c vrrp.Config) time.Duration {
	unit := c.Interval
	if c.Version == 2 {
		unit = time.Second
	}
	return unit * time.Duration(256-int(c.Priority)) / 256
}

func downOf(c vrrp.Config) time.Duration { return 3*c.Interval + skewOf(c) }

// takesOver waits until one contender advertises after the other and checks how long the silence between them was.
// left says that the other one said goodbye, so that a skew is enough. Every VIP must be announced.
func (d *duel) takesOver(what string, since time.Time, from, to *contender, left bool) {
	d.t.Helper()
	first, ok := d.capture.Wait(patience, func(f netlab.Frame) bool { return f.At.After(since) && sent(f, to) })
	if !ok {
		d.t.Fatalf("%s: %s did not advertise", what, to.name)
	}
	var last netlab.Frame
	for _, f := range d.capture.Frames() {
		if sent(f, from) && f.At.Before(first.At) {
			last = f
		}
	}
	if last.Data == nil {
		d.t.Fatalf("%s: %s took over from nobody", what, to.name)
	}
	pdu, _ := advertIn(last)
	silent := first.At.Sub(last.At)
	least, most := downOf(to.config), 3*downOf(to.config) // a loaded machine is late, never early
	if left {
		least, most = skewOf(to.config), downOf(to.config) // who had ignored priority 0 would wait that long
	}
	if (pdu[2] == 0) != left {
		d.t.Errorf("%s: the last advert of %s has priority %d", what, from.name, pdu[2])
	}
	if silent < least-time.Millisecond-to.early || silent > most {
		d.t.Errorf("%s: %s took over after %v of silence, want between %v and %v", what, to.name, silent, least, most)
	}
	for _, vip := range d.vips {
		if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
			return !f.At.Before(last.At) && slices.Equal(f.Data[6:12], to.mac) && announcedIn(f) == vip.Addr()
		}); !ok {
			d.t.Errorf("%s: %s did not announce %v", what, to.name, vip.Addr())
		}
	}
}

// story is the life of two routers: b alone, preempted by a, relieved by a's stop and a's death, preempted again.
func (d *duel) story() {
	d.t.Helper()
	a, b := d.a, d.b
	b.start()
	d.answeredBy(b)
	a.start()
	d.settle("the higher priority to preempt", a, b)
	d.answeredBy(a)

	since := time.Now()
	a.stop()
	d.takesOver("after a clean stop", since, a, b, true)
	d.settle("the addresses to move with a clean stop", b, a)
	d.answeredBy(b)

	a.start()
	d.settle("the higher priority to preempt again", a, b)
	d.answeredBy(a)

	since = time.Now()
	a.crash()
	d.takesOver("after a crash", since, a, b, false)
	d.answeredBy(b)

	a.start()
	d.settle("the higher priority to preempt after its crash", a, b)
	d.answeredBy(a)
	for _, c := range []*contender{a, b} {
		if lines := c.unhappy(); len(lines) > 0 {
			d.t.Errorf("%s complains:\n%s", c.name, strings.Join(lines, "\n"))
		}
	}
}

// variants are the ways in which routers speak to each other.
func variants() map[string]string {
	return map[string]string{
		"version 3 over IPv4": duelText(3, "200ms", "192.0.2.1/32", "192.0.2.2/32"),
		"version 2":           duelText(2, "1s", "192.0.2.1/32", "192.0.2.2/32"),
		"version 3 over IPv6": duelText(3, "200ms", "fe80::51/64", "2001:db8::1/64"),
	}
}

// duels plays the story for all variants at the same time, with a look at the wire at the end.
func duels(t *testing.T, kindA, kindB string) {
	t.Helper()
	all := map[string]func(*testing.T){}
	for name, text := range variants() {
		all[name] = func(t *testing.T) {
			d := newDuel(t, text, kindA, kindB)
			d.story()
			if netlab.Missing("tshark") == nil {
				if wrong := complaints(t, d.capture); len(wrong) > 0 {
					t.Errorf("tshark complains:\n%s", strings.Join(wrong, "\n"))
				}
			}
		}
	}
	together(t, all)
}

// Each implementation is the Active and the Backup of the other, in every version and family: who is better preempts, who
// stops hands over within the skew, who dies is followed after Active_Down_Interval, and a third host always
// reaches the one that is Active. Nobody drops an advert, and tshark has no complaint.
func TestPeers(t *testing.T) {
	netlab.Need(t, "netns", "keepalived", "tshark")
	together(t, map[string]func(*testing.T){
		"ha before keepalived": func(t *testing.T) { duels(t, "ha", "keepalived") },
		"keepalived before ha": func(t *testing.T) { duels(t, "keepalived", "ha") },
		"ha before ha":         func(t *testing.T) { duels(t, "ha", "ha") },
	})
}
