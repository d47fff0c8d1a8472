package schema

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"unicode"

	"github.com/zclconf/go-cty/cty"
)

// Addr is an IP address without prefix length or zone. Its Go value is a netip.Addr.
type Addr struct{}

// Type is string.
func (Addr) Type() cty.Type { return cty.String }

// Parse takes texts such as "192.0.2.10", "2001:db8::10".
func (k Addr) Parse(v cty.Value) (any, error) {
	text, err := addressText(k, v)
	if err != nil {
		return nil, err
	}
	if host, bits, ok := strings.Cut(text, "/"); ok {
		if _, perr := netip.ParseAddr(host); perr == nil {
			e := wrong(CodeAddress, "is %s; a prefix length has no place here", quote(text))
			e.Help, e.Offset, e.Length = "Write "+quote(host)+".", len(host), len(bits)+1
			return nil, e
		}
	}
	a, bad := parseAddr(text, 0)
	if bad != nil {
		return nil, bad
	}
	return a, nil
}

// Print is the address.
func (Addr) Print(v any) string {
	if a, ok := v.(netip.Addr); ok && a.IsValid() {
		return a.String()
	}
	return ""
}

// Words names the kind.
func (Addr) Words() string { return "an IP address" }

// Prefix is an IP address with its prefix length. Its Go value is a netip.Prefix, host bits kept.
type Prefix struct {
	Network bool // host bits must be zero
}

// Type is string.
func (Prefix) Type() cty.Type { return cty.String }

// Parse takes texts such as "192.0.2.20/32", "2001:db8::/64".
func (k Prefix) Parse(v cty.Value) (any, error) {
	text, err := addressText(k, v)
	if err != nil {
		return nil, err
	}
	host, bits, found := strings.Cut(text, "/")
	if !found && k.Network && (text == "default" || text == "any") {
		e := wrong(CodeAddress, "is %s; the family must be known", quote(text))
		e.Help = `Write "0.0.0.0/0" or "::/0".`
		return nil, e
	}
	a, bad := parseAddr(host, 0)
	if bad != nil {
		bad.Text = strings.Replace(bad.Text, quote(host), quote(text), 1)
		if n, nerr := strconv.Atoi(bits); nerr == nil && a.Is4In6() {
			bad.Help = fmt.Sprintf("Write %q.", fmt.Sprintf("%s/%d", a.Unmap(), max(n-96, 0)))
		} else if a.Zone() != "" {
			bad.Help = fmt.Sprintf("Write %q.", a.WithZone("").String()+"/"+bits)
		}
		return nil, bad
	}
	if !found {
		e := wrong(CodeAddress, "%s has no prefix length", quote(text))
		e.Why = "Addresses are placed on interfaces with their prefix length; a lone address is /32 or /128."
		if k.Network {
			e.Why = "Networks are written with their prefix length."
		}
		e.Help = fmt.Sprintf("Write %q.", fmt.Sprintf("%s/%d", a, a.BitLen()))
		return nil, e
	}
	n, aerr := strconv.Atoi(bits)
	if aerr != nil || n < 0 || n > a.BitLen() || strconv.Itoa(n) != bits {
		e := wrong(CodeAddress, "%s has the prefix length %s; it is a number from 0 to %d", quote(text), quote(bits), a.BitLen())
		if m, merr := netip.ParseAddr(bits); merr == nil && m.Is4() && a.Is4() {
			if ones, ok := maskBits(m); ok {
				e.Help = fmt.Sprintf("Write %q.", fmt.Sprintf("%s/%d", a, ones))
			}
		}
		e.Offset, e.Length = len(host)+1, len(bits)
		return nil, e
	}
	p := netip.PrefixFrom(a, n)
	if k.Network && p != p.Masked() {
		e := wrong(CodeHostBits, "%s is an address in a network, not a network", quote(text))
		e.Help = fmt.Sprintf("The network is %q; the address alone is %q.", p.Masked(), fmt.Sprintf("%s/%d", a, a.BitLen()))
		e.Offset, e.Length = 0, len(host)
		return nil, e
	}
	if why := unfit(p); !k.Network && why != "" {
		e := wrong(CodeAddress, "%s %s", quote(text), why)
		e.Why = "An interface holds the address of one machine."
		e.Offset, e.Length = 0, len(host)
		return nil, e
	}
	return p, nil
}

