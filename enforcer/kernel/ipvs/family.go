package ipvs

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
)

// This file knows the number of IPVS among the families of generic netlink. It is another one after each time that the
// module ip_vs was loaded, and none while it is not.

// Load asks the kernel for IPVS once more, which makes it load ip_vs where it can; [ErrAbsent] when it cannot. It starts a
// process each time, so it is not for every turn: everything else notices by itself when the module has been loaded.
func (c *Conn) Load(ctx context.Context) error {
	number, err := familyByName(ctx, c.wire)
	if err == nil {
		c.family.Store(uint32(number))
	}
	return err
}

// message builds a request to the IPVS family.
func (c *Conn) message(cmd uint8, attributes []byte) wire.Message {
	return wire.Message{Type: uint16(c.family.Load()), Body: append([]byte{cmd, genericVersion, 0, 0}, attributes...)}
}

// dump asks for a list.
func (c *Conn) dump(ctx context.Context, cmd uint8, attributes []byte) ([][]byte, error) {
	return c.reach(ctx, func() ([][]byte, error) { return c.wire.Dump(ctx, c.message(cmd, attributes)) })
}

// get asks for one object.
func (c *Conn) get(ctx context.Context, cmd uint8, attributes []byte) ([][]byte, error) {
	return c.reach(ctx, func() ([][]byte, error) { return c.wire.Get(ctx, c.message(cmd, attributes)) })
}

// do gives one order.
func (c *Conn) do(ctx context.Context, cmd uint8, attributes []byte) error {
	_, err := c.reach(ctx, func() ([][]byte, error) { return nil, c.wire.Do(ctx, c.message(cmd, attributes)) })
	return err
}

// reach asks, and asks once more when the module was loaded again since.
func (c *Conn) reach(ctx context.Context, ask func() ([][]byte, error)) ([][]byte, error) {
	bodies, err := ask()
	if !errors.Is(err, syscall.ENOENT) {
		return bodies, err
	}
	switch moved, lost := c.moved(ctx); {
	case lost != nil:
		return nil, lost
	case moved:
		return ask()
	}
	return nil, err
}

// batch gives orders, many in a datagram.
func (c *Conn) batch(ctx context.Context, orders []order) []error {
	send := func() []error {
		requests := make([]wire.Message, len(orders))
		for i, o := range orders {
			requests[i] = c.message(o.cmd, o.attributes)
		}
		return c.wire.Batch(ctx, requests)
	}
	errs := send()
	unknown := 0
	for _, err := range errs {
		if errors.Is(err, syscall.ENOENT) {
			unknown++
		}
	}
	if unknown == 0 {
		return errs
	}
	moved, lost := c.moved(ctx)
	if moved && unknown == len(errs) {
		return send()
	}
	for i, err := range errs {
		if lost != nil && errors.Is(err, syscall.ENOENT) {
			errs[i] = lost
		}
	}
	return errs
}

// order is a request by its parts.
type order struct {
	cmd        uint8
	attributes []byte
}

// moved tells after an ENOENT whether it was about the family: whether IPVS has another number now, or [ErrAbsent] when it has none.
// It makes nobody load the module.
func (c *Conn) moved(ctx context.Context) (bool, error) {
	number, err := familyInList(ctx, c.wire)
	if err != nil {
		return false, err
	}
	return c.family.Swap(uint32(number)) != uint32(number), nil
}

// familyByName asks generic netlink's controller for the number of "IPVS", for which the kernel loads ip_vs where it can.
func familyByName(ctx context.Context, w *wire.Conn) (uint16, error) {
	body := []byte{unix.CTRL_CMD_GETFAMILY, genericVersion, 0, 0}
	body = wire.String(body, unix.CTRL_ATTR_FAMILY_NAME, familyName)
	answers, err := w.Get(ctx, wire.Message{Type: unix.GENL_ID_CTRL, Body: body})
	return familyIn(answers, err)
}

// familyInList looks for it among the families that are there.
func familyInList(ctx context.Context, w *wire.Conn) (uint16, error) {
	answers, err := w.Dump(ctx, wire.Message{Type: unix.GENL_ID_CTRL, Body: []byte{unix.CTRL_CMD_GETFAMILY, genericVersion, 0, 0}})
	return familyIn(answers, err)
}

// familyName is IPVS_GENL_NAME.
const familyName = "IPVS"

// familyIn finds the number of IPVS in what the controller answered.
func familyIn(answers [][]byte, err error) (uint16, error) {
	if errors.Is(err, syscall.ENOENT) {
		return 0, ErrAbsent
	}
	if err != nil {
		return 0, fmt.Errorf("asking for IPVS: %w", err)
	}
	for _, b := range answers {
		if len(b) < genericHeader {
			return 0, wire.ErrShort
		}
		var name string
		var id uint16
		d := wire.Decode(b[genericHeader:])
		for d.Next() {
			switch d.Type() {
			case unix.CTRL_ATTR_FAMILY_NAME:
				name = d.String()
			case unix.CTRL_ATTR_FAMILY_ID:
				id = d.Uint16()
			}
		}
		if d.Err() != nil {
			return 0, d.Err()
		}
		if name == familyName && id >= unix.GENL_MIN_ID {
			return id, nil
		}
	}
	return 0, ErrAbsent
}
