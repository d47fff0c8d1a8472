package enforcer

import (
	"time"

	"ha/vrrp"
)

// debouncer keeps what is believed of interfaces: one that goes down, or comes up again, has to stay so for a while before
// that counts. The lock of elections guards it. Times are those of package vrrp.
type debouncer struct {
	links map[string]*linkBelief
}

// linkBelief is what is believed of an interface.
type linkBelief struct {
	err    error         // why it does not work; nil: it does
	turned time.Duration // since when it is otherwise in fact; 0: it is not
}

// judge returns what is believed of an interface that in fact is as raw says, and before it when that may become something
// else: 0 is not by itself. What is seen for the first time is believed at once, and so is that an interface does not exist: its sockets
// are gone with it.
func (d *debouncer) judge(device string, delay vrrp.Debounce, raw error, now time.Duration) (again time.Duration, believed error) {
	b := d.links[device]
	switch {
	case b == nil:
		if d.links == nil {
			d.links = map[string]*linkBelief{}
		}
		b = &linkBelief{}
		d.links[device] = b
		fallthrough
	case isAbsent(raw), (b.err == nil) == (raw == nil):
		b.err, b.turned = raw, 0
		return 0, raw
	case b.turned == 0:
		b.turned = now
	}
	wait := delay.Up
	if raw != nil {
		wait = delay.Down
	}
	if now-b.turned >= wait {
		b.err, b.turned = raw, 0
		return 0, raw
	}
	if raw == nil {
		return b.turned + wait, noLink("interface %s is up again, which counts when it has lasted for %v", device, wait)
	}
	return b.turned + wait, nil
}

// links returns a function that says what is believed of an interface. It asks the kernel once per interface, and has the
// interfaces looked at again when a delay ends.
func (e *elections) links() func(device string, delay vrrp.Debounce) error {
	find := linkFinder()
	return func(device string, delay vrrp.Debounce) error {
		again, believed := e.debouncer.judge(device, delay, find(device), e.now())
		if again > 0 {
			time.AfterFunc(again-e.now(), e.linksMoved)
		}
		return believed
	}
}

// believed corrects where an instance can take part by what is believed of its interface: while it does not count yet that the interface
// is down, the instance goes on as it is.
func (g *group) believed(i int, at spot, link func(string, vrrp.Debounce) error) spot {
	g.mu.Lock()
	defer g.mu.Unlock()
	m := g.members[i]
	err := link(m.instance.Interface, m.instance.Debounce)
	switch {
	case m.instance.AnyLink:
	case err != nil:
		return spot{fault: err}
	case isDown(at.fault) && m.station != nil:
		return spot{station: m.station, source: m.expect.Source}
	}
	return g.bridge(i, at)
}
