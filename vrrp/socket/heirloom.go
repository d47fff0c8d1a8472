package socket

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"
)

// Keep returns a second descriptor of the receiving socket that outlives exec(2), for the program that takes the place of
// this one: what arrives meanwhile waits in it, and the interface stays in the group. Who does not exec closes it with
// unix.Close.
func (c *Conn) Keep() (fd int, err error) {
	err = control(c.rxRaw, func(rx int) error {
		fd, err = unix.FcntlInt(uintptr(rx), unix.F_DUPFD, 3)
		return err
	})
	if err != nil {
		return -1, fmt.Errorf("keep a VRRP socket: %w", err)
	}
	return fd, nil
}

// Heirloom is the receiving socket of a program that ran before this one in the same process, for [Conn.Drain] and
// [Conn.Close] alone. fd is what [Conn.Keep] returned there, and o how the Conn was opened. It owns fd, also when it fails.
func Heirloom(fd int, o Options) (*Conn, error) {
	unix.CloseOnExec(fd)
	if err := unix.SetNonblock(fd, true); err != nil {
		_ = unix.Close(fd) // it is no descriptor, most likely
		return nil, fmt.Errorf("take over a VRRP socket: %w", err)
	}
	c := &Conn{ipv6: o.IPv6, ah: o.AH, source: o.Source.WithZone(""), group: o.Group.WithZone(""), rx: os.NewFile(uintptr(fd), "vrrp-heirloom"), receiver: NewReceiver()}
	var err error
	if c.rxRaw, err = c.rx.SyscallConn(); err != nil {
		_ = c.Close() // the first error is the one to tell
		return nil, fmt.Errorf("take over a VRRP socket: %w", err)
	}
	return c, nil
}
