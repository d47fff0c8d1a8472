package translate

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/layout"
	"ha/hcl/keepalived/meaning"
	"ha/hcl/keepalived/words"
)

// pools makes the pools, and those checks that several of them share.
func (t *translator) pools() {
	taken := map[string]*meaning.Service{}
	var kept []*meaning.Service
	for _, x := range t.c.Services {
		if t.free(x, taken) {
			kept = append(kept, x)
			t.count(x)
		}
	}
	for _, x := range kept {
		t.pool(x)
	}
}

// free tells whether nothing else listens where a virtual server does.
func (t *translator) free(x *meaning.Service, taken map[string]*meaning.Service) bool {
	for _, l := range x.Listen {
		key := x.Protocol.V + " " + l.String()
		if first := taken[key]; first != nil {
			t.a.Lost(x.At, "virtual-server-twice", fmt.Sprintf("line %d has a virtual server for %s already", first.At.Line, l),
				"IPVS has one of them, and keepalived does not notice; the result has the first")
			return false
		}
	}
	for _, m := range x.Marks {
		key := fmt.Sprintf("fwmark %d %t", m, len(x.Servers) > 0 && x.Servers[0].Addr.Addr().Is6())
		if first := taken[key]; first != nil {
			t.a.Lost(x.At, "virtual-server-twice", fmt.Sprintf("line %d has a virtual server for firewall mark %d already", first.At.Line, m),
				"IPVS has one of them, and keepalived does not notice; the result has the first")
			return false
		}
		taken[key] = x
	}
	for _, l := range x.Listen {
		if kind := special(l.Addr()); kind != "" {
			t.a.Lost(x.At, "not-one-machine", fmt.Sprintf("%s is %s", l.Addr(), kind), "no client gets there; the result is without the virtual server")
			return false
		}
		taken[x.Protocol.V+" "+l.String()] = x
	}
	return true
}

// special names an address that is not that of one machine which others reach.
func special(a netip.Addr) string {
	switch {
	case a.IsLoopback():
		return "a loopback address"
	case a.IsUnspecified():
		return "the unspecified address"
	case a.IsMulticast():
		return "a multicast address"
	}
	return ""
}

func (t *translator) pool(x *meaning.Service) {
	b := t.block("pool", t.names.take("pool", t.poolName(x)))
	t.lead(b, x.At)
	t.a.Converted(x.At, b.path)
	listen := make([]layout.Elem, len(x.Listen))
	for i, l := range x.Listen {
		listen[i].Value = layout.Quote(l.String())
	}
	if len(listen) > 0 {
		b.list("listen", listen)
	}
	if len(x.Marks) > 0 {
		b.arg("fwmark", strings.ReplaceAll(fmt.Sprint(x.Marks), " ", ", "))
		b.text("fwmark_family", x.Family, "")
	}
	b.text("protocol", x.Protocol, "tcp")
	if !x.Protocol.Set() && len(listen) > 0 {
		b.keepaliveds(b.arg("protocol", layout.Quote(x.Protocol.V)), nil)
	}
	b.text("scheduler", x.Scheduler, "wlc")
	b.text("forwarding", x.Forwarding, "nat")
	b.duration("persistence", x.Persistence, 0)
	t.spread(b, x)
	if slices.ContainsFunc(x.Servers, func(y *meaning.Server) bool { return !y.Forwarding.Set() }) {
		t.tunnel(b, x.Tunnel) // else every server has its own way
	}
	b.flag("down_at_stop", x.Omega.V, false, x.Omega.At)
	servers := t.reachable(x)
	t.balance(b, x, servers)
	own := t.poolChecks(b, servers)
	t.serverCalls(b, servers, x.Told)
	t.servers(b, servers, own)
	t.left(&b.Below, x.At)
	t.part.Pools = append(t.part.Pools, b.Block)
}

// reachable are the servers to which something can be sent.
func (t *translator) reachable(x *meaning.Service) []*meaning.Server {
	var list []*meaning.Server
	for _, y := range x.Servers {
		why := special(y.Addr.Addr())
		for _, l := range x.Listen {
			if l == y.Addr {
				why = "the address and port of the virtual server itself"
			}
		}
		if why != "" {
			t.a.Lost(y.At, "unreachable-server", fmt.Sprintf("%s is %s", y.Addr, why), "connections would come back to the director; the result is without the server")
			continue
		}
		list = append(list, y)
	}
	return list
}

// poolName is a name that says what the pool is for: the service by its port, or the name of its group.
func (t *translator) poolName(x *meaning.Service) string {
	if x.Set != "" {
		return x.Set
	}
	if len(x.Listen) == 0 {
		return fmt.Sprintf("fwmark_%d", x.Marks[0])
	}
	l := x.Listen[0]
	if l.Port() == 0 {
		return "every_port_" + l.Addr().String()
	}
	name := service(l.Port())
	if name == "" {
		name = fmt.Sprintf("%s_%d", x.Protocol.V, l.Port())
	}
	if t.names.taken("pool", name) {
		name += "_" + l.Addr().String()
	}
	return name
}

