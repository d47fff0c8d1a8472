package meaning

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/words"
)

// set is a virtual_server_group.
type set struct {
	at     *keepalived.Statement
	listen []netip.AddrPort
	marks  []uint32
	family Value[string] // of the marks
	used   bool
}

// maxRange is how many addresses one entry of a group may stand for.
const maxRange = 4096

// serverSet reads a virtual_server_group.
func (r *reader) serverSet(s *keepalived.Statement) {
	x, seen := &set{at: s}, map[netip.AddrPort]bool{}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		if s.Keyword == "fwmark" {
			r.markEntry(x, s)
			return
		}
		list, ok := r.span(s)
		if !ok {
			return
		}
		r.a.Set(s, words.Converted, "")
		for _, l := range list {
			if !seen[l] {
				seen[l] = true
				x.listen = append(x.listen, l)
			}
		}
	})
	r.sets[s.Words[0]] = x
}

// markEntry reads fwmark N [inet | inet6].
func (r *reader) markEntry(x *set, s *keepalived.Statement) {
	if len(s.Words) == 0 {
		r.badEntry(s, "a firewall mark")
		return
	}
	n, err := strconv.ParseUint(s.Words[0], 10, 32)
	if err != nil || n == 0 {
		r.badEntry(s, "a firewall mark from 1 to 4294967295")
		return
	}
	r.a.Set(s, words.Converted, "")
	if len(s.Words) > 1 {
		if family, known := families()[s.Words[1]]; known {
			put(r, &x.family, s, family)
		}
	}
	if !slices.Contains(x.marks, uint32(n)) {
		x.marks = append(x.marks, uint32(n))
	}
}

// families are the words for address families.
func families() map[string]string { return map[string]string{"inet": "ipv4", "inet6": "ipv6"} }

// span reads an address, a range or a prefix, each with its port.
func (r *reader) span(s *keepalived.Statement) ([]netip.AddrPort, bool) {
	port := 0
	if len(s.Words) > 0 {
		n, err := strconv.Atoi(s.Words[0])
		if err != nil || n < 0 || n > 65535 {
			r.badEntry(s, "an address with a port")
			return nil, false
		}
		port = n
	}
	from, last, ok := ends(s.Keyword)
	if !ok || last.Less(from) {
		r.badEntry(s, "an address or a range of them")
		return nil, false
	}
	var list []netip.AddrPort
	for a := from; ; a = a.Next() {
		if len(list) == maxRange {
			r.a.Lost(s, "range-too-large", fmt.Sprintf("the entry stands for more than %d addresses", maxRange), "it is left out; a firewall mark is better for that")
			return nil, false
		}
		list = append(list, netip.AddrPortFrom(a, uint16(port)))
		if a == last {
			return list, true
		}
	}
}

// ends are the first and the last address of ADDR, ADDR-LAST, ADDR-ADDR or ADDR/LEN.
func ends(text string) (from, last netip.Addr, ok bool) {
	if left, right, isRange := strings.Cut(text, "-"); isRange {
		from, err := netip.ParseAddr(left)
		if err != nil {
			return from, from, false
		}
		if last, err := netip.ParseAddr(right); err == nil {
			return from, last, last.Is4() == from.Is4()
		}
		b := from.AsSlice()
		if from.Is4() {
			n, err := strconv.ParseUint(right, 10, 8)
			b[3] = byte(n)
			last, _ = netip.AddrFromSlice(b)
			return from, last, err == nil
		}
		n, err := strconv.ParseUint(right, 16, 16)
		binary.BigEndian.PutUint16(b[14:], uint16(n))
		last, _ = netip.AddrFromSlice(b)
		return from, last, err == nil
	}
	p, ok, cut := prefix(text)
	if !ok || cut {
		return from, last, false
	}
	if p.IsSingleIP() {
		return p.Addr(), p.Addr(), true
	}
	if p != p.Masked() || p.Addr().Is6() && p.Bits() < 112 || p.Addr().Is4() && p.Bits() < 16 {
		return from, last, false
	}
	b := p.Addr().AsSlice()
	for i := p.Bits(); i < 8*len(b); i++ {
		b[i/8] |= 0x80 >> (i % 8)
	}
	last, _ = netip.AddrFromSlice(b)
	return p.Addr(), last, true
}

// unusedSets remarks groups that no virtual server uses.
func (r *reader) unusedSets() {
	for _, s := range r.top {
		if s.Keyword == "virtual_server_group" && !r.sets[s.Words[0]].used {
			r.a.Ignore(s, "unused-group", "no virtual_server uses the group", "keepalived makes nothing of it; nor does the result")
		}
	}
}
