package words

// Kind is what stands in a block.
type Kind int

// The kinds of blocks.
const (
	Keywords Kind = iota // statements with keywords
	Entries              // one entry per line, its first word a value
	List                 // words, as many on a line as there are
)

// opening is a keyword that opens a block.
type opening struct {
	parent, word string
	block        string // what the block is called in the vocabulary
	kind         Kind
}

func openings() []opening {
	list := []opening{
		{"", "global_defs", "global_defs", Keywords},
		{"", "track_group", "track_group", Keywords},
		{"", "static_ipaddress", "address", Entries},
		{"", "static_routes", "route", Entries},
		{"", "static_rules", "rule", Entries},
		{"", "linkbeat_interfaces", "linkbeat entry", Entries},
		{"", "interface_up_down_delays", "delay entry", Entries},
		{"", "garp_group", "garp_group", Keywords},
		{"", "track_file", "track_file", Keywords},
		{"", "vrrp_track_file", "track_file", Keywords},
		{"", "vrrp_script", "vrrp_script", Keywords},
		{"", "vrrp_track_process", "vrrp_track_process", Keywords},
		{"", "bfd_instance", "bfd_instance", Keywords},
		{"", "vrrp_sync_group", "vrrp_sync_group", Keywords},
		{"", "vrrp_instance", "vrrp_instance", Keywords},
		{"", "SSL", "SSL", Keywords},
		{"", "virtual_server_group", "group entry", Entries},
		{"", "virtual_server", "virtual_server", Keywords},
		{"global_defs", "notification_email", "mail address", List},
		{"track_group", "group", "instance name", List},
		{"garp_group", "interfaces", "interface name", List},
		{"vrrp_sync_group", "group", "instance name", List},
		{"vrrp_instance", "unicast_peer", "peer entry", Entries},
		{"vrrp_instance", "virtual_ipaddress", "address", Entries},
		{"vrrp_instance", "virtual_ipaddress_excluded", "address", Entries},
		{"vrrp_instance", "virtual_routes", "route", Entries},
		{"vrrp_instance", "virtual_rules", "rule", Entries},
		{"vrrp_instance", "authentication", "authentication", Keywords},
		{"vrrp_instance", "auth_hmac", "auth_hmac", Keywords},
		{"virtual_server", "real_server", "real_server", Keywords},
		{"HTTP_GET", "url", "url", Keywords},
		{"SSL_GET", "url", "url", Keywords},
		{"SMTP_CHECK", "host", "host", Keywords},
	}
	for _, parent := range []string{"vrrp_instance", "vrrp_sync_group"} {
		for _, word := range []string{"track_interface", "track_script", "track_file", "track_process", "track_bfd"} {
			list = append(list, opening{parent, word, "track entry", Entries})
		}
	}
	for _, word := range Checkers() {
		list = append(list, opening{"real_server", word, word, Keywords})
	}
	return list
}

// Checkers are the blocks of checks.
func Checkers() []string {
	return []string{
		"TCP_CHECK", "HTTP_GET", "SSL_GET", "SMTP_CHECK", "DNS_CHECK", "MISC_CHECK", "BFD_CHECK", "UDP_CHECK", "PING_CHECK", "FILE_CHECK",
	}
}

// common are the words of the block "checker" that a check has; nil for all of them.
func common(checker string) []string {
	switch checker {
	case "BFD_CHECK", "FILE_CHECK":
		return []string{}
	case "MISC_CHECK":
		return []string{"retry", "delay_before_retry", "warmup", "delay_loop", "alpha", "log_all_failures"}
	case "host":
		return []string{"connect_ip", "connect_port", "bindto", "bind_if", "bind_port", "connect_timeout", "fwmark"}
	}
	return nil
}
