package meaning

import (
	"net/netip"
	"strings"
	"time"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// longest is more than any time that keepalived takes.
const longest = 1000000 * time.Second

// globals reads all global_defs, which add up.
func (r *reader) globals() {
	g := &r.config.Globals
	for _, s := range r.top {
		if s.Keyword != "global_defs" {
			continue
		}
		r.a.Set(s, words.Converted, "")
		each(s, func(s *keepalived.Statement) {
			if !r.identity(g, s) && !r.elections(g, s) && !r.ipvs(g, s) && !announce(r, &g.Announce, "vrrp_", s) && !r.mailWord(s) && !r.pipes(g, s) {
				r.passed("global_defs", s)
			}
		})
	}
	if at := g.MinAnnounce.At; g.MinAnnounce.V {
		orGlobal(&g.Announce.Count, Value[int]{1, at}, 1)
		orGlobal(&g.Announce.RefreshCount, Value[int]{1, at}, 1)
		orGlobal(&g.Announce.Delay, Value[time.Duration]{0, at}, 0)
	}
	orElse(&g.Announce.Count, 5)
	orElse(&g.Announce.Delay, 5*time.Second)
	orElse(&g.Announce.RefreshCount, 1)
}

// identity reads what is about the node as a whole.
func (r *reader) identity(g *Globals, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "router_id", "lvs_id":
		r.text(&g.RouterID, s)
	case "script_user":
		r.user(&g.ScriptUser, s)
	case "enable_script_security":
		r.flag(&g.ScriptSecurity, s, true)
		r.passed("global_defs", s)
	case "default_interface":
		r.device(&g.DefaultInterface, s)
	case "disable_local_igmp":
		r.flag(&g.NoLocalIGMP, s, true)
	case "vmac_prefix":
		r.text(&g.MACPrefix, s)
	default:
		return false
	}
	return true
}

// elections reads the defaults of instances.
func (r *reader) elections(g *Globals, s *keepalived.Statement) bool {
	switch s.Keyword {
	case "vrrp_version":
		r.integer(&g.Version, s, 2, 3)
	case "vrrp_mcast_group4":
		r.group(&g.Groups[0], s, false)
	case "vrrp_mcast_group6":
		r.group(&g.Groups[1], s, true)
	case "vrrp_garp_interval":
		r.pace(&g.Pace[0], s)
	case "vrrp_gna_interval":
		r.pace(&g.Pace[1], s)
	case "vrrp_min_garp":
		r.boolean(&g.MinAnnounce, s)
	case "vrrp_down_timer_adverts":
		r.integer(&g.DownAdverts, s, 1, 100)
	case "vrrp_lower_prio_no_advert":
		r.boolean(&g.Silent, s)
	case "vrrp_strict":
		r.boolean(&g.Strict, s)
	case "v3_checksum_as_v2":
		r.flag(&g.PlainChecksum, s, true)
	case "vrrp_startup_delay":
		r.seconds(&g.StartDelay, s, time.Millisecond, longest)
	default:
		return false
	}
	return true
}

// group reads a multicast group.
func (r *reader) group(to *Value[netip.Addr], s *keepalived.Statement, ipv6 bool) {
	var v Value[netip.Addr]
	if r.address(&v, s); !v.Set() {
		return
	}
	if !v.V.IsMulticast() || v.V.Is6() != ipv6 {
		r.bad(s, s.Words[0], "a multicast address of its family")
		return
	}
	put(r, to, s, v.V)
}

// pace reads the least time between two announcements; 0 is out of range, and means what it means: none.
func (r *reader) pace(to *Value[time.Duration], s *keepalived.Statement) {
	if d, ok := decimal(firstOf(s), time.Second); ok && d == 0 {
		r.a.Set(s, words.Default, "there is no pause between announcements")
		return
	}
	r.seconds(to, s, time.Microsecond, longest)
}

func firstOf(s *keepalived.Statement) string {
	if len(s.Words) == 0 {
		return ""
	}
	return s.Words[0]
}

// announce reads how addresses are announced; false for another word.
func announce(r *reader, a *Announce, prefix string, s *keepalived.Statement) bool {
	word, ok := strings.CutPrefix(s.Keyword, prefix)
	if !ok {
		return false
	}
	switch word {
	case "garp_master_delay":
		r.seconds(&a.Delay, s, 0, longest)
	case "garp_master_repeat":
		r.repeat(&a.Count, s, 1)
	case "garp_master_refresh":
		r.seconds(&a.Refresh, s, 0, longest)
	case "garp_master_refresh_repeat":
		r.repeat(&a.RefreshCount, s, 1)
	case "garp_lower_prio_delay":
		r.seconds(&a.LowerDelay, s, 0, longest)
	case "garp_lower_prio_repeat":
		r.repeat(&a.LowerCount, s, 0)
	case "garp_extra_if", "vmac_garp_intvl":
		r.elsewhere(a, s)
	default:
		return false
	}
	return true
}

// elsewhere reads [all] SECS.
func (r *reader) elsewhere(a *Announce, s *keepalived.Statement) {
	number := *s
	all := len(s.Words) > 0 && s.Words[0] == "all"
	if all {
		number.Words = s.Words[1:]
	}
	var v Value[time.Duration]
	if r.seconds(&v, &number, 0, 86400*time.Second); v.Set() {
		put(r, &a.Elsewhere, s, v.V)
		a.ElsewhereAll = all
		return
	}
	r.a.Set(s, account.Ignored, "it has no number of seconds")
}

// repeat reads how often something is sent; 0 becomes 1 where there must be one.
func (r *reader) repeat(to *Value[int], s *keepalived.Statement, least int) {
	r.integer(to, s, 0, 1<<31-1)
	if to.At == s && to.V < least {
		r.a.Remark(s, "out-of-range", account.Notice, s.Keyword+" is at least 1", "keepalived takes 1; so does the result")
		to.V = least
	}
}
