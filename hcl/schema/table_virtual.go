package schema

import (
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/zclconf/go-cty/cty"
)

const roomForNames = "The kernel keeps 15 bytes for a name, and \"6.\" and the VRID are added."

// virtualMACBlock gives a VIP the MAC address of its VRID.
func virtualMACBlock() *Block {
	return &Block{
		Type: "virtual_mac",
		Doc: "The addresses of the VIP move with a MAC address of their own, 00:00:5e:00:01:VRID for IPv4 and 00:00:5e:00:02:VRID for IPv6 (RFC 9568 section 7.3), " +
			"so that hosts on the link have nothing to learn anew at a takeover. They stand on a virtual interface for each family (a macvlan in " +
			"bridge mode on the VIP's interface) that is always there and silent in Backup (nftables, in the table `inet ha`, drops the multicast listener reports of its kernel; the interface below it reports the groups). " +
			"It is in the VRF and in the group of the interface below. The link must allow further MAC addresses on the port: port " +
			"security, hypervisors and clouds may not, and Wi-Fi does not.",
		Args: []Arg{
			{
				Name: "transmit", Kind: Enum{Values: []string{"virtual", "base"}}, Default: value(cty.StringVal("virtual")),
				Doc: "Which MAC address adverts come from: \"virtual\" keeps the tables of switches right, as RFC 9568 section 7.2 wants; \"base\", that of the interface itself, is " +
					"for unicast, and for networks that let only known addresses send. Announcements come from the virtual one in any case.",
				Example: `"base"`, Keepalived: "vmac_xmit_base", Impact: "failover",
			},
			macArg("address", "IPv4", "01"),
			macArg("address6", "IPv6", "02"),
			virtualNameArg("use_vmac"),
			linkGroupArg("use_vmac"),
		},
		Rules: []Rule{{Name: "name leaves room", Args: []string{"name"}, Doc: roomForNames}},
	}
}

// ipvlanBlock places the addresses of a VIP on an interface of their own that has the MAC address of the one below.
func ipvlanBlock() *Block {
	return &Block{
		Type: "ipvlan",
		Doc: "The addresses of the VIP stand on a virtual interface for each family that has the MAC address of the VIP's interface (an ipvlan in L2 mode): apart from the " +
			"addresses of the node, where the link allows no further MAC address. It is always there, in the VRF and in the group of the interface below. A node has either a " +
			"virtual_mac or an ipvlan on one interface.",
		Args: []Arg{
			{
				Name: "mode", Kind: Enum{Values: []string{"bridge", "private", "vepa"}}, Default: value(cty.StringVal("bridge")),
				Doc: "Whether interfaces of this kind on one parent reach each other: \"bridge\" directly, \"private\" not at all, \"vepa\" through a switch that sends " +
					"back where it heard.",
				Example: `"private"`, Keepalived: "use_ipvlan", Impact: "existing-connections",
			},
			{
				Name: "addresses", Kind: List{Elem: Prefix{}, Unique: true}, Default: Default{Text: "none: adverts come from the interface below"},
				Doc: "Addresses of the node on its virtual interfaces, at most one of each family, always there, from which adverts are sent; each node has its own, in a " +
					"block `node` of the VIP.",
				Example: `["192.0.2.111/24"]`, Keepalived: "use_ipvlan", Impact: "failover",
			},
			virtualNameArg("use_ipvlan"),
			linkGroupArg("use_ipvlan"),
		},
		Rules: []Rule{
			{Name: "name leaves room", Args: []string{"name"}, Doc: roomForNames},
			{Name: "one address of a family", Args: []string{"addresses"}, Doc: "Adverts of a family come from one address of the node."},
		},
	}
}

func macArg(name, family, byte5 string) Arg {
	return Arg{
		Name: name, Kind: Text{Max: 17, What: "a MAC address", Valid: virtualMAC}, Default: Default{Text: "00:00:5e:00:" + byte5 + ":VRID"}, Shared: true,
		Doc: "Another MAC address for the " + family + " addresses, the same on all nodes and used by nothing else on the link: six bytes, or five, to which the VRID is " +
			"added. One that is administered locally begins with 02, 06, 0a or 0e.",
		Example: `"02:00:5e:00:00"`, Keepalived: "use_vmac", Impact: "existing-connections",
	}
}

func virtualNameArg(keepalived string) Arg {
	return Arg{
		Name: "name", Kind: Interface(), Default: value(cty.StringVal("vrrp")),
		Doc: "What the names of the virtual interfaces begin with, at most 10 bytes: \"vrrp\" makes vrrp.51 for IPv4 and vrrp6.51 for IPv6 of VRID 51. Two VIPs with one " +
			"VRID on different interfaces need different ones. What is not written here is as virtual_name of the settings says.",
		Example: `"web"`, Keepalived: keepalived, Impact: "failover",
	}
}

func linkGroupArg(keepalived string) Arg {
	return Arg{
		Name: "group", Kind: Int{Min: 0, Max: 1<<31 - 1}, Default: Default{Text: "that of the interface below"},
		Doc:     "Group of interfaces in which the virtual ones are, as firewalls and ip-link(8) know it; 0 is that of all.",
		Example: "7", Keepalived: keepalived, Impact: "none",
	}
}

// virtualMAC takes the MAC address of one interface, of five or six bytes, outside of what RFC 9568 section 7.3 gives out.
func virtualMAC(s string) *ValueError {
	bytes := strings.Split(s, ":")
	padded := s
	if len(bytes) == 5 {
		padded += ":01"
	}
	mac, err := net.ParseMAC(padded)
	first, _ := strconv.ParseUint(bytes[0], 16, 8)
	switch {
	case err != nil || len(mac) != 6 || strings.ContainsAny(s, "-."):
		e := wrong(CodeName, "%s is not a MAC address of five or six bytes", quote(shorten(s)))
		e.Help = `Write it for example as "02:00:5e:00:00", to which the VRID is added.`
		return e
	case first&1 != 0:
		return wrong(CodeName, "%s is the MAC address of a group; an interface has one with an even first byte", quote(s))
	case mac.String() == "00:00:00:00:00:00" || strings.Trim(s, "0:") == "":
		return wrong(CodeName, "%s is no MAC address", quote(s))
	case strings.HasPrefix(mac.String(), "00:00:5e:00:01:") || strings.HasPrefix(mac.String(), "00:00:5e:00:02:"):
		e := wrong(CodeName, "%s is in the range of VRRP itself", quote(s))
		e.Why = fmt.Sprintf("RFC 9568 section 7.3 gives each VRID its own address there: other routers may use %s.", mac)
		return e
	}
	return nil
}
