package kerneltest

import (
	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// changeSync is ip_vs_genl_set_daemon: one daemon of each kind, on an interface that exists, and not beside a real server of
// another family than its virtual server's.
func (f *Fake) changeSync(a planner.Action, key planner.SyncDaemonKey, v planner.SyncDaemon) error {
	if f.state.NoIPVS != "" {
		return ipvs.ErrAbsent
	}
	before, exists := f.state.SyncDaemons[key]
	if a != planner.Create && !exists {
		return unix.ESRCH
	}
	if a == planner.Delete {
		delete(f.state.SyncDaemons, key)
		return nil
	}
	for other := range f.state.RealServers {
		if mixed(other) {
			return unix.EINVAL
		}
	}
	if _, there := f.state.Links[v.Interface]; !there {
		if a == planner.Replace {
			f.state.SyncDaemons[key] = before
		}
		return unix.ENODEV
	}
	if a == planner.Create && exists {
		return unix.EEXIST
	}
	f.state.SyncDaemons[key] = v
	return nil
}
