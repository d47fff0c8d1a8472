package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

const (
	sizeofRuleHdr  = 12         // struct fib_rule_hdr of linux/fib_rules.h
	ruleInvert     = 2          // FIB_RULE_INVERT
	fraSportMask   = 28         // FRA_SPORT_MASK, Linux 6.15
	fraDportMask   = 29         // FRA_DPORT_MASK
	unsuppressed   = ^uint32(0) // FRA_SUPPRESS_* that suppresses nothing
	noOwner        = ^uint32(0) // the end of a UID range that is none
	highestPort    = 65534      // fib_rule_port_range_valid refuses 65535
	wholePort      = 65535      // the mask of a single port
	highestIfGroup = 1<<31 - 1  // the kernel holds it in an int
)

// ruleObject is a policy rule as netlink tells it.
type ruleObject struct {
	key      planner.RuleKey
	protocol uint8  // who made it
	known    bool   // the model knows all that it says
	body     []byte // as the kernel told it
}

// appendRule builds the body of RTM_NEWRULE and RTM_DELRULE (struct fib_rule_hdr).
func appendRule(k planner.RuleKey, protocol uint8) []byte {
	k = k.Normal()
	action, table, flags := uint8(k.Action), uint8(unix.RT_TABLE_UNSPEC), uint32(0)
	if k.Action == planner.RuleL3MDev {
		action = uint8(planner.RuleLookup)
	}
	if k.Table < 256 {
		table = uint8(k.Table)
	}
	if k.Not {
		flags = ruleInvert
	}
	b := []byte{ruleFamily(k), uint8(max(k.To.Bits(), 0)), uint8(max(k.From.Bits(), 0)), k.TOS, table, 0, 0, action}
	b = binary.NativeEndian.AppendUint32(b, flags)
	b = wire.Uint32(b, unix.FRA_PRIORITY, k.Priority)
	b = wire.Uint8(b, unix.FRA_PROTOCOL, protocol)
	if k.To.IsValid() {
		b = wire.Addr(b, unix.FRA_DST, k.To.Addr())
	}
	if k.From.IsValid() {
		b = wire.Addr(b, unix.FRA_SRC, k.From.Addr())
	}
	if k.IIF != "" {
		b = wire.String(b, unix.FRA_IIFNAME, k.IIF)
	}
	if k.OIF != "" {
		b = wire.String(b, unix.FRA_OIFNAME, k.OIF)
	}
	if k.Mark != 0 || k.Mask != 0 {
		b = wire.Uint32(b, unix.FRA_FWMARK, k.Mark)
		b = wire.Uint32(b, unix.FRA_FWMASK, k.Mask)
	}
	if k.Protocol != 0 {
		b = wire.Uint8(b, unix.FRA_IP_PROTO, k.Protocol)
	}
	b = appendPorts(b, unix.FRA_SPORT_RANGE, k.SPort)
	b = appendPorts(b, unix.FRA_DPORT_RANGE, k.DPort)
	if k.UIDs.Set {
		both := binary.NativeEndian.AppendUint32(nil, k.UIDs.First)
		b = wire.Attr(b, unix.FRA_UID_RANGE, binary.NativeEndian.AppendUint32(both, k.UIDs.Last))
	}
	if k.TunnelID != 0 {
		b = wire.Attr(b, unix.FRA_TUN_ID, binary.BigEndian.AppendUint64(nil, k.TunnelID))
	}
	return appendRuleAction(b, k)
}

// appendRuleAction appends what becomes of a packet.
func appendRuleAction(b []byte, k planner.RuleKey) []byte {
	switch k.Action {
	case planner.RuleLookup:
		b = wire.Uint32(b, unix.FRA_TABLE, k.Table)
	case planner.RuleGoto:
		b = wire.Uint32(b, unix.FRA_GOTO, k.Goto)
	case planner.RuleL3MDev:
		b = wire.Uint8(b, unix.FRA_L3MDEV, 1)
	case planner.RuleNop, planner.RuleBlackhole, planner.RuleUnreachable, planner.RuleProhibit: // the header says it
	}
	if k.Realms != 0 {
		b = wire.Uint32(b, unix.FRA_FLOW, uint32(k.Realms))
	}
	if k.SuppressLength.Set {
		b = wire.Uint32(b, unix.FRA_SUPPRESS_PREFIXLEN, k.SuppressLength.Value)
	}
	if k.SuppressGroup.Set {
		b = wire.Uint32(b, unix.FRA_SUPPRESS_IFGROUP, k.SuppressGroup.Value)
	}
	return b
}

