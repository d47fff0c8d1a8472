package convert_test

import (
	"fmt"
	"strings"

	"ha/hcl/keepalived/words"
)

// args writes what follows a keyword.
func (w *writer) args(word words.Word) string {
	switch word.Name {
	case "router_id", "lvs_id":
		return " lb1"
	case "virtual_router_id":
		w.n++
		return fmt.Sprintf(" %d", w.n%255+1)
	case "priority":
		return w.pick(" 50", " 150", " 254")
	case "state":
		return w.pick(" MASTER", " BACKUP")
	case "advert_int":
		return w.pick(" 1", " 2", " 0.5")
	case "version", "vrrp_version":
		return w.pick(" 2", " 3")
	case "protocol":
		return w.pick(" TCP", " UDP", " SCTP")
	case "lvs_sched", "lb_algo":
		return w.pick(" rr", " wlc", " sh", " mh")
	case "lvs_method", "lb_kind":
		return w.pick(" NAT", " DR", " TUN")
	case "sorry_server_lvs_method":
		return " NAT"
	case "auth_type":
		return w.pick(" PASS", " AH")
	case "auth_pass":
		return w.pick(" 1111", " longer-than-eight")
	case "type":
		return w.pick(" A", " SOA")
	case "anti_replay":
		return w.pick(" time", " monotonic")
	case "mode":
		return w.pick(" enforce", " permissive")
	case "http_protocol":
		return w.pick(" 1.0", " 1.1", " 1.0C")
	case "digest":
		return " 640205b7b0fc66c1ea91c463fac6334d"
	case "status_code":
		return w.pick(" 200", " 200-299 301")
	case "regex":
		return ` "^ready"`
	case "regex_options":
		return " caseless"
	case "payload":
		return " Ab12f 3"
	case "require_reply":
		return w.pick("", " 12xx")
	case "path":
		return w.pick(" /", " /health?x=1", " /a/b.jsp")
	case "process":
		return w.pick(" haproxy", " nginx -g daemon", " a-name-longer-than-the-kernel-has")
	case "param_match":
		return w.pick(" initial", " partial", "")
	case "track_file":
		return " " + w.ref("track_file")
	case "persistence_granularity":
		return " 255.255.255.0"
	case "ip_family":
		return " inet"
	case "smtp_server":
		return " 10.1.1.1 25"
	case "key":
		if word.Block == "auth_hmac" {
			return fmt.Sprintf(" %d 0123456789abcdef0123456789abcdef", 1)
		}
		return " /etc/ssl/client.key"
	case "active_key":
		return " 1"
	case "name":
		if word.Block == "BFD_CHECK" {
			return " " + w.ref("bfd_instance")
		}
		return " www.example.com"
	case "vrrp_mcast_group6":
		return " ff02::1212"
	case "vrrp_mcast_group4", "mcast_dst_ip":
		return " 224.0.0.240"
	case "neighbor_ip", "neighbour_ip", "source_ip", "mcast_src_ip", "unicast_src_ip", "connect_ip", "bindto":
		return " " + w.address()
	case "sorry_server":
		return " 10.8.255.1 80"
	case "max_hops":
		return w.pick(" 0", " 3", " 255")
	case "idle_tx":
		return " 1500"
	case "use_vmac":
		return w.pick("", " vrrp9", " vmac_with_name", " 02:00:5e:00:07 group 7")
	case "use_ipvlan":
		return w.pick("", " "+w.address()+"/24 private", " name ipv9")
	case "lvs_sync_daemon":
		return w.pick(" eth1", " eth1 id 7 maxlen 2000 port 8849 ttl 2 group 239.1.1.1")
	case "lvs_timeouts":
		return w.pick(" tcp 3600", " tcpfin 30 udp 60", " tcp 0 tcpfin 10")
	case "timer_expired_backup":
		return " 200"
	case "connect_port", "bind_port":
		return " 8081"
	case "notify_master", "notify_backup", "notify_fault", "notify", "notify_up", "notify_down", "script", "misc_path", "quorum_up":
		return w.pick(` "/usr/local/bin/event --now"`, " /usr/local/bin/event", ` "killall -0 haproxy"`, ` "[ -f /run/down ] && exit 1 || exit 0"`)
	}
	return w.byType(word)
}

// byType writes a value by what the vocabulary says of it.
func (w *writer) byType(word words.Word) string {
	first, _, _ := strings.Cut(word.Args, " ")
	switch {
	case word.Args == "" || word.Args == "flag" || strings.HasPrefix(word.Args, "flag"):
		return ""
	case first == "BOOL":
		return w.pick("", " on", " off")
	case strings.Contains(first, "IF"):
		return " " + w.device()
	case strings.HasPrefix(first, "USER"):
		return w.pick(" monitor", " monitor adm")
	case strings.HasPrefix(first, "SCRIPT"):
		return ` "/usr/local/bin/event --now"`
	case first == "PATH" || first == "DIR" || first == "[PATH]" || first == "ABSOLUTE" || first == "[LOGFILE]":
		return " /run/some/path"
	case first == "SECS" || first == "TIMER" || first == "N" || first == "[SECS]" || first == "MS" || first == "USECS" || first == "BYTES":
		return w.pick(" 1", " 2", " 30")
	}
	return " 1"
}
