package meaning

import (
	"net/netip"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// Balance is what a virtual server needs, and who stands in for its servers.
type Balance struct {
	Inhibit    Value[bool]
	Suspend    Value[bool]
	Quorum     Value[int]
	Hysteresis Value[int]
	Told       []*Call // quorum_up, quorum_down

	Sorry        Value[netip.AddrPort] // port 0: that of the listener
	SorryInhibit Value[bool]
	SorryWay     Value[string] // nat, dr, tunnel
}

// quorate reads what a virtual server needs.
func (r *reader) quorate(x *Service, s *keepalived.Statement) bool {
	const most = 1<<31 - 1
	switch s.Keyword {
	case "inhibit_on_failure":
		r.flag(&x.Inhibit, s, true)
	case "ha_suspend":
		r.flag(&x.Suspend, s, true)
	case "quorum":
		r.integer(&x.Quorum, s, 1, most)
	case "hysteresis":
		r.integer(&x.Hysteresis, s, 0, most)
	case "quorum_up", "quorum_down":
		r.call(&x.Told, s)
	case "sorry_server":
		r.sorry(&x.Sorry, s)
	case "sorry_server_inhibit", "sorry_server_lvs_method":
		switch {
		case !x.Sorry.Set():
			r.a.Ignore(s, "no-sorry-server", "no sorry_server stands before it", "keepalived ignores it; so does the result")
		case s.Keyword == "sorry_server_inhibit":
			r.flag(&x.SorryInhibit, s, true)
		default:
			var tunnel *Tunnel
			if r.method(&x.SorryWay, &tunnel, s); tunnel != nil {
				r.a.Remark(s, "not-supported", account.Loss, "a tunnel of its own is not supported for the sorry server", "the result has that of the pool, or IP in IP")
			}
		}
	default:
		return false
	}
	return true
}

// sorry reads ADDR [PORT].
func (r *reader) sorry(to *Value[netip.AddrPort], s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	a, err := netip.ParseAddr(v)
	if err != nil {
		r.bad(s, v, "an address")
		return
	}
	if port, ok := r.port(s, 1); ok {
		put(r, to, s, netip.AddrPortFrom(a.WithZone(""), uint16(port)))
	}
}

// ownInhibit is what a server says itself, unless it is what the virtual server says.
func (r *reader) ownInhibit(x *Service, y *Server) {
	if y.Inhibit.Set() && y.Inhibit.V == x.Inhibit.V {
		r.a.Set(y.Inhibit.At, words.Default, "it is that of the virtual server")
		y.Inhibit = Value[bool]{}
	}
}