// service is the name of a service by its well-known port.
func service(port uint16) string {
	switch port {
	case 21:
		return "ftp"
	case 22:
		return "ssh"
	case 25:
		return "smtp"
	case 53:
		return "dns"
	case 80:
		return "http"
	case 110:
		return "pop3"
	case 143:
		return "imap"
	case 389:
		return "ldap"
	case 443:
		return "https"
	case 587:
		return "submission"
	case 636:
		return "ldaps"
	case 993:
		return "imaps"
	case 995:
		return "pop3s"
	case 3306:
		return "mysql"
	case 5432:
		return "postgresql"
	case 6379:
		return "redis"
	case 6443:
		return "kubernetes"
	case 8080:
		return "http_8080"
	}
	return ""
}

// foldFrom is from how many servers on that differ only in their address one block stands for them all.
const foldFrom = 4

// servers writes the servers, each with the checks that are not those of the pool.
func (t *translator) servers(b *block, list []*meaning.Server, own bool) {
	alike := t.alike(list)
	if alike && t.foldable(list, own) {
		t.fold(b, list)
		return
	}
	names := names{}
	for i, y := range list {
		in := b.inner("server", t.serverName(names, y))
		t.lead(in, y.At)
		t.a.Converted(y.At, in.path)
		in.arg("address", layout.Quote(addressOf(y)))
		in.number("weight", y.Weight, 1)
		in.inhibit(y)
		t.delivery(in, y)
		if y.Session.Set() {
			in.arg("bfd", "bfd."+t.sessions[y.Session.V], y.Session.At)
		}
		if !own {
			t.writeProbes(in, t.all(y))
		}
		switch {
		case !alike || len(list) == 1:
			t.left(&in.Below, y.At)
		case i == 0: // what is left is the same everywhere and stands once
			t.left(&b.Below, y.At)
			for _, other := range list[1:] {
				t.hush(other.At)
			}
		}
	}
}

// addressOf is the address of a server, with its port if it has one.
func addressOf(y *meaning.Server) string {
	if y.Addr.Port() == 0 {
		return y.Addr.Addr().String()
	}
	return y.Addr.String()
}

// alike tells whether what stands within servers has the same comments and the same lines that become nothing.
func (t *translator) alike(list []*meaning.Server) bool {
	if len(list) == 0 {
		return true
	}
	first := t.fingerprint(list[0].At)
	for _, y := range list[1:] {
		if t.fingerprint(y.At) != first {
			return false
		}
	}
	return true
}

// fingerprint is the comments within a block and its lines that become nothing, as one text.
func (t *translator) fingerprint(s *keepalived.Statement) string {
	if s.Block == nil {
		return ""
	}
	var b strings.Builder
	for _, inner := range s.Block.Statements {
		for _, c := range inner.Above {
			b.WriteString(c + "\x00")
		}
		b.WriteString(inner.Beside + "\x00")
		if fate := t.a.Of(inner).Fate; fate == words.Unsupported || fate == words.ByHand || fate == account.Ignored {
			b.WriteString(inner.Raw + "\x00")
		}
		b.WriteString(t.fingerprint(inner))
	}
	for _, c := range s.Block.Below {
		b.WriteString(c + "\x00")
	}
	return b.String()
}

// hush keeps what stands within a block from being told again.
func (t *translator) hush(s *keepalived.Statement) { t.quoted[s], t.ended[s] = true, true }

// serverName is the address, with the port where one address has several.
func (t *translator) serverName(taken names, y *meaning.Server) string {
	name := y.Addr.Addr().String()
	if taken.taken("server", name) {
		return y.Addr.String()
	}
	if taken["server"] == nil {
		taken["server"] = map[string]int{}
	}
	taken["server"][name] = 1
	return name
}

// foldable tells whether the servers differ in nothing but their address.
func (t *translator) foldable(list []*meaning.Server, own bool) bool {
	if len(list) < foldFrom {
		return false
	}
	seen := map[netip.Addr]bool{}
	for _, y := range list {
		if !own && len(y.Checks) > 0 || y.Session.Set() || y.Inhibit.Set() || y.Forwarding.Set() || y.Upper.Set() || y.Lower.Set() || y.Weight.V != list[0].Weight.V || y.Addr.Port() != list[0].Addr.Port() || seen[y.Addr.Addr()] ||
			y.At.Beside != "" || len(y.At.Above) > 0 {
			return false
		}
		seen[y.Addr.Addr()] = true
	}
	return true
}

// fold writes one dynamic block for servers that differ in their address only.
func (t *translator) fold(b *block, list []*meaning.Server) {
	in := b.inner("dynamic", "server")
	addresses := make([]layout.Elem, len(list))
	for i, y := range list {
		addresses[i].Value = layout.Quote(y.Addr.Addr().String())
		t.a.Converted(y.At, in.path+": for_each "+addresses[i].Value)
	}
	in.list("for_each", addresses)
	in.arg("labels", "[server.value]")
	content := in.inner("content")
	port := list[0].Addr.Port()
	if port == 0 {
		content.arg("address", "server.value")
	} else if list[0].Addr.Addr().Is6() {
		content.arg("address", fmt.Sprintf(`"[${server.value}]:%d"`, port))
	} else {
		content.arg("address", fmt.Sprintf(`"${server.value}:%d"`, port))
	}
	content.number("weight", list[0].Weight, 1)
	for _, y := range list[1:] {
		if y.Weight.At != nil && list[0].Weight.V != 1 {
			t.a.Converted(y.Weight.At, fmt.Sprintf("%s: weight = %d", content.path, y.Weight.V))
		} else {
			t.defaulted(y.Weight.At)
		}
	}
	t.left(&in.Below, list[0].At)
	for _, y := range list[1:] {
		t.hush(y.At)
	}
}
