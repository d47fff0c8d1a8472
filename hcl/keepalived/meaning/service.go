package meaning

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// services reads the virtual servers.
func (r *reader) services() {
	for _, s := range r.top {
		if s.Keyword == "virtual_server" {
			r.service(s)
		}
	}
	r.unusedSets()
}

func (r *reader) service(s *keepalived.Statement) {
	x := &Service{At: s}
	if !r.listeners(x, s) {
		return
	}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		if s.Keyword != "real_server" && !r.balanced(x, s) && !r.spread(x, s) && !r.inherited(&x.Defaults, s) {
			r.passed("virtual_server", s)
		}
	})
	r.completeService(x)
	each(s, func(s *keepalived.Statement) {
		if s.Keyword == "real_server" {
			r.server(x, s)
		}
	})
	if len(x.Servers) == 0 {
		r.a.Ignore(s, "no-real-server", "the virtual server has no real server", "keepalived drops it; so does the result")
		return
	}
	r.config.Services = append(r.config.Services, r.split(x)...)
}

// split makes several virtual servers of one that listens on several ports or in both families, where that matters: the
// port of a server is that of the listener unless packets are rewritten, and families are not mixed.
func (r *reader) split(x *Service) []*Service {
	type way struct {
		port uint16
		six  bool
	}
	var ways []way
	parts := map[way]*Service{}
	var marked []*Service
	if len(x.Marks) > 0 && len(x.Listen) > 0 { // the servers of marks have no port
		listening, own := *x, *x
		listening.Marks, listening.Family, own.Listen = nil, Value[string]{}, nil
		marked, x = []*Service{&own}, &listening
	}
	for _, l := range x.Listen {
		w := way{l.Port(), l.Addr().Is6()}
		if !slices.ContainsFunc(x.Servers, func(y *Server) bool { return y.portless || x.way(y) != "nat" }) {
			w.port = 0
		}
		if parts[w] == nil {
			part := *x
			part.Listen, part.Servers = nil, nil
			parts[w], ways = &part, append(ways, w)
		}
		parts[w].Listen = append(parts[w].Listen, l)
	}
	if len(ways) <= 1 {
		return append([]*Service{x}, marked...)
	}
	var list []*Service
	for _, w := range ways {
		part := parts[w]
		for _, y := range x.Servers {
			own := *y
			if w.port != 0 && (y.portless || x.way(y) != "nat") {
				own.Addr = netip.AddrPortFrom(y.Addr.Addr(), w.port)
			}
			if y.Addr.Addr().Is6() == w.six || x.way(y) == "tunnel" {
				part.Servers = append(part.Servers, &own)
			}
		}
		if len(part.Servers) > 0 {
			list = append(list, part)
		}
	}
	return append(list, marked...)
}

// listeners reads what a virtual server listens on: ADDR PORT, fwmark N, group NAME.
func (r *reader) listeners(x *Service, s *keepalived.Statement) bool {
	switch {
	case s.Words[0] == "fwmark":
		return r.mark(x, s)
	case s.Words[0] == "group":
		if len(s.Words) < 2 || r.sets[s.Words[1]] == nil {
			r.a.Ignore(s, "undefined-group", "there is no such virtual_server_group", "keepalived drops the virtual server; so does the result")
			return false
		}
		group := r.sets[s.Words[1]]
		group.used, x.Set = true, s.Words[1]
		x.Listen, x.Marks, x.Family = slices.Clone(group.listen), slices.Clone(group.marks), group.family
		if len(x.Listen) == 0 && len(x.Marks) == 0 {
			r.a.Lost(s, "not-supported", "nothing of the virtual_server_group can be listened on", "the whole virtual server is left out")
			return false
		}
		r.a.Converted(group.at, "listen")
		return true
	}
	return r.listener(x, s)
}

