package schema

import (
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// ipvsBlock is how IPVS works on a node, whichever pools it balances.
func ipvsBlock() *Block {
	return &Block{
		Type: "ipvs",
		Doc: "How IPVS works on the node, for all pools together. What is not written here is left as the kernel has it; what is taken out of " +
			"the configuration again goes back to the value from before. Other sysctls of net.ipv4.vs are set by `sysctls` of a static block.",
		Args:   slices.Concat([]Arg{exclusiveArg()}, timeoutArgs(), ipvsSysctlArgs(), lifeArgs()),
		Blocks: []Nested{{Block: syncBlock(), Max: 1, Switch: true}},
	}
}

func exclusiveArg() Arg {
	return Arg{
		Name: "exclusive", Kind: Bool{}, Default: value(cty.False),
		Doc: "Whether all of IPVS on the node is ha's: services and servers that others have made are deleted, and stay away. Otherwise they are " +
			"never touched.",
		Example: "true", Impact: "outage",
	}
}

// timeoutArgs are the timeouts of connections, which are no sysctls: ipvsadm --set.
func timeoutArgs() []Arg {
	timeout := func(name, doc, example, kernel string) Arg {
		return Arg{
			Name: name, Kind: Duration{Min: time.Second, Max: 31 * 24 * time.Hour, Step: time.Second}, Default: asTheKernel(kernel),
			Doc: doc + " Whole seconds, at most 744h.", Example: example, Keepalived: "lvs_timeouts", Impact: "none",
		}
	}
	return []Arg{
		timeout("tcp_timeout", "How long an established TCP connection without packets is remembered.", `"30m"`, "15m"),
		timeout("tcp_fin_timeout", "How long a TCP connection is remembered after a FIN.", `"30s"`, "2m"),
		timeout("udp_timeout", "How long a client's UDP packets go to the same server after the last one.", `"1m"`, "5m"),
	}
}

// ipvsSysctlArgs are the sysctls of IPVS that people set (Documentation/networking/ipvs-sysctl.rst), under their own names.
func ipvsSysctlArgs() []Arg {
	flag := func(name, doc, impact string) Arg {
		return Arg{Name: name, Kind: Bool{}, Default: asTheKernel("false"), Doc: doc, Example: "true", Impact: impact}
	}
	defence := func(name, doc string) Arg {
		return Arg{
			Name: name, Kind: Enum{Values: []string{"never", "auto", "always"}}, Default: asTheKernel("never"),
			Doc: doc + " With \"auto\" only while memory is short.", Example: `"auto"`, Impact: "new-connections",
		}
	}
	return []Arg{
		flag("conntrack", "Whether connections that IPVS balances are seen by connection tracking, so that firewall rules can tell them apart; costs speed.", "new-connections"),
		flag("expire_nodest_conn", "Whether a connection ends at once when its server is no longer there, instead of with its timeout: the client learns it with its next packet.", "existing-connections"),
		flag("expire_quiescent_template", "Whether persistence lets clients go from a server whose weight is 0.", "new-connections"),
		flag("sloppy_tcp", "Whether a TCP connection may begin in the middle: for a director that takes over without having been told of the connections.", "none"),
		flag("sloppy_sctp", "The same for SCTP.", "none"),
		flag("snat_reroute", "Whether answers of servers reached by \"nat\" are routed anew after their source address has changed; the kernel has true.", "existing-connections"),
		flag("nat_icmp_send", "Whether servers behind \"nat\" are told by ICMP that a connection is no longer known.", "none"),
		flag("cache_bypass", "Whether packets go to where they were sent to when a transparent cache has no server left.", "new-connections"),
		flag("schedule_icmp", "Whether ICMP errors that belong to no connection begin one, as fragments through tunnels need it.", "none"),
		flag("ignore_tunneled", "Whether packets that came out of a tunnel are left alone.", "new-connections"),
		flag("backup_only", "Whether a node that only receives connections does not balance at all: against loops where directors are real servers, too.", "new-connections"),
		defence("drop_entry", "Whether half-open connections are dropped at random, against floods."),
		defence("drop_packet", "Whether packets are dropped at random, against floods."),
		defence("secure_tcp", "Whether TCP's states are followed with more care, and shorter timeouts."),
		{
			Name: "conn_reuse_mode", Kind: Int{Min: 0, Max: 3}, Default: asTheKernel("1"),
			Doc: "What happens when a client's port comes again while its connection is remembered: 0 keeps the server, even if its weight is 0; 1 chooses " +
				"anew where that costs no wait; 2 is for FTP.",
			Example: "0", Impact: "new-connections",
		},
	}
}

// asTheKernel is the default of what is only set when it is written; the word is Linux's own.
func asTheKernel(word string) Default {
	return Default{Text: "as the kernel has it (" + word + " after a boot)"}
}
