package planner

import "strings"

// The timeouts of IPVS's connections (ip_vs_timeout_user in linux/ip_vs.h, ipvsadm --set) are no files below /proc/sys. They
// are what sysctls are, though: always there, owned by nobody, and back at their former value when no longer wanted. So they
// go by names of that kind, and their values are seconds.
const (
	TimeoutTCP    SysctlKey = "ipvs.timeout.tcp"
	TimeoutTCPFin SysctlKey = "ipvs.timeout.tcp_fin"
	TimeoutUDP    SysctlKey = "ipvs.timeout.udp"
)

// Timeout returns which timeout of IPVS the key is: tcp, tcp_fin or udp. False: it is a file below /proc/sys.
func (k SysctlKey) Timeout() (string, bool) { return strings.CutPrefix(string(k), "ipvs.timeout.") }

// ofIPVS tells whether there is such a thing only where there is IPVS.
func (k SysctlKey) ofIPVS() bool {
	_, timeout := k.Timeout()
	return timeout || strings.HasPrefix(string(k), "net.ipv4.vs.")
}

// words is what people call it.
func (k SysctlKey) words() string {
	if which, ok := k.Timeout(); ok {
		return "ipvs timeout " + which
	}
	return "sysctl " + string(k)
}

// sameSysctl takes the kernel's own steps for granted: a defence of IPVS that is to work when memory is short is 1 while it
// rests and 2 while it works (update_defense_level in net/netfilter/ipvs/ip_vs_ctl.c).
func sameSysctl(k SysctlKey, want, have Sysctl) bool {
	if want == have {
		return true
	}
	switch string(k) {
	case "net.ipv4.vs.drop_entry", "net.ipv4.vs.drop_packet", "net.ipv4.vs.secure_tcp":
		return want == "1" && have == "2" || want == "2" && have == "1"
	}
	return false
}

// wantedSysctls are those that can be: without IPVS its own are left out.
func (d *differ) wantedSysctls() map[SysctlKey]Sysctl {
	if d.live.NoIPVS == "" {
		return d.desired.Sysctls
	}
	wanted := make(map[SysctlKey]Sysctl, len(d.desired.Sysctls))
	for k, v := range d.desired.Sysctls {
		if !k.ofIPVS() {
			wanted[k] = v
		}
	}
	return wanted
}
