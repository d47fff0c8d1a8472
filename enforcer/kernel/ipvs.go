package kernel

import (
	"context"
	"errors"
	"math"

	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// managedFlags are the service flags that configuration decides. The kernel sets Hashed by itself, and Persistent
// goes with the persistence; comparing those would keep every plan from settling.
const managedFlags = ipvs.OnePacket | ipvs.Scheduler1 | ipvs.Scheduler2 | ipvs.Scheduler3

// RealServerStats is how a real server is doing at this moment.
type RealServerStats struct {
	Active     uint32     // connections that carry traffic
	Inactive   uint32     // connections in another state, such as closing
	Persistent uint32     // clients that persistence binds to the server
	Totals     ipvs.Stats // since the destination was created
}

// Counters are what IPVS has counted, of objects of anybody.
type Counters struct {
	Services map[planner.VirtualServerKey]ipvs.Stats // since the service was made
	Servers  map[planner.RealServerKey]RealServerStats
}

// Stats reads the counters of everything, and the connections of real servers, also of those that are not ha's. Without IPVS
// the error is [errors.ErrUnsupported].
func (k *Kernel) Stats(ctx context.Context) (Counters, error) {
	entries, err := k.snapshot(ctx, false)
	if err != nil {
		return Counters{}, err
	}
	c := Counters{
		Services: make(map[planner.VirtualServerKey]ipvs.Stats, len(entries)),
		Servers:  make(map[planner.RealServerKey]RealServerStats),
	}
	for _, e := range entries {
		c.Services[virtualServerKey(e.Service.ID)] = e.Service.Stats
		for _, t := range e.Destinations {
			c.Servers[realServerKey(e.Service.ID, t)] = realServerStats(t)
		}
	}
	return c, nil
}

// Connections reads how the real servers of some services are doing, which costs no more than those services do. A service
// that does not exist has none.
func (k *Kernel) Connections(ctx context.Context, services []planner.VirtualServerKey) (map[planner.RealServerKey]RealServerStats, error) {
	conn, err := k.balancer(ctx, false)
	if errors.Is(err, ipvs.ErrAbsent) {
		return nil, noIPVS{}
	}
	if err != nil {
		return nil, err
	}
	stats := make(map[planner.RealServerKey]RealServerStats)
	for _, key := range services {
		id := serviceID(key)
		list, err := conn.Destinations(ctx, id)
		if errors.Is(err, ipvs.ErrAbsent) {
			return nil, noIPVS{} // it was unloaded
		}
		if err != nil {
			return nil, err
		}
		for _, t := range list {
			stats[realServerKey(id, t)] = realServerStats(t)
		}
	}
	return stats, nil
}

func realServerStats(t ipvs.Destination) RealServerStats {
	return RealServerStats{Active: t.Active, Inactive: t.Inactive, Persistent: t.Persistent, Totals: t.Stats}
}

// ReadIPVS reads virtual and real servers only. It never changes what is known about the rest: where IPVS is missing
// only NoIPVS is set. It notices a module that was loaded or unloaded, and makes nobody load one.
//
// IPVS tells no changes, and an entry may be missing from a list when somebody else deleted others meanwhile. Believe
// a difference when a second reading shows it too.
func (k *Kernel) ReadIPVS(ctx context.Context) (planner.State, error) {
	var s planner.State
	err := k.readIPVS(ctx, &s, false)
	return s, err
}

// readIPVS fills in virtual and real servers, or why there are none.
func (k *Kernel) readIPVS(ctx context.Context, s *planner.State, again bool) error {
	entries, err := k.snapshot(ctx, again)
	switch {
	case errors.Is(err, errors.ErrUnsupported):
		s.NoIPVS = err.Error()
		return nil
	case err != nil:
		return err
	}
	if err := k.readSync(ctx, s); err != nil {
		return err
	}
	s.VirtualServers = make(map[planner.VirtualServerKey]planner.VirtualServer, len(entries))
	s.RealServers = make(map[planner.RealServerKey]planner.RealServer)
	for _, e := range entries {
		s.VirtualServers[virtualServerKey(e.Service.ID)] = virtualServer(e.Service)
		for _, t := range e.Destinations {
			s.RealServers[realServerKey(e.Service.ID, t)] = realServer(t)
		}
	}
	return nil
}

// noIPVS is NoIPVS as an error: what is missing and what to do.
type noIPVS struct{}

func (noIPVS) Error() string { return ipvs.ErrAbsent.Error() + ": " + loadIPVS }

func (noIPVS) Is(target error) bool {
	return target == ipvs.ErrAbsent || target == errors.ErrUnsupported
}

// loadIPVS is what to do where there is no IPVS.
const loadIPVS = "load the module ip_vs (modprobe ip_vs), or boot a kernel that has it"

// FlushIPVS takes all virtual and real servers away, whoever made them, and with them all connections. Without IPVS the error is
// [errors.ErrUnsupported].
func (k *Kernel) FlushIPVS(ctx context.Context) error {
	conn, err := k.balancer(ctx, true)
	if errors.Is(err, ipvs.ErrAbsent) {
		return noIPVS{}
	}
	if err != nil {
		return err
	}
	return conn.Flush(ctx)
}

// snapshot reads IPVS as it is.
func (k *Kernel) snapshot(ctx context.Context, again bool) ([]ipvs.Entry, error) {
	conn, err := k.balancer(ctx, again)
	var entries []ipvs.Entry
	if err == nil {
		entries, err = conn.Snapshot(ctx)
		if again && errors.Is(err, ipvs.ErrAbsent) && conn.Load(ctx) == nil { // it was unloaded
			entries, err = conn.Snapshot(ctx)
		}
	}
	if errors.Is(err, ipvs.ErrAbsent) {
		return nil, noIPVS{}
	}
	return entries, err
}

// virtualServerKey is the planner's name for a service.
func virtualServerKey(id ipvs.ServiceID) planner.VirtualServerKey {
	key := planner.VirtualServerKey{Protocol: planner.Protocol(id.Protocol), Addr: id.Addr, FWMark: id.FWMark}
	key.IPv6 = id.FWMark != 0 && id.IPv6
	return key
}

// realServerKey is the planner's name for a destination.
func realServerKey(id ipvs.ServiceID, t ipvs.Destination) planner.RealServerKey {
	return planner.RealServerKey{Service: virtualServerKey(id), Server: t.Addr}
}

// virtualServer is what configuration decides of a service.
func virtualServer(s ipvs.Service) planner.VirtualServer {
	v := planner.VirtualServer{Scheduler: s.Scheduler, Flags: s.Flags & managedFlags, Netmask: s.Netmask, Engine: s.PEName}
	if s.Flags&ipvs.Persistent != 0 {
		v.Persistence = s.Timeout
	}
	return v
}

// realServer is what configuration decides of a destination.
func realServer(t ipvs.Destination) planner.RealServer {
	return planner.RealServer{
		Weight: t.Weight, Forwarding: planner.Forwarding(t.Forwarding), Upper: t.Upper, Lower: t.Lower,
		Tunnel: planner.TunnelOptions{
			Type: planner.TunnelType(t.TunnelType), Port: t.TunnelPort,
			Checksum: planner.Checksum(min(t.TunnelFlags, math.MaxUint8)), // more than two bits mean nothing
		},
	}
}

// serviceID is IPVS's name for a virtual server.
func serviceID(key planner.VirtualServerKey) ipvs.ServiceID {
	if key.FWMark != 0 {
		return ipvs.ServiceID{FWMark: key.FWMark, IPv6: key.IPv6}
	}
	return ipvs.ServiceID{Protocol: uint8(key.Protocol), Addr: key.Addr, IPv6: key.Addr.Addr().Is6()}
}

// service is the whole IPVS service of a virtual server.
func service(key planner.VirtualServerKey, v planner.VirtualServer) ipvs.Service {
	v = normalVirtualServer(key, v)
	s := ipvs.Service{
		ID: serviceID(key), Scheduler: v.Scheduler, Flags: v.Flags, Timeout: v.Persistence, Netmask: v.Netmask,
		PEName: v.Engine,
	}
	if v.Persistence > 0 {
		s.Flags |= ipvs.Persistent
	}
	return s
}

// destination is the whole IPVS destination of a real server.
func destination(key planner.RealServerKey, v planner.RealServer) ipvs.Destination {
	v = normalRealServer(v)
	return ipvs.Destination{
		Addr: key.Server, Weight: v.Weight, Forwarding: ipvs.Forwarding(v.Forwarding), Upper: v.Upper, Lower: v.Lower,
		TunnelType: uint8(v.Tunnel.Type), TunnelPort: v.Tunnel.Port, TunnelFlags: uint16(v.Tunnel.Checksum),
	}
}

// ipvsCommand translates one checked change of a virtual or real server. Both are edited in place, whatever differs.
func ipvsCommand(c planner.Change) ipvs.Command {
	if key, ok := c.Key.(planner.VirtualServerKey); ok {
		after, _ := c.After.(planner.VirtualServer)
		switch c.Action {
		case planner.Delete:
			return ipvs.DelService(serviceID(key))
		case planner.Create:
			return ipvs.NewService(service(key, after))
		default:
			return ipvs.SetService(service(key, after))
		}
	}
	key, _ := c.Key.(planner.RealServerKey)
	after, _ := c.After.(planner.RealServer)
	id := serviceID(key.Service)
	switch c.Action {
	case planner.Delete:
		return ipvs.DelDestination(id, destination(key, after))
	case planner.Create:
		return ipvs.NewDestination(id, destination(key, after))
	default:
		return ipvs.SetDestination(id, destination(key, after))
	}
}
