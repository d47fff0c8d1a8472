package meaning

import (
	"net/netip"
	"slices"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// routes reads the entries of a block of routes.
func (r *reader) routes(s *keepalived.Statement) []*Entry {
	var list []*Entry
	each(s, func(s *keepalived.Statement) {
		w := &entryWords{r: r, s: s, kind: "route", rest: append([]string{s.Keyword}, s.Words...)}
		e := &Entry{At: s, Type: "unicast"}
		for w.more() {
			r.routeWord(e, w)
		}
		if w.dropped {
			return
		}
		if !e.Dest.IsValid() {
			w.drop("the route has no destination")
			return
		}
		list = append(list, e)
	})
	return list
}

// routeWord reads one element of a route.
func (r *reader) routeWord(e *Entry, w *entryWords) {
	word := w.next()
	switch {
	case word == "inet" || word == "inet6":
		e.IPv6 = word == "inet6"
	case word == "to":
		if v, ok := w.value(); ok && !r.destination(e, w, v) {
			w.drop(printable(v) + " is not a destination")
		}
	case !e.Dest.IsValid() && slices.Contains(typesOfRoutes(), word):
		if known := r.words.Find("route", word); known.Fate == words.Unsupported {
			w.dropped = true
			r.a.Lost(w.s, "not-supported", "routes of the type "+word+" are not supported", known.Note)
			return
		}
		e.Type = map[string]string{"brd": "broadcast"}[word]
		if e.Type == "" {
			e.Type = word
		}
	case !e.Dest.IsValid() && r.destination(e, w, word):
	case word == "nexthop":
		r.nextHop(e, w)
	case word == "or":
		if v, ok := w.value(); ok {
			e.Hops = append(e.Hops, Hop{Gateway: v})
		}
	case word == "encap":
		e.Encap = r.encap(w)
	case word == "vrf":
		w.dropped = true
		r.a.Lost(w.s, "not-supported", "routes with "+word+" are not supported", r.words.Find("route", word).Note)
	default:
		r.routeOption(e, w, word)
	}
}

func typesOfRoutes() []string {
	return []string{"unicast", "local", "broadcast", "brd", "anycast", "multicast", "prohibit", "unreachable", "blackhole", "throw", "nat", "xresolve"}
}

// destination reads where a route leads; false when a word is none.
func (r *reader) destination(e *Entry, w *entryWords, word string) bool {
	switch word {
	case "default", "any", "all", "default6":
		six := word == "default6" || e.IPv6
		for i, next := range w.rest { // the gateway tells the family
			if (next == "via" || next == "src" || next == "gw") && i+1 < len(w.rest) {
				a, err := netip.ParseAddr(w.rest[i+1])
				six = six || err == nil && a.Is6()
			}
		}
		e.Dest = netip.PrefixFrom(netip.IPv4Unspecified(), 0)
		if six {
			e.Dest = netip.PrefixFrom(netip.IPv6Unspecified(), 0)
		}
		return true
	}
	p, ok, cut := prefix(word)
	if !ok || cut {
		return false
	}
	if p != p.Masked() {
		r.a.Remark(w.s, "host-bits", account.Notice, "the destination has bits beyond its prefix length", "the kernel refuses such a route; the result has "+p.Masked().String())
	}
	e.Dest = p.Masked()
	return true
}

// nextHop reads one of several ways: via ADDR, dev IF, weight N, onlink, realms R.
func (r *reader) nextHop(e *Entry, w *entryWords) {
	var h Hop
	for w.more() && w.rest[0] != "nexthop" {
		word := w.next()
		switch word {
		case "onlink":
			h.Onlink = true
			continue
		case "encap":
			h.Encap = r.encap(w)
			continue
		}
		to := map[string]*string{"via": &h.Gateway, "gw": &h.Gateway, "dev": &h.Device, "oif": &h.Device, "weight": &h.Weight, "realms": &h.Realms}[word]
		if to == nil {
			w.drop(printable(word) + " is no option of a next hop")
			return
		}
		if w.more() && (w.rest[0] == "inet" || w.rest[0] == "inet6") {
			w.next()
		}
		*to, _ = w.value()
	}
	e.Hops = append(e.Hops, h)
}

// encap reads ip with its options, or mpls with labels.
func (r *reader) encap(w *entryWords) *Encap {
	kind, ok := w.value()
	switch {
	case !ok:
		return nil
	case kind == "mpls":
		labels, _ := w.value()
		return &Encap{Kind: "mpls", Labels: strings.Split(labels, "/")}
	case kind != "ip" && kind != "ip6":
		w.dropped = true
		r.a.Lost(w.s, "not-supported", "the encapsulation "+printable(kind)+" is not supported", "the result is without the route")
		return nil
	}
	x := &Encap{Kind: "ip"}
	for w.more() {
		name := map[string]string{"id": "id", "dst": "dst", "src": "src", "tos": "tos", "tc": "tos", "ttl": "ttl", "hoplimit": "ttl", "flags": "flags"}[w.rest[0]]
		if name == "" {
			break
		}
		w.next()
		v, _ := w.value()
		x.Words = append(x.Words, Option{Word: name, Value: v})
	}
	return x
}

// routeOption reads an option with its value, by its current name.
func (r *reader) routeOption(e *Entry, w *entryWords, word string) {
	known := r.words.Find("route", word)
	if known == nil {
		w.drop(printable(word) + " is neither an option nor an address")
		return
	}
	if known.Fate != words.Converted {
		if known.Args != "" && known.Args != "flag" {
			w.value()
		}
		if known.Fate == words.Unsupported {
			r.a.Remark(w.s, "not-supported", account.Loss, word+" is not supported", known.Note)
		}
		return
	}
	o := Option{Word: known.Meant()}
	if word == "onlink" {
		e.Options = append(e.Options, o)
		return
	}
	if w.more() && (word == "via" || word == "gw") && (w.rest[0] == "inet" || w.rest[0] == "inet6") {
		w.next()
	}
	if w.more() && w.rest[0] == "lock" {
		o.Lock = true
		w.next()
	}
	var ok bool
	if o.Value, ok = w.value(); ok {
		o.Value = strings.TrimSpace(o.Value)
		e.Options = append(e.Options, o)
	}
}

// rules reads the entries of a block of rules.
func (r *reader) rules(s *keepalived.Statement) []*Entry {
	var list []*Entry
	each(s, func(s *keepalived.Statement) {
		w := &entryWords{r: r, s: s, kind: "rule", rest: append([]string{s.Keyword}, s.Words...)}
		e := &Entry{At: s}
		for w.more() {
			r.ruleWord(e, w)
		}
		if w.dropped {
			return
		}
		if !hasAction(e) {
			w.drop("the rule has no action")
			return
		}
		list = append(list, e)
	})
	return list
}

// hasAction tells whether a rule says what becomes of a packet.
func hasAction(e *Entry) bool {
	for _, o := range e.Options {
		switch o.Word {
		case "table", "goto", "nop", "blackhole", "unreachable", "prohibit", "l3mdev":
			return true
		}
	}
	return false
}

// ruleWord reads one element of a rule.
func (r *reader) ruleWord(e *Entry, w *entryWords) {
	word := w.next()
	switch word {
	case "inet", "inet6":
		e.IPv6 = word == "inet6"
		return
	case "type":
		return
	case "not", "l3mdev", "nop", "blackhole", "unreachable", "prohibit":
		e.Options = append(e.Options, Option{Word: word})
		return
	}
	known := r.words.Find("rule", word)
	switch {
	case known == nil:
		w.drop(printable(word) + " is no word of a rule")
	case known.Fate == words.Unsupported:
		w.dropped = true
		r.a.Lost(w.s, "not-supported", "rules with "+word+" are not supported", known.Note)
	case known.Fate != words.Converted:
		if known.Args != "flag" {
			w.value()
		}
	default:
		v, ok := w.value()
		if !ok {
			return
		}
		if word == "from" || word == "to" {
			p, isNet, cut := prefix(v)
			switch {
			case v == "default" || v == "any" || v == "all":
				return
			case !isNet || cut:
				w.drop(printable(v) + " is not a network")
				return
			}
			e.IPv6 = e.IPv6 || p.Addr().Is6()
			v = p.Masked().String()
		}
		e.Options = append(e.Options, Option{Word: known.Meant(), Value: v})
	}
}
