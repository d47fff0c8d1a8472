package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"

	"ha/hcl/diag"
)

// NumberName is a name that stands for a number.
type NumberName struct {
	Name  string
	Value int64
}

// Named is a whole number of which some have names: those that hold on every machine. Its Go value is an int64.
type Named struct {
	Int
	Names []NumberName
}

// Parse takes numbers, texts that hold one, and the names, in upper or lower case.
func (k Named) Parse(v cty.Value) (any, error) {
	if v.Type() != cty.String {
		return k.Int.Parse(v)
	}
	text := v.AsString()
	if _, err := strconv.ParseInt(text, 10, 64); err == nil {
		return k.Int.Parse(v)
	}
	var known []string
	for _, n := range k.Names {
		if strings.EqualFold(n.Name, text) {
			return n.Value, nil
		}
		known = append(known, n.Name)
	}
	e := wrong(CodeNotWord, "is %s, not %s", quote(text), k.Words())
	e.Why = "Names of one's own stand in files of each node, and the kernel knows numbers only."
	if near := diag.Suggest(text, known); near != "" {
		e.Help = fmt.Sprintf("Did you mean %q? Otherwise write the number.", near)
	} else {
		e.Help = "Write the number; a local gives it a name."
	}
	return nil, e
}

// Words names the kind.
func (k Named) Words() string {
	var names []string
	for _, n := range k.Names {
		names = append(names, quote(n.Name))
	}
	const shown = 4
	if len(names) > shown {
		names = append(names[:shown], "…")
	}
	return k.Int.Words() + ", or a name (" + strings.Join(names, ", ") + ")"
}

// TableNumber is a routing table; main, default and local have these numbers on every machine (linux/rtnetlink.h).
func TableNumber() Named {
	return Named{Int: Int{Min: 1, Max: wholeNumber}, Names: []NumberName{{"main", 254}, {"default", 253}, {"local", 255}}}
}

// TypeOfService is the former TOS byte without the bits of ECN, and the names that its values have as codepoints of
// differentiated services (RFC 2474, RFC 2597, RFC 3246).
func TypeOfService() Named {
	k := Named{Int: Int{Min: 0, Max: 252}}
	for class := range int64(8) {
		k.Names = append(k.Names, NumberName{fmt.Sprintf("CS%d", class), class << 5})
	}
	for class := int64(1); class <= 4; class++ {
		for drop := int64(1); drop <= 3; drop++ {
			k.Names = append(k.Names, NumberName{fmt.Sprintf("AF%d%d", class, drop), class<<5 | drop<<3})
		}
	}
	k.Names = append(k.Names, NumberName{"EF", 0xb8})
	return k
}

// IPProtocol is a protocol by its number among those of IP (IANA, Protocol Numbers).
func IPProtocol() Named {
	return Named{Int: Int{Min: 0, Max: 255}, Names: []NumberName{
		{"tcp", 6},
		{"udp", 17},
		{"icmp", 1},
		{"icmpv6", 58},
		{"ipv6-icmp", 58},
		{"sctp", 132},
		{"igmp", 2},
		{"ipip", 4},
		{"dccp", 33},
		{"gre", 47},
		{"esp", 50},
		{"ah", 51},
		{"ospf", 89},
		{"vrrp", 112},
		{"l2tp", 115},
		{"udplite", 136},
	}}
}

// Realms are the realms of a route or rule: "TO" or "FROM/TO". Its Go value is an int64: FROM<<16 | TO.
type Realms struct{}

// Type is string.
func (Realms) Type() cty.Type { return cty.String }

// Parse takes 4, "4" and "3/4".
func (k Realms) Parse(v cty.Value) (any, error) {
	text := ""
	switch v.Type() {
	case cty.Number:
		text = printValue(v)
	case cty.String:
		text = v.AsString()
	default:
		return nil, wrong(CodeWrongType, "is %s; this is %s", k.Words(), Describe(v))
	}
	parts := strings.Split(text, "/")
	numbers := make([]int64, len(parts))
	for i, part := range parts {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil {
			return nil, wrong(CodeOutOfRange, "is %s, not %s", quote(text), k.Words())
		}
		numbers[i] = int64(n)
	}
	if len(numbers) == 1 {
		numbers = slices.Insert(numbers, 0, 0)
	}
	if len(numbers) != 2 || numbers[0]+numbers[1] == 0 {
		return nil, wrong(CodeOutOfRange, "is %s, not %s", quote(text), k.Words())
	}
	return numbers[0]<<16 | numbers[1], nil
}

// Print is TO or FROM/TO.
func (Realms) Print(v any) string {
	n, _ := v.(int64)
	if n>>16 == 0 {
		return strconv.FormatInt(n, 10)
	}
	return fmt.Sprintf("%d/%d", n>>16, n&0xffff)
}

// Words names the kind.
func (Realms) Words() string {
	return `a realm from 1 to 65535, or two such as "3/4": of the source and of the destination`
}
