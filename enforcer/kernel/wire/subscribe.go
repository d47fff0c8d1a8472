package wire

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/vishvananda/netlink/nl"
	"github.com/vishvananda/netns"
	"golang.org/x/sys/unix"
)

// ErrOverflow says that the kernel had more to tell than the socket could hold. What was lost is unknown; everything
// that happens after Receive returned this is told again.
var ErrOverflow = errors.New("events were lost: the receive buffer overflowed")

// Subscription is a netlink socket that hears multicast groups. One goroutine may receive from it; Close may be called by any.
type Subscription struct{ socket *nl.NetlinkSocket }

// Subscribe joins the groups (RTNLGRP_*, below 32) in a namespace (empty: the caller's own), with a receive
// buffer of the given size in bytes. One socket for all groups keeps their events in the kernel's order.
func Subscribe(namespacePath string, protocol, buffer int, groups ...uint) (*Subscription, error) {
	ns, err := namespace(namespacePath)
	if err != nil {
		return nil, err
	}
	defer closeNamespace(ns)
	s, err := nl.SubscribeAt(ns, netns.None(), protocol, groups...)
	if err != nil {
		return nil, fmt.Errorf("subscribing to netlink events: %w", err)
	}
	if s.SetReceiveBufferSize(buffer, true) != nil {
		// Without CAP_NET_ADMIN net.core.rmem_max caps the buffer. An overflow is told, so this is no loss.
		_ = s.SetReceiveBufferSize(buffer, false)
	}
	return &Subscription{socket: s}, nil
}

// Receive waits for events. After [ErrOverflow] the next call goes on; any other error is final.
func (s *Subscription) Receive() ([]syscall.NetlinkMessage, error) {
	for {
		messages, from, err := s.socket.Receive()
		switch {
		case errors.Is(err, unix.ENOBUFS):
			return nil, s.drain()
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
			continue
		case err != nil:
			return nil, fmt.Errorf("reading netlink events: %w", err)
		case from.Pid != nl.PidKernel:
			continue
		}
		return messages, nil
	}
}

// drain empties the buffer after an overflow. Until it is empty the kernel drops news without a further sign
// (NETLINK_S_CONGESTED in net/netlink/af_netlink.c), so a list read before that could be older than the next event. What the
// buffer held is thrown away: whoever hears of an overflow reads everything anyway.
func (s *Subscription) drain() error {
	for one := make([]byte, 1); ; {
		_, _, err := unix.Recvfrom(s.socket.GetFd(), one, unix.MSG_DONTWAIT|unix.MSG_TRUNC)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return ErrOverflow
		case err != nil && !errors.Is(err, unix.ENOBUFS) && !errors.Is(err, unix.EINTR):
			return fmt.Errorf("reading netlink events: %w", err)
		}
	}
}

// Close ends the subscription and a Receive that waits.
func (s *Subscription) Close() error { return s.socket.Close() }