// unfit says why an interface cannot hold an address; empty when it can.
func unfit(p netip.Prefix) string {
	a := p.Addr()
	switch {
	case a.IsUnspecified():
		return "means no address at all"
	case a.IsMulticast():
		return "is a multicast address"
	case a == netip.AddrFrom4([4]byte{255, 255, 255, 255}):
		return "is the broadcast address of every link"
	case !a.Is4() || p.Bits() > 30: // RFC 3021: links of two have neither
		return ""
	case p == p.Masked():
		return "is the network itself, not an address in it"
	case !p.Contains(a.Next()):
		return "is the broadcast address of its network"
	}
	return ""
}

// Print is the prefix.
func (Prefix) Print(v any) string {
	if p, ok := v.(netip.Prefix); ok && p.IsValid() {
		return p.String()
	}
	return ""
}

// Words names the kind.
func (k Prefix) Words() string {
	if k.Network {
		return "a network with its prefix length"
	}
	return "an address with its prefix length"
}

// addressText refuses what is no text.
func addressText(k Kind, v cty.Value) (string, error) {
	if v.Type() != cty.String {
		e := wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
		e.Help = `Addresses are strings, for example "192.0.2.20".`
		switch k.(type) {
		case Prefix:
			e.Help = `Addresses are strings, for example "192.0.2.20/32".`
		case HostPort:
			e.Help = `Addresses are strings, for example "192.0.2.20:80".`
		}
		return "", e
	}
	return v.AsString(), nil
}

// parseAddr reads an address that stands start bytes into the argument's text.
func parseAddr(text string, start int) (netip.Addr, *ValueError) {
	a, err := netip.ParseAddr(text)
	if err == nil && a.Zone() == "" && !a.Is4In6() {
		return a, nil
	}
	if err == nil && a.Is4In6() {
		e := wrong(CodeAddress, "%s is an IPv4 address written as IPv6", quote(text))
		e.Help = fmt.Sprintf("Write %q.", a.Unmap().String())
		return a, e
	}
	if err == nil {
		e := wrong(CodeAddress, "%s has the zone %s; the interface is an argument of its own", quote(text), quote(a.Zone()))
		e.Help = fmt.Sprintf("Write %q.", a.WithZone("").String())
		e.Offset, e.Length = start+len(text)-len(a.Zone())-1, len(a.Zone())+1
		return a, e
	}
	e := wrong(CodeAddress, "%s does not read as an IP address", quote(text))
	e.Offset, e.Length = start, len(text)
	if off, n, why := badOctet(text); n > 0 {
		e.Offset, e.Length = start+off, n
		e.Text += ": " + quote(text[off:off+n]) + " " + why
	} else if text == "" {
		e.Text = quote(text) + " has no address"
		e.Help = "Write the address in full; there is no word for all of them."
	} else if !strings.Contains(text, ":") && strings.ContainsFunc(text, unicode.IsLetter) {
		e.Help = "Names are not looked up: a VIP must not depend on DNS. Write the address."
	}
	return a, e
}

// badOctet finds the part of a dotted IPv4 address that cannot be.
func badOctet(text string) (offset, length int, why string) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return 0, 0, ""
	}
	for _, p := range parts {
		n, err := strconv.Atoi(p)
		switch {
		case err != nil || n < 0:
			if p == "" || len(parts[0]) > 3 {
				return 0, 0, ""
			}
			return offset, len(p), "is not a number"
		case n > 255:
			return offset, len(p), "is above 255"
		case len(p) > 1 && p[0] == '0':
			return offset, len(p), "has a leading zero, which some programs take for octal"
		}
		offset += len(p) + 1
	}
	return 0, 0, ""
}

// maskBits reads a netmask as a prefix length.
func maskBits(m netip.Addr) (int, bool) {
	b := m.As4()
	n := uint32(b[0])<<24 | uint32(b[1])<<16 | uint32(b[2])<<8 | uint32(b[3])
	ones := 0
	for ones < 32 && n&(1<<(31-ones)) != 0 {
		ones++
	}
	return ones, n<<ones == 0 || ones == 32
}
