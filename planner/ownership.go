package planner

import (
	"encoding/json"
	"fmt"
	"maps"
)

// Claim is how ha came to an object that it keeps.
type Claim uint8

// The claims on an object. An object without one is foreign and never touched.
const (
	Foreign Claim = iota
	Owned         // ha put it there
	Adopted       // it was already exactly as wanted; released, not deleted, when no longer configured
)

// Claims is what ha has on record about kernel objects. Objects that carry ha's mark in the kernel are owned
// whether or not they are on record. All real servers of an owned service are owned: what others add to it is
// drift, what they add to an adopted or foreign one is theirs.
type Claims struct {
	Objects map[Key]Claim
	// Before holds the value that a sysctl had before ha first wrote it: what a removed sysctl goes back to.
	Before map[SysctlKey]Sysctl
}

// Of returns the claim on a live object.
func (c Claims) Of(k Key, live State) Claim {
	switch k := k.(type) {
	case InterfaceKey, FilterKey:
		if live.Marked[k] {
			return Owned
		}
	case AddressKey:
		return c.address(k, live.Marked)
	case RouteKey:
		return c.route(k, live.Marked)
	case RuleKey:
		return c.rule(k, live.Marked)
	case RealServerKey:
		return c.realServer(k)
	case SysctlKey, VirtualServerKey, SyncDaemonKey:
	}
	return c.Objects[k]
}

// One method per kind, so that asking for a claim puts no key on the heap.

func (c Claims) address(k AddressKey, marked map[Key]bool) Claim {
	if marked[k] {
		return Owned
	}
	return c.Objects[k]
}

func (c Claims) route(k RouteKey, marked map[Key]bool) Claim {
	if marked[k] {
		return Owned
	}
	return c.Objects[k]
}

func (c Claims) rule(k RuleKey, marked map[Key]bool) Claim {
	if marked[k] {
		return Owned
	}
	return c.Objects[k]
}

func (c Claims) sysctl(k SysctlKey) Claim { return c.Objects[k] }

func (c Claims) virtualServer(k VirtualServerKey) Claim { return c.Objects[k] }

func (c Claims) realServer(k RealServerKey) Claim {
	if c.Objects[k.Service] == Owned {
		return Owned
	}
	return c.Objects[k]
}

// ClaimsAfter returns what will be on record once changes are carried out on live. Neither argument is changed.
// It may be called with one change at a time, as each succeeds.
func ClaimsAfter(changes []Change, live State, before Claims) Claims {
	after := Claims{Objects: maps.Clone(before.Objects), Before: maps.Clone(before.Before)}
	for _, c := range changes {
		after.Record(c, live)
	}
	return after
}

// Record notes one change that was carried out on live, the state before it. It changes c in place, so that an
// enforcer with many objects pays for the one that changed.
func (c *Claims) Record(change Change, live State) {
	if change.Key == nil {
		return
	}
	sysctl, isSysctl := change.Key.(SysctlKey)
	switch change.Action {
	case Create, Replace:
		c.set(change.Key, Owned)
	case Adopt:
		c.set(change.Key, Adopted)
	case Update:
		switch claim := c.Of(change.Key, live); {
		case isSysctl && change.After == any(c.Before[sysctl]) && hasReason(change, ReasonRemoved):
			c.forget(change.Key)
		case isSysctl:
			c.keepBefore(sysctl, change)
			c.set(sysctl, Owned)
		case claim == Foreign, isRoute(change.Key): // a rewritten route carries ha's mark
			c.set(change.Key, Owned)
		default:
			c.set(change.Key, claim)
		}
	case Delete, Release:
		c.forget(change.Key)
	}
}

// keepBefore notes the value that a sysctl had before ha first wrote it.
func (c *Claims) keepBefore(k SysctlKey, change Change) {
	before, ok := change.Before.(Sysctl)
	if _, noted := c.Before[k]; noted || !ok || c.Objects[k] == Owned {
		return
	}
	if c.Before == nil {
		c.Before = make(map[SysctlKey]Sysctl)
	}
	c.Before[k] = before
}

func (c *Claims) set(k Key, claim Claim) {
	if c.Objects == nil {
		c.Objects = make(map[Key]Claim)
	}
	c.Objects[k] = claim
}

