package hcl

import (
	"ha/hcl/decode"
	"ha/planner"
)

// servicePersistent is IP_VS_SVC_F_PERSISTENT of linux/ip_vs.h.
const servicePersistent = 0x0001

// listenersOf are the services of a pool: one for each address and port, then one for each firewall mark.
func listenersOf(pool *decode.Pool) []planner.Listener {
	out := make([]planner.Listener, 0, len(pool.Listen)+len(pool.Marks))
	protocol := protocolOf(pool.Protocol.Val)
	for _, l := range pool.Listen {
		key := planner.VirtualServerKey{Protocol: protocol, Addr: l.Val}
		out = append(out, planner.Listener{Key: key, Value: serviceOf(pool, key)})
	}
	for _, m := range pool.Marks {
		key := planner.VirtualServerKey{FWMark: uint32(m.Val), IPv6: pool.MarksIPv6()}
		out = append(out, planner.Listener{Key: key, Value: serviceOf(pool, key)})
	}
	return out
}

// serviceOf is what the services of a pool have in common; only the granularity of persistence depends on the family.
func serviceOf(pool *decode.Pool, key planner.VirtualServerKey) planner.VirtualServer {
	v := planner.VirtualServer{
		Scheduler: pool.Scheduler.Val, Persistence: pool.Persistence.Val, Engine: pool.Engine.Val, Netmask: uint8(pool.Prefix4.Val),
	}
	if key.Is6() {
		v.Netmask = uint8(pool.Prefix6.Val)
	}
	if v.Persistence > 0 {
		v.Flags = servicePersistent
	}
	if pool.OnePacket.Val {
		v.Flags |= planner.FlagOnePacket
	}
	for _, f := range pool.Flags {
		v.Flags |= schedulerFlag(f.Val)
	}
	return v
}

func schedulerFlag(word string) uint32 {
	switch word {
	case "fallback", "flag-1":
		return planner.FlagScheduler1
	case "port", "flag-2":
		return planner.FlagScheduler2
	}
	return planner.FlagScheduler3
}

// serverOf is a server as IPVS gets it; its checks come later.
func serverOf(pool *decode.Pool, s *decode.Server) planner.PoolServer {
	way, tunnel := pool.Way(s)
	out := planner.PoolServer{
		Name: s.Name, Address: s.Addr.Val, Weight: uint16(s.Weight.Val), Forwarding: forwardingOf(way.Val),
		Upper: uint32(s.Upper.Val), Lower: uint32(s.Lower.Val), Source: sourceOf(s.Def),
	}
	if tunnel != nil {
		out.Tunnel = tunnelOf(tunnel)
	}
	return out
}

func tunnelOf(t *decode.Tunnel) planner.TunnelOptions {
	out := planner.TunnelOptions{Port: uint16(t.Port.Val)}
	switch t.Type.Val {
	case "gue":
		out.Type = planner.GUE
	case "gre":
		out.Type = planner.GRE
	}
	switch t.Checksum.Val {
	case "full":
		out.Checksum = planner.ChecksumFull
	case "remote":
		out.Checksum = planner.ChecksumRemote
	}
	return out
}

func protocolOf(word string) planner.Protocol {
	switch word {
	case "udp":
		return planner.UDP
	case "sctp":
		return planner.SCTP
	}
	return planner.TCP
}

func forwardingOf(word string) planner.Forwarding {
	switch word {
	case "dr":
		return planner.DR
	case "tunnel":
		return planner.Tunnel
	}
	return planner.NAT
}
