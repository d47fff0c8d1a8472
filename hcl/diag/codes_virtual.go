package diag

// virtualRuleCodes are HA2347, HA2348 and HA2371 to HA2374: virtual interfaces, and the pace of announcements.
func virtualRuleCodes() []Meaning {
	return []Meaning{
		{"HA2347", "name that leaves no room", `Virtual interfaces are called by the name of the virtual_mac block, "6" for IPv6, a dot and the VRID; the kernel keeps 15 bytes for it all.`},
		{"HA2348", "unicast from a virtual MAC", `Unicast adverts are routed, so they leave from the interface that leads to the peer. With transmit = "base" the addresses have a
virtual MAC all the same:

    virtual_mac {
      transmit = "base"
    }`},
		{"HA2371", "pace group without a pace", `Interfaces of a pace group keep a pause between their announcements together. Without a pace there is nothing to keep:

    settings {
      pace_group "uplinks" {
        interfaces = ["eth0", "eth1"]
        pace       = "1ms"
      }
    }`},
		{"HA2372", "interface in two pace groups", `The announcements that leave an interface keep one pace, so it is in one pace group. Of two blocks that a node
has, one may come from an overlay.`},
		{"HA2373", "two kinds of virtual interface", `The addresses of a VIP stand on a macvlan with a MAC address of its own (virtual_mac) or on an ipvlan with that
of the interface below. The kernel lets one kind at a time hear first on an interface.`},
		{"HA2374", "two addresses of an ipvlan", `Adverts of a family come from one address of the node: the one that its ipvlan has.

    node "lb1" {
      ipvlan {
        addresses = ["192.0.2.111/24"]
      }
    }`},
	}
}
