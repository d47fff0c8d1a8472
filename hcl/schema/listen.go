package schema

import (
	"fmt"
	"iter"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// MostListeners is how many listeners one text of a [Listen] stands for at most: each is a service of IPVS.
const MostListeners = 4096

// Listeners are addresses and ports that follow each other: each port of each address. Port 0 is every port.
type Listeners struct {
	First, Last netip.Addr // of one family
	Ports       SpanRange
}

// All returns the listeners in order of address and port.
func (l Listeners) All() iter.Seq[netip.AddrPort] {
	return func(yield func(netip.AddrPort) bool) {
		for a := l.First; a.IsValid() && a.Compare(l.Last) <= 0; a = a.Next() {
			for p := l.Ports.First; p <= l.Ports.Last; p++ {
				if !yield(netip.AddrPortFrom(a, uint16(p))) {
					return
				}
			}
		}
	}
}

// Count is their number, counted no further than one above [MostListeners].
func (l Listeners) Count() int {
	n := 0
	for range l.All() {
		if n++; n > MostListeners {
			break
		}
	}
	return n
}

// Listen is where clients connect to: an IP address and a port, or ranges of either. Its Go value is a [Listeners].
type Listen struct{}

// Type is string.
func (Listen) Type() cty.Type { return cty.String }

// Parse takes texts such as "192.0.2.20:80", "192.0.2.20:0" for every port, "192.0.2.20-29:8000-8010",
// "[2001:db8::10-1f]:80", "192.0.2.20-192.0.3.5:80".
func (k Listen) Parse(v cty.Value) (any, error) {
	text, err := addressText(k, v)
	if err != nil {
		return nil, err
	}
	host, port, start, ok := splitHostPort(text)
	if !ok || !strings.Contains(text, "-") && port != "0" {
		one, err := HostPort{}.Parse(v) // says what is wrong with it
		if err != nil {
			return nil, err
		}
		a := one.(netip.AddrPort)
		return Listeners{a.Addr(), a.Addr(), SpanRange{int64(a.Port()), int64(a.Port())}}, nil
	}
	l := Listeners{}
	if l.First, l.Last, err = addressRange(text, host, start); err != nil {
		return nil, err
	}
	if l.Ports, err = portRange(text, port); err != nil {
		return nil, err
	}
	if n := l.Count(); n > MostListeners {
		e := wrong(CodeOutOfRange, "%s stands for more than %d listeners", quote(text), MostListeners)
		e.Why = "Every address and port is a service of IPVS of its own."
		e.Help = "A firewall mark balances any number of addresses and ports as one service: `fwmark = [7]`; port 0 balances all ports of an address."
		return nil, e
	}
	return l, nil
}

// addressRange reads "192.0.2.20", "192.0.2.20-29" and "192.0.2.20-192.0.2.29". What follows a dash alone is the last part of an
// address: a byte in decimal, or 16 bits in hexadecimal for IPv6.
func addressRange(text, host string, start int) (first, last netip.Addr, err error) {
	from, to, ranged := strings.Cut(host, "-")
	first, bad := parseAddr(from, start)
	if bad != nil {
		return first, last, bad
	}
	if !ranged {
		return first, first, nil
	}
	if strings.ContainsAny(to, ".:") {
		if last, bad = parseAddr(to, start+len(from)+1); bad != nil {
			return first, last, bad
		}
	} else if last, bad = lastPart(text, first, to, start+len(from)+1); bad != nil {
		return first, last, bad
	}
	switch {
	case first.Is4() != last.Is4():
		e := wrong(CodeAddress, "%s begins in one family and ends in the other", quote(text))
		e.Help = "Write a range for each family."
		return first, last, e
	case last.Less(first):
		e := wrong(CodeOutOfRange, "%s is a range that ends before it begins", quote(text))
		e.Help = fmt.Sprintf("Begin with %s and end with %s.", last, first)
		return first, last, e
	}
	return first, last, nil
}

// lastPart replaces the last part of an address.
func lastPart(text string, first netip.Addr, part string, at int) (netip.Addr, *ValueError) {
	raw, base, bits := first.AsSlice(), 10, 8
	if first.Is6() {
		base, bits = 16, 16
	}
	n, err := strconv.ParseUint(part, base, bits)
	if err != nil {
		e := wrong(CodeAddress, "%s has the end %s, which is not the last part of an address", quote(text), quote(part))
		e.Offset, e.Length = at, len(part)
		e.Help = `Write "192.0.2.20-29:80", or, in hexadecimal for IPv6, "[2001:db8::10-1f]:80".`
		return netip.Addr{}, e
	}
	raw[len(raw)-1] = byte(n)
	if first.Is6() {
		raw[len(raw)-2] = byte(n >> 8)
	}
	last, _ := netip.AddrFromSlice(raw)
	return last, nil
}

// portRange reads "80", "8000-8010" and, for every port, "0".
func portRange(text, port string) (SpanRange, error) {
	if port == "0" {
		return SpanRange{}, nil
	}
	from, to, ranged := strings.Cut(port, "-")
	if !ranged {
		to = from
	}
	a, errA := strconv.ParseUint(from, 10, 16)
	b, errB := strconv.ParseUint(to, 10, 16)
	at := len(text) - len(port)
	if errA != nil || errB != nil || a == 0 || b == 0 || strconv.FormatUint(a, 10) != from || strconv.FormatUint(b, 10) != to {
		e := wrong(CodeAddress, "%s has the port %s; ports are numbers from 1 to 65535, a range of them, or 0 for all", quote(text), quote(port))
		e.Offset, e.Length = at, len(port)
		return SpanRange{}, e
	}
	if a > b {
		e := wrong(CodeOutOfRange, "%s is a range of ports that ends before it begins", quote(text))
		e.Offset, e.Length = at, len(port)
		e.Help = fmt.Sprintf("Write %q.", fmt.Sprintf("%s%d-%d", text[:at], b, a))
		return SpanRange{}, e
	}
	return SpanRange{First: int64(a), Last: int64(b)}, nil
}

// Print is the text with addresses in full: "192.0.2.20-192.0.2.29:80".
func (Listen) Print(v any) string {
	l, _ := v.(Listeners)
	if !l.First.IsValid() {
		return ""
	}
	host := l.First.String()
	if l.First != l.Last {
		host += "-" + l.Last.String()
	}
	if l.First.Is6() {
		host = "[" + host + "]"
	}
	return host + ":" + Span{}.Print(l.Ports)
}

// Words names the kind.
func (Listen) Words() string { return "an address and a port, or ranges of them" }
