package planner

import (
	"cmp"
	"strconv"
	"time"
)

// This file says when an object that exists is as wanted, one function per kind. What the kernel fills in by
// itself, and what only counts at the moment of adding, is no difference; comparing it would keep plans from settling.

// normal leaves out of an address what its key already says.
func (a Address) normal(k AddressKey) Address {
	a.Options = a.Options.Normal(k)
	a.NoDAD = false // asks for something while the address is added; afterwards it says nothing
	if a.Label == k.Device {
		a.Label = ""
	}
	if k.Prefix.Addr().Is6() {
		a.Scope, a.Label = ScopeGlobal, "" // the kernel derives the scope, and there are no labels
	}
	return a
}

func sameAddress(k AddressKey, want, have Address) bool {
	return want == have || want.normal(k) == have.normal(k)
}

// normal leaves out of a route what the kernel decides: the scope of an IPv6 route and the order of its next hops. IPv4
// has no preference, IPv6 no realms.
func (r Route) normal(k RouteKey) Route {
	if k.Destination.Addr().Is6() {
		r.Scope, r.Realms, r.NextHops = ScopeGlobal, 0, NormalHops(r.NextHops, true)
	} else {
		r.Preference = PreferenceMedium
	}
	if r.Type == 0 {
		r.Type = Unicast
	}
	return r
}

// sameRoute takes any device for granted where the gateway decides it.
func sameRoute(k RouteKey, want, have Route) bool {
	if want == have {
		return true
	}
	want, have = want.normal(k), have.normal(k)
	return want == have.open(want)
}

// sameRule: the key says all.
func sameRule(RuleKey, Rule, Rule) bool { return true }

// attribute is one setting of an object in print; an empty value is one that is not set.
type attribute struct{ path, value string }

// attributes lists the settings of an object in a fixed order. Each kind has at least one that is never empty.
func attributes(k Key, v any) []attribute {
	switch v := v.(type) {
	case Address:
		v = v.normal(k.(AddressKey))
		return append([]attribute{
			{"scope", v.Scope.String()},
			{"label", v.Label},
			{"broadcast", printed(v.Broadcast)},
			{"peer", printed(v.Peer)},
		}, v.Options.attributes()...)
	case Route:
		v = v.normal(k.(RouteKey))
		return append([]attribute{
			{"type", v.Type.String()},
			{"gateway", printed(v.Gateway)},
			{"device", v.Device},
			{"source", printed(v.Source)},
			{"scope", v.Scope.String()},
			{"onlink", truth(v.OnLink)},
			{"mtu", count(v.MTU)},
			v.Preference.attribute(),
			{"realms", v.Realms.String()},
			{"encap", v.Encap.String()},
			{"next_hops", v.NextHops.String()},
			{"nhid", count(v.NextHopID)},
		}, v.Metrics.attributes()...)
	case Rule:
		return []attribute{{"rule", k.(RuleKey).words()}}
	case Filter:
		return []attribute{{"drops", k.(FilterKey).drops()}}
	case Interface:
		return v.attributes()
	case SyncDaemon:
		return v.attributes()
	case Sysctl:
		return []attribute{{"value", string(v)}}
	case VirtualServer:
		return v.normal(k.(VirtualServerKey)).attributes()
	case RealServer:
		return v.attributes()
	}
	return nil
}

// fieldsOf lists what differs between two values of one key; nil stands for an absent object.
func fieldsOf(k Key, before, after any) []Field {
	if want, ok := after.(Route); ok {
		if have, ok := before.(Route); ok { // a device that the gateway decided is no difference
			key := k.(RouteKey)
			before = have.normal(key).open(want.normal(key))
		}
	}
	b, a := attributes(k, before), attributes(k, after)
	var out []Field
	for i := range max(len(b), len(a)) {
		var f Field
		if i < len(b) {
			f.Path, f.Before = b[i].path, b[i].value
		}
		if i < len(a) {
			f.Path, f.After = a[i].path, a[i].value
		}
		if f.Before == f.After {
			continue
		}
		if before != nil && after != nil {
			f.Before, f.After = cmp.Or(f.Before, usually(f.Path)), cmp.Or(f.After, usually(f.Path))
		}
		out = append(out, f)
	}
	return out
}

func printed[T interface {
	IsValid() bool
	String() string
}](v T) string {
	if !v.IsValid() {
		return ""
	}
	return v.String()
}

func truth(set bool) string {
	if set {
		return "true"
	}
	return ""
}

func count(n uint32) string {
	if n == 0 {
		return ""
	}
	return strconv.FormatUint(uint64(n), 10)
}

func seconds(d time.Duration) string {
	if d == 0 {
		return ""
	}
	if d%time.Second != 0 {
		return d.String()
	}
	return strconv.FormatInt(int64(d/time.Second), 10) + "s"
}
