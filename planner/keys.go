package planner

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The kinds of kernel objects: the first part of every key.
const (
	KindInterface     = "interface"
	KindAddress       = "address"
	KindRoute         = "route"
	KindRule          = "rule"
	KindFilter        = "filter"
	KindSysctl        = "sysctl"
	KindVirtualServer = "ipvs_service"
	KindRealServer    = "ipvs_server"
	KindSyncDaemon    = "ipvs_sync"
)

// String returns address|eth0|192.0.2.20/32.
func (k AddressKey) String() string { return KindAddress + "|" + k.Device + "|" + k.Prefix.String() }

// String returns route|254|10.0.0.0/8|0: table, destination, metric; and then |tos 16 or |from 2001:db8::/32, where the
// route is for some packets only.
func (k RouteKey) String() string {
	text := fmt.Sprintf("%s|%d|%s|%d", KindRoute, k.Table, k.Destination, k.Metric)
	for _, only := range k.only() {
		text += "|" + only
	}
	return text
}

// only words which packets the route is for, beside its destination.
func (k RouteKey) only() []string {
	var words []string
	if k.TOS != 0 {
		words = append(words, "tos "+strconv.Itoa(int(k.TOS)))
	}
	if k.From.IsValid() {
		words = append(words, "from "+k.From.String())
	}
	return words
}

// String returns sysctl|net.ipv4.ip_forward.
func (k SysctlKey) String() string { return KindSysctl + "|" + string(k) }

// String returns ipvs_service|tcp|192.0.2.20:443, or ipvs_service|fwmark|4|7 with the address family and the mark.
func (k VirtualServerKey) String() string { return KindVirtualServer + "|" + k.parts() }

// String returns ipvs_server|tcp|192.0.2.20:443|192.0.2.33:443.
func (k RealServerKey) String() string {
	return KindRealServer + "|" + k.Service.parts() + "|" + k.Server.String()
}

func (k VirtualServerKey) parts() string {
	if k.FWMark == 0 {
		return k.Protocol.String() + "|" + k.Addr.String()
	}
	family := "4"
	if k.IPv6 {
		family = "6"
	}
	return "fwmark|" + family + "|" + strconv.FormatUint(uint64(k.FWMark), 10)
}

func (AddressKey) key()       {}
func (RouteKey) key()         {}
func (SysctlKey) key()        {}
func (VirtualServerKey) key() {}
func (RealServerKey) key()    {}

// ParseKey reads a key as [Key.String] spells it. Any other spelling of the same key is an error, so that equal
// keys are equal strings in every document.
func ParseKey(s string) (Key, error) {
	kind, rest, ok := strings.Cut(s, "|")
	if !ok {
		return nil, fmt.Errorf("key %q has no kind: want KIND|…, such as address|eth0|192.0.2.20/32", s)
	}
	k, err := parseParts(kind, rest)
	if err != nil {
		return nil, fmt.Errorf("key %q: %w", s, err)
	}
	if spelt := k.String(); spelt != s {
		return nil, fmt.Errorf("key %q is not in its only spelling %q", s, spelt)
	}
	return k, nil
}

func parseParts(kind, rest string) (Key, error) {
	switch kind {
	case KindInterface:
		if rest == "" {
			return nil, fmt.Errorf("the name of the interface is empty")
		}
		return InterfaceKey(rest), nil
	case KindAddress:
		return parseAddressKey(rest)
	case KindRoute:
		return parseRouteKey(rest)
	case KindRule:
		return parseRuleKey(rest)
	case KindFilter:
		return parseFilterKey(rest)
	case KindSysctl:
		if rest == "" {
			return nil, fmt.Errorf("the name of the sysctl is empty")
		}
		return SysctlKey(rest), nil
	case KindSyncDaemon:
		return parseSyncDaemonKey(rest)
	case KindVirtualServer:
		return parseService(strings.Split(rest, "|"))
	case KindRealServer:
		i := strings.LastIndexByte(rest, '|')
		if i < 0 {
			return nil, fmt.Errorf("want PROTOCOL|SERVICE|SERVER")
		}
		service, err := parseService(strings.Split(rest[:i], "|"))
		if err != nil {
			return nil, err
		}
		server, err := parseAddrPort(rest[i+1:])
		return RealServerKey{Service: service, Server: server}, err
	}
	return nil, fmt.Errorf("the kind %q is unknown: want %s, %s, %s, %s, %s, %s, %s, %s or %s",
		kind, KindInterface, KindAddress, KindRoute, KindRule, KindFilter, KindSysctl, KindVirtualServer, KindRealServer, KindSyncDaemon)
}

// parseAddressKey splits at the last bar, because an interface's name may hold one.
func parseAddressKey(rest string) (AddressKey, error) {
	i := strings.LastIndexByte(rest, '|')
	if i <= 0 {
		return AddressKey{}, fmt.Errorf("want DEVICE|ADDRESS/LENGTH")
	}
	prefix, err := netip.ParsePrefix(rest[i+1:])
	return AddressKey{Device: rest[:i], Prefix: prefix}, err
}

