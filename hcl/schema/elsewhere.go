package schema

import "slices"

// Elsewhere says how something that people bring along from keepalived.conf or from Terraform is written here; empty
// when the word is not known. The block is the type of the block in which the word stands, "" for the top of a file.
// Words that an argument of the schema names as its origin are not in here: Arg.Keepalived holds those.
func Elsewhere(word, block string) string {
	for _, e := range elsewhere() {
		if slices.Contains(e.blocks, block) && slices.Contains(e.words, word) {
			return e.say
		}
	}
	return ""
}

// foreign is what is said of words in blocks.
type foreign struct {
	blocks, words []string
	say           string
}

func elsewhere() []foreign {
	return slices.Concat(keepalivedTop(), keepalivedVIP(), keepalivedRoute(), keepalivedPool(), keepalivedBFD(), terraformWords())
}

func keepalivedTop() []foreign {
	top := []string{""}
	return []foreign{
		{top, []string{"vrrp_instance"}, "keepalived's vrrp_instance is a vip here: `vip \"web\" { … }`, once for all nodes."},
		{top, []string{"vrrp_sync_group"}, "keepalived's vrrp_sync_group is `sync_group \"edge\" { vips = [vip.inside, vip.outside] }` here."},
		{top, []string{"virtual_server", "virtual_server_group"}, "keepalived's virtual_server is a pool here: `pool \"web\" { … }` with `listen = [\"192.0.2.20:80\"]` in it."},
		{top, []string{"real_server"}, "keepalived's real_server is a block `server \"web1\" { … }` inside a pool here."},
		{top, []string{"global_defs"}, "What keepalived's global_defs hold stands in the blocks cluster, node and settings here."},
		{top, []string{"static_ipaddress", "static_routes", "static_rules"}, "keepalived's static_ipaddress, static_routes and static_rules are blocks `static \"uplink\" { … }` here."},
		{top, []string{"net_namespace"}, "The enforcer runs in another network namespace with `ha enforce --namespace NAME`."},
		{
			top,
			[]string{"vrrp_rt_priority", "vrrp_rlimit_rttime", "vrrp_rlimit_rtime", "vrrp_no_swap", "vrrp_cpu_affinity"},
			"How the election thread is scheduled is a matter of the machine: `ha enforce --realtime 50 --realtime-limit 1s --cpus 0 --lock-memory`.",
		},
		{top, []string{"vrrp_mcast_group4", "vrrp_mcast_group6"}, "The group stands in each vip: `adverts { groups = [\"224.0.0.240\"] }`."},
		{top, []string{"lvs_timeouts"}, "Timeouts of connections stand in the settings: `settings { ipvs { … } }` with tcp_timeout, tcp_fin_timeout and udp_timeout in it."},
		{top, []string{"lvs_flush", "lvs_flush_on_stop", "lvs_flush_onstop"}, "What becomes of IPVS's table stands in the settings: `settings { ipvs { … } }` with at_start = \"flush\" or at_stop = \"remove\" in it."},
		{top, []string{"lvs_sync_daemon"}, "The synchronisation of connections is a block of the settings: `settings { ipvs { sync { interface = \"eth1\" … } } }` with `follow = vip.web` in it."},
		{[]string{"vip"}, []string{"lvs_sync_daemon_interface"}, "The synchronisation of connections is a block of the settings: `settings { ipvs { sync { interface = \"eth1\" … } } }`."},
		{top, []string{"interface_up_down_delays"}, "Delays of interfaces stand in the settings: `settings { link \"eth1\" { up_delay = \"10s\" } }`."},
		{top, []string{"vrrp_garp_interval", "vrrp_gna_interval", "garp_interval", "gna_interval"}, "The pace of announcements is for all VIPs `settings { announce { pace = \"1ms\" } }`, for one the same block in it; VIPs on one interface share it."},
		{top, []string{"garp_group"}, "keepalived's garp_group is in the settings here: `settings { pace_group \"uplinks\" { interfaces = [\"eth0\", \"eth1\"] … } }` with `pace = \"1ms\"` in it."},
		{[]string{"settings"}, []string{"garp_group"}, "A block `pace_group \"uplinks\" { interfaces = [\"eth0\", \"eth1\"] … }` with `pace = \"1ms\"` in it is the counterpart."},
		{[]string{"", "settings"}, []string{"vrrp_min_garp"}, "One announcement and no second block is `settings { announce { … } }` with `count = 1` and `delay = \"0s\"` in it."},
		{
			[]string{"", "settings"},
			[]string{
				"vrrp_garp_master_delay", "vrrp_garp_master_repeat", "vrrp_garp_master_refresh", "vrrp_garp_master_refresh_repeat", "vrrp_garp_lower_prio_delay",
				"vrrp_garp_lower_prio_repeat", "vrrp_garp_extra_if", "vrrp_vmac_garp_intvl",
			},
			"How all VIPs are announced stands in the settings: `settings { announce { … } }`.",
		},
		{
			top,
			[]string{
				"nftables", "nftables_priority", "nftables_counters", "nftables_ifindex", "vrrp_iptables", "vrrp_ipsets", "disable_local_igmp",
			},
			"Nothing has to be set: what a vip with `accept = false` or a virtual MAC needs dropped stands in the nftables table `inet ha`, before the rules of a firewall.",
		},
		{top, []string{"include"}, "All *.hcl files of the folder are read; nothing has to be included."},
		{top, []string{"bfd_instance"}, "keepalived's bfd_instance is a block here: `bfd \"core\" { peer = \"192.0.2.1\" }`, once for all nodes."},
		{top, []string{"vrrp_script"}, "keepalived's vrrp_script is a check here: `check \"script\" \"db\" { command = [\"/usr/local/bin/check-db\"] }`, tracked by `track \"db\" { check = check.script.db }`."},
		{top, []string{"vrrp_track_process"}, "keepalived's vrrp_track_process is a check here: `check \"process\" \"proxy\" { process = [\"haproxy\"] }`, tracked by `track \"proxy\" { check = check.process.proxy … }`; for its delays set rise, fall and interval."},
		{top, []string{"track_file", "vrrp_track_file"}, "keepalived's track_file is a check here: `check \"file\" \"load\" { file = \"/run/app/weight\" }`, tracked by `track \"load\" { … }` with `check = check.file.load` and `factor = 1` in it."},
		{top, []string{"enable_script_security"}, "Script security is always on: as root only programs run that nobody else may write."},
		{
			top,
			[]string{"linkbeat_interfaces"},
			"This version of ha has no counterpart of it.",
		},
	}
}

