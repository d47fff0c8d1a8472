package checks

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"

	"ha/checks/path"
)

// throughable reports what a check by way of a server cannot do.
func (c Config) throughable() error {
	if !c.Through.Is() {
		return nil
	}
	return errors.Join(
		unless(c.Target.IsValid() && !slices.Contains([]string{"file", "ping", "process", "script"}, c.Kind), "a check of kind %q goes by way of nobody", c.Kind),
		unless(c.From.Port == 0 && c.From.Interface == "" && c.From.Mark == 0, "by way of a server a check leaves from an address, not from a port, an interface or with a mark"),
		c.Through.Validate(c.Target.Addr()),
	)
}

// dialThrough opens a connection by way of a server. That the server cannot be reached at all is its failure, too.
func (d Dialer) dialThrough(ctx context.Context, network string) (net.Conn, error) {
	conn, err := path.Dial(ctx, network, d.Target, d.From.Address, d.Through)
	if err == nil {
		return conn, nil
	}
	var unable *path.Unable
	if errors.As(err, &unable) {
		err = &Unable{fmt.Sprintf("%s: %s", unable.What, errnoText(unable.Cause)), err}
	} else {
		err = inWords(err)
	}
	return nil, fmt.Errorf("connect to %s %s: %w", d.Target, d.Through, err)
}

// throughTCP is [TCP] without a socket that epoll could watch.
type throughTCP struct{ tcp TCP }

// Probe opens and closes one connection.
func (c *throughTCP) Probe(ctx context.Context) error { return c.tcp.Probe(ctx) }