func (r *reader) listener(x *Service, s *keepalived.Statement) bool {
	host, glued, _ := strings.Cut(s.Words[0], ":")
	a, err := netip.ParseAddr(s.Words[0])
	if err != nil && strings.Count(s.Words[0], ":") == 1 { // 192.0.2.1:80, which keepalived does not take
		if b, err := netip.ParseAddr(host); err == nil && glued != "" {
			r.a.Ignore(s, "bad-value", printable(s.Words[0])+" is not an address", "keepalived drops the virtual server; so does the result. Write a blank, not a colon: "+b.String()+" "+glued)
			return false
		}
	}
	if err != nil {
		r.a.Ignore(s, "bad-value", printable(s.Words[0])+" is not an address", "keepalived drops the virtual server; so does the result")
		return false
	}
	port, ok := r.port(s, 1)
	if !ok {
		return false
	}
	x.Listen = []netip.AddrPort{netip.AddrPortFrom(a.WithZone(""), uint16(port))}
	return true
}

// mark reads a virtual server that is told by a firewall mark.
func (r *reader) mark(x *Service, s *keepalived.Statement) bool {
	n, err := uint64(0), strconv.ErrSyntax
	if len(s.Words) > 1 {
		n, err = strconv.ParseUint(s.Words[1], 10, 32)
	}
	if err != nil || n == 0 {
		r.a.Ignore(s, "bad-value", "fwmark needs a number from 1 to 4294967295", "keepalived drops the virtual server; so does the result")
		return false
	}
	x.Marks = []uint32{uint32(n)}
	return true
}

// everyPort tells whether connections go to the port that they came for, whichever it is: so it is with firewall marks and port 0.
func (x *Service) everyPort() bool {
	return len(x.Marks) > 0 || slices.ContainsFunc(x.Listen, func(l netip.AddrPort) bool { return l.Port() == 0 })
}

// port reads the word at an index as a port; none is 0.
func (r *reader) port(s *keepalived.Statement, at int) (int, bool) {
	if len(s.Words) <= at {
		return 0, true
	}
	n, err := strconv.Atoi(s.Words[at])
	if err != nil || n < 0 || n > 65535 {
		r.a.Ignore(s, "bad-value", printable(s.Words[at])+" is not a port", "keepalived drops the block; so does the result")
		return 0, false
	}
	return n, true
}

// balanced reads how a virtual server balances.
func (r *reader) balanced(x *Service, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "ip_family":
		r.markFamily(x, s)
	case "protocol":
		if v, ok := r.first(s); ok {
			if p := strings.ToLower(v); slices.Contains([]string{"tcp", "udp", "sctp"}, p) {
				put(r, &x.Protocol, s, p)
			} else {
				r.bad(s, v, "TCP, UDP or SCTP")
			}
		}
	case "lvs_sched", "lb_algo":
		if v, ok := r.first(s); ok {
			if slices.Contains(schedulers(), v) {
				put(r, &x.Scheduler, s, v)
			} else {
				r.bad(s, v, "a scheduler")
			}
		}
	case "lvs_method", "lb_kind":
		r.method(&x.Forwarding, &x.Tunnel, s)
	case "persistence_timeout":
		if len(s.Words) == 0 {
			put(r, &x.Persistence, s, 360*time.Second)
		} else if v := s.Words[0]; v == "0" {
			r.bad(s, v, "a number of seconds from 1 to 2678400")
		} else {
			r.seconds(&x.Persistence, s, time.Second, 2678400*time.Second)
		}
	case "weight":
		r.integer(&x.Weight, s, 1, 65535)
	case "alpha":
		r.flag(&x.Defaults.Alpha, s, true)
	case "omega":
		r.flag(&x.Omega, s, true)
	default:
		return r.quorate(x, s)
	}
	return true
}

// markFamily reads of which address family the packets with a mark are.
func (r *reader) markFamily(x *Service, s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	family, known := families()[v]
	switch {
	case !known:
		r.bad(s, v, "inet or inet6")
	case len(x.Marks) == 0:
		r.a.Set(s, account.Ignored, "the family is that of the address")
	default:
		put(r, &x.Family, s, family)
	}
}

