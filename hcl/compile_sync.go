package hcl

import (
	"strconv"

	"ha/hcl/check"
	"ha/hcl/decode"
	"ha/planner"
)

// ipvs compiles what the settings say of IPVS on a director, but for its sysctls.
func (k *compiler) ipvs() {
	ipvs := k.settings().IPVS
	if ipvs == nil {
		return
	}
	k.out.Plan.Settings.IPVSAtStart = lifeOf(ipvs.AtStart)
	k.out.Plan.Settings.IPVSAtStop = lifeOf(ipvs.AtStop)
	s := ipvs.Sync
	if s == nil {
		return
	}
	k.out.Plan.Sync = &planner.Sync{
		Follow: check.Followed(k.cfg, s),
		Daemon: planner.SyncDaemon{
			Interface: s.Interface.Val, ID: check.SyncID(k.cfg, s), Group: s.Group.Val, Port: uint16(s.Port.Val), TTL: uint8(s.TTL.Val),
			MaxLength: uint16(s.MaxLength.Val),
		},
		Source: sourceOf(s.At),
	}
}

// lifeOf is what is done to the table; empty is the default, nothing.
func lifeOf(a decode.Arg[string]) planner.TableFate {
	if a.Val == "keep" {
		return planner.TableKeep
	}
	return planner.TableFate(a.Val)
}

// computedSettings are the arguments of the settings whose default follows from others: the number of the group of directors.
func computedSettings(cfg *decode.Config, s *decode.Settings) []computed {
	if s.IPVS == nil || s.IPVS.Sync == nil {
		return nil
	}
	sync := s.IPVS.Sync
	return []computed{{"ipvs.sync.id", strconv.Itoa(int(check.SyncID(cfg, sync))), sync.ID.At}}
}
