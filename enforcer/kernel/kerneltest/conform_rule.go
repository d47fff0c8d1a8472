package kerneltest

import (
	"io/fs"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

// ruled are rules with every field that can be set.
func ruled() []planner.RuleKey {
	net := netip.MustParsePrefix
	span := func(first, last uint32) planner.Span { return planner.Span{First: first, Last: last, Set: true} }
	number := func(n uint32) planner.Number { return planner.Number{Value: n, Set: true} }
	const lookup = planner.RuleLookup
	return []planner.RuleKey{
		{Priority: 100, Action: lookup, Table: 300},
		{Priority: 100, Action: lookup, Table: 300, From: net("192.0.2.0/24")},
		{Priority: 100, Action: lookup, Table: 300, To: net("198.51.100.7/32"), Not: true},
		{Priority: 101, Action: lookup, Table: 254, From: net("0.0.0.0/0"), SuppressLength: number(0)},
		{Priority: 102, Action: lookup, Table: 4294967295, SuppressGroup: number(0), SuppressLength: number(32)},
		{Priority: 103, Action: lookup, Table: 255, SuppressGroup: number(7)},
		{Priority: 104, Action: planner.RuleBlackhole, IIF: "eth0", OIF: "not-there"},
		{Priority: 105, Action: planner.RuleUnreachable, Mark: 7},
		{Priority: 106, Action: planner.RuleProhibit, Mark: 7, Mask: 255},
		{Priority: 107, Action: planner.RuleNop, Mask: 255},
		{Priority: 108, Action: planner.RuleGoto, Goto: 4294967295, TOS: 16},
		{Priority: 109, Action: planner.RuleL3MDev},
		{Priority: 110, Action: lookup, Table: 300, Protocol: 6, SPort: span(1, 65534), DPort: span(443, 443)},
		{Priority: 111, Action: lookup, Table: 300, Protocol: 17, SPort: span(53, 53), UIDs: span(0, 0)},
		{Priority: 112, Action: lookup, Table: 300, UIDs: span(1000, 4294967294), TunnelID: 1<<63 + 5},
		{Priority: 4294967295, Action: lookup, Table: 300, Not: true, IIF: "lo"},
		{Priority: 113, Action: lookup, Table: 300, Realms: 7},
		{Priority: 113, Action: lookup, Table: 300, Realms: 3<<16 | 7},
		{IPv6: true, Priority: 100, Action: lookup, Table: 300},
		{IPv6: true, Priority: 100, Action: lookup, Table: 300, From: net("2001:db8::/32"), To: net("2001:db8:1::1/128")},
		{IPv6: true, Priority: 101, Action: planner.RuleBlackhole, Mark: 1, Mask: 1, TOS: 252, Not: true},
		{IPv6: true, Priority: 102, Action: lookup, Table: 300, SuppressLength: number(128), IIF: "eth0"},
		{IPv6: true, Priority: 103, Action: planner.RuleGoto, Goto: 104, Protocol: 58, DPort: span(80, 90)},
	}
}

func rulesReadBack(t *testing.T, k Kernel) {
	want := map[planner.RuleKey]planner.Rule{}
	for _, key := range ruled() {
		apply(t, k, create(key, planner.Rule{}))
		want[key.Normal()] = planner.Rule{}
	}
	s := read(t, k, kernel.Query{})
	if diff := cmp.Diff(want, s.Rules, compareNetip()); diff != "" {
		t.Errorf("rules -want +got:\n%s", diff)
	}
	for key := range s.Rules {
		if !s.Marked[key] {
			t.Errorf("%v has no mark", key)
		}
	}
	for _, key := range ruled() {
		refuses(t, k, create(key, planner.Rule{}), fs.ErrExist)
		apply(t, k, remove(key, planner.Rule{}))
		refuses(t, k, remove(key, planner.Rule{}), fs.ErrNotExist)
		delete(want, key.Normal())
		if got := read(t, k, kernel.Query{}).Rules; len(got) != len(want) {
			t.Fatalf("after the end of %v there are %d rules, want %d", key, len(got), len(want))
		}
	}
}

// rulesToldApart: a rule that says little leaves, and the rule before it that says more stays.
func rulesToldApart(t *testing.T, k Kernel) {
	more := planner.RuleKey{Priority: 100, Action: planner.RuleLookup, Table: 300, From: netip.MustParsePrefix("10.0.0.0/8"), IIF: "eth0"}
	less := planner.RuleKey{Priority: 100, Action: planner.RuleLookup, Table: 300}
	apply(t, k, create(more, planner.Rule{}), create(less, planner.Rule{}), remove(less, planner.Rule{}))
	s := read(t, k, kernel.Query{})
	if _, stays := s.Rules[more]; !stays || len(s.Rules) != 1 || !s.Marked[more] {
		t.Errorf("got %v, want %v alone", s.Rules, more)
	}
	refuses(t, k, remove(less, planner.Rule{}), fs.ErrNotExist)
	inverted := more
	inverted.Not = true
	apply(t, k, create(inverted, planner.Rule{}), remove(inverted, planner.Rule{})) // the kernel takes the first for the second
	if s := read(t, k, kernel.Query{}); len(s.Rules) != 1 || !s.Marked[more] {
		t.Errorf("got %v, want %v alone", s.Rules, more)
	}
}

func rulesImpossible(t *testing.T, k Kernel) {
	const lookup = planner.RuleLookup
	for _, key := range []planner.RuleKey{
		{Action: lookup, Table: 300},
		{Priority: 100},
		{Priority: 100, Action: 4},
		{Priority: 100, Action: lookup},
		{Priority: 100, Action: planner.RuleBlackhole, Table: 300},
		{Priority: 100, Action: planner.RuleGoto, Goto: 100},
		{Priority: 100, Action: planner.RuleNop, Goto: 200},
		{Priority: 100, Action: planner.RuleNop, SuppressLength: planner.Number{Set: true}},
		{Priority: 100, Action: lookup, Table: 300, SuppressLength: planner.Number{Set: true, Value: 33}},
		{Priority: 100, Action: lookup, Table: 300, From: netip.MustParsePrefix("2001:db8::/32")},
		{Priority: 100, Action: lookup, Table: 300, To: netip.MustParsePrefix("10.0.0.1/8")},
		{Priority: 100, Action: lookup, Table: 300, TOS: 1},
		{Priority: 100, Action: lookup, Table: 300, IIF: "much-too-long-for-a-name"},
		{Priority: 100, Action: lookup, Table: 300, SPort: planner.Span{First: 0, Last: 9, Set: true}},
		{Priority: 100, Action: lookup, Table: 300, DPort: planner.Span{First: 9, Last: 8, Set: true}},
		{Priority: 100, Action: lookup, Table: 300, DPort: planner.Span{First: 9, Last: 65535, Set: true}},
		{Priority: 100, Action: lookup, Table: 300, UIDs: planner.Span{First: 9, Last: 8, Set: true}},
	} {
		refuses(t, k, create(key, planner.Rule{}), nil)
	}
	refuses(t, k, create(planner.RuleKey{Priority: 100, Action: lookup, Table: 300}, planner.Route{}), nil)
	if got := read(t, k, kernel.Query{}).Rules; len(got) != 0 {
		t.Errorf("there are rules: %v", got)
	}
}

func rulesTold(t *testing.T, k Kernel) {
	events, err := k.Watch(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, key := range ruled() {
		apply(t, k, create(key, planner.Rule{}))
		expect(t, events, "the new rule "+key.String(), exactly(kernel.Changed{Key: key.Normal(), Value: planner.Rule{}, Marked: true}))
	}
	for _, key := range ruled()[3:] { // those before it are put aside and come back
		apply(t, k, remove(key, planner.Rule{}))
		expect(t, events, "the end of the rule "+key.String(), exactly(kernel.Gone{Key: key.Normal()}))
	}
}
