package vrrp

// Track is something outside VRRP on which the place of an instance in its election depends: while it has failed, the
// priority is lower, or the instance takes no part. Exactly one of Interface and Check is set. Comparable.
type Track struct {
	Name      string `json:"name"`                // its address in the configuration: vip.web.track.uplink
	Interface string `json:"interface,omitempty"` // failed: absent, down or without carrier
	Check     string `json:"check,omitempty"`     // key of a check; failed: its verdict is down
	Weight    uint8  `json:"weight,omitempty"`    // by which a failure lowers the priority, 1 to 253; 0: takes no part
}

// Effective is the priority after failures that lower it by weights: never below 1. That of the owner (255) stays, since
// nobody else may have its addresses.
func Effective(priority uint8, weights ...uint8) uint8 {
	if priority == owner {
		return owner
	}
	left := int(priority)
	for _, w := range weights {
		left -= int(w)
	}
	return uint8(max(left, 1))
}
