package words

// removedWords are those that older releases knew and keepalived 2.4 does not.
func removedWords() []Word {
	return []Word{
		{"global_defs", "lvs_id", "WORD", "0.6", "router_id", Converted, "the name of the node; its name was router_id from 1.1.8 on"},
		{"global_defs", "plugin_dir", "DIR", "1.1.8", "", Needless, "it had no effect, and left with 1.2.20"},
		{"virtual_server", "nat_mask", "NETMASK", "0.6", "", Needless, "it had no effect in the end, and left with 1.2.20"},
		{"virtual_server", "real_group", "NAME", "0.6", "", Unsupported, "it left with 1.0.1; list the real servers"},
		{"real_server", "CI-LINUX", "block", "0.6", "", Unsupported, "it left with 1.1.5; use another check"},
	}
}

// mistaken is a word that keepalived does not know although people write it, too far from the right one to be found by
// its letters; its manual has some of them.
type mistaken struct{ block, word, right string }

func mistakes() []mistaken {
	return []mistaken{
		{"global_defs", "vrrp_lower_priority_dont_send_advert", "vrrp_lower_prio_no_advert"},
		{"global_defs", "state_file_location", "state_dump_file"},
		{"global_defs", "stats_file_location", "stats_dump_file"},
		{"global_defs", "json_file_location", "json_dump_file"},
		{"global_defs", "use_syslink_paths", "use_symlink_paths"},
		{"vrrp_instance", "garp_extra_if_vmac", "garp_extra_if"},
		{"vrrp_instance", "no_preempt", "nopreempt"},
		{"vrrp_instance", "virtual_ip", "virtual_ipaddress"},
		{"vrrp_instance", "virtual_ips", "virtual_ipaddress"},
		{"vrrp_instance", "virtual_address", "virtual_ipaddress"},
		{"vrrp_instance", "vrid", "virtual_router_id"},
		{"vrrp_instance", "router_id", "virtual_router_id"},
		{"vrrp_instance", "lvs_sync_daemon_inteface", "lvs_sync_daemon_interface"},
		{"", "static_address", "static_ipaddress"},
		{"", "static_addresses", "static_ipaddress"},
		{"", "static_route", "static_routes"},
		{"", "static_rule", "static_rules"},
		{"virtual_server", "quorum_hysteresis", "hysteresis"},
		{"virtual_server", "nb_get_retry", "retry"},
		{"real_server", "nb_get_retry", "retry"},
		{"TCP_CHECK", "nb_get_retry", "retry"},
		{"SMTP_CHECK", "nb_get_retry", "retry"},
		{"MISC_CHECK", "nb_get_retry", "retry"},
		{"DNS_CHECK", "nb_get_retry", "retry"},
		{"UDP_CHECK", "nb_get_retry", "retry"},
		{"PING_CHECK", "nb_get_retry", "retry"},
		{"rule", "ip_proto", "ipproto"},
		{"HTTP_GET", "delay", "delay_before_retry"},
		{"TCP_CHECK", "delay", "delay_before_retry"},
	}
}
