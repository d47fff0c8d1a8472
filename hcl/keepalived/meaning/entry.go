package meaning

import (
	"fmt"
	"net/netip"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// prefix reads ADDR[/LEN] as keepalived does: a length that cannot be is the greatest.
func prefix(text string) (p netip.Prefix, ok, cut bool) {
	host, length, has := strings.Cut(text, "/")
	a, err := netip.ParseAddr(host)
	if err != nil {
		return netip.Prefix{}, false, false
	}
	a = a.WithZone("")
	if !has {
		return netip.PrefixFrom(a, a.BitLen()), true, false
	}
	p, err = netip.ParsePrefix(a.String() + "/" + length)
	if err != nil {
		return netip.PrefixFrom(a, a.BitLen()), true, true
	}
	return p, true, false
}

// addresses reads the entries of a block of addresses.
func (r *reader) addresses(s *keepalived.Statement, static bool) []*Address {
	var list []*Address
	each(s, func(s *keepalived.Statement) {
		if a := r.oneAddress(s, static); a != nil {
			list = append(list, a)
		}
	})
	return list
}

// oneAddress reads ADDR[/LEN] with its options; nil for an entry that keepalived drops.
func (r *reader) oneAddress(s *keepalived.Statement, static bool) *Address {
	text := strings.TrimRight(s.Keyword, ",;")
	p, ok, cut := prefix(text)
	if !ok {
		r.badEntry(s, "an address")
		return nil
	}
	if text != s.Keyword {
		r.a.Remark(s, "punctuation", account.Notice, "there is punctuation behind the address", "keepalived passes over it; so does the result")
	}
	if cut {
		r.a.Remark(s, "out-of-range", account.Notice, "the prefix length of "+printable(s.Keyword)+" cannot be", "keepalived takes the greatest; so does the result")
	}
	a := &Address{At: s, Prefix: p}
	w := &entryWords{r: r, s: s, kind: "address", rest: s.Words}
	for w.more() {
		if !r.addressOption(a, w) {
			break
		}
	}
	if w.dropped {
		return nil
	}
	if static && a.Device == "" {
		a.Device = r.defaultInterface()
	}
	if a.Peer.IsValid() {
		a.Prefix = netip.PrefixFrom(p.Addr(), p.Addr().BitLen()) // a length is ignored beside a peer
	}
	return a
}

// defaultInterface is where addresses go that name no interface.
func (r *reader) defaultInterface() string {
	if g := r.config.Globals.DefaultInterface; g.Set() {
		r.a.Converted(g.At, "the interface of what names none")
		return g.V
	}
	return "eth0"
}

func (r *reader) badEntry(s *keepalived.Statement, wanted string) {
	switch {
	case isMarker(s.Keyword):
		r.a.Ignore(s, "merge-marker", "a mark of a merge that was never finished", "keepalived ignores the line and reads both sides; so does the conversion")
	default:
		r.a.Ignore(s, "bad-entry", fmt.Sprintf("%s is not %s", printable(s.Keyword), wanted), "keepalived drops the entry; so does the result")
	}
}

// addressOption reads one option of an address; false when there is an end of it.
func (r *reader) addressOption(a *Address, w *entryWords) bool {
	switch word := w.next(); word {
	case "dev":
		v, ok := w.value()
		if !ok {
			return false
		}
		if base, _, alias := strings.Cut(v, ":"); alias {
			r.a.Remark(w.s, "alias-of-interface", account.Notice, v+" is an alias, and no interface", "keepalived does not find it and stops; the result has "+base)
			v = base
		}
		if !isDevice(v) {
			w.drop(printable(v) + " is not the name of an interface")
			return false
		}
		a.Device = v
	case "scope":
		a.Scope, _ = w.value()
	case "label":
		v, ok := w.value()
		switch {
		case !ok:
		case len(v) > 15:
			w.drop("a label has at most 15 characters")
		case a.Prefix.Addr().Is6():
			r.a.Remark(w.s, "no-label", account.Notice, "IPv6 addresses have no labels", "keepalived passes over it; so does the result")
		default:
			a.Label = v
		}
	case "brd", "broadcast":
		r.broadcast(a, w)
	case "peer":
		r.peer(a, w)
	case "home", "mngtmpaddr":
		if a.Prefix.Addr().Is4() {
			r.a.Remark(w.s, "other-family", account.Notice, "only IPv6 addresses have "+word, "the kernel passes over it; so does the result")
			break
		}
		a.Flags = append(a.Flags, word)
	case "noprefixroute":
		a.Flags = append(a.Flags, word)
	case "preferred_lft":
		a.Lifetime, _ = w.value()
	default:
		w.other(word)
	}
	return !w.dropped
}

// broadcast reads an address, + for the last one of the network, or - for its first.
func (r *reader) broadcast(a *Address, w *entryWords) {
	v, ok := w.value()
	if !ok {
		return
	}
	if a.Prefix.Addr().Is6() {
		w.drop("IPv6 has no broadcast")
		return
	}
	switch ip, err := netip.ParseAddr(v); {
	case v == "+" || v == "-":
		a.Broadcast = edge(a.Prefix, v == "+")
	case err == nil && ip.Is4():
		a.Broadcast = ip
	default:
		w.drop(printable(v) + " is not a broadcast address")
	}
}

// edge is the first or the last address of an IPv4 network.
func edge(p netip.Prefix, last bool) netip.Addr {
	b := p.Masked().Addr().As4()
	for i := p.Bits(); last && i < 32; i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	return netip.AddrFrom4(b)
}

func (r *reader) peer(a *Address, w *entryWords) {
	v, ok := w.value()
	if !ok {
		return
	}
	ip, err := netip.ParseAddr(v)
	if err != nil || ip.Is4() != a.Prefix.Addr().Is4() {
		r.a.Remark(w.s, "bad-peer", account.Notice, printable(v)+" is not a peer of the address", "keepalived keeps the address without a peer; so does the result")
		return
	}
	a.Peer = netip.PrefixFrom(ip, ip.BitLen())
}

// entryWords goes through the words of an entry.
type entryWords struct {
	r       *reader
	s       *keepalived.Statement
	kind    string // in the vocabulary
	rest    []string
	dropped bool
}

func (w *entryWords) more() bool { return len(w.rest) > 0 && !w.dropped }

func (w *entryWords) next() string {
	word := w.rest[0]
	w.rest = w.rest[1:]
	return word
}

// value returns the word behind an option; without one the entry is dropped.
func (w *entryWords) value() (string, bool) {
	if len(w.rest) == 0 {
		w.drop("the last option has no value")
		return "", false
	}
	return w.next(), true
}

func (w *entryWords) drop(why string) {
	w.dropped = true
	w.r.a.Ignore(w.s, "bad-entry", why, "keepalived drops the entry; so does the result")
}

// other remarks a word that the reader of the entry does not know.
func (w *entryWords) other(word string) {
	known := w.r.words.Find(w.kind, word)
	switch {
	case known == nil:
		hint := ""
		if near := w.r.words.Near(w.kind, word); near != "" {
			hint = "; " + near + " is meant, most likely"
		}
		w.r.a.Remark(w.s, "unknown-option", account.Notice, fmt.Sprintf("%s is no option of this entry%s", printable(word), hint), "keepalived passes over it; so does the result")
	case known.Fate == words.Unsupported:
		if strings.Contains(known.Args, "NAME") || strings.HasPrefix(known.Args, "N") {
			w.value()
		}
		w.r.a.Remark(w.s, "not-supported", account.Loss, word+" is not supported", known.Note)
	}
}
