package schema

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// HostPort is an IP address and a port from 1 to 65535. Its Go value is a netip.AddrPort.
type HostPort struct {
	// Portless allows an address alone, IPv6 in brackets, whose port then is 0.
	Portless bool
}

// Type is string.
func (HostPort) Type() cty.Type { return cty.String }

// Parse takes texts such as "192.0.2.20:80", "[2001:db8::20]:80".
func (k HostPort) Parse(v cty.Value) (any, error) {
	text, err := addressText(k, v)
	if err != nil {
		return nil, err
	}
	if a, ok := k.alone(text); ok {
		return netip.AddrPortFrom(a, 0), nil
	}
	if a, perr := netip.ParseAddr(text); perr == nil {
		e := wrong(CodeAddress, "%s has no port", quote(text))
		e.Help = fmt.Sprintf("Write for example %q.", netip.AddrPortFrom(a.Unmap(), 80))
		if i := strings.LastIndexByte(text, ':'); a.Is6() && i >= 0 {
			if b, berr := netip.ParseAddr(text[:i]); berr == nil {
				if port, nerr := strconv.ParseUint(text[i+1:], 10, 16); nerr == nil && port > 0 {
					e.Help = fmt.Sprintf("If the port is %d, write %q: IPv6 addresses stand in brackets.", port, netip.AddrPortFrom(b, uint16(port)))
				}
			}
		}
		if k.Portless {
			e.Help = strings.TrimSuffix(e.Help, ".") + fmt.Sprintf("; without a port it stands in brackets, too: \"[%s]\".", a.WithZone(""))
		}
		return nil, e
	}
	host, port, start, ok := splitHostPort(text)
	if !ok {
		e := wrong(CodeAddress, "%s has no port", quote(text))
		if strings.Count(text, ":") > 1 {
			e = wrong(CodeAddress, "%s does not read as an address with a port", quote(text))
		}
		e.Help = `Write "192.0.2.20:80" or, for IPv6, "[2001:db8::20]:80".`
		if meant, ok := blankForColon(text); ok {
			e = wrong(CodeAddress, "%s has a blank between address and port", quote(text))
			e.Help = fmt.Sprintf("Write %q.", meant)
		}
		return nil, e
	}
	a, bad := parseAddr(host, start)
	if bad != nil {
		bad.Text = strings.Replace(bad.Text, quote(host), quote(text), 1)
		return nil, bad
	}
	n, nerr := strconv.ParseUint(port, 10, 16)
	if nerr != nil || n == 0 || strconv.FormatUint(n, 10) != port {
		e := wrong(CodeAddress, "%s has the port %s; ports are numbers from 1 to 65535", quote(text), quote(port))
		e.Offset, e.Length = len(text)-len(port), len(port)
		return nil, e
	}
	return netip.AddrPortFrom(a, uint16(n)), nil
}

// Print is the address and port.
func (HostPort) Print(v any) string {
	a, ok := v.(netip.AddrPort)
	switch {
	case !ok || !a.IsValid():
		return ""
	case a.Port() != 0:
		return a.String()
	case a.Addr().Is6():
		return "[" + a.Addr().String() + "]"
	}
	return a.Addr().String()
}

// Words names the kind.
func (k HostPort) Words() string {
	if k.Portless {
		return "an address, with a port or without"
	}
	return "an address and a port"
}

// alone reads an address without a port. IPv6 needs the brackets: without them nobody knows whether ":80" is a port.
func (k HostPort) alone(text string) (netip.Addr, bool) {
	inner, open := strings.CutPrefix(text, "[")
	inner, closed := strings.CutSuffix(inner, "]")
	a, bad := parseAddr(inner, 0)
	return a, k.Portless && bad == nil && open == closed && a.Is6() == open
}

// blankForColon reads "192.0.2.20 80", as keepalived.conf writes it.
func blankForColon(text string) (netip.AddrPort, bool) {
	parts := strings.Fields(text)
	if len(parts) != 2 {
		return netip.AddrPort{}, false
	}
	a, err := netip.ParseAddr(strings.Trim(parts[0], "[]"))
	port, nerr := strconv.ParseUint(parts[1], 10, 16)
	return netip.AddrPortFrom(a.Unmap().WithZone(""), uint16(port)), err == nil && nerr == nil && port > 0
}

// splitHostPort cuts "a:1" and "[a]:1"; start is where the host begins.
func splitHostPort(text string) (host, port string, start int, ok bool) {
	if rest, found := strings.CutPrefix(text, "["); found {
		host, port, ok = strings.Cut(rest, "]:")
		return host, port, 1, ok
	}
	host, port, ok = strings.Cut(text, ":")
	return host, port, 0, ok && !strings.Contains(port, ":")
}