func schedulers() []string {
	return []string{"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "mh", "dh", "fo", "ovf", "sed", "nq", "twos"}
}

// method reads NAT, DR or TUN with its options.
func (r *reader) method(to *Value[string], tunnel **Tunnel, s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	name, known := map[string]string{"NAT": "nat", "DR": "dr", "TUN": "tunnel"}[v]
	if !known {
		r.bad(s, v, "NAT, DR or TUN")
		return
	}
	var how *Tunnel
	if name == "tunnel" {
		if how, ok = r.tunnel(s, s.Words[1:]); !ok {
			return
		}
	}
	*tunnel = how
	put(r, to, s, name)
}

// completeService applies keepalived's defaults, with its complaints.
func (r *reader) completeService(x *Service) {
	switch {
	case len(x.Listen) == 0: // marks have none
		if x.Protocol.Set() {
			r.a.Set(x.Protocol.At, words.Default, "packets with a mark are of any protocol")
		}
		x.Protocol = Value[string]{V: "tcp"}
	case !x.Protocol.Set():
		x.Protocol.V = "udp"
		r.a.Remark(x.At, "no-protocol", account.Notice, "the virtual server has no protocol", "keepalived takes UDP, with a message; so does the result")
	}
	if !x.Scheduler.Set() {
		x.Scheduler.V = "wlc"
		r.a.Remark(x.At, "no-scheduler", account.Notice, "the virtual server has no scheduler that keepalived knows", "keepalived takes wlc, with a message; so does the result")
	}
	if !x.Forwarding.Set() {
		x.Forwarding.V = "nat"
		r.a.Remark(x.At, "no-method", account.Notice, "the virtual server has no forwarding method that keepalived knows", "keepalived takes NAT, with a message; so does the result")
	}
	r.completeSpread(x)
	if x.Persistence.V == 0 && slices.ContainsFunc(x.Listen, func(l netip.AddrPort) bool { return l.Port() == 0 }) {
		x.Persistence.V = 360 * time.Second
		r.a.Remark(x.At, "any-port", account.Notice, "the virtual server is for every port and has no persistence_timeout", "IPVS needs persistence for that, and keepalived turns it on; the result says 6m")
	}
	orElse(&x.Weight, 1)
	orElse(&x.Defaults.Interval, 60*time.Second)
	orElse(&x.Defaults.Timeout, 5*time.Second)
}

// server reads a real server.
func (r *reader) server(x *Service, s *keepalived.Statement) {
	y := &Server{At: s}
	if len(s.Words) == 0 {
		r.a.Ignore(s, "missing-name", "real_server has no address", "keepalived stops here; it is left out")
		return
	}
	each(s, func(s *keepalived.Statement) { // what the port may be depends on it
		if s.Keyword == "lvs_method" {
			r.method(&y.Forwarding, &y.Tunnel, s)
		}
	})
	if !r.serverAddress(x, y, s) {
		return
	}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch {
		case s.Keyword == "weight":
			r.integer(&y.Weight, s, 0, 65535)
		case s.Keyword == "alpha":
			r.boolean(&y.Defaults.Alpha, s)
		case s.Keyword == "inhibit_on_failure":
			r.boolean(&y.Inhibit, s)
		case s.Keyword == "smtp_alert":
			r.alert(&y.Alert, s)
		case s.Keyword == "notify_up" || s.Keyword == "notify_down":
			r.call(&y.Calls, s)
		case s.Keyword == "lvs_method": // read before
		case r.limits(y, s):
		case slices.Contains(words.Checkers(), s.Keyword): // when all that they inherit is known
		case !r.inherited(&y.Defaults, s):
			r.passed("real_server", s)
		}
	})
	r.ownMethod(x, y)
	r.completeLimits(y)
	r.ownInhibit(x, y)
	if !y.Weight.Set() {
		y.Weight = x.Weight
	}
	y.Defaults = x.Defaults.over(y.Defaults)
	each(s, func(s *keepalived.Statement) {
		if slices.Contains(words.Checkers(), s.Keyword) {
			r.check(y, s)
		}
	})
	r.probed(y)
	x.Servers = append(x.Servers, y)
}

