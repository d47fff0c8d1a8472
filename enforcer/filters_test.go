package enforcer

import (
	"net/netip"
	"strings"
	"testing"

	"ha/enforcer/control"
	"ha/planner"
)

var webFilter = planner.FilterKey{Addr: vipKey.Prefix.Addr()}

// unaccepted is the configuration of the tests with a VIP that accepts nothing.
func unaccepted() Config {
	c := testConfig()
	c.Plan.Pools, c.Checks = nil, nil
	c.Plan.Statics = append(c.Plan.Statics, planner.Static{Name: "vip.web", Filters: []planner.PlacedFilter{{Key: webFilter}}})
	return c
}

// What a firewall's restart has flushed is put back at once, without waiting for the next reading.
func TestAFilterThatIsFlushedIsPutBack(t *testing.T) {
	r := startFake(t)
	c := unaccepted()
	c.Plan.Settings.ReadBackMS = 600_000 // never, in this test
	r.mustApply(c)
	stands := func(s planner.State) bool { return has(s.Filters, webFilter) && s.Marked[webFilter] }
	r.eventually("the filter stands, although nobody is Active", stands)
	for range 2 {
		before := r.Status(t.Context()).Corrections
		r.fake.DeleteByHand(webFilter)
		r.eventually("the filter is back", stands)
		r.settled()
		if after := r.Status(t.Context()).Corrections; after != before+1 {
			t.Errorf("%d corrections were told, want one", after-before)
		}
	}
	stray := planner.FilterKey{Addr: netip.MustParseAddr("192.0.2.99")}
	r.fake.PutByHand(stray, planner.Filter{})
	r.eventually("what somebody added to our table is gone", func(s planner.State) bool { return !has(s.Filters, stray) && stands(s) })
	r.mustApply(testConfig())
	r.eventually("nothing is filtered", func(s planner.State) bool { return len(s.Filters) == 0 })
}

// A kernel that cannot filter is told of before anything is changed.
func TestAKernelWithoutFiltersIsRefused(t *testing.T) {
	r := startFake(t)
	r.fake.SetNoFilters("this kernel has no nf_tables")
	result := r.apply(unaccepted())
	if result.Outcome != control.Refused || !strings.Contains(strings.Join(result.Lines, "\n"), "this kernel has no nf_tables") {
		t.Errorf("got %v, %v", result.Outcome, result.Lines)
	}
	r.mustApply(testConfig())
	r.settled()
	if got := r.Status(t.Context()).Corrections; got != 0 {
		t.Errorf("%d corrections of a kernel that nobody changed", got)
	}
}

// Should the kernel lose the ability while a plan is in force, that is a problem until it has it again.
func TestFiltersThatCannotBePutBack(t *testing.T) {
	r := startFake(t)
	r.mustApply(unaccepted())
	r.fake.SetNoFilters("there is a table inet ha that was not made by ha")
	problem := func() bool {
		return strings.Contains(strings.Join(r.Status(t.Context()).Problems, "\n"), "there is a table inet ha that was not made by ha")
	}
	r.eventually("it is told", func(planner.State) bool { return problem() })
	r.fake.SetNoFilters("")
	r.eventually("it is over", func(s planner.State) bool { return has(s.Filters, webFilter) && !problem() })
}
