package decode

import (
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"
)

// IPVS is the `ipvs` block of the settings.
type IPVS struct {
	Head
	Exclusive Arg[bool] // all services are ours
	Sysctls   []Sysctl  // what is written, in order of the schema; the timeouts among them
	Sync      *ConnSync // nil: none
	AtStart   Arg[string]
	AtStop    Arg[string]
}

// Sysctl is a sysctl that an argument of its own sets.
type Sysctl struct {
	Name, Value string
	At          hcl.Range
}

func ipvsIn(o *Object) *IPVS {
	for _, k := range o.Blocks("ipvs") {
		return &IPVS{
			Head: headOf(k), Exclusive: get[bool](k, "exclusive"), Sysctls: ipvsSysctls(k), Sync: syncIn(k), AtStart: get[string](k, "at_start"), AtStop: get[string](k, "at_stop"),
		}
	}
	return nil
}

// sysctlList collects the arguments that are written, as the kernel wants them.
type sysctlList []Sysctl

// ipvsSysctls are those of IPVS. The timeouts of connections are no files below /proc/sys; the planner knows them by names
// like those.
func ipvsSysctls(o *Object) []Sysctl {
	var l sysctlList
	l.seconds("ipvs.timeout.tcp", get[time.Duration](o, "tcp_timeout"))
	l.seconds("ipvs.timeout.tcp_fin", get[time.Duration](o, "tcp_fin_timeout"))
	l.seconds("ipvs.timeout.udp", get[time.Duration](o, "udp_timeout"))
	l.flag("net.ipv4.vs.conntrack", get[bool](o, "conntrack"))
	l.flag("net.ipv4.vs.expire_nodest_conn", get[bool](o, "expire_nodest_conn"))
	l.flag("net.ipv4.vs.expire_quiescent_template", get[bool](o, "expire_quiescent_template"))
	l.flag("net.ipv4.vs.sloppy_tcp", get[bool](o, "sloppy_tcp"))
	l.flag("net.ipv4.vs.sloppy_sctp", get[bool](o, "sloppy_sctp"))
	l.flag("net.ipv4.vs.snat_reroute", get[bool](o, "snat_reroute"))
	l.flag("net.ipv4.vs.nat_icmp_send", get[bool](o, "nat_icmp_send"))
	l.flag("net.ipv4.vs.cache_bypass", get[bool](o, "cache_bypass"))
	l.flag("net.ipv4.vs.schedule_icmp", get[bool](o, "schedule_icmp"))
	l.flag("net.ipv4.vs.ignore_tunneled", get[bool](o, "ignore_tunneled"))
	l.flag("net.ipv4.vs.backup_only", get[bool](o, "backup_only"))
	l.defence("net.ipv4.vs.drop_entry", get[string](o, "drop_entry"))
	l.defence("net.ipv4.vs.drop_packet", get[string](o, "drop_packet"))
	l.defence("net.ipv4.vs.secure_tcp", get[string](o, "secure_tcp"))
	l.number("net.ipv4.vs.conn_reuse_mode", get[int64](o, "conn_reuse_mode"))
	l.syncSysctls(o)
	return l
}

func (l *sysctlList) seconds(name string, a Arg[time.Duration]) {
	l.add(name, strconv.FormatInt(int64(a.Val/time.Second), 10), a.Set, a.At)
}

func (l *sysctlList) number(name string, a Arg[int64]) {
	l.add(name, strconv.FormatInt(a.Val, 10), a.Set, a.At)
}

func (l *sysctlList) flag(name string, a Arg[bool]) {
	text := "0"
	if a.Val {
		text = "1"
	}
	l.add(name, text, a.Set, a.At)
}

// defence writes when a defence works. The kernel also has a 2 for "auto" at work, and goes back and forth by itself.
func (l *sysctlList) defence(name string, a Arg[string]) {
	words := map[string]string{"never": "0", "auto": "1", "always": "3"}
	l.add(name, words[a.Val], a.Set, a.At)
}

func (l *sysctlList) add(name, value string, set bool, at hcl.Range) {
	if set {
		*l = append(*l, Sysctl{Name: name, Value: value, At: at})
	}
}
