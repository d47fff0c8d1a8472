package ipvs

import (
	"context"

	"ha/enforcer/kernel/wire"
)

// Command is one change of IPVS, made by the functions below.
type Command struct {
	cmd         uint8
	service     Service
	destination *Destination
}

// NewService adds a service. EEXIST when there is one, ENOENT when the scheduler cannot be loaded.
func NewService(s Service) Command { return Command{cmd: cmdNewService, service: s} }

// SetService edits a service in place: connections go on. ESRCH when there is none.
func SetService(s Service) Command { return Command{cmd: cmdSetService, service: s} }

// DelService removes a service with its destinations. ESRCH when there is none.
func DelService(id ServiceID) Command {
	return Command{cmd: cmdDelService, service: Service{ID: id}}
}

// NewDestination adds a destination. ESRCH without the service, EEXIST when there is one.
func NewDestination(id ServiceID, t Destination) Command {
	return Command{cmd: cmdNewDest, service: Service{ID: id}, destination: &t}
}

// SetDestination edits a destination in place. ESRCH without the service, ENOENT without the destination.
func SetDestination(id ServiceID, t Destination) Command {
	return Command{cmd: cmdSetDest, service: Service{ID: id}, destination: &t}
}

// DelDestination removes a destination. ESRCH without the service, ENOENT without the destination.
func DelDestination(id ServiceID, t Destination) Command {
	return Command{cmd: cmdDelDest, service: Service{ID: id}, destination: &t}
}

// Do carries out commands in order, many in a datagram, and returns what became of each: nil, or an error that
// wraps the errno. A refused command does not stop those behind it.
func (c *Conn) Do(ctx context.Context, commands ...Command) []error {
	if err := c.lock(ctx); err != nil {
		errs := make([]error, len(commands))
		for i := range errs {
			errs[i] = err
		}
		return errs
	}
	defer c.unlock()
	orders := make([]order, len(commands))
	for i, command := range commands {
		orders[i] = order{command.cmd, command.attributes()}
	}
	return c.batch(ctx, orders)
}

// attributes are the service, whole where it is written, and the destination.
func (c Command) attributes() []byte {
	fill := c.service.ID.appendID
	if c.cmd == cmdNewService || c.cmd == cmdSetService {
		fill = c.service.append
	}
	b := wire.Nested(nil, attrService, fill)
	if c.destination != nil {
		b = wire.Nested(b, attrDest, c.destination.append)
	}
	return b
}

// Flush removes every service of the namespace, whoever made it.
func (c *Conn) Flush(ctx context.Context) error {
	if err := c.lock(ctx); err != nil {
		return err
	}
	defer c.unlock()
	return c.do(ctx, cmdFlush, nil)
}
