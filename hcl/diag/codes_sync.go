package diag

// syncRuleCodes are HA2395 to HA2397: how connections are synchronised.
func syncRuleCodes() []Meaning {
	return []Meaning{
		{"HA2395", "sync group that is no multicast", `The daemons of IPVS tell all directors at once, by multicast. 224.0.0.81 and ff02::81 are usual.`},
		{"HA2396", "sync threshold beyond its period", `A connection is told with packet number threshold of each period: with 3 and 50 after packet 3, 53, 103. With period = 0 it
is told once.`},
		{"HA2397", "sync ports that are no power of two", `The kernel takes 1, 2, 4, 8, 16, 32 or 64 ports. Each has a thread of its own; all directors use as many.`},
	}
}

// syncCodes are about connections that directors tell each other.
func syncCodes() []Meaning {
	return []Meaning{
		{"HA4120", "directors that do not hear each other", `Whoever tells of connections and whoever hears of them use one id, group, port and number of ports. The interface may have
another name on each node:

    settings {
      ipvs {
        sync {
          interface = "eth1"
          follow    = vip.web
        }
      }

      node "lb2" {
        ipvs {
          sync {
            interface = "bond1"
          }
        }
      }
    }`},
		{"HA4121", "synchronisation beside mixed families", `A service with a server of the other address family (through a tunnel) and the sync daemons exclude each other in
IPVS, whichever comes first.`},
		{"HA4122", "synchronisation that follows a VIP elsewhere", `A node tells of its connections while the VIP or sync group is Active on it, so all nodes with the sync block have that
VIP.`},
	}
}
