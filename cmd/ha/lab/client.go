package lab

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"syscall"
	"time"

	"ha/enforcer/netlab"
)

const (
	// sources is how many addresses the client has: persistence keeps one client on one server, many reach all.
	sources = 8
	// closedPort is probed where no pool listens: a VIP that is there refuses it.
	closedPort = 9
	// pace is the time between two probes of a target.
	pace = 50 * time.Millisecond
	// patience is how long a probe waits for its answer.
	patience = 250 * time.Millisecond
)

// target is what the client probes.
type target struct {
	pool string // or the VIP, where no pool listens
	addr netip.AddrPort
}

// client probes every target from its own namespace.
type client struct {
	host    *netlab.Host
	probes  []*probe
	cancel  context.CancelFunc
	running sync.WaitGroup
}

// probe is one target with what became of it.
type probe struct {
	target
	sources  []netip.Addr
	balanced bool // somebody listens: a refusal is no answer

	mu      sync.Mutex
	sent    int
	lost    int
	ok      bool
	text    string // what the last probe found
	good    time.Time
	away    time.Time     // since when it does not answer; zero while it does
	outage  time.Duration // the last one that ended
	longest time.Duration
	answers map[string]int // by server
}

// newClient gives the client its place on the LAN, at the end of the subnets.
func newClient(lan *netlab.LAN, nets networkSet, targets []target, ipvs bool) (*client, error) {
	c := &client{}
	var addresses []netip.Prefix
	own := map[bool][]netip.Addr{}
	for v6, p := range nets {
		a := lastAddr(p)
		for range sources {
			a = a.Prev()
			own[v6] = append(own[v6], a)
			addresses = append(addresses, netip.PrefixFrom(a, p.Bits()))
		}
	}
	host, err := lan.Add("client", addresses...)
	if err != nil {
		return nil, err
	}
	c.host = host
	for _, t := range targets {
		c.probes = append(c.probes, &probe{
			target: t, sources: own[t.addr.Addr().Is6()], balanced: ipvs && t.addr.Port() != closedPort,
			text: "not probed yet", answers: map[string]int{},
		})
	}
	return c, nil
}

// lastAddr is the last address of a prefix.
func lastAddr(p netip.Prefix) netip.Addr {
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < len(b)*8; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	a, _ := netip.AddrFromSlice(b) // its length is that of an address
	return a
}

func (c *client) start() {
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	for _, p := range c.probes {
		c.running.Go(func() { p.run(ctx, c.host) })
	}
}

func (c *client) stop() {
	if c.cancel != nil {
		c.cancel()
	}
	c.running.Wait()
}

// run probes until ctx ends.
func (p *probe) run(ctx context.Context, host *netlab.Host) {
	tick := time.NewTicker(pace)
	defer tick.Stop()
	for n := 0; ; n++ {
		began := time.Now()
		text, err := p.once(ctx, host, p.sources[n%len(p.sources)])
		if ctx.Err() != nil {
			return
		}
		p.note(began, text, err)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// once asks the target who it is. A refusal is an answer where nothing is balanced: the VIP is there.
func (p *probe) once(ctx context.Context, host *netlab.Host, source netip.Addr) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	var conn net.Conn
	err := host.Do(func() (err error) {
		d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(source, 0))}
		conn, err = d.DialContext(ctx, "tcp", p.addr.String())
		return err
	})
	if errors.Is(err, syscall.ECONNREFUSED) {
		if !p.balanced {
			return "the VIP is there", nil
		}
		return "", errors.New("refused: the VIP is there, nothing is balanced")
	}
	if err != nil {
		return "", errors.New("no answer")
	}
	defer conn.Close() // the answer was read whole
	transport := &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) { return conn, nil }, DisableKeepAlives: true}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.addr.String()+"/", nil)
	if err != nil {
		return "", err
	}
	answer, err := transport.RoundTrip(request)
	if err != nil {
		return "", errors.New("connected, then no answer")
	}
	defer answer.Body.Close() // one line, read below
	body, err := io.ReadAll(io.LimitReader(answer.Body, 200))
	if err != nil {
		return "", errors.New("connected, then no answer")
	}
	return strings.TrimSpace(string(body)), nil
}

// note counts a probe.
func (p *probe) note(began time.Time, text string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ok, p.text = err == nil, text
	if err != nil {
		p.text = err.Error()
	}
	if err != nil && p.good.IsZero() {
		return // the cluster has only begun
	}
	p.sent++
	if err != nil {
		p.lost++
		if p.away.IsZero() {
			p.away = p.good
		}
		return
	}
	if !p.away.IsZero() {
		p.outage = began.Sub(p.away)
		p.longest = max(p.longest, p.outage)
		p.away = time.Time{}
	}
	p.good = began
	p.answers[text]++
}

// reset forgets what was counted.
func (p *probe) reset() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sent, p.lost, p.outage, p.longest, p.answers = 0, 0, 0, 0, map[string]int{}
}

// fine tells whether the last probe was answered.
func (p *probe) fine() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.ok
}

// reached is how many different servers answered since the last reset.
func (p *probe) reached() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.answers)
}

func (p *probe) String() string { return fmt.Sprintf("%s %s", p.pool, p.addr) }
