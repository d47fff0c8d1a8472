package schema

import (
	"time"

	"github.com/zclconf/go-cty/cty"
)

// announceBlock is how a VIP is announced.
func announceBlock() *Block {
	return &Block{
		Type: "announce",
		Doc: "How the new Active node tells switches and neighbours: by gratuitous ARP and unsolicited neighbour advertisements. What is not " +
			"written here is as the `announce` block of the settings says.",
		Args: announceArgs(),
	}
}

// announceDefaultsBlock is the same in the settings, for all VIPs.
func announceDefaultsBlock() *Block {
	args := announceArgs()
	for i := range args {
		args[i].Default = Default{Text: "as in the `announce` block of a vip"}
		args[i].Keepalived = "vrrp_" + args[i].Keepalived
	}
	return &Block{
		Type: "announce",
		Doc:  "How all VIPs are announced that do not say it themselves, argument by argument.",
		Args: args,
	}
}

func announceArgs() []Arg {
	pause := func(name, def, doc, example, keepalived string) Arg {
		return Arg{
			Name: name, Kind: Duration{Min: 10 * time.Millisecond, Max: time.Hour, Step: time.Millisecond, Zero: true}, Default: value(cty.StringVal(def)),
			Doc: doc, Example: example, Keepalived: keepalived, Impact: "none",
		}
	}
	count := func(name string, least, def int64, doc, example, keepalived string) Arg {
		return Arg{
			Name: name, Kind: Int{Min: least, Max: 100}, Default: value(cty.NumberIntVal(def)), Doc: doc, Example: example, Keepalived: keepalived, Impact: "none",
		}
	}
	args := []Arg{
		count("count", 1, 3, "Announcements per address after a win, 1 to 100.", "5", "garp_master_repeat"),
		pause("delay", "5s", "After this pause they are sent once more, for those who missed them; \"0s\" is once only.", `"10s"`, "garp_master_delay"),
		{
			Name: "refresh", Kind: Duration{Min: time.Second, Max: 24 * time.Hour, Step: time.Millisecond, Zero: true}, Default: value(cty.StringVal("0s")),
			Doc:     "Period of single announcements while Active; \"0s\" is off.",
			Example: `"1m"`, Keepalived: "garp_master_refresh", Impact: "none",
		},
		count("refresh_count", 1, 1, "Announcements per address each time.", "2", "garp_master_refresh_repeat"),
		count("lower_count", 0, 0, "Announcements per address after an advert of a lower priority, whose sender may have announced the addresses, too; those that "+
			"follow close upon it get one each. 0 is none, and relies on the others to announce nothing.", "1", "garp_lower_prio_repeat"),
		pause("lower_delay", "0s", "After this pause they are sent once more; \"0s\" is once only.", `"0s"`, "garp_lower_prio_delay"),
		paceArg("pace", "Pause between two gratuitous ARPs that leave one interface, whichever VIPs they are for: switches and hosts drop bursts of hundreds. "+
			"Adverts do not wait for it.", `"1ms"`, "garp_interval"),
		paceArg("na_pace", "The same for neighbour advertisements, which are counted for themselves.", `"100us"`, "gna_interval"),
		{
			Name: "arp", Kind: Enum{Values: []string{"request", "reply", "both"}}, Default: value(cty.StringVal("request")),
			Doc: "What a gratuitous ARP is: a \"request\", which RFC 9568 wants and all hosts take; a \"reply\", for those that learn only from replies; or " +
				"\"both\", one after the other.",
			Example: `"both"`, Impact: "none",
		},
		{
			Name: "elsewhere", Kind: Duration{Min: time.Second, Max: 24 * time.Hour, Step: time.Second, Zero: true}, Default: value(cty.StringVal("0s")),
			Doc: "Period of one announcement, while Active, on each interface with addresses of the VIP from which its adverts do not leave: so that " +
				"switches there remember where its MAC address is. The first one follows the second block; \"0s\" is off.",
			Example: `"1m"`, Keepalived: "garp_extra_if", Impact: "none",
		},
		{
			Name: "elsewhere_on", Kind: Enum{Values: []string{"virtual", "all"}}, Default: value(cty.StringVal("virtual")),
			Doc: "Which interfaces that is about: \"virtual\" ones, whose MAC address nothing else sends from, such as those of a virtual_mac that " +
				"transmits from the base; or \"all\".",
			Example: `"all"`, Keepalived: "garp_extra_if", Impact: "none",
		},
	}
	for i := range args {
		switch args[i].Name {
		case "lower_count":
			args[i].Default = Default{Text: "count"}
		case "lower_delay":
			args[i].Default = Default{Text: "delay"}
		case "na_pace":
			args[i].Default = Default{Text: "pace"}
		case "pace":
			args[i].Default = value(cty.StringVal("0s"))
		}
	}
	return args
}

func paceArg(name, doc, example, keepalived string) Arg {
	return Arg{
		Name: name, Kind: Duration{Min: 10 * time.Microsecond, Max: time.Second, Step: 10 * time.Microsecond, Zero: true},
		Doc: doc, Example: example, Keepalived: keepalived, Impact: "none",
	}
}

// paceGroupBlock is interfaces behind which one switch stands.
func paceGroupBlock() *Block {
	pace := paceArg("pace", "Pause between two gratuitous ARPs, at least: a VIP may want a longer one.", `"1ms"`, "garp_interval")
	pace.Default = value(cty.StringVal("0s"))
	na := paceArg("na_pace", "The same for neighbour advertisements, which are counted for themselves.", `"1ms"`, "gna_interval")
	na.Default = Default{Text: "pace"}
	return &Block{
		Type:   "pace_group",
		Labels: []Label{{Name: "name", Doc: "Name of the group."}},
		Doc: "Interfaces whose announcements keep one pace together, whichever VIPs they are for, because one switch or one set of hosts takes " +
			"them all in.",
		Args: []Arg{
			{
				Name: "interfaces", Kind: List{Elem: Interface(), Unique: true}, Required: true,
				Doc:     "The interfaces, each in one group at most. A virtual interface of ha counts as the one below it.",
				Example: `["eth0", "eth1"]`, Keepalived: "garp_group", Impact: "none",
			},
			pace, na,
		},
		Rules: []Rule{{Name: "a group has a pace", Args: []string{"pace", "na_pace"}, Doc: "Without a pace each interface goes its own."}},
	}
}
