package kerneltest

import (
	"io/fs"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/kernel"
	"ha/planner"
)

// timeoutsSet: the timeouts of IPVS's connections are set one by one, and sysctls of IPVS are there with it.
func timeoutsSet(t *testing.T, k Kernel) {
	const drop = planner.SysctlKey("net.ipv4.vs.drop_entry")
	keys := []planner.SysctlKey{planner.TimeoutTCP, planner.TimeoutTCPFin, planner.TimeoutUDP, drop}
	want := read(t, k, kernel.Query{Sysctls: keys}).Sysctls
	for i, value := range []planner.Sysctl{"1800", "30", "60", "3"} {
		apply(t, k, change(planner.Update, keys[i], want[keys[i]], value))
		want[keys[i]] = value
		got, err := k.ReadSysctls(t.Context(), keys)
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("after %s: %v, -want +got:\n%s", keys[i], err, diff)
		}
	}
	refuses(t, k, change(planner.Update, planner.TimeoutUDP, nil, planner.Sysctl("0")), nil)
	refuses(t, k, change(planner.Update, planner.TimeoutUDP, nil, planner.Sysctl("long")), nil)
	refuses(t, k, change(planner.Update, planner.SysctlKey("ipvs.timeout.icmp"), nil, planner.Sysctl("60")), fs.ErrNotExist)
	if diff := cmp.Diff(want, read(t, k, kernel.Query{Sysctls: append(keys, "ipvs.timeout.icmp")}).Sysctls); diff != "" {
		t.Errorf("Read -want +got:\n%s", diff)
	}
}
