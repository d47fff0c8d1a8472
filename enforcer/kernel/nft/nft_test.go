package nft

import (
	"errors"
	"io/fs"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

func some() []Entry {
	return []Entry{
		{Addr: netip.MustParseAddr("192.0.2.20")},
		{Addr: netip.MustParseAddr("2001:db8::20")},
		{Addr: netip.MustParseAddr("fe80::20"), Device: "eth0"},
		{Addr: netip.MustParseAddr("fe80::20"), Device: "a-name-15-bytes"},
		{Device: "vrrp6.51"},
	}
}

// scratch is a namespace whose table is ha's alone, and a way to run nft in it.
func scratch(t *testing.T) (Options, func(args ...string) string) {
	t.Helper()
	ns := namespace(t)
	return Options{Namespace: ns.Path()}, program(t, ns)
}

// namespace is a new one.
func namespace(t *testing.T) *netlab.Namespace {
	t.Helper()
	netlab.Need(t, "netns", "nft")
	ns, err := netlab.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ns.Close(); err != nil {
			t.Error(err)
		}
	})
	return ns
}

// program is a way to run nft in a namespace.
func program(t *testing.T, ns *netlab.Namespace) func(args ...string) string {
	t.Helper()
	program, err := netlab.Program("nft")
	if err != nil {
		t.Fatal(err)
	}
	return func(args ...string) string {
		t.Helper()
		out, err := ns.Command(t.Context(), program, args...).CombinedOutput()
		if err != nil {
			t.Fatalf("nft %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
}

func add(entries ...Entry) []Op {
	var ops []Op
	for _, e := range entries {
		ops = append(ops, Op{Entry: e})
	}
	return ops
}

func mustChange(t *testing.T, o Options, ops ...Op) {
	t.Helper()
	if err := errors.Join(Change(o, ops)...); err != nil {
		t.Fatal(err)
	}
}

// holds wants the table to read as these entries, in any order.
func holds(t *testing.T, o Options, want ...Entry) {
	t.Helper()
	got, err := Read(o)
	if err != nil {
		t.Fatal(err)
	}
	for _, list := range [][]Entry{got, want} {
		slices.SortFunc(list, func(a, b Entry) int { return strings.Compare(a.Device+a.Addr.String(), b.Device+b.Addr.String()) })
	}
	if !slices.Equal(got, want) {
		t.Errorf("it reads as %v, want %v", got, want)
	}
}

func TestEntriesReadBackAsWritten(t *testing.T) {
	o, nft := scratch(t)
	nft("add", "table", "inet", "other")
	before := nft("list", "ruleset")
	holds(t, o)
	mustChange(t, o, add(some()...)...)
	holds(t, o, some()...)
	t.Log(nft("list", "table", "inet", Table))

	errs := Change(o, append(add(some()[0]), Op{Entry: Entry{Device: "vrrp6.9"}, Remove: true}, Op{Entry: some()[1], Remove: true}))
	if !errors.Is(errs[0], fs.ErrExist) || !errors.Is(errs[1], fs.ErrNotExist) || errs[2] != nil {
		t.Errorf("got %v", errs)
	}
	holds(t, o, slices.Delete(some(), 1, 2)...)
	for _, e := range slices.Delete(some(), 1, 2) {
		mustChange(t, o, Op{Entry: e, Remove: true})
	}
	holds(t, o)
	if got := nft("list", "ruleset"); got != before {
		t.Errorf("left behind:\n%s", got)
	}
}

func TestManyEntries(t *testing.T) {
	o, _ := scratch(t)
	var many []Entry
	for i := range 3000 {
		a := netip.MustParseAddr("2001:db8::").As16()
		a[14], a[15] = byte(i>>8), byte(i)
		many = append(many, Entry{Addr: netip.AddrFrom16(a)}, Entry{Addr: netip.AddrFrom4([4]byte{10, 0, byte(i >> 8), byte(i)})})
	}
	mustChange(t, o, add(many...)...)
	holds(t, o, many...)
}

// TestATableThatSomebodyChanged reads as empty, so that all that should stand in it is put back.
func TestATableThatSomebodyChanged(t *testing.T) {
	for name, by := range map[string]string{
		"rules flushed":           "flush table inet ha",
		"a rule added":            "insert rule inet ha input accept",
		"a chain added":           "add chain inet ha more",
		"made dormant":            "add table inet ha { flags dormant; }",
		"elements flushed":        "flush set inet ha unaccepted4",
		"all flushed":             "flush ruleset",
		"an element added":        "add element inet ha unaccepted4 { 192.0.2.99 }",
		"another table's element": "add table ip ha",
	} {
		t.Run(name, func(t *testing.T) {
			o, nft := scratch(t)
			web := some()[0]
			mustChange(t, o, add(web)...)
			nft(strings.Fields(by)...)
			switch name {
			case "an element added":
				holds(t, o, web, Entry{Addr: netip.MustParseAddr("192.0.2.99")})
				return
			case "another table's element":
				holds(t, o, web)
				return
			}
			holds(t, o)
			mustChange(t, o, add(web)...)
			holds(t, o, web)
			if got := nft("list", "table", "inet", "ha"); strings.Contains(got, "dormant") || strings.Count(got, "drop") != 8 {
				t.Errorf("put back:\n%s", got)
			}
		})
	}
}

// TestATableOfOthersIsLeftAlone although it has ha's name.
func TestATableOfOthersIsLeftAlone(t *testing.T) {
	o, nft := scratch(t)
	nft("add", "table", "inet", "ha")
	nft("add", "set", "inet", "ha", "unaccepted4", "{", "type", "ipv4_addr;", "}")
	before := nft("list", "ruleset")
	if _, err := Read(o); !errors.Is(err, ErrForeign) {
		t.Errorf("Read: %v", err)
	}
	if errs := Change(o, add(some()...)); !errors.Is(errs[0], ErrForeign) || !errors.Is(errs[4], ErrForeign) {
		t.Errorf("Change: %v", errs)
	}
	if got := nft("list", "ruleset"); got != before {
		t.Errorf("it was changed to:\n%s", got)
	}
}
