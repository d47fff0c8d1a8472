package kerneltest

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel"
	"ha/enforcer/kernel/ipvs"
	"ha/planner"
)

// systemSysctls are the ones that a machine has before any link, with Linux's defaults.
func systemSysctls() map[planner.SysctlKey]planner.Sysctl {
	s := map[planner.SysctlKey]planner.Sysctl{
		"net.ipv4.ip_forward":                    "0",
		"net.ipv4.ip_nonlocal_bind":              "0",
		"net.ipv4.igmp_link_local_mcast_reports": "1",
		"net.ipv4.ip_local_port_range":           "32768 60999",
		"net.ipv4.vs.conntrack":                  "0",
		"net.ipv4.vs.drop_entry":                 "0",
		"net.ipv4.vs.sync_threshold":             "3 50",
		"net.ipv4.vs.conn_reuse_mode":            "1",
		"net.ipv4.vs.expire_nodest_conn":         "0",
		"net.ipv4.vs.expire_quiescent_template":  "0",
		"net.ipv4.vs.sloppy_tcp":                 "0",
		"net.ipv6.ip_nonlocal_bind":              "0",
		planner.TimeoutTCP:                       "900",
		planner.TimeoutTCPFin:                    "120",
		planner.TimeoutUDP:                       "300",
	}
	for _, name := range []string{"all", "default"} {
		for key, v := range linkSysctls(name) {
			s[key] = v
		}
	}
	return s
}

// linkSysctls are the ones that come with a link.
func linkSysctls(device string) map[planner.SysctlKey]planner.Sysctl {
	s := map[planner.SysctlKey]planner.Sysctl{}
	for _, name := range []string{
		"accept_local", "arp_announce", "arp_filter", "arp_ignore", "arp_notify", "forwarding", "promote_secondaries",
		"proxy_arp", "rp_filter",
	} {
		s[conf(4, device, name)] = "0"
	}
	s[conf(4, device, "accept_redirects")] = "1"
	s[conf(4, device, "send_redirects")] = "1"
	for _, name := range []string{"addr_gen_mode", "disable_ipv6", "forwarding", "keep_addr_on_down"} {
		s[conf(6, device, name)] = "0"
	}
	for _, name := range []string{"accept_dad", "accept_ra", "autoconf", "dad_transmits"} {
		s[conf(6, device, name)] = "1"
	}
	return s
}

// conf is the name of a link's own sysctl.
func conf(version int, device, name string) planner.SysctlKey {
	return planner.SysctlKey(fmt.Sprintf("net.ipv%d.conf.%s.%s", version, strings.ReplaceAll(device, ".", "/"), name))
}

// sysctls are those of the names that exist.
func (f *Fake) sysctls(keys []planner.SysctlKey) map[planner.SysctlKey]planner.Sysctl {
	values := make(map[planner.SysctlKey]planner.Sysctl, len(keys))
	for _, key := range keys {
		if v, ok := f.state.Sysctls[key]; ok && (f.state.NoIPVS == "" || !ofIPVS(key)) {
			values[key] = v
		}
	}
	return values
}

// writeSysctl sets one that exists. All that the fake knows hold whole numbers, as many as before.
func (f *Fake) writeSysctl(key planner.SysctlKey, v planner.Sysctl) error {
	old, ok := f.state.Sysctls[key]
	_, timeout := key.Timeout()
	switch {
	case timeout && f.state.NoIPVS != "":
		return ipvs.ErrAbsent
	case !ok || f.state.NoIPVS != "" && ofIPVS(key):
		return unix.ENOENT
	}
	fields := strings.Fields(string(v))
	if len(fields) != len(strings.Fields(string(old))) {
		return unix.EINVAL
	}
	for _, s := range fields {
		if n, err := strconv.ParseInt(s, 10, 32); err != nil || timeout && n < 1 {
			return unix.EINVAL
		}
	}
	_, value := kernel.Normal(key, v)
	f.state.Sysctls[key] = value.(planner.Sysctl)
	return nil
}

// ofIPVS tells whether there is such a sysctl only where there is IPVS.
func ofIPVS(key planner.SysctlKey) bool {
	_, timeout := key.Timeout()
	return timeout || strings.HasPrefix(string(key), "net.ipv4.vs.")
}
