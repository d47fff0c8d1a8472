package kernel

import (
	"context"
	"net/netip"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

const (
	// usableWithin bounds the wait for an IPv6 address to work; on an interface that is down it does not. On busy machines
	// 2 ms were seen.
	usableWithin = 5 * time.Millisecond
	// usablePause is the time between two looks.
	usablePause = 50 * time.Microsecond
)

// await waits until the last IPv6 address works of n that were made together; made tells of each which it is, and whether it
// was made.
func (k *Kernel) await(ctx context.Context, index func(string) (int, error), n int, made func(i int) (planner.AddressKey, bool)) {
	for i := n - 1; i >= 0; i-- {
		key, ok := made(i)
		if !ok || key.Prefix.Addr().Is4() {
			continue
		}
		if on, err := index(key.Device); err == nil {
			k.usable(ctx, on, key.Prefix.Addr())
		}
		return
	}
}

// usable waits until the kernel answers for an IPv6 address. It acknowledges a new one before that: the local route and the
// membership in the solicited-node group are made by a work queue (addrconf_dad_work in net/ipv6/addrconf.c), without DAD,
// too. Whoever announced the address earlier would call clients that are not heard yet. Addresses that are made together are
// ready in their order, so the last one stands for all.
func (k *Kernel) usable(ctx context.Context, index int, addr netip.Addr) {
	// struct rtmsg: the route to one address.
	body := append([]byte{unix.AF_INET6, 128}, make([]byte, unix.SizeofRtMsg-2)...)
	body = wire.Addr(body, unix.RTA_DST, addr)
	body = wire.Uint32(body, unix.RTA_OIF, uint32(index)) // link-local addresses need it, and those in a VRF
	for end := time.Now().Add(usableWithin); ; time.Sleep(usablePause) {
		routes, err := k.plain.Get(ctx, wire.Message{Type: unix.RTM_GETROUTE, Body: body})
		local := err == nil && len(routes) > 0 && len(routes[0]) >= unix.SizeofRtMsg && routes[0][7] == unix.RTN_LOCAL
		if local || ctx.Err() != nil || time.Now().After(end) {
			return
		}
	}
}
