package main

import (
	"encoding/binary"
	"net"
	"net/netip"
	"sync"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// probePort is where hosts answer probes.
const probePort = 7778

// echo answers every probe to a host, on any of its addresses, until the test ends.
func echo(t testing.TB, h *netlab.Host) {
	t.Helper()
	var conn *net.UDPConn
	if err := h.Do(func() (err error) { conn, err = net.ListenUDP("udp", &net.UDPAddr{Port: probePort}); return err }); err != nil {
		t.Fatal(err)
	}
	roomy(t, conn)
	done := make(chan struct{})
	go func() {
		defer close(done)
		buffer := make([]byte, 64)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buffer)
			if err != nil {
				return // closed
			}
			_, _ = conn.WriteToUDPAddrPort(buffer[:n], from) // the prober notices what is missing
		}
	}()
	t.Cleanup(func() { _ = conn.Close(); <-done }) // nothing is lost
}

// roomy lets a socket keep what arrives while a busy machine has no time for its reader: that is no loss of the network.
func roomy(t testing.TB, conn *net.UDPConn) {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	var failed error
	if err := raw.Control(func(fd uintptr) {
		failed = unix.SetsockoptInt(int(fd), unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, 8<<20)
	}); err != nil || failed != nil {
		t.Fatal(err, failed)
	}
}

// prober is a client's view: it asks a VIP every millisecond and counts what is not answered.
type prober struct {
	t    testing.TB
	conn *net.UDPConn
	done sync.WaitGroup // of who hears
	mute chan struct{}  // closed when the last probe is sent
	quit chan struct{}

	mu       sync.Mutex
	sent     []time.Time
	answered []bool
	refused  int // probes that the client could not send
}

// probe begins to ask a VIP from a host, when it answers at all.
func probe(t testing.TB, from *netlab.Host, vip netip.Addr) *prober {
	t.Helper()
	p := &prober{t: t, mute: make(chan struct{}), quit: make(chan struct{})}
	if err := from.Do(func() (err error) { p.conn, err = net.ListenUDP("udp", &net.UDPAddr{}); return err }); err != nil {
		t.Fatal(err)
	}
	roomy(t, p.conn)
	p.done.Go(p.hear)
	go func() {
		defer close(p.mute)
		p.ask(netip.AddrPortFrom(vip, probePort))
	}()
	netlab.WaitFor(t, patience, "the VIP to answer probes", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		for _, ok := range p.answered {
			if ok {
				return true
			}
		}
		return false
	})
	p.forget()
	return p
}

func (p *prober) ask(to netip.AddrPort) {
	tick := time.NewTicker(time.Millisecond)
	defer tick.Stop()
	message := make([]byte, 8)
	for {
		select {
		case <-p.quit:
			return
		case <-tick.C:
		}
		p.mu.Lock()
		binary.BigEndian.PutUint64(message, uint64(len(p.sent)))
		p.sent, p.answered = append(p.sent, time.Now()), append(p.answered, false)
		p.mu.Unlock()
		if _, err := p.conn.WriteToUDPAddrPort(message, to); err != nil {
			p.mu.Lock()
			p.refused++
			p.mu.Unlock()
		}
	}
}

func (p *prober) hear() {
	buffer := make([]byte, 64)
	for {
		n, err := p.conn.Read(buffer)
		if err != nil {
			return // closed
		}
		if n != 8 {
			continue
		}
		p.mu.Lock()
		if i := binary.BigEndian.Uint64(buffer); i < uint64(len(p.answered)) {
			p.answered[i] = true
		}
		p.mu.Unlock()
	}
}

// forget lets the count begin anew.
func (p *prober) forget() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for i := range p.answered {
		p.answered[i] = true
	}
}

// stop ends the asking, waits for late answers, and says what was lost: how many probes, and how long the longest time
// without an answer was.
func (p *prober) stop() (lost int, outage time.Duration) {
	p.t.Helper()
	close(p.quit)
	<-p.mute
	p.mu.Lock()
	last := len(p.sent) - 1
	p.mu.Unlock()
	settle := time.Now().Add(2 * time.Second)
	netlab.WaitFor(p.t, patience, "late answers", func() bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return p.answered[last] || time.Now().After(settle)
	})
	if err := p.conn.Close(); err != nil {
		p.t.Error(err)
	}
	p.done.Wait()
	var since time.Time
	for i, ok := range p.answered {
		switch {
		case ok:
			since = time.Time{}
			continue
		case since.IsZero():
			since = p.sent[i]
		}
		lost++
		outage = max(outage, p.sent[i].Sub(since)+time.Millisecond)
	}
	return lost, outage
}

// end is stop with how many probes there were.
func (p *prober) end() (lost, of int) {
	p.t.Helper()
	lost, _ = p.stop()
	return lost, len(p.sent)
}

// report prints what a client saw of a story.
func (p *prober) report(what string) (lost int) {
	p.t.Helper()
	lost, outage := p.stop()
	p.t.Logf("%s: %d of %d probes lost, longest outage %v", what, lost, len(p.sent), outage)
	return lost
}
