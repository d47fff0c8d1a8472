package enforcer

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"ha/checks/bfd"
	"ha/checks/bfd/packet"
	"ha/enforcer/control"
)

// status describes every session, sorted by name.
func (b *bfdSessions) status() []control.BFDStatus {
	b.mu.Lock()
	defer b.mu.Unlock()
	list := make([]control.BFDStatus, 0, len(b.sessions))
	for _, name := range slices.Sorted(maps.Keys(b.sessions)) {
		s := b.sessions[name]
		c, core := s.config, s.core
		row := control.BFDStatus{
			Name: name, Peer: c.Peer.String(), Interface: c.Interface, Multihop: c.Multihop, Passive: c.Passive,
			State: core.State.String(), Verdict: core.Verdict.String(), Diagnostic: uint8(core.Diagnostic), Since: s.since, Why: core.Reason.String(),
			Problem: cmp.Or(s.problem, b.deaf[s.port()]), Discriminator: core.Local, PeerDiscriminator: core.Remote.Discriminator,
			Interval: core.Interval, Multiplier: c.Multiplier, Detection: core.Detection(), Polling: core.Polling,
			Sent: s.sent, Received: s.received, Late: s.late,
		}
		if s.source.IsValid() {
			row.Source = s.source.String()
		}
		if r := core.Remote; r.Discriminator != 0 {
			row.PeerState, row.PeerDiagnostic, row.PeerMinTX, row.PeerMinRX = r.State.String(), uint8(r.Diagnostic), r.MinTX, r.MinRX
		}
		if heard := core.Remote.Heard; heard != 0 {
			row.HeardAt = b.start.Add(heard)
		}
		row.Dropped = named(s.dropped)
		list = append(list, row)
	}
	return list
}

// lost is what was dropped without a session, by reason.
func (b *bfdSessions) lost() map[string]uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return named(b.dropped)
}

// named is counters under their names; nil when there is none.
func named(dropped map[packet.Drop]uint64) map[string]uint64 {
	var out map[string]uint64
	for drop, n := range dropped {
		out = with(out, drop.String(), n)
	}
	return out
}

// validateBFD reports what is wrong with sessions.
func validateBFD(list []bfd.Config) []error {
	var errs []error
	names := map[string]bool{}
	for _, c := range list {
		if names[c.Name] {
			errs = append(errs, fmt.Errorf("%s is there twice", c.Name))
		}
		names[c.Name] = true
		if err := c.Validate(); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// validateWatch reports instances that watch sessions which are not there.
func (c *Config) validateWatch() []error {
	var errs []error
	for _, i := range c.Instances {
		for _, name := range i.Watch {
			if !slices.ContainsFunc(c.BFD, func(s bfd.Config) bool { return s.Name == name }) {
				errs = append(errs, fmt.Errorf("%s watches %s, which is not in the plan", i.Name, name))
			}
		}
	}
	return errs
}