func keepalivedVIP() []foreign {
	vip := []string{"vip"}
	return []foreign{
		{vip, []string{"state"}, "There is no first state: the node with the highest priority becomes Active. Write `node \"lb1\" { priority = 150 }`."},
		{vip, []string{"virtual_ipaddress", "virtual_ipaddresses"}, "keepalived's virtual_ipaddress is a list here: addresses = [\"192.0.2.20/32\"]; an address with options is a block `address \"192.0.2.20/32\" { … }`."},
		{vip, []string{"auth_type", "auth_pass", "auth_hmac"}, "Write an authentication block with type and key, the key as a reference: secret(\"file:/etc/ha/web.key\")."},
		{vip, []string{"unicast_peer", "unicast_src_ip"}, "Write a unicast block; by itself it sends to the other nodes of the VIP, and peers and source override them."},
		{vip, []string{"unicast_ttl", "min_ttl", "max_ttl"}, "TTLs of unicast stand in the unicast block: ttl, min_ttl and max_ttl."},
		{vip, []string{"unicast_fault_no_peer"}, "A unicast block without peers never turns into multicast here; that no peer is known is an error of the configuration."},
		{vip, []string{"check_unicast_src"}, "Unicast adverts are always accepted from peers only."},
		{vip, []string{"mcast_src_ip", "mcast_dst_ip"}, "Write `adverts { sources = [\"192.0.2.11\"] }` on the node, and groups in it for another multicast group."},
		{vip, []string{"v3_checksum_as_v2"}, "Write `adverts { checksum = \"message\" }`; adverts in both forms are accepted always."},
		{vip, []string{"old_unicast_checksum"}, "Nothing has to be set: the checksum of keepalived up to 1.3.6 is accepted from unicast peers."},
		{vip, []string{"skip_check_adv_addr"}, "Comparing addresses costs nothing here; adverts with others are accepted unless `adverts { address_mismatch = \"drop\" }`."},
		{vip, []string{"vrrp_strict", "strict_mode"}, "There is no strict mode: what it forbids is left out instead (authentication, unicast, answer, preempt_delay)."},
		{vip, []string{"kernel_rx_buf_size"}, "Nothing has to be set: all VIPs of an interface share one socket with room enough."},
		{vip, []string{"vrf"}, "A VIP runs in the VRF of its interface; name that."},
		{vip, []string{"virtual_routes"}, "keepalived's virtual_routes are blocks `route \"0.0.0.0/0\" { … }` here."},
		{vip, []string{"promote_secondaries"}, "Nothing has to be set: promote_secondaries is 1 on devices where an IPv4 address of a VIP has a prefix below /32 or a peer, and what it was before comes back."},
		{vip, []string{"virtual_rules"}, "keepalived's virtual_rules are blocks `rule \"out\" { … }` here."},
		{vip, []string{"virtual_ipaddress_excluded"}, "Addresses that are not advertised are blocks: `address \"192.0.2.21/32\" { advertise = false }`."},
		{vip, []string{"garp_master_delay", "garp_master_repeat", "garp_master_refresh", "garp_master_refresh_repeat", "garp_lower_prio_delay", "garp_lower_prio_repeat", "garp_interval", "gna_interval"}, "How a VIP is announced stands in its block `announce { … }`."},
		{vip, []string{"garp_extra_if", "vmac_garp_intvl", "garp_extra_if_vmac"}, "Other interfaces with addresses of the VIP are announced on by `announce { elsewhere = \"1m\" }`, with `elsewhere_on = \"all\"` for those that are not virtual."},
		{vip, []string{"higher_prio_send_advert"}, "A router that loses after it was not heard says so by itself, so that the winner announces its addresses again."},
		{vip, []string{"track_interface"}, "keepalived's track_interface is a block here: `track \"uplink\" { interface = \"eth1\" }`; a positive weight is `raise`, a negative one `weight`."},
		{vip, []string{"track_script"}, "A VIP tracks checks here, scripts among them: `track \"db\" { check = check.script.db }`."},
		{vip, []string{"track_process"}, "A VIP tracks checks here, processes among them: `track \"proxy\" { check = check.process.proxy … }`."},
		{vip, []string{"track_file"}, "A VIP tracks checks here, files among them, and keepalived's weight is \"factor\": `track \"load\" { check = check.file.load … factor = 1 }`."},
		{vip, []string{"track_bfd"}, "keepalived's track_bfd is a block here: `track \"core\" { bfd = bfd.core }`."},
		{vip, []string{"notify_master", "notify_backup", "notify_fault", "notify_stop", "notify_deleted", "notify_master_rx_lower_pri"}, "Who is told stands in a block of its own: `notify \"web\" { script { on = [\"active\"] … } }`, and here `notify = [notify.web]`."},
		{vip, []string{"smtp_alert"}, "Mails stand in a block of their own: `notify \"ops\" { mail { … } }`, and here `notify = [notify.ops]`."},
		{vip, []string{"use_ipvlan"}, "An ipvlan is a block here: `ipvlan { }`, with `addresses = [\"192.0.2.111/24\"]` in it for the node's own, and `mode = \"private\"`."},
		{[]string{"", "settings"}, []string{"vmac_prefix"}, "What the names of virtual interfaces begin with is `settings { virtual_name = \"vrrp\" }`."},
		{vip, []string{"use_vmac", "vmac_xmit_base"}, "A virtual MAC is a block here: `virtual_mac { }`, with `transmit = \"base\"` in it for vmac_xmit_base."},
		{
			vip,
			[]string{
				"use_vmac_addr",
			},
			"This version of ha has no counterpart of it.",
		},
	}
}

