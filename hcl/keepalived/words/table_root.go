package words

// rootWords stand at the top of a file.
func rootWords() []Word {
	return []Word{
		{"", "global_defs", "block", "0.6", "", Converted, "cluster, node and the defaults of other blocks"},
		{"", "net_namespace", "NAME", "1.2.24", "", ByHand, "start the enforcer with `ha enforce --namespace NAME`"},
		{"", "net_namespace_ipvs", "[NAME]", "2.1.0", "", Unsupported, "IPVS is in the namespace of the enforcer"},
		{"", "namespace_with_ipsets", "flag", "1.3.0", "", Needless, "no ipsets are used"},
		{"", "instance", "NAME", "1.2.24", "", Needless, "an enforcer per namespace has its own state folder and socket"},
		{"", "use_pid_dir", "flag", "1.2.24", "", Needless, "there are no pid files"},
		{"", "linkbeat_use_polling", "flag", "1.1.18", "", Unsupported, "links are watched through netlink; they are not polled"},
		{"", "child_wait_time", "SECS", "2.0.0", "", Needless, "the enforcer waits for its worker by itself"},
		{"", "track_group", "NAME block", "2.0.3", "", Unsupported, "static entries are put back at once; no VIP depends on them"},
		{"", "static_ipaddress", "value block", "1.1.0", "", Converted, "static: address"},
		{"", "static_routes", "value block", "1.0.1", "", Converted, "static: route"},
		{"", "static_rules", "value block", "1.2.20", "", Converted, "static: rule"},
		{"", "linkbeat_interfaces", "value block", "2.0.13", "", Unsupported, "links are watched through netlink; they are not polled"},
		{"", "interface_up_down_delays", "value block", "2.2.3", "", Converted, "settings: link"},
		{"", "garp_group", "block", "1.2.21", "", Converted, "settings: pace_group"},
		{"", "track_file", "NAME block", "2.1.0", "", Converted, `check "file"`},
		{"", "vrrp_track_file", "NAME block", "2.0.0", "track_file", Converted, `check "file"`},
		{"", "vrrp_script", "NAME block", "1.1.13", "", Converted, `check "script"`},
		{"", "vrrp_track_process", "NAME block", "2.0.11", "", Converted, `check "process"`},
		{"", "bfd_instance", "NAME block", "2.0.0", "", Converted, "bfd"},
		{"", "vrrp_sync_group", "NAME block", "0.6", "", Converted, "sync_group"},
		{"", "vrrp_instance", "NAME block", "0.6", "", Converted, "vip"},
		{"", "SSL", "block", "0.6", "", Converted, `check "http": certificate and key`},
		{"", "virtual_server_group", "NAME value block", "1.0.2", "", Converted, "pool: listen"},
		{"", "virtual_server", "ADDR [PORT] | fwmark N | group NAME, block", "0.6", "", Converted, "pool"},
	}
}
