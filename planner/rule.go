package planner

import (
	"cmp"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// RuleKey is a policy routing rule. The kernel finds a rule by all that it says, and cannot edit one, so the key is
// the whole rule: a rule with another table is another rule, which comes before the former one leaves. Fields of the
// zero value match everything. FRA_* in linux/fib_rules.h.
type RuleKey struct {
	IPv6     bool
	Priority uint32       // the lowest is asked first; the kernel's own are 0 (local), 32766 (main), 32767 (default)
	Not      bool         // the rule is about what does not match
	From, To netip.Prefix // masked; invalid is any
	IIF, OIF string       // interface names, at most 15 bytes
	Mark     uint32       // firewall mark
	Mask     uint32       // bits of the mark that count; 0 is none
	TOS      uint8        // a multiple of 4: the ECN bits are no part of it
	Protocol uint8        // IPPROTO_*
	SPort    Span         // 1 to 65534
	DPort    Span         // 1 to 65534
	UIDs     Span         // of the owner of the socket
	TunnelID uint64

	Action RuleAction
	Table  uint32 // of Lookup
	Goto   uint32 // priority of the rule to go on with; greater than this one's
	// SuppressLength and SuppressGroup pass over what a lookup found: routes whose prefix is not longer, and routes
	// through an interface of the group.
	SuppressLength Number
	SuppressGroup  Number
	Realms         Realms // IPv4 only: what the traffic is counted as
}

// Rule is what can differ between two rules of one key: nothing.
type Rule struct{}

// RuleAction is FR_ACT_* of linux/fib_rules.h, and [RuleL3MDev], which the kernel spells as a flag.
type RuleAction uint8

// The actions of rules.
const (
	RuleLookup      RuleAction = 1   // FR_ACT_TO_TBL
	RuleGoto        RuleAction = 2   // FR_ACT_GOTO
	RuleNop         RuleAction = 3   // FR_ACT_NOP: go on with the next rule
	RuleBlackhole   RuleAction = 6   // FR_ACT_BLACKHOLE
	RuleUnreachable RuleAction = 7   // FR_ACT_UNREACHABLE
	RuleProhibit    RuleAction = 8   // FR_ACT_PROHIBIT
	RuleL3MDev      RuleAction = 255 // FR_ACT_TO_TBL with FRA_L3MDEV: look up the table of the packet's VRF
)

// Number is a number that may be missing, where zero is a number like any other.
type Number struct {
	Value uint32
	Set   bool
}

// Span is a range of numbers, both ends in it; the zero value is no restriction.
type Span struct {
	First, Last uint32
	Set         bool
}

// PlacedRule is a rule with the place in the configuration that asks for it.
type PlacedRule struct {
	Key    RuleKey `json:"key"`
	Value  Rule    `json:"value"`
	Source Source  `json:"source"`
}

// String returns rule|4|100|from 192.0.2.0/24 lookup 100: family, priority, and the rest as ip-rule(8) words it.
func (k RuleKey) String() string {
	family := "4"
	if k.IPv6 {
		family = "6"
	}
	return KindRule + "|" + family + "|" + strconv.FormatUint(uint64(k.Priority), 10) + "|" + k.words()
}

func (RuleKey) key() {}

// words is the rule without family and priority.
func (k RuleKey) words() string {
	var b strings.Builder
	add := func(word, value string) {
		if value != "" {
			b.WriteString(word + " " + value + " ")
		}
	}
	number := func(word string, n uint64) {
		if n != 0 {
			add(word, strconv.FormatUint(n, 10))
		}
	}
	if k.Not {
		b.WriteString("not ")
	}
	add("from", printed(k.From))
	add("to", printed(k.To))
	add("iif", k.IIF)
	add("oif", k.OIF)
	if k.Mark != 0 || k.Mask != 0 {
		add("fwmark", fmt.Sprintf("%#x/%#x", k.Mark, k.Mask))
	}
	number("tos", uint64(k.TOS))
	number("ipproto", uint64(k.Protocol))
	add("sport", k.SPort.String())
	add("dport", k.DPort.String())
	add("uidrange", k.UIDs.String())
	number("tun_id", k.TunnelID)
	switch k.Action {
	case RuleLookup:
		add("lookup", strconv.FormatUint(uint64(k.Table), 10))
	case RuleGoto:
		add("goto", strconv.FormatUint(uint64(k.Goto), 10))
	default:
		b.WriteString(k.Action.String() + " ")
	}
	add("suppress_prefixlength", k.SuppressLength.String())
	add("suppress_ifgroup", k.SuppressGroup.String())
	add("realms", k.Realms.String())
	return strings.TrimSuffix(b.String(), " ")
}

// String returns 80, 80-90, or nothing.
func (s Span) String() string {
	switch {
	case !s.Set:
		return ""
	case s.First == s.Last:
		return strconv.FormatUint(uint64(s.First), 10)
	}
	return fmt.Sprintf("%d-%d", s.First, s.Last)
}

// String returns the number, or nothing.
func (n Number) String() string {
	if !n.Set {
		return ""
	}
	return strconv.FormatUint(uint64(n.Value), 10)
}

// Compare orders rules by family, priority, and then as they are spelt.
func (k RuleKey) Compare(other RuleKey) int {
	if k == other {
		return 0
	}
	if k.IPv6 != other.IPv6 {
		if k.IPv6 {
			return 1
		}
		return -1
	}
	return cmp.Or(cmp.Compare(k.Priority, other.Priority), cmp.Compare(k.words(), other.words()))
}

// MarshalText returns the key as [RuleKey.String] does.
func (k RuleKey) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote, and nothing else.
func (k *RuleKey) UnmarshalText(text []byte) error { return parseAs(k, text) }

// parseRuleKey reads FAMILY|PRIORITY|WORDS. Interface names hold no blanks (dev_valid_name in net/core/dev.c).
func parseRuleKey(rest string) (RuleKey, error) {
	parts := strings.SplitN(rest, "|", 3)
	if len(parts) != 3 || parts[0] != "4" && parts[0] != "6" {
		return RuleKey{}, fmt.Errorf("want FAMILY|PRIORITY|RULE with family 4 or 6")
	}
	k := RuleKey{IPv6: parts[0] == "6"}
	r := ruleReader{words: strings.Split(parts[2], " ")}
	k.Priority = uint32(r.parse(parts[1], 32))
	for r.err == nil && len(r.words) > 0 {
		if !r.selector(&k) && !r.action(&k) && r.err == nil {
			r.err = fmt.Errorf("%q is no word of a rule", r.words[0])
		}
	}
	if r.err == nil && k.Action == 0 {
		r.err = fmt.Errorf("the rule has no action")
	}
	return k, r.err
}

// ruleReader takes words of a rule from the front. The first mistake stays.
type ruleReader struct {
	words []string
	err   error
}

// next drops the word that was understood and returns the one after it.
func (r *ruleReader) next() string {
	if len(r.words) < 2 {
		r.err = fmt.Errorf("nothing follows %q", r.words[0])
		r.words = nil
		return ""
	}
	value := r.words[1]
	r.words = r.words[2:]
	return value
}

func (r *ruleReader) parse(text string, bits int) uint64 {
	n, err := strconv.ParseUint(text, 0, bits)
	if err != nil && r.err == nil {
		r.err = fmt.Errorf("%q is not a number of %d bits", text, bits)
	}
	return n
}

func (r *ruleReader) number(bits int) uint64 { return r.parse(r.next(), bits) }

func (r *ruleReader) prefix() netip.Prefix {
	p, err := netip.ParsePrefix(r.next())
	if err != nil && r.err == nil {
		r.err = err
	}
	return p.Masked()
}

func (r *ruleReader) span() Span {
	first, last, several := strings.Cut(r.next(), "-")
	if !several {
		last = first
	}
	return Span{First: uint32(r.parse(first, 32)), Last: uint32(r.parse(last, 32)), Set: true}
}

// selector reads what the rule is about. False: the word is none of these.
func (r *ruleReader) selector(k *RuleKey) bool {
	switch r.words[0] {
	case "not":
		k.Not, r.words = true, r.words[1:]
	case "from":
		k.From = r.prefix()
	case "to":
		k.To = r.prefix()
	case "iif":
		k.IIF = r.next()
	case "oif":
		k.OIF = r.next()
	case "fwmark":
		mark, mask, _ := strings.Cut(r.next(), "/")
		k.Mark, k.Mask = uint32(r.parse(mark, 32)), uint32(r.parse(mask, 32))
	case "tos":
		k.TOS = uint8(r.number(8))
	case "ipproto":
		k.Protocol = uint8(r.number(8))
	case "sport":
		k.SPort = r.span()
	case "dport":
		k.DPort = r.span()
	case "uidrange":
		k.UIDs = r.span()
	case "tun_id":
		k.TunnelID = r.number(64)
	default:
		return false
	}
	return true
}

// action reads what the rule does. False: the word is none of these.
func (r *ruleReader) action(k *RuleKey) bool {
	switch r.words[0] {
	case "lookup":
		k.Action, k.Table = RuleLookup, uint32(r.number(32))
	case "goto":
		k.Action, k.Goto = RuleGoto, uint32(r.number(32))
	case "suppress_prefixlength":
		k.SuppressLength = Number{Value: uint32(r.number(32)), Set: true}
	case "suppress_ifgroup":
		k.SuppressGroup = Number{Value: uint32(r.number(32)), Set: true}
	case "realms":
		realms, err := parseRealms(r.next())
		if err != nil && r.err == nil {
			r.err = err
		}
		k.Realms = realms
	default:
		if read(&k.Action, []byte(r.words[0]), "action", ruleActions(), true) != nil {
			return false
		}
		r.words = r.words[1:]
	}
	return true
}

// Normal is the rule as it reads back from the kernel: a mark without a mask counts in all its bits, a prefix of
// length 0 is any, and IPv6 has no realms.
func (k RuleKey) Normal() RuleKey {
	if k.IPv6 {
		k.Realms = 0
	}
	if k.Mark != 0 && k.Mask == 0 {
		k.Mask = 1<<32 - 1
	}
	if k.From.IsValid() && k.From.Bits() == 0 {
		k.From = netip.Prefix{}
	}
	if k.To.IsValid() && k.To.Bits() == 0 {
		k.To = netip.Prefix{}
	}
	return k
}
