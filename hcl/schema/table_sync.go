package schema

import (
	"time"

	"github.com/zclconf/go-cty/cty"
)

// syncBlock is the synchronisation of connections.
func syncBlock() *Block {
	return &Block{
		Type: "sync",
		Doc: "Tells the other directors which connections there are, so that they go on after a takeover: IPVS's sync daemons. The nodes agree on " +
			"id, group, port and ports. IPVS has them for one family of addresses at a time in a service: not beside real servers of another family than " +
			"their listeners. The messages say which clients there are and carry no authentication; give them an interface that only directors share.",
		Args: append([]Arg{
			{
				Name: "interface", Kind: Interface(), Required: true,
				Doc: "Interface on which connections are told and heard.", Example: `"eth1"`, Keepalived: "lvs_sync_daemon", Impact: "none",
			},
			{
				Name: "follow", Kind: AnyRef{To: []string{"vip", "sync_group"}}, Default: Default{Text: "none: the node tells and hears all the time"}, Shared: true,
				Doc: "VIP or sync group that decides what a node does: it tells while that is Active here, and hears otherwise. For 3s after a change it does both, " +
					"because IPVS says what it knows up to 2s later.",
				Example: "vip.web", Keepalived: "lvs_sync_daemon", Impact: "none",
			},
			{
				Name: "id", Kind: Int{Min: 0, Max: 255}, Default: Default{Text: "the VRID of the VIP that is followed, else 0"},
				Doc:     "Number of the group of directors, 0 to 255: others are not listened to. Who has 0 listens to all.",
				Example: "51", Keepalived: "lvs_sync_daemon", Impact: "none",
			},
			{
				Name: "group", Kind: Addr{}, Default: value(cty.StringVal("224.0.0.81")),
				Doc: "Multicast group, IPv4 or IPv6.", Example: `"ff02::81"`, Keepalived: "lvs_sync_daemon", Impact: "none",
			},
			{
				Name: "port", Kind: Int{Min: 1, Max: 65535}, Default: value(cty.NumberIntVal(8848)),
				Doc: "UDP port; the first of several with `ports`.", Example: "8850", Keepalived: "lvs_sync_daemon", Impact: "none",
			},
			{
				Name: "ttl", Kind: Int{Min: 1, Max: 255, Unit: "hops"}, Default: value(cty.NumberIntVal(1)),
				Doc: "TTL or hop limit of the messages; above 1 where routers stand between the directors.", Example: "2", Keepalived: "lvs_sync_daemon", Impact: "none",
			},
			{
				Name: "max_length", Kind: Int{Min: 1024, Max: 65487, Unit: "bytes", Why: "A receiver takes no less than 1024 (start_sync_thread in net/netfilter/ipvs/ip_vs_sync.c)."},
				Default: Default{Text: "what fits into a packet of 1500 bytes; a receiver takes what fits into one of its interface"},
				Doc:     "Most bytes of a message, 1024 to 65487. More saves packets where the interface takes them.",
				Example: "8972", Keepalived: "lvs_sync_daemon", Impact: "none",
			},
		}, syncSysctlArgs()...),
		Rules: []Rule{
			{Name: "sync group is multicast", Args: []string{"group"}, Doc: "Connections are told to all directors at once."},
			{Name: "sync threshold fits", Args: []string{"threshold", "period"}, Doc: "A connection is told with packet number `threshold` of each `period` (sync_threshold in Documentation/networking/ipvs-sysctl.rst)."},
			{Name: "sync ports are doubled", Args: []string{"ports"}, Doc: "Connections are dealt to the ports by bits of a hash (sync_ports in Documentation/networking/ipvs-sysctl.rst)."},
		},
	}
}

// syncSysctlArgs are the sysctls about what is told, and when.
func syncSysctlArgs() []Arg {
	number := func(name string, least, most int64, kernel, doc, example string) Arg {
		return Arg{Name: name, Kind: Int{Min: least, Max: most}, Default: asTheKernel(kernel), Doc: doc, Example: example, Impact: "none"}
	}
	return []Arg{
		number("threshold", 0, 1<<20, "3", "Packets that a connection must have seen before it is told.", "1"),
		number("period", 0, 1<<20, "50", "It is told again after as many packets; 0 tells it once.", "100"),
		{
			Name: "refresh", Kind: Duration{Min: time.Second, Max: 24 * time.Hour, Step: time.Second, Zero: true}, Default: asTheKernel("0s"),
			Doc: "Time after which a connection is told again, instead of after a number of packets; \"0s\" is off.", Example: `"10s"`, Impact: "none",
		},
		number("retries", 0, 3, "0", "How often each message of that kind is repeated; a lost one costs less then.", "2"),
		number("ports", 1, 64, "1", "Number of ports, and threads, that share the work: 1, 2, 4, … 64. It counts from when the daemons start the next time.", "4"),
		{
			Name: "persistence_only", Kind: Bool{}, Default: asTheKernel("false"),
			Doc: "Whether only persistence is told where a service has it, and not each connection.", Example: "true", Impact: "none",
		},
	}
}

// lifeArgs are about the table as a whole, when the enforcer begins and ends.
func lifeArgs() []Arg {
	return []Arg{
		{
			Name: "at_start", Kind: Enum{Values: []string{"keep", "flush"}}, Default: value(cty.StringVal("keep")),
			Doc: "What happens to IPVS's table when the enforcer begins: \"keep\" goes on with it, so that connections outlive a restart; \"flush\" empties it first, " +
				"whoever filled it, and with it all connections end. An upgrade or restart by `ha restart` is no beginning.",
			Example: `"flush"`, Keepalived: "lvs_flush", Impact: "none",
		},
		{
			Name: "at_stop", Kind: Enum{Values: []string{"keep", "remove", "flush"}}, Default: value(cty.StringVal("keep")),
			Doc:     "What happens when it ends: \"keep\" leaves services, servers and sync daemons, \"remove\" takes away what is ha's, \"flush\" all, whoever made it.",
			Example: `"remove"`, Keepalived: "lvs_flush_on_stop", Impact: "none",
		},
	}
}