func keepalivedPool() []foreign {
	pool, inner := []string{"pool"}, []string{"pool", "server"}
	return []foreign{
		{pool, []string{"real_server"}, "keepalived's real_server is a block `server \"web1\" { … }` here, with `address = \"192.0.2.31:80\"` in it."},
		{pool, []string{"omega"}, "keepalived's omega is \"down_at_stop\" here."},
		{pool, []string{"sorry_server"}, "keepalived's sorry_server is a block here: `sorry { address = \"192.0.2.99:80\" }`."},
		{pool, []string{"sorry_server_inhibit", "sorry_server_lvs_method"}, "What is to be said of the sorry server stands in its block: `sorry { … }`, with inhibit and forwarding."},
		{pool, []string{"quorum", "hysteresis", "quorum_hysteresis"}, "keepalived's quorum is a block here: `quorum { weight = 2 }`, with hysteresis in it."},
		{pool, []string{"quorum_up", "quorum_down"}, "Who is told stands in a block of its own: `notify \"ops\" { script { on = [\"quorum_up\"] … } }`, and in the pool `notify = [notify.ops]`."},
		{pool, []string{"lb_algo"}, "keepalived's lb_algo is \"scheduler\" here."},
		{pool, []string{"lb_kind"}, "keepalived's lb_kind is \"forwarding\" here: \"nat\", \"dr\" or \"tunnel\"."},
		{pool, []string{"lvs_sched"}, "keepalived's lvs_sched is \"scheduler\" here."},
		{pool, []string{"lvs_method"}, "keepalived's lvs_method is \"forwarding\" here: \"nat\", \"dr\" or \"tunnel\"; the type of a tunnel stands in a block `tunnel { type = \"gue\" … }`."},
		{pool, []string{"ops"}, "keepalived's ops is \"one_packet\" here."},
		{pool, []string{"ip_family"}, "keepalived's ip_family is \"fwmark_family\" here."},
		{pool, []string{"persistence_timeout"}, "keepalived's persistence_timeout is \"persistence\" here."},
		{pool, []string{"persistence_granularity"}, "keepalived's persistence_granularity is \"persistence_prefix_ipv4\" and \"persistence_prefix_ipv6\" here, both as prefix lengths."},
		{pool, []string{"sh-port", "mh-port", "sh-fallback", "mh-fallback", "flag-1", "flag-2", "flag-3", "lvs_sched_flags"}, "Flags of the scheduler are a list here: `scheduler_flags = [\"port\", \"fallback\"]`."},
		{pool, []string{"hashed"}, "Nothing has to be set: the kernel sets this flag by itself."},
		{[]string{"pool", "server"}, []string{"uthreshold", "lthreshold"}, "keepalived's uthreshold and lthreshold are \"upper_threshold\" and \"lower_threshold\" here."},
		{[]string{"", "pool"}, []string{"virtual_server_group"}, "A pool listens on many addresses and ports here: `listen = [\"192.0.2.20-29:80\", \"192.0.2.40:8000-8010\"]`, and on marks: `fwmark = [7]`."},
		{inner, []string{"notify_up", "notify_down", "smtp_alert"}, "Who is told stands in a block of its own: `notify \"ops\" { script { on = [\"down\"] … } }`, and in the pool `notify = [notify.ops]`."},
		{inner, []string{"TCP_CHECK"}, "keepalived's TCP_CHECK is `check \"tcp\" { … }` here."},
		{inner, []string{"HTTP_GET"}, "keepalived's HTTP_GET is `check \"http\" { … }` here."},
		{inner, []string{"BFD_CHECK"}, "keepalived's BFD_CHECK is an argument of a server here: `bfd = bfd.web1`."},
		{inner, []string{"SSL_GET"}, "keepalived's SSL_GET is `check \"http\" { … }` with `tls = true` here."},
		{inner, []string{"SMTP_CHECK"}, "keepalived's SMTP_CHECK is `check \"smtp\" { … }` here."},
		{inner, []string{"DNS_CHECK"}, "keepalived's DNS_CHECK is `check \"dns\" { … }` here."},
		{inner, []string{"UDP_CHECK"}, "keepalived's UDP_CHECK is `check \"udp\" { … }` here."},
		{inner, []string{"PING_CHECK"}, "keepalived's PING_CHECK is `check \"ping\" { … }` here."},
		{[]string{"check"}, []string{"host"}, "Each host is a check of its own here: another block `check \"smtp\" { … }` with address and port."},
		{inner, []string{"MISC_CHECK"}, "keepalived's MISC_CHECK is `check \"script\" { command = [\"/usr/local/bin/check-db\"] }` here."},
		{inner, []string{"FILE_CHECK"}, "keepalived's FILE_CHECK is `check \"file\" { … }` here: the server is up while its file is as it should be; a block `weight { factor = 1 }` in it adds its number to the weight."},
		{inner, []string{"alpha"}, "keepalived's alpha stands in the check: `initial = \"down\"`, or for all checks in `settings { checks { initial = \"down\" } }`."},
		{inner, []string{"delay_loop", "retry", "delay_before_retry", "warmup", "connect_timeout"}, "What all checks have in common stands in `settings { checks { … } }`: interval, fall (retry and one more), retry_delay, warmup, timeout; each check may say otherwise."},
		{[]string{"check"}, []string{"url"}, "keepalived's url is the arguments path, status and md5 here; several are blocks `page \"login\" { path = \"/login\" }`."},
		{[]string{"check", "page"}, []string{"regex_options"}, "Options stand in front of the expression here: matches = \"(?i)ready\"."},
		{[]string{"check", "page"}, []string{"regex_min_offset", "regex_max_offset", "regex_stack"}, "Offsets are part of the expression here: matches = \"(?s)^.{100,200}ready\"."},
		{[]string{"check"}, []string{"enable_sni", "tls_compliant"}, "Nothing has to be set: with tls the name of the host is asked for, and connections are closed as TLS wants it."},
		{[]string{"check"}, []string{"fast_recovery"}, "Nothing has to be set: every probe asks for all pages."},
		{[]string{"check"}, []string{"misc_timeout"}, "keepalived's misc_timeout is \"timeout\" here."},
		{[]string{"check"}, []string{"script"}, "keepalived's script is \"command\" here, a list: `command = [\"/usr/local/bin/check-db\", \"--quick\"]`."},
		{[]string{"check"}, []string{"init_file"}, "Files are read, never written; what is missing counts as failed."},
		{[]string{"check"}, []string{"init_fail"}, "Nothing has to be set: a node that starts takes no part until a tracked check has its first result."},
		{[]string{"check"}, []string{"misc_dynamic"}, "keepalived's misc_dynamic is an empty block `weight { }` here."},
		{[]string{"check"}, []string{"nb_get_retry"}, "keepalived's nb_get_retry is \"fall\" here."},
		{[]string{"check"}, []string{"bindto", "bind_if", "bind_port", "fwmark"}, "From where a probe leaves stands in a block of the check: `from { address = \"192.0.2.11\" }`, with interface, port and mark."},
	}
}

