package kernel

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// readTimeouts adds the timeouts of IPVS's connections that are asked for; none where there is no IPVS.
func (k *Kernel) readTimeouts(ctx context.Context, keys []planner.SysctlKey, values map[planner.SysctlKey]planner.Sysctl) error {
	if !slices.ContainsFunc(keys, isTimeout) {
		return nil
	}
	var t ipvs.Timeouts
	conn, err := k.balancer(ctx, false)
	if err == nil {
		t, err = conn.Timeouts(ctx)
	}
	if errors.Is(err, ipvs.ErrAbsent) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, key := range keys {
		if v := timeoutOf(&t, key); v != nil {
			values[key] = planner.Sysctl(strconv.FormatInt(int64(*v/time.Second), 10))
		}
	}
	return nil
}

// setSysctl carries out a checked change of a sysctl, or of what goes by such a name.
func (k *Kernel) setSysctl(ctx context.Context, key planner.SysctlKey, c planner.Change) error {
	if after, ok := c.After.(planner.Sysctl); ok && isTimeout(key) {
		return k.writeTimeout(ctx, key, after)
	}
	return k.writeSysctl(key, c)
}

// writeTimeout sets one timeout. Its value is that of a checked change.
func (k *Kernel) writeTimeout(ctx context.Context, key planner.SysctlKey, value planner.Sysctl) error {
	conn, err := k.balancer(ctx, false)
	if err != nil {
		return err
	}
	n, err := timeoutSeconds(value)
	if err != nil {
		return err
	}
	var t ipvs.Timeouts
	v := timeoutOf(&t, key)
	if v == nil {
		return unix.ENOENT
	}
	*v = time.Duration(n) * time.Second
	return conn.SetTimeouts(ctx, t)
}

// timeoutSeconds reads the value of a timeout. The kernel takes 0 for "leave it".
func timeoutSeconds(value planner.Sysctl) (int64, error) {
	n, err := strconv.ParseInt(string(normalSysctl(value)), 10, 32)
	if err != nil || n < 1 {
		return 0, fmt.Errorf("a timeout is a whole number of seconds above 0, not %q (%w)", value, unix.EINVAL)
	}
	return n, nil
}

func isTimeout(key planner.SysctlKey) bool { _, ok := key.Timeout(); return ok }

// timeoutOf is the field that a key names; nil for none.
func timeoutOf(t *ipvs.Timeouts, key planner.SysctlKey) *time.Duration {
	switch key {
	case planner.TimeoutTCP:
		return &t.TCP
	case planner.TimeoutTCPFin:
		return &t.TCPFin
	case planner.TimeoutUDP:
		return &t.UDP
	}
	return nil
}
