package translate

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"

	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
)

// balance writes what a pool needs, and who stands in for its servers.
func (t *translator) balance(b *block, x *meaning.Service, servers []*meaning.Server) {
	b.flag("inhibit", x.Inhibit.V, false, x.Inhibit.At)
	b.flag("suspend", x.Suspend.V, false, x.Suspend.At)
	t.quorum(b, x, servers)
	t.sorry(b, x)
}

// quorum writes the weight that a pool needs, as keepalived cuts it to what its servers have.
func (t *translator) quorum(b *block, x *meaning.Service, servers []*meaning.Server) {
	sum := 0
	for _, y := range servers {
		sum += y.Weight.V
	}
	q, h := x.Quorum, x.Hysteresis
	q.V = max(q.V, 1)
	if q.V > sum && sum > 0 {
		t.a.Remark(q.At, "quorum-cut", account.Notice, fmt.Sprintf("the quorum is %d, and all servers together weigh %d", q.V, sum),
			"keepalived takes what they weigh, with a warning; so does the result")
		q.V = sum
	}
	if h.V >= q.V && h.Set() {
		t.a.Remark(h.At, "hysteresis-cut", account.Notice, fmt.Sprintf("the hysteresis is %d, and the quorum %d", h.V, q.V),
			"keepalived takes one less than the quorum; so does the result")
		h.V = q.V - 1
	}
	if most := max(sum-q.V, 0); h.V > most {
		t.a.Remark(h.At, "quorum-never", account.Loss, fmt.Sprintf("the quorum is gained at %d, and all servers together weigh %d", q.V+h.V, sum),
			"keepalived never gains it; the result has as much hysteresis as leaves a way")
		h.V = most
	}
	if q.V == 1 && h.V == 0 || sum == 0 {
		t.defaulted(q.At)
		t.defaulted(h.At)
		return
	}
	in := b.inner("quorum")
	in.number("weight", q, 0)
	in.number("hysteresis", h, 0)
}

// sorry writes who stands in.
func (t *translator) sorry(b *block, x *meaning.Service) {
	if !x.Sorry.Set() {
		return
	}
	way, address := x.Forwarding.V, x.Sorry.V
	if x.SorryWay.Set() {
		way = x.SorryWay.V
	}
	fits := func(l netip.AddrPort) bool { return way == "tunnel" || l.Addr().Is4() == address.Addr().Is4() }
	switch {
	case len(x.Listen) > 0 && !fits(x.Listen[0]):
		t.a.Ignore(x.Sorry.At, "other-family", "the sorry server is of another address family than the virtual server", "nothing can be sent to it; the result is without it")
		t.defaulted(x.SorryInhibit.At)
		t.defaulted(x.SorryWay.At)
		return
	case slices.Contains(x.Listen, address):
		t.a.Lost(x.Sorry.At, "unreachable-server", "the sorry server is the address and port of the virtual server itself", "connections would come back to the director; the result is without it")
		t.defaulted(x.SorryInhibit.At)
		t.defaulted(x.SorryWay.At)
		return
	}
	in := b.inner("sorry")
	t.a.Converted(x.Sorry.At, in.path)
	text := address.String()
	if address.Port() == 0 || way != "nat" { // that of the listener
		text = address.Addr().String()
	}
	in.arg("address", layout.Quote(text), x.Sorry.At)
	if x.SorryWay.Set() {
		in.text("forwarding", x.SorryWay, x.Forwarding.V)
	}
	in.flag("inhibit", x.SorryInhibit.V, false, x.SorryInhibit.At)
}

// inhibit writes what a server says itself.
func (b *block) inhibit(y *meaning.Server) {
	if y.Inhibit.Set() {
		b.arg("inhibit", strconv.FormatBool(y.Inhibit.V), y.Inhibit.At)
	}
}