func keepalivedBFD() []foreign {
	bfd := []string{"bfd"}
	return []foreign{
		{bfd, []string{"neighbour_ip"}, "keepalived's neighbour_ip is \"peer\" here."},
		{bfd, []string{"ttl", "hoplimit"}, "Packets always leave with 255, as RFC 5881 section 5 wants; min_ttl is what is accepted from a peer that sends less."},
		{bfd, []string{"weight"}, "The weight stands where the session is tracked: `track \"core\" { bfd = bfd.core … }` in a vip or sync_group."},
		{bfd, []string{"vrrp", "checker"}, "Whoever refers to a session follows it; nothing has to be said. Remove it."},
	}
}

func terraformWords() []foreign {
	top := []string{""}
	repeated := []string{"vip", "pool", "check", "static", "bfd"}
	all := append([]string{"node", "server", "sync_group", "cluster", "settings", "address", "route"}, repeated...)
	return []foreign{
		{top, []string{"resource"}, "Blocks stand without `resource` here: `vip \"name\" { … }`, `pool \"name\" { … }`."},
		{top, []string{"data"}, "Nothing is looked up while a plan is made: pass a variable, or read a file of the folder with file(…)."},
		{top, []string{"provider", "backend"}, "There are no providers; the machines are `node` blocks."},
		{top, []string{"terraform"}, "The version of ha that may read these files stands in `cluster { required_version = \">= 0.1\" }`."},
		{top, []string{"module"}, "This version of ha has no modules: all *.hcl files of the folder are one configuration."},
		{top, []string{"output"}, "There are no outputs: `ha validate --explain .` shows what holds, with its origin."},
		{top, []string{"moved", "import", "removed"}, "There is no list of what was made: objects in the kernel are recognised by what they are. Remove the block."},
		{top, []string{"local"}, "Values of your own stand in a block `locals { … }`; expressions use them as local.name."},
		{top, []string{"variables"}, "Each variable has a block of its own: `variable \"name\" { … }`."},
		{[]string{"vip"}, []string{"count"}, "for_each repeats a block; the number of announcements stands in a block `announce { … }`."},
		{repeated, []string{"count"}, "for_each repeats a block: for_each = toset([\"a\", \"b\"])."},
		{all, []string{"count"}, "Only some blocks at the top of a file repeat; inside of them `dynamic \"server\" { … }` does."},
		{all, []string{"depends_on"}, "The order follows from what is changed; nothing has to wait for something else. Remove it."},
		{all, []string{"lifecycle", "provisioner", "connection", "provider", "triggers"}, "There is nothing of this kind here. Remove it."},
	}
}
