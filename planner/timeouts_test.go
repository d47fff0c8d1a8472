package planner

import (
	"slices"
	"testing"
)

// TestDefencesMoveByThemselves: what the kernel does with a defence that is to work when memory is short is no drift.
func TestDefencesMoveByThemselves(t *testing.T) {
	const drop, other = SysctlKey("net.ipv4.vs.drop_entry"), SysctlKey("net.ipv4.vs.conn_reuse_mode")
	for _, tt := range []struct {
		key        SysctlKey
		want, have Sysctl
		same       bool
	}{
		{drop, "1", "2", true},
		{drop, "2", "1", true},
		{drop, "1", "0", false},
		{drop, "3", "2", false},
		{other, "1", "2", false},
	} {
		if got := sameSysctl(tt.key, tt.want, tt.have); got != tt.same {
			t.Errorf("%s wanted %s, is %s: same is %v", tt.key, tt.want, tt.have, got)
		}
	}
}

// TestWithoutIPVSItsSettingsAreLeftOut: there are no such files and no timeouts, and other sysctls are set all the same.
func TestWithoutIPVSItsSettingsAreLeftOut(t *testing.T) {
	desired := State{Sysctls: map[SysctlKey]Sysctl{TimeoutTCP: "1800", "net.ipv4.vs.conntrack": "1", arpIgnore: "1"}}
	live := State{Sysctls: map[SysctlKey]Sysctl{arpIgnore: "0"}, NoIPVS: "this kernel has no IPVS"}
	changes, conflicts := Diff(desired, live, Claims{}, nil)
	if got, want := acts(changes, conflicts), []string{"update " + arpIgnore.String()}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	live.NoIPVS, live.Sysctls[TimeoutTCP], live.Sysctls["net.ipv4.vs.conntrack"] = "", "900", "0"
	changes, conflicts = Diff(desired, live, Claims{}, nil)
	if got := acts(changes, conflicts); len(got) != 3 {
		t.Errorf("got %v, want all three", got)
	}
	if got := changes[0].Name; got != "ipvs timeout tcp" {
		t.Errorf("the timeout is called %q", got)
	}
}
