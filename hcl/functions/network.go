package functions

import (
	"fmt"
	"math/big"
	"net"
	"net/netip"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
)

// address reads an address; a prefix length behind it is ignored, so that values of `addresses` can be used as they are.
func address(arg int, s string) (netip.Addr, error) {
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Addr(), nil
	}
	a, err := netip.ParseAddr(s)
	if err != nil {
		return netip.Addr{}, function.NewArgErrorf(arg, "%q is not an address like 192.0.2.10 or 2001:db8::1", s)
	}
	return a, nil
}

// cidrContains tells whether an address or a smaller prefix lies in a prefix.
func cidrContains() function.Function {
	return function.New(&function.Spec{
		Description: `Tells whether a prefix contains an address or all of another prefix: cidrcontains("192.0.2.0/24", "192.0.2.10").`,
		Params: []function.Parameter{
			{Name: "prefix", Type: cty.String, Description: "the prefix, for example 192.0.2.0/24"},
			{Name: "inner", Type: cty.String, Description: "an address or a prefix"},
		},
		Type: function.StaticReturnType(cty.Bool),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			if err := checkPrefix(args[:1]); err != nil {
				return cty.UnknownVal(cty.Bool), err
			}
			outer, err := netip.ParsePrefix(args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.Bool), err
			}
			inner, err := netip.ParsePrefix(args[1].AsString())
			if err != nil {
				a, err := address(1, args[1].AsString())
				if err != nil {
					return cty.UnknownVal(cty.Bool), err
				}
				inner = netip.PrefixFrom(a.WithZone(""), a.BitLen())
			}
			return cty.BoolVal(outer.Bits() <= inner.Bits() && outer.Contains(inner.Addr())), nil
		},
	})
}

// ipAdd adds a number to an address.
func ipAdd() function.Function {
	return function.New(&function.Spec{
		Description: `Adds a whole number to an address: ipadd("192.0.2.10", 5) is "192.0.2.15". A prefix length stays.`,
		Params: []function.Parameter{
			{Name: "address", Type: cty.String, Description: "an address, with or without a prefix length"},
			{Name: "number", Type: cty.Number, Description: "what is added; may be negative"},
		},
		Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			s := args[0].AsString()
			a, err := address(0, s)
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			n, acc := args[1].AsBigFloat().Int64()
			if acc != big.Exact {
				return cty.UnknownVal(cty.String), function.NewArgErrorf(1, "must be a whole number")
			}
			sum := new(big.Int).Add(new(big.Int).SetBytes(a.AsSlice()), big.NewInt(n))
			if sum.Sign() < 0 || sum.BitLen() > a.BitLen() {
				return cty.UnknownVal(cty.String), function.NewArgErrorf(1, "%s plus %d lies outside of the addresses of IPv%d", a, n, version(a))
			}
			out, _ := netip.AddrFromSlice(sum.FillBytes(make([]byte, a.BitLen()/8)))
			text := out.WithZone(a.Zone()).String()
			if _, bits, ok := strings.Cut(s, "/"); ok {
				text += "/" + bits
			}
			return cty.StringVal(text), nil
		},
	})
}

func version(a netip.Addr) int {
	if a.Is4() {
		return 4
	}
	return 6
}

func ipVersion() function.Function {
	return function.New(&function.Spec{
		Description: `Returns 4 or 6, the version of IP of an address or prefix.`,
		Params:      []function.Parameter{{Name: "address", Type: cty.String, Description: "an address or prefix"}},
		Type:        function.StaticReturnType(cty.Number),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			a, err := address(0, args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.Number), err
			}
			return cty.NumberIntVal(int64(version(a))), nil
		},
	})
}

// hostPort joins an address and a port.
func hostPort() function.Function {
	return function.New(&function.Spec{
		Description: `Joins address and port, with brackets around IPv6: hostport("2001:db8::1", 80) is "[2001:db8::1]:80".`,
		Params: []function.Parameter{
			{Name: "address", Type: cty.String, Description: "an address; a prefix length is cut off"},
			{Name: "port", Type: cty.Number, Description: "a port from 1 to 65535"},
		},
		Type: function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			a, err := address(0, args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			port, acc := args[1].AsBigFloat().Int64()
			if acc != big.Exact || port < 1 || port > 65535 {
				return cty.UnknownVal(cty.String), function.NewArgErrorf(1, "must be a whole number from 1 to 65535")
			}
			return cty.StringVal(net.JoinHostPort(a.String(), strconv.FormatInt(port, 10))), nil
		},
	})
}

// reversePtr returns the name under which DNS knows an address.
func reversePtr() function.Function {
	return function.New(&function.Spec{
		Description: `Returns the name of an address in the reverse zone: reverse_ptr("192.0.2.10") is "10.2.0.192.in-addr.arpa".`,
		Params:      []function.Parameter{{Name: "address", Type: cty.String, Description: "an address"}},
		Type:        function.StaticReturnType(cty.String),
		Impl: func(args []cty.Value, _ cty.Type) (cty.Value, error) {
			a, err := address(0, args[0].AsString())
			if err != nil {
				return cty.UnknownVal(cty.String), err
			}
			var name strings.Builder
			bytes := a.AsSlice()
			for i := len(bytes) - 1; i >= 0; i-- {
				if a.Is4() {
					fmt.Fprintf(&name, "%d.", bytes[i])
				} else {
					fmt.Fprintf(&name, "%x.%x.", bytes[i]&15, bytes[i]>>4)
				}
			}
			if a.Is4() {
				return cty.StringVal(name.String() + "in-addr.arpa"), nil
			}
			return cty.StringVal(name.String() + "ip6.arpa"), nil
		},
	})
}
