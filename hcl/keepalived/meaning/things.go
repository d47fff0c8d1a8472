package meaning

import (
	"net/netip"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/words"
)

// things reads what instances refer to, and what is always there.
func (r *reader) things() {
	c := r.config
	for _, s := range r.top {
		switch s.Keyword {
		case "global_defs", "vrrp_instance", "vrrp_sync_group", "virtual_server":
		case "garp_group":
			r.pacing(s)
		case "virtual_server_group":
			r.serverSet(s)
		case "SSL":
			r.client(s)
		case "vrrp_script":
			r.script(s)
		case "track_file", "vrrp_track_file":
			r.file(s)
		case "vrrp_track_process":
			r.process(s)
		case "bfd_instance":
			r.session(s)
		case "static_ipaddress":
			r.a.Set(s, words.Converted, "")
			c.Addresses = append(c.Addresses, r.addresses(s, true)...)
		case "static_routes":
			r.a.Set(s, words.Converted, "")
			c.Routes = append(c.Routes, r.routes(s)...)
		case "static_rules":
			r.a.Set(s, words.Converted, "")
			c.Rules = append(c.Rules, r.rules(s)...)
		case "interface_up_down_delays":
			r.delays(s)
		default:
			r.passed("", s)
		}
	}
}

func (r *reader) script(s *keepalived.Statement) {
	x := &Script{At: s, Name: s.Words[0]}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "script":
			r.command(&x.Command, s)
		case "interval":
			r.seconds(&x.Interval, s, 0, 4294*time.Second)
		case "timeout":
			r.seconds(&x.Timeout, s, 0, 4294*time.Second)
		case "weight":
			r.scriptWeight(x, s)
		case "rise":
			r.integer(&x.Rise, s, 1, 1<<31-1)
		case "fall":
			r.integer(&x.Fall, s, 1, 1<<31-1)
		case "user":
			r.user(&x.User, s)
		default:
			r.passed("vrrp_script", s)
		}
	})
	if !x.Command.Set() {
		r.a.Ignore(s, "script-without-command", "vrrp_script "+printable(x.Name)+" has no script", "keepalived passes over it; so does the result, and whatever tracks it")
		return
	}
	if x.Interval.V == 0 {
		x.Interval.V = time.Second
	}
	if x.Timeout.V == 0 {
		x.Timeout = Value[time.Duration]{x.Interval.V, x.Interval.At}
	}
	orElse(&x.Rise, 1)
	orElse(&x.Fall, 1)
	if !x.User.Set() {
		x.User = r.config.Globals.ScriptUser
	}
	r.config.Scripts = append(r.config.Scripts, x)
	r.tracks[spot{OfScript, x.Name}] = weighing{x.Weight.V, x.Reverse, x.At}
}

// orElse gives a value that nobody set.
func orElse[T any](v *Value[T], def T) {
	if !v.Set() {
		v.V = def
	}
}

func (r *reader) file(s *keepalived.Statement) {
	x := &File{At: s, Name: s.Words[0]}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "file":
			r.text(&x.Path, s)
		case "weight":
			r.weight(&x.Weight, &x.Reverse, s, 254)
		default:
			r.passed("track_file", s)
		}
	})
	orElse(&x.Weight, 1)
	if !x.Path.Set() {
		r.a.Ignore(s, "file-without-path", "track_file "+printable(x.Name)+" names no file", "keepalived passes over it; so does the result, and whatever tracks it")
		return
	}
	r.config.Files = append(r.config.Files, x)
	r.tracks[spot{OfFile, x.Name}] = weighing{x.Weight.V, x.Reverse, x.At}
}

func (r *reader) process(s *keepalived.Statement) {
	x := &Process{At: s, Name: s.Words[0]}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "process":
			if _, ok := r.first(s); ok {
				put(r, &x.Command, s, s.Words)
			}
		case "param_match":
			if len(s.Words) == 0 {
				put(r, &x.Match, s, "exact")
			} else {
				r.text(&x.Match, s)
			}
		case "full_command":
			r.flag(&x.Full, s, true)
		case "weight":
			r.weight(&x.Weight, &x.Reverse, s, 254)
		case "quorum":
			r.integer(&x.Quorum, s, 1, 65535)
		case "quorum_max":
			r.integer(&x.QuorumMax, s, 0, 65535)
		case "fork_delay":
			r.seconds(&x.UpDelay, s, 0, time.Hour)
		case "terminate_delay":
			r.seconds(&x.DownDelay, s, 0, time.Hour)
		case "delay":
			r.seconds(&x.UpDelay, s, 0, time.Hour)
			x.DownDelay = x.UpDelay
		default:
			r.passed("vrrp_track_process", s)
		}
	})
	if !x.Command.Set() {
		r.a.Ignore(s, "process-without-name", "vrrp_track_process "+printable(x.Name)+" names no process", "keepalived passes over it; so does the result, and whatever tracks it")
		return
	}
	orElse(&x.Quorum, 1)
	orElse(&x.QuorumMax, -1)
	switch {
	case x.QuorumMax.V == 0:
		x.Quorum.V = 0
	case x.QuorumMax.V > 0 && x.QuorumMax.V < x.Quorum.V:
		r.a.Ignore(x.QuorumMax.At, "bad-value", "quorum_max is less than quorum", "no number of processes would do; the result is without it")
		x.QuorumMax.V = -1
	}
	r.config.Processes = append(r.config.Processes, x)
	r.tracks[spot{OfProcess, x.Name}] = weighing{x.Weight.V, x.Reverse, x.At}
}

