package kernel

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// readSync fills in the daemons that synchronise connections.
func (k *Kernel) readSync(ctx context.Context, s *planner.State) error {
	conn, err := k.balancer(ctx, false)
	if err != nil {
		return err
	}
	list, err := conn.Daemons(ctx)
	if err != nil {
		return err
	}
	s.SyncDaemons = make(map[planner.SyncDaemonKey]planner.SyncDaemon, len(list))
	for _, d := range list {
		key := planner.SyncSend
		if d.State == ipvs.Backup {
			key = planner.SyncReceive
		}
		s.SyncDaemons[key] = planner.SyncDaemon{
			Interface: d.Interface, ID: d.ID, Group: d.Group, Port: d.Port, TTL: d.TTL, MaxLength: d.MaxLength,
		}
	}
	return nil
}

// changeSync carries out one checked change of a daemon. IPVS edits none in place: it is stopped and started anew, and when the
// new one does not start, the old one does again.
func (k *Kernel) changeSync(ctx context.Context, c planner.Change, key planner.SyncDaemonKey) error {
	conn, err := k.balancer(ctx, false)
	if err != nil {
		return err
	}
	after, _ := c.After.(planner.SyncDaemon)
	before, known := c.Before.(planner.SyncDaemon)
	if c.Action != planner.Create {
		if err := conn.StopDaemon(ctx, daemonState(key)); err != nil || c.Action == planner.Delete {
			return err
		}
	}
	err = conn.StartDaemon(ctx, daemon(key, after))
	if err == nil || c.Action == planner.Create || !known {
		return err
	}
	if back := conn.StartDaemon(context.WithoutCancel(ctx), daemon(key, before)); back != nil {
		return fmt.Errorf("%w (and the daemon that it replaces could not be started again: %w)", err, back)
	}
	return err
}

func daemonState(key planner.SyncDaemonKey) ipvs.DaemonState {
	if key == planner.SyncSend {
		return ipvs.Master
	}
	return ipvs.Backup
}

// daemon is IPVS's form of a daemon.
func daemon(key planner.SyncDaemonKey, v planner.SyncDaemon) ipvs.Daemon {
	return ipvs.Daemon{
		State: daemonState(key), Interface: v.Interface, ID: v.ID, Group: v.Group, Port: v.Port, TTL: v.TTL, MaxLength: v.MaxLength,
	}
}

// What the kernel takes where nothing is said (net/netfilter/ipvs/ip_vs_sync.c).
const (
	syncPort    = 8848
	syncLength4 = 1500 - 20 - 8
	syncLength6 = 1500 - 40 - 8
)

// normalSync is a daemon as it reads back from an interface with an MTU of 1500.
func normalSync(v planner.SyncDaemon) planner.SyncDaemon {
	if !v.Group.IsValid() {
		v.Group = netip.AddrFrom4([4]byte{224, 0, 0, 81})
	}
	if v.Port == 0 {
		v.Port = syncPort
	}
	if v.TTL == 0 {
		v.TTL = 1
	}
	if v.MaxLength == 0 {
		v.MaxLength = syncLength4
		if v.Group.Is6() {
			v.MaxLength = syncLength6
		}
	}
	return v
}

// checkSync refuses what the kernel would take for something else, or change in silence.
func checkSync(key planner.SyncDaemonKey, a planner.Action, v planner.SyncDaemon) error {
	v = normalSync(v)
	most, least := uint16(65535-40-8), uint16(1)
	if v.Group.Is4() {
		most = 65535 - 20 - 8
	}
	if key == planner.SyncReceive {
		least = 1024
	}
	switch {
	case a == planner.Update:
		return fmt.Errorf("%w: a sync daemon cannot be edited in place, only replaced", errors.ErrUnsupported)
	case v.Interface == "" || len(v.Interface) > maxName:
		return fmt.Errorf("the interface %q has not 1 to %d bytes", v.Interface, maxName)
	case !v.Group.IsMulticast() || v.Group.Zone() != "" || v.Group.Is4In6():
		return fmt.Errorf("%s is no multicast group", v.Group)
	case v.MaxLength < least || v.MaxLength > most:
		return fmt.Errorf("a message of %d bytes is not one of %d to %d", v.MaxLength, least, most)
	}
	return nil
}

func checkSyncKey(key planner.SyncDaemonKey) error {
	if key != planner.SyncSend && key != planner.SyncReceive {
		return fmt.Errorf("a sync daemon sends or receives, and %q is neither", string(key))
	}
	return nil
}

// syncVerdicts are from net/netfilter/ipvs/ip_vs_sync.c.
func syncVerdicts() []verdict {
	return []verdict{
		{unix.EEXIST, fs.ErrExist, "a sync daemon of this kind runs already: somebody was faster; read again"},
		{unix.ENODEV, fs.ErrNotExist, "there is no such interface"},
		{unix.EINVAL, nil, "IPVS refuses it: sync daemons exclude real servers of another family than their virtual server, and the interface must be up and able to multicast"},
		{unix.EADDRNOTAVAIL, nil, "the interface needs an address of the family of the multicast group"},
		{unix.EAFNOSUPPORT, errors.ErrUnsupported, "this kernel has no support for the family of the multicast group"},
	}
}