// ownMethod settles how a server is reached: as its virtual server says, unless it says something else.
func (r *reader) ownMethod(x *Service, y *Server) {
	if y.Forwarding.Set() && y.Forwarding.V == x.Forwarding.V && sameTunnel(y.Tunnel, x.Tunnel) {
		r.a.Set(y.Forwarding.At, words.Default, "it is that of the virtual server")
		y.Forwarding, y.Tunnel = Value[string]{}, nil
	}
}

func sameTunnel(a, b *Tunnel) bool {
	return a == b || a != nil && b != nil && a.Type == b.Type && a.Port == b.Port && a.Checksum == b.Checksum
}

// way is how a server is reached.
func (x *Service) way(y *Server) string {
	if y.Forwarding.Set() {
		return y.Forwarding.V
	}
	return x.Forwarding.V
}

// serverAddress reads ADDR [PORT] and applies what keepalived makes of the port.
func (r *reader) serverAddress(x *Service, y *Server, s *keepalived.Statement) bool {
	a, err := netip.ParseAddr(s.Words[0])
	if err != nil {
		r.a.Ignore(s, "bad-value", printable(s.Words[0])+" is not an address", "keepalived drops the real server; so does the result")
		return false
	}
	port, ok := r.port(s, 1)
	if !ok {
		return false
	}
	virtual := 0
	if !x.everyPort() {
		virtual = int(x.Listen[0].Port())
	}
	switch {
	case port == 0:
		port, y.portless = virtual, true
	case virtual == 0 && x.way(y) != "nat": // packets keep their port, and checks probe the one that is said
		y.ProbePort, port = port, 0
	case port != virtual && x.way(y) != "nat":
		r.a.Remark(s, "port-forced", account.Notice, fmt.Sprintf("the port of the real server is %d, and that of the virtual server %d", port, virtual),
			"packets are not rewritten, so keepalived takes the port of the virtual server; so does the result")
		port = virtual
	}
	y.Addr = netip.AddrPortFrom(a.WithZone(""), uint16(port))
	sameFamily := func(l netip.AddrPort) bool { return l.Addr().Is4() == y.Addr.Addr().Is4() }
	fits := slices.ContainsFunc(x.Listen, sameFamily)
	if len(x.Listen) == 0 {
		fits = r.ofMarks(x, y)
	}
	if x.way(y) != "tunnel" && !fits {
		r.a.Ignore(s, "other-family", "the real server is of another address family than the virtual server", "keepalived drops it; so does the result")
		return false
	}
	if r.twice(x, y.Addr.String()) {
		r.a.Ignore(s, "server-twice", "the real server stands in the virtual server already", "keepalived drops the second; so does the result")
		return false
	}
	return true
}

// ofMarks tells whether a server is of the family of the marks, which is that of the first server where nothing else is said.
func (r *reader) ofMarks(x *Service, y *Server) bool {
	six := y.Addr.Addr().Is6()
	switch {
	case x.Family.Set():
		return six == (x.Family.V == "ipv6")
	case len(x.Servers) > 0:
		return six == x.Servers[0].Addr.Addr().Is6()
	}
	return true
}

// probed gives the checks of a server without a port one to probe, and drops those for which there is none.
func (r *reader) probed(y *Server) {
	if y.Addr.Port() != 0 {
		return
	}
	y.Checks = slices.DeleteFunc(y.Checks, func(c *Check) bool {
		if c.From.Port.Set() || y.ProbePort != 0 || slices.Contains([]string{"MISC_CHECK", "PING_CHECK", "FILE_CHECK"}, c.Kind) {
			return false
		}
		r.a.Lost(c.At, "check-without-port", c.Kind+" has no port to connect to: the real server has none, and there is no connect_port",
			"keepalived connects to port 0, which never opens; the result is without the check")
		return true
	})
}
