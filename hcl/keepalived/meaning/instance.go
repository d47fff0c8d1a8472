package meaning

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// instances reads the virtual routers.
func (r *reader) instances() {
	for _, s := range r.top {
		if s.Keyword != "vrrp_instance" {
			continue
		}
		i := &Instance{At: s, Name: s.Words[0]}
		r.a.Set(s, words.Converted, "")
		each(s, func(s *keepalived.Statement) {
			if !r.transport(i, s) && !r.election(i, s) && !r.placed(i, s) && !announce(r, &i.Announce, "", s) && !r.track(&i.Tracked, s) && !r.secured(i, s) && !r.called(&i.Calls, s) {
				r.passed("vrrp_instance", s)
			}
		})
		if r.complete(i) {
			r.config.Instances = append(r.config.Instances, i)
			r.byName[i.Name] = i
		}
	}
	r.duplicates()
}

// transport reads where adverts go and how they look.
func (r *reader) transport(i *Instance, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "interface":
		r.device(&i.Interface, s)
	case "version":
		r.integer(&i.Version, s, 2, 3)
	case "mcast_src_ip":
		r.address(&i.Source, s)
	case "unicast_src_ip":
		r.address(&i.Source, s)
		if i.Source.At == s {
			i.UnicastWord = Value[bool]{true, s}
		}
	case "mcast_dst_ip":
		r.address(&i.Destination, s)
	case "unicast_peer":
		r.a.Set(s, words.Converted, "")
		i.UnicastWord = Value[bool]{true, s}
		each(s, func(s *keepalived.Statement) { r.unicastPeer(i, s) })
	case "unicast_ttl":
		r.integer(&i.UnicastTTL, s, 0, 255)
	case "v3_checksum_as_v2":
		r.boolean(&i.PlainChecksum, s)
	case "use_vmac", "use_ipvlan":
		r.virtualMAC(i, s)
	case "vmac_xmit_base":
		r.flag(&i.BaseTransmit, s, true)
	case "dont_track_primary":
		r.flag(&i.TrackPrimary, s, false)
	default:
		return false
	}
	return true
}

// unicastPeer reads ADDR [min_ttl N] [max_ttl N].
func (r *reader) unicastPeer(i *Instance, s *keepalived.Statement) {
	a, err := netip.ParseAddr(strings.TrimRight(s.Keyword, ",;"))
	if err != nil {
		r.badEntry(s, "an address")
		return
	}
	p := &Peer{At: s, Addr: a.WithZone("")}
	w := &entryWords{r: r, s: s, kind: "peer entry", rest: s.Words}
	for w.more() {
		word := w.next()
		to := map[string]*int{"min_ttl": &p.MinTTL, "max_ttl": &p.MaxTTL}[word]
		if to == nil {
			r.a.Remark(s, "unknown-option", account.Notice, printable(word)+" is no option of this entry", "keepalived keeps the first address and passes over the rest; so does the result")
			break
		}
		v, _ := w.value()
		n, err := strconv.Atoi(v)
		if err != nil || n < 0 || n > 255 {
			w.drop(printable(v) + " is not a TTL")
			return
		}
		*to = n
	}
	if r.twice(i, p.Addr.String()) {
		r.a.Ignore(s, "peer-twice", "the peer stands in the list already", "keepalived passes over it; so does the result")
		return
	}
	i.Peers = append(i.Peers, p)
}

// virtualMAC reads use_vmac [[name] IFNAME] [MAC] [netlink_notify_msg] [group GROUP], and use_ipvlan, which has an address
// and a mode instead of a MAC.
func (r *reader) virtualMAC(i *Instance, s *keepalived.Statement) {
	v := &VirtualMAC{At: s, IPVLAN: s.Keyword == "use_ipvlan"}
	if i.VirtualMAC != nil {
		r.a.Set(i.VirtualMAC.At, account.Ignored, "a later line sets it again")
	}
	i.VirtualMAC = v
	for n := 0; n < len(s.Words); n++ {
		word := s.Words[n]
		p, isAddress, _ := prefix(word)
		switch {
		case word == "name" || word == "netlink_notify_msg":
		case word == "group" && n+1 < len(s.Words):
			n++
			v.Group = s.Words[n]
		case !v.IPVLAN && strings.Count(word, ":") >= 4:
			v.MAC = strings.ToLower(word)
		case v.IPVLAN && (word == "bridge" || word == "private" || word == "vepa"):
			v.Mode = word
		case v.IPVLAN && isAddress:
			v.Address = p
		default:
			v.Name = word
		}
	}
}

// election reads who wins.
func (r *reader) election(i *Instance, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "virtual_router_id":
		r.integer(&i.VRID, s, 1, 255)
	case "state":
		r.state(i, s)
	case "priority":
		r.priority(i, s)
	case "advert_int":
		r.seconds(&i.Interval, s, 10*time.Millisecond, 255*time.Second)
	case "preempt":
		r.flag(&i.NoPreempt, s, false)
	case "nopreempt":
		r.flag(&i.NoPreempt, s, true)
	case "preempt_delay":
		r.seconds(&i.PreemptDelay, s, 0, 1000*time.Second)
	case "down_timer_adverts":
		r.integer(&i.DownAdverts, s, 1, 100)
	case "lower_prio_no_advert":
		r.boolean(&i.Silent, s)
	case "strict_mode":
		r.boolean(&i.Strict, s)
	case "accept":
		r.flag(&i.Refuse, s, false)
	case "no_accept":
		r.flag(&i.Refuse, s, true)
	case "smtp_alert":
		r.alert(&i.Alert, s)
	case "lvs_sync_daemon_interface":
		r.syncOf(i, s)
	default:
		return false
	}
	return true
}

