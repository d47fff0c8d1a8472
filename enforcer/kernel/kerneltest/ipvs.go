package kerneltest

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// schedulers are the modules ip_vs_NAME of Linux 6.1, and the word for no scheduler at all.
func schedulers() []string {
	return []string{"dh", "fo", "lblc", "lblcr", "lc", "mh", "none", "nq", "ovf", "rr", "sed", "sh", "twos", "wlc", "wrr"}
}

// FlushIPVS takes all virtual and real servers away.
func (f *Fake) FlushIPVS(ctx context.Context) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.state.NoIPVS != "" {
		return fmt.Errorf("%s (%w)", f.state.NoIPVS, errors.ErrUnsupported)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	clear(f.state.VirtualServers)
	clear(f.state.RealServers)
	clear(f.stats)
	return nil
}

// changeVirtualServer is ip_vs_genl_set_cmd for services.
func (f *Fake) changeVirtualServer(a planner.Action, key planner.VirtualServerKey, v planner.VirtualServer) error {
	if f.state.NoIPVS != "" {
		return ipvs.ErrAbsent
	}
	_, exists := f.state.VirtualServers[key]
	switch {
	case a == planner.Create && exists:
		return unix.EEXIST
	case a != planner.Create && !exists:
		return unix.ESRCH
	case a == planner.Delete:
		delete(f.state.VirtualServers, key)
		maps.DeleteFunc(f.state.RealServers, func(r planner.RealServerKey, _ planner.RealServer) bool {
			return r.Service == key
		})
		return nil
	case !slices.Contains(schedulers(), v.Scheduler), v.Engine != "" && v.Engine != "sip":
		return unix.ENOENT
	}
	f.state.VirtualServers[key] = v
	return nil
}

// changeRealServer is ip_vs_genl_set_cmd for destinations.
func (f *Fake) changeRealServer(a planner.Action, key planner.RealServerKey, v planner.RealServer) error {
	if f.state.NoIPVS != "" {
		return ipvs.ErrAbsent
	}
	if _, ok := f.state.VirtualServers[key.Service]; !ok {
		return unix.ESRCH
	}
	if a != planner.Delete && mixed(key) && v.Forwarding != planner.Tunnel {
		return unix.EINVAL
	}
	if a != planner.Delete {
		if err := limits(v); err != nil {
			return err
		}
	}
	if a != planner.Delete && mixed(key) && len(f.state.SyncDaemons) > 0 {
		return unix.EINVAL
	}
	_, exists := f.state.RealServers[key]
	switch {
	case a == planner.Create && exists:
		return unix.EEXIST
	case a != planner.Create && !exists:
		return unix.ENOENT
	case a == planner.Delete:
		delete(f.state.RealServers, key)
		delete(f.stats, key)
		return nil
	}
	f.state.RealServers[key] = v
	return nil
}

// limits are the checks that ip_vs_add_dest and ip_vs_edit_dest share.
func limits(v planner.RealServer) error {
	switch {
	case v.Lower > v.Upper:
		return unix.ERANGE
	case v.Tunnel.Type == planner.GUE && v.Tunnel.Port == 0:
		return unix.EINVAL
	}
	return nil
}

// mixed tells whether virtual and real server are of different families.
func mixed(key planner.RealServerKey) bool {
	return key.Service.Is6() != key.Server.Addr().Is6()
}
