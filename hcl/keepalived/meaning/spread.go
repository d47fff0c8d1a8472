package meaning

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// Spread is how a virtual server spreads clients, beside its scheduler.
type Spread struct {
	OnePacket Value[bool]
	Flags     []Value[string] // port, fallback, flag-1 to flag-3
	Prefix4   Value[int]      // granularity of persistence
	Prefix6   Value[int]
	Engine    Value[string]
}

// Tunnel is how packets are wrapped for servers with the method TUN.
type Tunnel struct {
	At       *keepalived.Statement
	Type     string // ipip, gue, gre
	Port     int    // of gue
	Checksum string // none, full, remote
}

// spread reads how a virtual server spreads clients.
func (r *reader) spread(x *Service, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "ops":
		r.flag(&x.Spread.OnePacket, s, true)
	case "sh-port", "sh-fallback", "mh-port", "mh-fallback":
		scheduler, flag, _ := strings.Cut(s.Keyword, "-")
		if x.Scheduler.V != scheduler {
			r.a.Ignore(s, "flag-of-another-scheduler", "the scheduler before it is not "+scheduler, "keepalived ignores the flag; so does the result")
			return true
		}
		x.Spread.Flags = append(x.Spread.Flags, Value[string]{flag, s})
	case "flag-1", "flag-2", "flag-3":
		x.Spread.Flags = append(x.Spread.Flags, Value[string]{s.Keyword, s})
	case "persistence_granularity":
		r.granularity(x, s)
	case "persistence_engine":
		if v, ok := r.first(s); ok {
			if v == "sip" {
				put(r, &x.Spread.Engine, s, v)
			} else {
				r.bad(s, v, "a persistence engine")
			}
		}
	default:
		return false
	}
	return true
}

// granularity reads a netmask, or a prefix length for IPv6.
func (r *reader) granularity(x *Service, s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	if mask, err := netip.ParseAddr(v); err == nil && mask.Is4() {
		b := mask.As4()
		ones := 0
		for ones < 32 && b[ones/8]&(0x80>>(ones%8)) != 0 {
			ones++
		}
		if p, err := mask.Prefix(ones); ones > 0 && err == nil && p.Addr() == mask && wholeMask(b, ones) {
			put(r, &x.Spread.Prefix4, s, ones)
			return
		}
	}
	if n, err := strconv.Atoi(v); err == nil && n >= 1 && n <= 128 {
		put(r, &x.Spread.Prefix6, s, n)
		return
	}
	r.bad(s, v, "a netmask or, for IPv6, a prefix length from 1 to 128")
}

// wholeMask tells whether nothing is set after the leading ones.
func wholeMask(b [4]byte, ones int) bool {
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	return n<<ones == 0
}

// completeSpread applies what keepalived makes of words that do not go together.
func (r *reader) completeSpread(x *Service) {
	p := &x.Spread
	if p.OnePacket.V && x.Protocol.V != "udp" {
		r.a.Ignore(p.OnePacket.At, "ops-without-udp", "the protocol is not UDP", "keepalived clears the flag; so does the result")
		p.OnePacket = Value[bool]{}
	}
	if (p.Prefix4.Set() || p.Prefix6.Set()) && !x.Persistence.Set() {
		x.Persistence.V = 360 * time.Second
	}
	if p.Engine.Set() && (x.Persistence.V == 0 || x.Protocol.V != "udp") {
		r.a.Ignore(p.Engine.At, "engine-without-use", "the engine needs persistence and UDP", "it tells no clients apart here; the result is without it")
		p.Engine = Value[string]{}
	}
	named := x.Scheduler.V == "sh" || x.Scheduler.V == "mh"
	p.Flags = slices.DeleteFunc(p.Flags, func(f Value[string]) bool {
		if named || strings.HasPrefix(f.V, "flag-") {
			return false
		}
		r.a.Ignore(f.At, "flag-of-another-scheduler", "the scheduler that follows does not know it", "it has no effect; the result is without the flag")
		return true
	})
	seen := map[string]bool{}
	p.Flags = slices.DeleteFunc(p.Flags, func(f Value[string]) bool {
		twice := seen[f.V]
		seen[f.V] = true
		if twice {
			r.a.Set(f.At, account.Ignored, "it stands twice")
		}
		return twice
	})
}

// tunnel reads what follows TUN: [type ipip | gue port N | gre] [nocsum | csum | remcsum].
func (r *reader) tunnel(s *keepalived.Statement, options []string) (t *Tunnel, ok bool) {
	t = &Tunnel{At: s, Type: "ipip", Checksum: "none"}
	for i := 0; i < len(options); i++ {
		next := func() string {
			i++
			if i < len(options) {
				return options[i]
			}
			return ""
		}
		switch word := options[i]; word {
		case "type":
			t.Type = next()
		case "port":
			t.Port, _ = strconv.Atoi(next())
		case "nocsum":
			t.Checksum = "none"
		case "csum":
			t.Checksum = "full"
		case "remcsum":
			t.Checksum = "remote"
		default:
			r.bad(s, word, "an option of tunnels")
			return nil, false
		}
	}
	switch {
	case !slices.Contains([]string{"ipip", "gue", "gre"}, t.Type):
		r.bad(s, t.Type, "ipip, gue or gre")
		return nil, false
	case t.Type == "gue" && (t.Port < 1 || t.Port > 65535):
		r.a.Ignore(s, "bad-value", "a tunnel of type gue needs a port", "keepalived ignores the line, and the default holds")
		return nil, false
	case t.Type == "gre" && t.Checksum == "remote":
		r.a.Ignore(s, "bad-value", "a tunnel of type gre has no remcsum", "keepalived ignores the line, and the default holds")
		return nil, false
	}
	if t.Type != "gue" {
		t.Port = 0
	}
	if t.Type == "ipip" {
		return nil, true // what a tunnel is without a word, and without a checksum
	}
	return t, true
}

// limits reads the thresholds of a real server.
func (r *reader) limits(y *Server, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "uthreshold":
		r.integer(&y.Upper, s, 0, 1<<31-1)
	case "lthreshold":
		r.integer(&y.Lower, s, 0, 1<<31-1)
	default:
		return false
	}
	return true
}

// completeLimits drops what IPVS would refuse.
func (r *reader) completeLimits(y *Server) {
	if y.Lower.V > y.Upper.V {
		r.a.Lost(y.Lower.At, "thresholds-out-of-order", "the lower threshold is above the upper one", "IPVS refuses such a server; the result has it without a lower threshold")
		y.Lower = Value[int]{}
	}
	for _, v := range []*Value[int]{&y.Upper, &y.Lower} {
		if v.Set() && v.V == 0 {
			r.a.Set(v.At, words.Default, "there is no limit without a word")
			*v = Value[int]{}
		}
	}
}
