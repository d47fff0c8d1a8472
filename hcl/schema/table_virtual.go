package schema

import "github.com/zclconf/go-cty/cty"

// virtualMACBlock gives a VIP the MAC address of its VRID.
func virtualMACBlock() *Block {
	return &Block{
		Type: "virtual_mac",
		Doc: "The addresses of the VIP move with a MAC address of their own, 00:00:5e:00:01:VRID for IPv4 and 00:00:5e:00:02:VRID for IPv6 (RFC 9568 section 7.3), " +
			"so that hosts on the link have nothing to learn anew at a takeover. They stand on a virtual interface for each family (a macvlan in " +
			"bridge mode on the VIP's interface) that is always there and silent in Backup (but for multicast listener reports of IPv6, from the kernel, for about two seconds after the addresses have left). The link must allow further MAC addresses on the port: port " +
			"security, hypervisors and clouds may not, and Wi-Fi does not.",
		Args: []Arg{
			{
				Name: "transmit", Kind: Enum{Values: []string{"virtual", "base"}}, Default: value(cty.StringVal("virtual")),
				Doc: "Which MAC address adverts come from: \"virtual\" keeps the tables of switches right, as RFC 9568 section 7.2 wants; \"base\", that of the interface itself, is " +
					"for unicast, and for networks that let only known addresses send. Announcements come from the virtual one in any case.",
				Example: `"base"`, Keepalived: "vmac_xmit_base", Impact: "failover",
			},
			{
				Name: "name", Kind: Interface(), Default: value(cty.StringVal("vrrp")),
				Doc: "What the names of the virtual interfaces begin with, at most 10 bytes: \"vrrp\" makes vrrp.51 for IPv4 and vrrp6.51 for IPv6 of VRID 51. Two VIPs with one " +
					"VRID on different interfaces need different ones.",
				Example: `"web"`, Keepalived: "use_vmac", Impact: "failover",
			},
		},
		Rules: []Rule{{Name: "name leaves room", Args: []string{"name"}, Doc: "The kernel keeps 15 bytes for a name, and \"6.\" and the VRID are added."}},
	}
}
