package vrrp

import "time"

// Track is something outside VRRP on which the place of an instance in its election depends: while it has failed, the
// priority is lower, or the instance takes no part. Exactly one of Interface, Check and Pool is set. Comparable.
//
// With none of Weight, Raise and Factor it is a condition: the instance takes no part while it has failed.
type Track struct {
	Name      string `json:"name"`                // its address in the configuration: vip.web.track.uplink
	Interface string `json:"interface,omitempty"` // failed: absent, down or without carrier
	Check     string `json:"check,omitempty"`     // key of a check; failed: its verdict is down
	Pool      string `json:"pool,omitempty"`      // name of a pool; failed: fewer than AtLeast of its servers are up
	AtLeast   int    `json:"at_least,omitempty"`  // servers of Pool that must be up; 0: as many as give it its quorum

	Weight  uint8 `json:"weight,omitempty"`  // by which the priority is lower while it has failed, 1 to 253
	Raise   uint8 `json:"raise,omitempty"`   // by which the priority is higher while it is good, 1 to 253
	Factor  int16 `json:"factor,omitempty"`  // times the number that the check reports changes the priority, -254 to 254
	Reverse bool  `json:"reverse,omitempty"` // it counts as failed while it is good, and as good while it has failed

	Debounce Debounce `json:"debounce,omitzero"` // of Interface
}

// Debounce is how long an interface must stay up, or down, before that counts (keepalived's interface_up_down_delays).
// The zero value believes everything at once.
type Debounce struct {
	Up   time.Duration `json:"up,omitzero"`   // 0 to 255 s
	Down time.Duration `json:"down,omitzero"` // 0 to 255 s
}

// Condition tells whether a failure keeps the instance out of the election, rather than to lower its priority.
func (t Track) Condition() bool { return t.Weight == 0 && t.Raise == 0 && t.Factor == 0 }

// The ends of what a number from a check may do to a priority: keepalived cuts it at the top, and takes what lies below
// as a fault.
const (
	mostByValue  = 253
	faultByValue = -254
)

// Effect is what a tracked thing does: by how much it changes the priority, and whether it keeps the instance out. Good is
// its state before Reverse, value the number that its check reports, for Factor.
func (t Track) Effect(good bool, value int64) (change int, fault bool) {
	if t.Factor != 0 {
		factor := int64(t.Factor)
		if t.Reverse {
			factor = -factor
		}
		value = max(-1<<31, min(value, 1<<31)) * factor
		return int(min(max(value, faultByValue), mostByValue)), value <= faultByValue
	}
	if t.Reverse {
		good = !good
	}
	switch {
	case good:
		return int(t.Raise), false
	case t.Condition():
		return 0, true
	}
	return -int(t.Weight), false
}

// Effective is the priority after the changes by tracked things: cut to 1 to 254 once they are added up. That of the owner
// (255) stays, since nobody else may have its addresses.
func Effective(priority uint8, changes ...int) uint8 {
	if priority == owner {
		return owner
	}
	sum := int(priority)
	for _, c := range changes {
		sum += c
	}
	return uint8(max(1, min(sum, owner-1)))
}