func parseRouteKey(rest string) (RouteKey, error) {
	parts := strings.Split(rest, "|")
	if len(parts) < 3 {
		return RouteKey{}, fmt.Errorf("want TABLE|DESTINATION|METRIC")
	}
	table, err := strconv.ParseUint(parts[0], 10, 32)
	if err != nil {
		return RouteKey{}, fmt.Errorf("table %q is not a number from 0 to 4294967295", parts[0])
	}
	destination, err := netip.ParsePrefix(parts[1])
	if err != nil {
		return RouteKey{}, err
	}
	metric, err := strconv.ParseUint(parts[2], 10, 32)
	if err != nil {
		return RouteKey{}, fmt.Errorf("metric %q is not a number from 0 to 4294967295", parts[2])
	}
	k := RouteKey{Table: uint32(table), Destination: destination.Masked(), Metric: uint32(metric)}
	return k, k.parseOnly(parts[3:])
}

// parseOnly reads which packets a route is for.
func (k *RouteKey) parseOnly(parts []string) error {
	for _, part := range parts {
		switch word, value, _ := strings.Cut(part, " "); word {
		case "tos":
			tos, err := strconv.ParseUint(value, 10, 8)
			if err != nil {
				return fmt.Errorf("tos %q is not a number from 0 to 255", value)
			}
			k.TOS = uint8(tos)
		case "from":
			from, err := netip.ParsePrefix(value)
			if err != nil {
				return err
			}
			k.From = from.Masked()
		default:
			return fmt.Errorf("%q does not belong to a route: want tos NUMBER or from NETWORK", part)
		}
	}
	return nil
}

func parseService(parts []string) (VirtualServerKey, error) {
	switch {
	case len(parts) == 3 && parts[0] == "fwmark":
		mark, err := strconv.ParseUint(parts[2], 10, 32)
		if err != nil || mark == 0 || parts[1] != "4" && parts[1] != "6" {
			return VirtualServerKey{}, fmt.Errorf("want fwmark|FAMILY|MARK with family 4 or 6 and a mark from 1 to 4294967295")
		}
		return VirtualServerKey{FWMark: uint32(mark), IPv6: parts[1] == "6"}, nil
	case len(parts) == 2:
		var protocol Protocol
		if err := protocol.UnmarshalText([]byte(parts[0])); err != nil {
			return VirtualServerKey{}, err
		}
		addr, err := parseAddrPort(parts[1])
		return VirtualServerKey{Protocol: protocol, Addr: addr}, err
	}
	return VirtualServerKey{}, fmt.Errorf("want PROTOCOL|ADDRESS:PORT or fwmark|FAMILY|MARK for the service")
}

func parseAddrPort(s string) (netip.AddrPort, error) {
	a, err := netip.ParseAddrPort(s)
	if err == nil && a.Addr().Zone() != "" {
		return a, fmt.Errorf("%s has a zone, which IPVS does not know", s)
	}
	return a, err
}

// parseAs reads a key of one kind for UnmarshalText.
func parseAs[K Key](into *K, text []byte) error {
	k, err := ParseKey(string(text))
	if err != nil {
		return err
	}
	got, ok := k.(K)
	if !ok {
		return fmt.Errorf("key %q is of another kind than %T", text, *into)
	}
	*into = got
	return nil
}

// MarshalText returns the key as [AddressKey.String] does.
func (k AddressKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText returns the key as [RouteKey.String] does.
func (k RouteKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText returns the key as [VirtualServerKey.String] does.
func (k VirtualServerKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalText returns the key as [RealServerKey.String] does.
func (k RealServerKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (k *AddressKey) UnmarshalText(text []byte) error { return parseAs(k, text) }

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (k *RouteKey) UnmarshalText(text []byte) error { return parseAs(k, text) }

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (k *VirtualServerKey) UnmarshalText(text []byte) error { return parseAs(k, text) }

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (k *RealServerKey) UnmarshalText(text []byte) error { return parseAs(k, text) }

// Compare orders addresses by device, then address, then length.
func (k AddressKey) Compare(other AddressKey) int {
	return cmp.Or(cmp.Compare(k.Device, other.Device), k.Prefix.Addr().Compare(other.Prefix.Addr()),
		cmp.Compare(k.Prefix.Bits(), other.Prefix.Bits()))
}

// Compare orders routes by table, then destination, then metric, then the packets that they are for.
func (k RouteKey) Compare(other RouteKey) int {
	return cmp.Or(cmp.Compare(k.Table, other.Table), comparePrefix(k.Destination, other.Destination),
		cmp.Compare(k.Metric, other.Metric), cmp.Compare(k.TOS, other.TOS), comparePrefix(k.From, other.From))
}

func comparePrefix(a, b netip.Prefix) int {
	return cmp.Or(a.Addr().Compare(b.Addr()), cmp.Compare(a.Bits(), b.Bits()))
}

// Compare orders sysctls by name.
func (k SysctlKey) Compare(other SysctlKey) int { return cmp.Compare(k, other) }

// Compare orders services by address and port, then protocol; firewall marks come first.
func (k VirtualServerKey) Compare(other VirtualServerKey) int {
	if c := cmp.Or(k.Addr.Compare(other.Addr), cmp.Compare(k.Protocol, other.Protocol), cmp.Compare(k.FWMark, other.FWMark)); c != 0 {
		return c
	}
	switch {
	case k.IPv6 == other.IPv6:
		return 0
	case other.IPv6:
		return -1
	}
	return 1
}

// Compare orders real servers by service, then address and port.
func (k RealServerKey) Compare(other RealServerKey) int {
	return cmp.Or(k.Service.Compare(other.Service), k.Server.Compare(other.Server))
}