// appendPorts appends struct fib_rule_port_range.
func appendPorts(b []byte, typ uint16, ports planner.Span) []byte {
	if !ports.Set {
		return b
	}
	both := binary.NativeEndian.AppendUint16(nil, uint16(ports.First))
	return wire.Attr(b, typ, binary.NativeEndian.AppendUint16(both, uint16(ports.Last)))
}

func ruleFamily(k planner.RuleKey) uint8 {
	if k.IPv6 {
		return unix.AF_INET6
	}
	return unix.AF_INET
}

// decodeRule reads the body of RTM_NEWRULE and RTM_DELRULE.
func decodeRule(b []byte) (ruleObject, error) {
	if len(b) < sizeofRuleHdr {
		return ruleObject{}, wire.ErrShort
	}
	o := ruleObject{known: b[0] == unix.AF_INET || b[0] == unix.AF_INET6, body: b}
	o.key.IPv6, o.key.TOS = b[0] == unix.AF_INET6, b[3]
	o.key.Table, o.key.Action = uint32(b[4]), planner.RuleAction(b[7])
	o.key.Not = binary.NativeEndian.Uint32(b[8:])&ruleInvert != 0
	d := wire.Decode(b[sizeofRuleHdr:])
	for d.Next() {
		switch d.Type() {
		case unix.FRA_DST:
			o.key.To = rulePrefix(d, o.key.IPv6, b[1])
		case unix.FRA_SRC:
			o.key.From = rulePrefix(d, o.key.IPv6, b[2])
		default:
			o.decode(d)
		}
	}
	if d.Err() != nil {
		return ruleObject{}, d.Err()
	}
	if (b[1] > 0) != o.key.To.IsValid() || (b[2] > 0) != o.key.From.IsValid() {
		return ruleObject{}, fmt.Errorf("%w: a rule of prefix lengths %d and %d without addresses", wire.ErrShort, b[2], b[1])
	}
	if o.key.Action != planner.RuleLookup {
		o.key.Table = 0
	}
	o.key = o.key.Normal()
	o.known = o.known && checkRule(o.key) == nil && o.protocol != unix.RTPROT_KERNEL
	return o, nil
}

// decode reads one attribute that is no address. What the model does not know makes the rule unknown.
func (o *ruleObject) decode(d *wire.Decoder) {
	k := &o.key
	switch d.Type() {
	case unix.FRA_PRIORITY:
		k.Priority = d.Uint32()
	case unix.FRA_PROTOCOL:
		o.protocol = d.Uint8()
	case unix.FRA_IIFNAME:
		k.IIF = d.String()
	case unix.FRA_OIFNAME:
		k.OIF = d.String()
	case unix.FRA_FWMARK:
		k.Mark = d.Uint32()
	case unix.FRA_FWMASK:
		k.Mask = d.Uint32()
	case unix.FRA_IP_PROTO:
		k.Protocol = d.Uint8()
	case unix.FRA_SPORT_RANGE:
		k.SPort = decodePorts(d)
	case unix.FRA_DPORT_RANGE:
		k.DPort = decodePorts(d)
	case unix.FRA_UID_RANGE:
		k.UIDs = decodeUIDs(d)
	case unix.FRA_TUN_ID:
		if b := d.Bytes(); len(b) == 8 {
			k.TunnelID = binary.BigEndian.Uint64(b)
			return
		}
		d.Fail(wire.ErrShort)
	case unix.FRA_TABLE:
		k.Table = d.Uint32()
	case unix.FRA_GOTO:
		k.Goto = d.Uint32()
	case unix.FRA_FLOW:
		k.Realms = planner.Realms(d.Uint32())
	case unix.FRA_L3MDEV:
		if d.Uint8() != 0 {
			k.Action = planner.RuleL3MDev
		}
	case unix.FRA_SUPPRESS_PREFIXLEN:
		k.SuppressLength = suppressed(d.Uint32())
	case unix.FRA_SUPPRESS_IFGROUP:
		k.SuppressGroup = suppressed(d.Uint32())
	case fraSportMask, fraDportMask: // a single port has all bits in its mask
		o.known = o.known && d.Uint16() == wholePort
	case unix.FRA_PAD:
	default:
		o.known = false
	}
}

func suppressed(n uint32) planner.Number {
	if n == unsuppressed {
		return planner.Number{}
	}
	return planner.Number{Value: n, Set: true}
}

func rulePrefix(d *wire.Decoder, ipv6 bool, bits uint8) netip.Prefix {
	a := d.Addr()
	p := netip.PrefixFrom(a, int(bits))
	if a.Is6() != ipv6 || !p.IsValid() {
		d.Fail(fmt.Errorf("%w: rule about %v/%d", wire.ErrShort, a, bits))
	}
	return p
}

