// Package bfdtest simulates a link between the two ends of BFD sessions in virtual time: loss, delay, duplicates,
// reordering, cuts in one direction, stalls, all from one seed. Packets cross it in their wire format. It drives the same
// functions as the daemon does and keeps the duties that package bfd asks of its host, so a law that fails here fails there.
package bfdtest

import (
	"math/rand/v2"
	"time"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
)

// Link is two ends that hear each other. Change its exported fields between runs only.
type Link struct {
	Loss      float64       // share of packets that are lost, 0 to 1
	Duplicate float64       // share of packets that arrive twice, 0 to 1
	Delay     time.Duration // longest delivery; each takes a random part of it, so packets overtake each other
	Cut       [2]bool       // nothing that this end sends arrives

	Now    time.Duration // virtual time, from 1 on
	Ends   [2]End
	Frames []Frame // everything that was sent, lost or not, since the caller last emptied it
	Storm  bool    // Run gave up, because the ends excited each other without end

	rng      *rand.Rand
	inflight []delivery
}

// End is one of the two.
type End struct {
	Config  bfd.Config
	Session bfd.Session
	Changes []Change // of its state, since the caller last emptied it

	asleep time.Duration // not scheduled before this time
}

// Change is a transition.
type Change struct {
	At   time.Duration
	From bfd.State
	To   bfd.State
}

// Frame is a packet on the link.
type Frame struct {
	At      time.Duration
	From    int
	Control bfd.Control
	Raw     []byte
}

// delivery is a packet that reaches an end at a time.
type delivery struct {
	at  time.Duration
	to  int
	raw []byte
}

// NewLink is a link without faults between two ends that are not started.
func NewLink(seed uint64, a, b bfd.Config) *Link {
	l := &Link{Now: 1, rng: rand.New(rand.NewPCG(seed, 3784))}
	l.Ends[0].Config, l.Ends[1].Config = a, b
	return l
}

// Start starts an end with its discriminator; 0 is a random one.
func (l *Link) Start(end int, discriminator uint32) {
	for discriminator == 0 {
		discriminator = l.rng.Uint32()
	}
	l.Step(end, bfd.Startup{Discriminator: discriminator})
}

// Crash makes an end forget everything; it sends nothing until it is started.
func (l *Link) Crash(end int) { l.Ends[end].Session = bfd.Session{} }

// Stall keeps an end from being scheduled for a time: packets wait in its socket, timers are late.
func (l *Link) Stall(end int, d time.Duration) { l.Ends[end].asleep = l.Now + d }

// Step gives an end an event now.
func (l *Link) Step(end int, ev bfd.Event) {
	e := &l.Ends[end]
	before := e.Session.State
	var do bfd.Actions
	e.Session, do = e.Config.Step(e.Session, l.Now, ev)
	if after := e.Session.State; after != before {
		e.Changes = append(e.Changes, Change{l.Now, before, after})
	}
	if do.Answer {
		l.send(end, true)
	}
	if do.Send {
		l.send(end, false)
	}
}

// send puts a packet on the link.
func (l *Link) send(from int, final bool) {
	e := &l.Ends[from]
	c := e.Config.Packet(e.Session, final)
	raw := packet.Append(nil, &c)
	l.Frames = append(l.Frames, Frame{l.Now, from, c, raw})
	if l.Cut[from] || l.rng.Float64() < l.Loss {
		return
	}
	for range 1 + btoi(l.rng.Float64() < l.Duplicate) {
		at := l.Now
		if l.Delay > 0 {
			at += time.Duration(l.rng.Int64N(int64(l.Delay)))
		}
		l.inflight = append(l.inflight, delivery{at, 1 - from, raw})
	}
}

// maxSteps bounds the events of one virtual second.
const maxSteps = 10000

// Run lets the time go on until a moment.
func (l *Link) Run(until time.Duration) {
	for budget := maxSteps * (1 + int((until-l.Now)/time.Second)); ; budget-- {
		if budget == 0 {
			l.Storm = true
			return
		}
		at, end, packetIndex := l.next()
		if end < 0 || at > until {
			l.Now = max(l.Now, until)
			return
		}
		l.Now = max(l.Now, at)
		if packetIndex < 0 {
			l.Step(end, bfd.Timeout{})
			continue
		}
		raw := l.inflight[packetIndex].raw
		l.inflight = append(l.inflight[:packetIndex], l.inflight[packetIndex+1:]...)
		l.deliver(end, raw)
	}
}

// next is what happens next: a packet, by its index, or a timer. Packets go first, as a host must see to.
func (l *Link) next() (at time.Duration, end, packetIndex int) {
	end, packetIndex = -1, -1
	for i, d := range l.inflight {
		if t := max(d.at, l.Ends[d.to].asleep); end < 0 || t < at {
			at, end, packetIndex = t, d.to, i
		}
	}
	for i := range l.Ends {
		t, ok := l.Ends[i].Session.Deadline()
		if t = max(t, l.Ends[i].asleep); ok && (end < 0 || t < at) {
			at, end, packetIndex = t, i, -1
		}
	}
	return at, end, packetIndex
}

// deliver hands a packet to an end as a host does: parsed, and only when it is for its session.
func (l *Link) deliver(to int, raw []byte) {
	var c bfd.Control
	if packet.Parse(raw, &c) != packet.Accepted || c.Yours != 0 && c.Yours != l.Ends[to].Session.Local {
		return
	}
	l.Step(to, bfd.Received{Control: c})
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
