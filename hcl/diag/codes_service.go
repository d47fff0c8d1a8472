package diag

// serviceRuleCodes are about the services of one pool.
func serviceRuleCodes() []Meaning {
	return []Meaning{
		{"HA2411", "port 0 without persistence", `A listener with port 0 is a service for every port of the address that has no listener of its own. IPVS takes
connections to it only with persistence: the first connection of a client decides for all of its ports (ip_vs_schedule in
net/netfilter/ipvs/ip_vs_core.c: "port zero only supported in persistent services").

    pool "ftp" {
      listen      = ["192.0.2.20:0"]
      persistence = "10m"
      server "ftp1" {
        address = "192.0.2.31"
      }
    }`},
		{"HA2412", "flag of another scheduler", `The flags port and fallback are those of the schedulers sh and mh, which hash the client's address: port hashes its
port, too, and fallback passes over servers that take nothing. Other schedulers would ignore them.`},
		{"HA2413", "one_packet without UDP", `One-packet scheduling keeps no connection: each packet goes to the server that the scheduler names. IPVS does that for UDP
only, so with another protocol it would say nothing. With firewall marks, which have no protocol, it counts for the UDP
packets among them.`},
		{"HA2414", "clients told apart without persistence", `persistence_prefix_ipv4, persistence_prefix_ipv6 and persistence_engine say which connections are of one client. That
matters only where a client keeps its server: with persistence. The engine sip finds the Call-ID in SIP over UDP.`},
		{"HA2415", "thresholds out of order", `A server that reaches upper_threshold gets no new connections until it is below lower_threshold. IPVS refuses a
lower threshold above the upper one, or one without it.`},
		{"HA2416", "tunnel that cannot be", `gue wraps packets in UDP and needs the port on which the servers unwrap them; it may carry a checksum or leave the inner
one to the server (remote). gre may carry a checksum and has no port. ipip has neither.`},
	}
}

// deliveryCodes are about the way to the servers.
func deliveryCodes() []Meaning {
	return []Meaning{
		{"HA4114", "family of marks", `A service with a firewall mark takes packets of one family. It is that of the servers; where tunnels lead to servers of both
families, fwmark_family says it. Two pools may have one mark, in one family each.`},
		{"HA4112", "tunnel that nothing goes through", `A tunnel block says how packets are wrapped, which happens only with forwarding "tunnel", of the pool or of the server.`},
		{"HA4113", "check without a port", `A server whose address has no port gets connections on the port of each listener. A check needs one to probe: its own
argument port, the server's, or the one port that all listeners have.`},
	}
}