func decodePorts(d *wire.Decoder) planner.Span {
	b := d.Bytes()
	if len(b) != 4 {
		d.Fail(wire.ErrShort)
		return planner.Span{}
	}
	return planner.Span{First: uint32(binary.NativeEndian.Uint16(b)), Last: uint32(binary.NativeEndian.Uint16(b[2:])), Set: true}
}

func decodeUIDs(d *wire.Decoder) planner.Span {
	b := d.Bytes()
	if len(b) != 8 {
		d.Fail(wire.ErrShort)
		return planner.Span{}
	}
	return planner.Span{First: binary.NativeEndian.Uint32(b), Last: binary.NativeEndian.Uint32(b[4:]), Set: true}
}

// checkRule refuses what cannot be written, or would be read back as another rule.
func checkRule(k planner.RuleKey) error {
	k = k.Normal()
	for _, p := range []netip.Prefix{k.From, k.To} {
		if p.IsValid() && (p.Addr().Is6() != k.IPv6 || p.Masked() != p || p.Addr().Is4In6() || p.Addr().Zone() != "") {
			return fmt.Errorf("%v is not a network of the rule's family", p)
		}
	}
	for _, name := range []string{k.IIF, k.OIF} {
		if len(name) > maxName || strings.ContainsAny(name, " \t\n\v\f\r/:\x00") {
			return fmt.Errorf("%q is not the name of an interface", name)
		}
	}
	for _, ports := range []planner.Span{k.SPort, k.DPort} {
		if ports.Set && (ports.First == 0 || ports.First > ports.Last || ports.Last > highestPort) || !ports.Set && ports != (planner.Span{}) {
			return fmt.Errorf("the ports %d to %d are no range within 1 to 65534", ports.First, ports.Last)
		}
	}
	switch {
	case k.Priority == 0:
		return errors.New("priority 0 is the kernel's own: a rule there would hide the node's own addresses")
	case k.TOS&3 != 0:
		return fmt.Errorf("the type of service %d has ECN bits, which are no part of it", k.TOS)
	case k.UIDs.Set && (k.UIDs.First > k.UIDs.Last || k.UIDs.Last == noOwner) || !k.UIDs.Set && k.UIDs != (planner.Span{}):
		return fmt.Errorf("the users %d to %d are no range", k.UIDs.First, k.UIDs.Last)
	}
	return checkRuleAction(k)
}

// checkRuleAction refuses actions that the kernel does not know, or whose parts do not belong to them.
func checkRuleAction(k planner.RuleKey) error {
	longest := uint32(32)
	if k.IPv6 {
		longest = 128
	}
	looksUp := k.Action == planner.RuleLookup || k.Action == planner.RuleL3MDev
	switch {
	case !slices.Contains([]planner.RuleAction{
		planner.RuleLookup, planner.RuleGoto, planner.RuleNop, planner.RuleBlackhole, planner.RuleUnreachable,
		planner.RuleProhibit, planner.RuleL3MDev,
	}, k.Action):
		return fmt.Errorf("%d is no action of a rule", k.Action)
	case (k.Action == planner.RuleLookup) != (k.Table != 0):
		return errors.New("a lookup needs a table other than 0, and nothing else has one")
	case k.Action == planner.RuleGoto && k.Goto <= k.Priority, k.Action != planner.RuleGoto && k.Goto != 0:
		return errors.New("goto needs the priority of a later rule, and nothing else has one")
	case !looksUp && (k.SuppressLength.Set || k.SuppressGroup.Set):
		return errors.New("only what was looked up can be suppressed")
	case k.SuppressLength.Value > longest || k.SuppressGroup.Value > highestIfGroup:
		return errors.New("what is suppressed is out of range")
	case !k.SuppressLength.Set && k.SuppressLength.Value != 0, !k.SuppressGroup.Set && k.SuppressGroup.Value != 0:
		return errors.New("a number that is not set has a value")
	}
	return nil
}

// rules lists the rules of a family in the order in which the kernel asks them. A kernel without policy routing has none.
func (k *Kernel) rules(ctx context.Context, family uint8) ([]ruleObject, error) {
	body := make([]byte, sizeofRuleHdr)
	body[0] = family
	bodies, err := k.plain.Dump(ctx, wire.Message{Type: unix.RTM_GETRULE, Body: body})
	if errors.Is(err, syscall.EAFNOSUPPORT) || errors.Is(err, syscall.EOPNOTSUPP) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("listing rules: %w", err)
	}
	objects := make([]ruleObject, 0, len(bodies))
	for _, b := range bodies {
		o, err := decodeRule(b)
		if err != nil {
			return nil, fmt.Errorf("listing rules: %w", err)
		}
		objects = append(objects, o)
	}
	return objects, nil
}

