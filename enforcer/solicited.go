package enforcer

import "fmt"

// solicit makes the interface of a station a member of the groups at which neighbours ask for IPv6 addresses that stand on a
// virtual interface above it. That one reports no groups (see [planner.FilterKey]), since its reports would tell switches
// that its MAC address is behind every node that is Backup; so a switch that forwards groups only to their members learns of them
// from here, of all nodes, and has nothing to learn at a takeover. The membership ends with the socket.
func (s *station) solicit(list []place) {
	for _, at := range list {
		if !at.virtual || !at.addr.Is6() || !s.key.ipv6 {
			continue
		}
		if err := s.conn.Solicit(at.addr); err != nil {
			s.events.warn("problem", s.key.device, fmt.Sprintf("%v: a switch with MLD snooping may keep neighbours from finding %v", err, at.addr))
		}
	}
}