func (c *Claims) forget(k Key) {
	delete(c.Objects, k)
	if sysctl, ok := k.(SysctlKey); ok {
		delete(c.Before, sysctl)
	}
}

// Prune drops the records of objects that no longer exist, so that whoever makes them anew owns them. It wants a
// whole reading of the machine and keeps what that could not see.
func (c *Claims) Prune(live State) {
	maps.DeleteFunc(c.Objects, func(k Key, _ Claim) bool {
		exists := true
		switch k := k.(type) {
		case InterfaceKey:
			_, exists = live.Interfaces[k]
		case AddressKey:
			_, exists = live.Addresses[k]
		case RouteKey:
			_, exists = live.Routes[k]
		case RuleKey:
			_, exists = live.Rules[k]
		case VirtualServerKey:
			_, exists = live.VirtualServers[k]
			exists = exists || live.NoIPVS != ""
		case RealServerKey:
			_, exists = live.RealServers[k]
			exists = exists || live.NoIPVS != ""
		case SyncDaemonKey:
			_, exists = live.SyncDaemons[k]
			exists = exists || live.NoIPVS != ""
		case FilterKey:
			_, exists = live.Filters[k]
			exists = exists || live.NoFilters != ""
		case SysctlKey: // which sysctls are read depends on this very record
		}
		return !exists
	})
}

func hasReason(c Change, code string) bool {
	for _, r := range c.Reasons {
		if r.Code == code {
			return true
		}
	}
	return false
}

func isRoute(k Key) bool { _, ok := k.(RouteKey); return ok }

// MarshalJSON writes {"objects": {KEY: CLAIM}, "before": {SYSCTL: VALUE}}.
func (c Claims) MarshalJSON() ([]byte, error) {
	objects := make(map[string]Claim, len(c.Objects))
	for k, claim := range c.Objects {
		objects[k.String()] = claim
	}
	return json.Marshal(claimsJSON{Objects: objects, Before: c.Before})
}

// UnmarshalJSON reads what MarshalJSON wrote. A key that is none is an error: a record that cannot be read whole
// must not make objects foreign in silence.
func (c *Claims) UnmarshalJSON(data []byte) error {
	var j claimsJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	objects := make(map[Key]Claim, len(j.Objects))
	for s, claim := range j.Objects {
		k, err := ParseKey(s)
		if err != nil {
			return fmt.Errorf("claims: %w", err)
		}
		objects[k] = claim
	}
	*c = Claims{Objects: objects, Before: j.Before}
	return nil
}

type claimsJSON struct {
	Objects map[string]Claim     `json:"objects,omitempty"`
	Before  map[SysctlKey]Sysctl `json:"before,omitempty"`
}

// Conflict is a wanted object whose place is taken by one that ha did not make and that differs. It is never
// overwritten: somebody has to decide.
type Conflict struct {
	Key     Key
	Name    string // pool.web service 192.0.2.20:443/tcp
	Source  Source
	Message string // what is there, what is wanted, what to do
}

// conflictOver words the conflict of an object that exists and differs.
func (d *differ) conflictOver(k Key, want, have any) Conflict {
	there, wanted := "", ""
	for _, f := range fieldsOf(k, have, want) {
		there += ", " + f.Path + " " + orNone(f.Before)
		wanted += ", " + f.Path + " " + orNone(f.After)
	}
	remedy := "Remove it by hand, or write the configuration as it is there and ha adopts it."
	if _, ok := k.(RealServerKey); ok {
		remedy = "Set it by hand as wanted, or remove it; its service is not ha's own."
	}
	return Conflict{
		Key: k, Name: d.name(k), Source: d.source(k),
		Message: fmt.Sprintf("it exists with %s and was not made by ha; wanted is %s. %s", trimComma(there), trimComma(wanted), remedy),
	}
}

// conflictInTheWay words the conflict of an IPv6 address that stands with another prefix length.
func (d *differ) conflictInTheWay(k, other AddressKey) Conflict {
	return Conflict{
		Key: k, Name: d.name(k), Source: d.source(k),
		Message: fmt.Sprintf("%s has %s already, not made by ha, and IPv6 holds an address once per interface; wanted is /%d. %s",
			k.Device, other.Prefix, k.Prefix.Bits(), "Remove it by hand, or write the prefix length that is there."),
	}
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}

func trimComma(s string) string {
	if len(s) < 2 {
		return s
	}
	return s[2:]
}
