package planner

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
)

// ReadObject is an object that a plan touches or relies on, as it was when the plan was made.
type ReadObject struct {
	Object  string `json:"object"` // a key, or link|eth0
	Present bool   `json:"present"`
	// Conditional objects come and go with roles and verdicts; only their settings count, not their presence.
	Conditional bool   `json:"conditional,omitempty"`
	Digest      string `json:"digest,omitempty"` // of the settings that configuration decides; empty when absent
	Owner       Claim  `json:"owner,omitempty"`
}

// Present is what a node looks like when a plan is to be applied.
type Present struct {
	MachineID  string // hex SHA-256, as in [NodePlan]; empty: not known
	Generation int    // of the applied plan
	Live       State
	Claims     Claims
}

// Violation is a precondition of a plan that does not hold any more.
type Violation struct {
	Object   string `json:"object"` // a key, link|eth0, machine, generation or impact
	Expected string `json:"expected"`
	Found    string `json:"found"`
}

// Error returns the violation in words.
func (v Violation) Error() string {
	return fmt.Sprintf("%s: expected %s, found %s", v.Object, v.Expected, v.Found)
}

// CheckPreconditions tells what has changed on a node since its plan was made, as far as the plan cares. Nothing:
// it may be applied. Roles that moved and verdicts that came in are no violation; see [CheckImpact] for what they
// may cost.
func CheckPreconditions(n NodePlan, now Present) []Violation {
	var out []Violation
	if n.MachineID != "" && now.MachineID != n.MachineID {
		out = append(out, Violation{"machine", "the one that was planned for, " + abbreviated(n.MachineID), orNone(abbreviated(now.MachineID))})
	}
	if now.Generation != n.Base.Generation {
		out = append(out, Violation{"generation", fmt.Sprint(n.Base.Generation), fmt.Sprint(now.Generation)})
	}
	for _, object := range n.Base.ReadSet {
		if v, ok := object.check(now); !ok {
			out = append(out, v)
		}
	}
	return out
}

// CheckImpact tells whether a plan costs more under the present roles than it did when it was approved. fresh is
// the comparison of the same plan with the present.
func CheckImpact(n NodePlan, fresh Comparison) []Violation {
	now := Summarise(NodePlan{Changes: fresh.Changes()}).Impact
	if now <= n.Impact {
		return nil
	}
	return []Violation{{"impact", "at most " + n.Impact.String(), now.String()}}
}

func abbreviated(id string) string { return id[:min(12, len(id))] }

// check compares an object with what is there now.
func (o ReadObject) check(now Present) (Violation, bool) {
	v := Violation{Object: o.Object, Expected: o.words(), Found: "absent"}
	if device, isLink := linkOf(o.Object); isLink {
		_, exists := now.Live.Links[device]
		return v, exists == o.Present
	}
	k, err := ParseKey(o.Object)
	if err != nil {
		v.Found = "a key that cannot be read: " + err.Error()
		return v, false
	}
	have := readObject(k, now.Live, now.Claims, o.Conditional)
	v.Found = have.words()
	if have.Present && o.Present {
		return v, have.Digest == o.Digest && (have.Owner == Foreign) == (o.Owner == Foreign)
	}
	if o.Conditional {
		return v, !have.Present || have.Owner != Foreign
	}
	return v, have.Present == o.Present
}

func (o ReadObject) words() string {
	if !o.Present {
		return "absent"
	}
	if o.Digest == "" {
		return "present"
	}
	return fmt.Sprintf("present, %s, settings %s", o.Owner, Short(o.Digest))
}

const linkKind = "link|"

func linkOf(object string) (string, bool) {
	if len(object) < len(linkKind) || object[:len(linkKind)] != linkKind {
		return "", false
	}
	return object[len(linkKind):], true
}

// readSet collects what changes touch and what they rely on: the service of a real server, the interface of an
// address. Corrections of drift are left out: an enforcer that runs makes them at any moment.
func (c *comparer) readSet(changes []Change, claims Claims) []ReadObject {
	seen := make(map[string]bool)
	var out []ReadObject
	add := func(o ReadObject) {
		if !seen[o.Object] {
			seen[o.Object] = true
			out = append(out, o)
		}
	}
	for _, change := range changes {
		if change.Key == nil || change.Cause == CauseDrift {
			continue
		}
		add(readObject(change.Key, c.live, claims, c.condition(change) != Now))
		switch k := change.Key.(type) {
		case RealServerKey:
			add(readObject(k.Service, c.live, claims, false))
		case AddressKey:
			if _, exists := c.live.Links[k.Device]; exists {
				add(ReadObject{Object: linkKind + k.Device, Present: true})
			}
		case InterfaceKey, RouteKey, RuleKey, FilterKey, SysctlKey, VirtualServerKey, SyncDaemonKey:
		}
	}
	slices.SortFunc(out, func(a, b ReadObject) int { return cmp.Compare(a.Object, b.Object) })
	return out
}

// readObject notes an object as it is. The weight of a real server is not noted: checks drive it.
func readObject(k Key, live State, claims Claims, conditional bool) ReadObject {
	o := ReadObject{Object: k.String(), Conditional: conditional}
	v := live.Value(k)
	if v == nil {
		return o
	}
	switch value := v.(type) {
	case RealServer:
		value.Weight = 0
		v = value.normal()
	case Address:
		if claims.Of(k, live) != Owned {
			value.Options = AddressOptions{} // lifetimes of others end while a plan waits
		}
		v = value.normal(k.(AddressKey)) // Value returns what belongs to the key
	case Route:
		v = value.normal(k.(RouteKey))
	case VirtualServer:
		v = value.normal(k.(VirtualServerKey))
	}
	data, err := json.Marshal(v)
	if err != nil {
		data = fmt.Append(nil, v) // such a value came from the kernel and not from a document
	}
	o.Present, o.Digest, o.Owner = true, digest(data), claims.Of(k, live)
	return o
}