// readRules fills in rules and their marks.
func (k *Kernel) readRules(ctx context.Context, s *planner.State) error {
	s.Rules = make(map[planner.RuleKey]planner.Rule)
	for _, family := range []uint8{unix.AF_INET, unix.AF_INET6} {
		objects, err := k.rules(ctx, family)
		if err != nil {
			return err
		}
		for _, o := range objects {
			if !o.known {
				continue
			}
			s.Rules[o.key] = planner.Rule{}
			if o.protocol == Mark {
				s.Marked[o.key] = true
			}
		}
	}
	return nil
}

// changeRule carries out a checked change of a rule. It looks first: NLM_F_EXCL takes a
// rule for another that says more (fib4_rule_compare), and without it nothing is refused; and the kernel deletes the first rule that has all that the request names, whatever else that rule says.
func (k *Kernel) changeRule(ctx context.Context, c planner.Change, key planner.RuleKey) error {
	key = key.Normal()
	objects, err := k.rules(ctx, ruleFamily(key))
	if err != nil {
		return err
	}
	if c.Action == planner.Create {
		if slices.ContainsFunc(objects, func(o ruleObject) bool { return o.known && o.key == key }) {
			return unix.EEXIST
		}
		return k.plain.Do(ctx, wire.Message{
			Type: unix.RTM_NEWRULE, Flags: unix.NLM_F_CREATE, Body: appendRule(key, Mark),
		})
	}
	at := findRule(objects, key)
	if at < 0 {
		return unix.ENOENT
	}
	if c.Action != planner.Delete {
		return nil // the rule is its key: nothing differs
	}
	return k.deleteRule(ctx, objects[:at], objects[at])
}

// findRule finds a rule, ours before all; -1 when there is none.
func findRule(objects []ruleObject, key planner.RuleKey) int {
	is := func(o ruleObject) bool { return o.known && o.key == key }
	if at := slices.IndexFunc(objects, func(o ruleObject) bool { return is(o) && o.protocol == Mark }); at >= 0 {
		return at
	}
	return slices.IndexFunc(objects, is)
}

// deleteRule deletes a rule. Rules before it that the same request would take are stepped aside for: they are deleted
// first and put back behind it.
func (k *Kernel) deleteRule(ctx context.Context, before []ruleObject, o ruleObject) error {
	var aside []ruleObject
	for _, other := range before {
		if !takes(o, other) {
			continue
		}
		if !other.known {
			return fmt.Errorf("a rule of priority %d that ha does not understand stands before it, and the kernel cannot tell them apart", o.key.Priority)
		}
		aside = append(aside, other)
	}
	remove := func(o ruleObject) wire.Message {
		return wire.Message{Type: unix.RTM_DELRULE, Body: appendRule(o.key, o.protocol)}
	}
	var requests []wire.Message
	for _, other := range aside {
		requests = append(requests, remove(other))
	}
	requests = append(requests, remove(o))
	for _, other := range aside {
		requests = append(requests, wire.Message{
			Type: unix.RTM_NEWRULE, Flags: unix.NLM_F_CREATE, Body: appendRule(other.key, other.protocol),
		})
	}
	return errors.Join(k.plain.Batch(ctx, requests)...)
}

// takes tells whether the kernel, asked to delete one rule, would take another: rule_find in net/core/fib_rules.c compares
// only what the request names, and neither the inversion nor the target of a goto.
func takes(named, other ruleObject) bool {
	n, o := named.key, other.key
	n.Not, n.Goto, o.Not, o.Goto = false, 0, false, 0
	if !n.From.IsValid() {
		o.From = netip.Prefix{}
	}
	if !n.To.IsValid() {
		o.To = netip.Prefix{}
	}
	o.IIF, o.OIF = ifNamed(n.IIF, o.IIF), ifNamed(n.OIF, o.OIF)
	o.Mark, o.Mask, o.TOS = ifNamed(n.Mark, o.Mark), ifNamed(n.Mask, o.Mask), ifNamed(n.TOS, o.TOS)
	o.Protocol, o.TunnelID, o.Table = ifNamed(n.Protocol, o.Protocol), ifNamed(n.TunnelID, o.TunnelID), ifNamed(n.Table, o.Table)
	o.SPort, o.DPort, o.UIDs = ifNamed(n.SPort, o.SPort), ifNamed(n.DPort, o.DPort), ifNamed(n.UIDs, o.UIDs)
	o.Realms = ifNamed(n.Realms, o.Realms)
	o.SuppressLength, o.SuppressGroup = ifNamed(n.SuppressLength, o.SuppressLength), ifNamed(n.SuppressGroup, o.SuppressGroup)
	return n == o && (named.protocol == 0 || named.protocol == other.protocol)
}

// ifNamed is the other's value, or nothing where the request names none.
func ifNamed[T comparable](named, other T) T {
	var none T
	if named == none {
		return none
	}
	return other
}