func (r *reader) session(s *keepalived.Statement) {
	x := &Session{At: s, Name: s.Words[0]}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "neighbor_ip", "neighbour_ip":
			r.address(&x.Peer, s)
		case "source_ip":
			r.address(&x.Source, s)
		case "min_rx":
			r.time(&x.MinRX, s, time.Millisecond, time.Millisecond, 4294967*time.Millisecond)
		case "min_tx":
			r.time(&x.MinTX, s, time.Millisecond, time.Millisecond, 4294967*time.Millisecond)
		case "idle_tx":
			r.time(&x.IdleTX, s, time.Millisecond, time.Second, 4294967*time.Millisecond)
		case "multiplier":
			r.integer(&x.Multiplier, s, 1, 255)
		case "passive":
			r.flag(&x.Passive, s, true)
		case "ttl", "hoplimit":
			r.integer(&x.TTL, s, 1, 255)
			r.passed("bfd_instance", s)
		case "max_hops":
			r.integer(&x.MaxHops, s, -1, 255)
		case "multihop":
			r.boolean(&x.Multihop, s)
		case "weight":
			r.weight(&x.Weight, &x.Reverse, s, 253)
		default:
			r.passed("bfd_instance", s)
		}
	})
	if !x.Peer.Set() {
		r.a.Ignore(s, "session-without-peer", "bfd_instance "+printable(x.Name)+" has no neighbor_ip", "keepalived passes over it; so does the result, and whatever tracks it")
		return
	}
	if x.Source.Set() && x.Source.V.Is4() != x.Peer.V.Is4() {
		r.a.Ignore(x.Source.At, "two-families", "source_ip and neighbor_ip are of different families", "keepalived passes over the session; the result lets the kernel choose the source")
		x.Source = Value[netip.Addr]{}
	}
	orElse(&x.MinRX, 10*time.Millisecond)
	orElse(&x.MinTX, 10*time.Millisecond)
	orElse(&x.IdleTX, time.Second)
	orElse(&x.Multiplier, 5)
	orElse(&x.TTL, map[bool]int{true: 255, false: 64}[x.Peer.V.Is4()])
	r.config.Sessions = append(r.config.Sessions, x)
	r.tracks[spot{OfSession, x.Name}] = weighing{x.Weight.V, x.Reverse, x.At}
}

// delays reads IF DOWN [UP], in seconds.
func (r *reader) delays(s *keepalived.Statement) {
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		d := &Delay{At: s, Device: s.Keyword}
		ok := isDevice(s.Keyword) && len(s.Words) > 0
		for i, to := range []*time.Duration{&d.Down, &d.Up} {
			if ok && i < len(s.Words) {
				*to, ok = decimal(s.Words[i], time.Second)
				ok = ok && *to >= 0 && *to <= 255*time.Second
			}
		}
		if !ok {
			r.a.Ignore(s, "bad-entry", "this is not an interface with one or two delays up to 255 seconds", "keepalived ignores the line")
			return
		}
		if r.twice("delay", d.Device) {
			r.a.Ignore(s, "interface-twice", d.Device+" has delays already", "keepalived keeps the first; so does the result")
			return
		}
		r.config.Delays = append(r.config.Delays, d)
	})
}

// pacing reads a garp_group.
func (r *reader) pacing(s *keepalived.Statement) {
	x := &Pace{At: s}
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "garp_interval":
			r.pace(&x.Pace[0], s)
		case "gna_interval":
			r.pace(&x.Pace[1], s)
		case "interface":
			r.paced(x, s, s.Words[:min(len(s.Words), 1)])
		case "interfaces":
			r.a.Set(s, words.Converted, "")
			each(s, func(s *keepalived.Statement) { r.paced(x, s, append([]string{s.Keyword}, s.Words...)) })
		default:
			r.passed("garp_group", s)
		}
	})
	if !x.Pace[0].Set() && !x.Pace[1].Set() || len(x.Devices) == 0 {
		r.a.Ignore(s, "group-without-interval", "the garp_group has no interval, or no interface", "keepalived passes over it; so does the result")
		return
	}
	r.config.Paces = append(r.config.Paces, x)
}

// paced adds interfaces to a group; each is in one.
func (r *reader) paced(x *Pace, s *keepalived.Statement, devices []string) {
	r.a.Set(s, words.Converted, "")
	for _, d := range devices {
		switch {
		case !isDevice(d):
			r.badEntry(s, "the name of an interface")
		case r.twice("pace", d):
			r.a.Ignore(s, "interface-twice", d+" is in a garp_group already", "keepalived keeps the first; so does the result")
		default:
			x.Devices = append(x.Devices, d)
		}
	}
}