func (r *reader) state(i *Instance, s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	if v != "MASTER" && v != "BACKUP" {
		r.a.Remark(s, "bad-value", account.Notice, printable(v)+" is no state", "keepalived takes BACKUP; so does the result")
		v = "BACKUP"
	}
	put(r, &i.State, s, v)
	r.passed("vrrp_instance", s)
}

// priority reads 1 to 255; anything else is 100.
func (r *reader) priority(i *Instance, s *keepalived.Statement) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > 255 {
		r.a.Remark(s, "priority-out-of-range", account.Notice, "the priority "+printable(v)+" is not from 1 to 255", "keepalived takes 100; so does the result")
		n = 100
	}
	put(r, &i.Priority, s, n)
}

// placed reads what stands while the instance is Active.
func (r *reader) placed(i *Instance, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "virtual_ipaddress":
		i.Addresses = append(i.Addresses, r.addresses(s, false)...)
	case "virtual_ipaddress_excluded":
		i.Excluded = append(i.Excluded, r.addresses(s, false)...)
	case "virtual_routes":
		i.Routes = append(i.Routes, r.routes(s)...)
	case "virtual_rules":
		i.Rules = append(i.Rules, r.rules(s)...)
	default:
		return false
	}
	r.a.Set(s, words.Converted, "")
	return true
}

// secured reads authentication and auth_hmac, which replaces it.
func (r *reader) secured(i *Instance, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "authentication":
		r.a.Set(s, words.Converted, "")
		a := &Auth{At: s}
		each(s, func(s *keepalived.Statement) { r.password(a, s) })
		switch {
		case i.Auth != nil && i.Auth.Type.V == "hmac":
			r.a.SetAll(s, account.Ignored, "auth_hmac takes its place")
		case a.Type.Set() && !a.Password.Set():
			r.a.Ignore(s, "authentication-without-password", "the authentication has no auth_pass", "keepalived does not authenticate; nor does the result")
		case !a.Type.Set():
			r.a.Ignore(s, "authentication-without-type", "the authentication has no auth_type of PASS or AH", "keepalived does not authenticate; nor does the result")
		default:
			i.Auth = a
		}
	case "auth_hmac":
		r.a.Set(s, words.Converted, "")
		r.hmac(i, s)
	default:
		return false
	}
	return true
}

func (r *reader) password(a *Auth, s *keepalived.Statement) {
	switch s.Keyword {
	case "auth_type":
		switch v, _ := r.first(s); v {
		case "PASS", "AH":
			put(r, &a.Type, s, strings.ToLower(v))
		case "":
		default:
			r.bad(s, v, "PASS or AH")
		}
	case "auth_pass":
		v, ok := r.first(s)
		if !ok {
			return
		}
		if len(v) > 8 {
			r.a.Remark(s, "password-cut", account.Notice, fmt.Sprintf("the password has %d characters", len(v)), "keepalived uses the first 8, so they are what the result has: all nodes go on to understand each other")
			v = v[:8]
		}
		put(r, &a.Password, s, v)
	default:
		r.passed("authentication", s)
	}
}

// hmac reads keepalived's own authentication.
func (r *reader) hmac(i *Instance, s *keepalived.Statement) {
	a := &Auth{At: s, Type: Value[string]{"hmac", s}}
	each(s, func(s *keepalived.Statement) {
		switch s.Keyword {
		case "key":
			if len(s.Words) < 2 {
				r.first(&keepalived.Statement{Place: s.Place, Keyword: s.Keyword, Number: s.Number})
				r.a.Set(s, account.Ignored, "the key has no value")
				return
			}
			if n, err := strconv.Atoi(s.Words[0]); err == nil && n >= 1 && n <= 255 {
				a.Keys = append(a.Keys, Key{s, n, s.Words[1]})
				return
			}
			r.a.Ignore(s, "bad-value", "the id of the key is not from 1 to 255", "keepalived ignores the line")
		case "active_key":
			r.integer(&a.Active, s, 1, 255)
		case "anti_replay":
			r.oneOf(&a.Replay, s, "time", "monotonic")
		case "time_window":
			r.seconds(&a.Window, s, time.Second, 300*time.Second)
		case "mode":
			r.oneOf(&a.Mode, s, "enforce", "permissive", "receive-only")
		default:
			r.passed("auth_hmac", s)
		}
	})
	for _, k := range a.Keys {
		if k.ID == a.Active.V {
			if i.Auth != nil {
				r.a.SetAll(i.Auth.At, account.Ignored, "auth_hmac takes its place")
			}
			i.Auth = a
			return
		}
	}
	r.a.Ignore(s, "hmac-without-key", "active_key names no key of the block", "keepalived does not authenticate; nor does the result")
}

func (r *reader) oneOf(to *Value[string], s *keepalived.Statement, wordList ...string) {
	v, ok := r.first(s)
	if !ok {
		return
	}
	for _, w := range wordList {
		if v == w {
			put(r, to, s, v)
			return
		}
	}
	r.bad(s, v, strings.Join(wordList, " or "))
}
