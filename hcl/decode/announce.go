package decode

import (
	"fmt"
	"time"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// Announce is an `announce` block, of a VIP or of the settings.
type Announce struct {
	Count        Arg[int64]
	Delay        Arg[time.Duration]
	Refresh      Arg[time.Duration]
	RefreshCount Arg[int64]
	LowerCount   Arg[int64]         // unset: as Count
	LowerDelay   Arg[time.Duration] // unset: as Delay
	Pace         Arg[time.Duration]
	NAPace       Arg[time.Duration] // unset: as Pace
	ARP          Arg[string]        // request, reply, both
	Elsewhere    Arg[time.Duration]
	ElsewhereOn  Arg[string] // virtual, all
}

func bindAnnounce(o *Object) Announce {
	return Announce{
		Count: get[int64](o, "count"), Delay: get[time.Duration](o, "delay"), Refresh: get[time.Duration](o, "refresh"),
		RefreshCount: get[int64](o, "refresh_count"), LowerCount: get[int64](o, "lower_count"), LowerDelay: get[time.Duration](o, "lower_delay"),
		Pace: get[time.Duration](o, "pace"), NAPace: get[time.Duration](o, "na_pace"), ARP: get[string](o, "arp"),
		Elsewhere: get[time.Duration](o, "elsewhere"), ElsewhereOn: get[string](o, "elsewhere_on"),
	}
}

// Or is how a VIP is announced: as its own block says, and where that is silent, as the settings do.
func (a Announce) Or(s *Announce) Announce {
	if s == nil {
		return a
	}
	return Announce{
		Count: or(a.Count, s.Count), Delay: or(a.Delay, s.Delay), Refresh: or(a.Refresh, s.Refresh), RefreshCount: or(a.RefreshCount, s.RefreshCount),
		LowerCount: or(a.LowerCount, s.LowerCount), LowerDelay: or(a.LowerDelay, s.LowerDelay), Pace: or(a.Pace, s.Pace), NAPace: or(a.NAPace, s.NAPace),
		ARP: or(a.ARP, s.ARP), Elsewhere: or(a.Elsewhere, s.Elsewhere), ElsewhereOn: or(a.ElsewhereOn, s.ElsewhereOn),
	}
}

func or[T any](own, other Arg[T]) Arg[T] {
	if own.Set || !other.Set {
		return own
	}
	return other
}

// AnnounceObject is the announce block of the settings; nil for none.
func (s *Settings) AnnounceObject() *Object {
	for _, k := range s.Object.Blocks("announce") {
		return k
	}
	return nil
}

func announceIn(o *Object) *Announce {
	for _, k := range o.Blocks("announce") {
		a := bindAnnounce(k)
		return &a
	}
	return nil
}

// PaceGroup is a `pace_group` block.
type PaceGroup struct {
	Head
	Interfaces []Arg[string]
	Pace       Arg[time.Duration]
	NAPace     Arg[time.Duration] // unset: as Pace
}

func paceGroups(o *Object) []PaceGroup {
	var out []PaceGroup
	for _, k := range o.Blocks("pace_group") {
		out = append(out, PaceGroup{
			Head: headOf(k), Interfaces: list[string](k, "interfaces"), Pace: get[time.Duration](k, "pace"), NAPace: get[time.Duration](k, "na_pace"),
		})
	}
	return out
}

// groupHasAPace: a group without one does nothing.
func groupHasAPace(o *Object, why string) hcl.Diagnostics {
	if get[time.Duration](o, "pace").Val > 0 || get[time.Duration](o, "na_pace").Val > 0 {
		return nil
	}
	return fault(o, "HA2371", "pace", o.Header()+" has no pace", why, `Add for example pace = "1ms", or remove the block.`)
}

// interfaceInOneGroup: an interface cannot keep two paces.
func interfaceInOneGroup(o *Object, why string) hcl.Diagnostics {
	var found hcl.Diagnostics
	first := map[string]Arg[string]{}
	for _, g := range paceGroups(o) {
		for _, i := range g.Interfaces {
			other, taken := first[i.Val]
			if !taken {
				first[i.Val] = i
				continue
			}
			at := i.At
			found = append(found, diag.Error("HA2372", &at, fmt.Sprintf("interface %s is in two pace groups", i.Val), why,
				o.where().options(diag.Help("Remove it from one of them."), diag.See("the other group", other.At))...))
		}
	}
	return found
}
