package meaning

import (
	"fmt"

	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/words"
)

// groups reads the sync groups, when all instances are known.
func (r *reader) groups() {
	taken := map[string]string{}
	for _, s := range r.top {
		if s.Keyword != "vrrp_sync_group" {
			continue
		}
		g := &Group{At: s, Name: s.Words[0]}
		r.a.Set(s, words.Converted, "")
		each(s, func(s *keepalived.Statement) {
			switch s.Keyword {
			case "group":
				r.members(g, s, taken)
			case "sync_group_tracking_weight":
				r.flag(&g.Weights, s, true)
				r.passed("vrrp_sync_group", s)
			case "global_tracking":
				r.a.Set(s, words.Default, "what a member tracks moves the whole group")
			case "smtp_alert":
				r.alert(&g.Alert, s)
			default:
				if !r.track(&g.Tracked, s) && !r.called(&g.Calls, s) {
					r.passed("vrrp_sync_group", s)
				}
			}
		})
		if len(g.Members) < 2 {
			r.a.Remark(s, "group-too-small", account.Notice, fmt.Sprintf("vrrp_sync_group %s has %s", printable(g.Name), map[int]string{0: "no member", 1: "one member"}[len(g.Members)]), "nothing has to be kept together; the result is without it")
			r.a.Set(s, words.Needless, "only two or more can move together")
			r.alone(g)
			continue
		}
		r.weightless(g)
		r.config.Groups = append(r.config.Groups, g)
	}
}

// alone gives what a group of one tracks to its member.
func (r *reader) alone(g *Group) {
	for _, m := range g.Members {
		r.a.Set(m.At, words.Needless, "only two or more can move together")
		i := r.byName[m.V]
		i.Tracked = append(i.Tracked, g.Tracked...)
		if len(g.Calls) > 0 {
			r.a.Remark(g.At, "group-of-one", account.Notice, "the programs of the group are run for its only member", "their arguments are INSTANCE and the name of the member, where they were GROUP and that of the group")
		}
		i.Calls = append(i.Calls, g.Calls...)
		if g.Alert.Set() && !i.Alert.Set() {
			i.Alert = g.Alert
		}
	}
}

func (r *reader) members(g *Group, s *keepalived.Statement, taken map[string]string) {
	r.a.Set(s, words.Converted, "")
	each(s, func(s *keepalived.Statement) {
		for _, name := range append([]string{s.Keyword}, s.Words...) {
			switch {
			case r.byName[name] == nil:
				r.a.Remark(s, "undefined-instance", account.Notice, "there is no instance "+printable(name), "keepalived drops it from the group; so does the result")
				r.a.Set(s, account.Ignored, "there is no such instance")
			case taken[name] != "":
				r.a.Remark(s, "instance-in-two-groups", account.Notice, printable(name)+" is in the group "+printable(taken[name])+" already", "keepalived drops it here; so does the result")
				r.a.Set(s, account.Ignored, "it is in another group")
			default:
				taken[name] = g.Name
				g.Members = append(g.Members, Value[string]{name, s})
			}
		}
	})
}

// weightless takes weights off what members track for themselves, as keepalived does.
func (r *reader) weightless(g *Group) {
	for _, m := range g.Members {
		i := r.byName[m.V]
		i.Tracked = without(i.Tracked, func(t *Tracked) bool {
			switch {
			case t.Weight == 0:
				return false
			case t.Kind == Interface:
				r.a.Remark(t.At, "weight-in-group", account.Notice, "members of a sync group have no weights", "keepalived takes 0: when the interface fails, the whole group leaves; so does the result")
				t.Weight = 0
				return false
			default:
				r.a.Ignore(t.At, "weight-in-group", "members of a sync group have no weights", "keepalived drops the entry; so does the result. Weights stand in the group itself")
				return true
			}
		})
	}
}
