package words

// groupWords are those of vrrp_sync_group.
func groupWords() []Word {
	return []Word{
		{"vrrp_sync_group", "group", "word block of instance names", "0.6", "", Converted, "sync_group: vips"},
		{"vrrp_sync_group", "track_interface", "value block IF [weight N [reverse]]", "2.0.0", "", Converted, "sync_group: track"},
		{"vrrp_sync_group", "track_script", "value block NAME [weight N [reverse|noreverse]]", "2.0.0", "", Converted, "sync_group: track"},
		{"vrrp_sync_group", "track_file", "value block NAME [weight N [reverse|noreverse]]", "2.0.0", "", Converted, "sync_group: track"},
		{"vrrp_sync_group", "track_process", "value block NAME [weight N [reverse|noreverse]]", "2.0.11", "", Converted, "sync_group: track"},
		{"vrrp_sync_group", "track_bfd", "value block NAME [weight N [reverse|noreverse]]", "2.0.0", "", Converted, "sync_group: track"},
		{"vrrp_sync_group", "notify_master", "SCRIPT [USER [[:]GROUP]]", "0.6", "", Converted, "notify: script"},
		{"vrrp_sync_group", "notify_backup", "SCRIPT [USER [[:]GROUP]]", "0.6", "", Converted, "notify: script"},
		{"vrrp_sync_group", "notify_fault", "SCRIPT [USER [[:]GROUP]]", "0.6", "", Converted, "notify: script"},
		{"vrrp_sync_group", "notify_stop", "SCRIPT [USER [[:]GROUP]]", "2.0.0", "", Converted, "notify: script"},
		{"vrrp_sync_group", "notify", "SCRIPT [USER [[:]GROUP]]", "1.1.2", "", Converted, "notify: script with the arguments of keepalived"},
		{"vrrp_sync_group", "smtp_alert", "BOOL", "1.0.0", "", Converted, "sync_group: notify"},
		{"vrrp_sync_group", "notify_priority_changes", "BOOL", "2.2.0", "", Unsupported, "changes of priority are told for all, or for none: vrrp_notify_priority_changes"},
		{"vrrp_sync_group", "sync_group_tracking_weight", "flag", "2.0.0", "", Unsupported, "what has weights is tracked by the group, for all members"},
		{"vrrp_sync_group", "global_tracking", "flag", "1.2.3", "", Converted, "sync_group: track"},
	}
}
