package decode

import (
	"fmt"
	"net/netip"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
)

// Adverts is the `adverts` block of a VIP.
type Adverts struct {
	Head
	Groups        []Arg[netip.Addr] // at most one of each family
	Sources       []Arg[netip.Addr] // likewise
	Checksum      Arg[string]
	Mismatch      Arg[string]
	DSCP          Arg[int64]
	QueuePriority Arg[int64]
}

// Group is the multicast group of a family; not valid: that of the standard.
func (a *Adverts) Group(ipv6 bool) netip.Addr { return ofFamily(a.Groups, ipv6) }

// Source is the address from which adverts of a family go to the group; not valid: the primary one of the interface.
func (a *Adverts) Source(ipv6 bool) netip.Addr { return ofFamily(a.Sources, ipv6) }

func ofFamily(list []Arg[netip.Addr], ipv6 bool) netip.Addr {
	for _, a := range list {
		if a.Val.Is6() == ipv6 {
			return a.Val
		}
	}
	return netip.Addr{}
}

func bindAdverts(o *Object) Adverts {
	k := o.spec.kids[o.spec.nested["adverts"]].defaultsOf(o, "adverts")
	return Adverts{
		Head: headOf(k), Groups: list[netip.Addr](k, "groups"), Sources: list[netip.Addr](k, "sources"), Checksum: get[string](k, "checksum"), Mismatch: get[string](k, "address_mismatch"),
		DSCP: get[int64](k, "dscp"), QueuePriority: get[int64](k, "queue_priority"),
	}
}

// linkScope is the scope of IPv6 groups that no router forwards.
var linkScope = netip.MustParsePrefix("ff02::/16")

func groupsAreGroups(o *Object, why string) hcl.Diagnostics {
	return oneOfEachFamily(o, "groups", why, "Write a group such as 224.0.0.240 or ff02::240.", func(a netip.Addr) string {
		switch {
		case !a.IsMulticast():
			return fmt.Sprintf("%s is no multicast group", a)
		case a.Is6() && !linkScope.Contains(a):
			return fmt.Sprintf("the group %s may cross routers", a)
		}
		return ""
	})
}

func sourcesAreHosts(o *Object, why string) hcl.Diagnostics {
	return oneOfEachFamily(o, "sources", why, "Write an address of the node itself.", func(a netip.Addr) string {
		if a.IsMulticast() || a.IsUnspecified() || a.IsLoopback() {
			return fmt.Sprintf("%s is no address that adverts can come from", a)
		}
		return ""
	})
}

// oneOfEachFamily reports what is wrong with addresses of a list, and the second one of a family.
func oneOfEachFamily(o *Object, arg, why, help string, wrong func(netip.Addr) string) hcl.Diagnostics {
	var found hcl.Diagnostics
	earlier := map[bool]netip.Addr{}
	for _, a := range list[netip.Addr](o, arg) {
		what, remedy := wrong(a.Val), help
		if first := earlier[a.Val.Is6()]; what == "" && first.IsValid() {
			what, remedy = fmt.Sprintf("%s and %s are of one address family", first, a.Val), "Keep one; a vip of its own may use the other."
		}
		if what == "" {
			earlier[a.Val.Is6()] = a.Val
		}
		if what != "" {
			found = append(found, diag.Error("HA2344", a.At.Ptr(), what, why, o.where().options(diag.Help(remedy))...))
		}
	}
	return found
}

func groupsNeedMulticast(o *Object, why string) hcl.Diagnostics {
	var found hcl.Diagnostics
	for _, u := range o.Blocks("unicast") {
		for _, a := range o.Blocks("adverts") {
			for _, arg := range []string{"groups", "sources"} {
				if len(list[netip.Addr](a, arg)) > 0 {
					found = append(found, fault(a, "HA2345", arg, arg+" have no meaning beside a unicast block", why, "Remove one of the two.", diag.See("unicast", u.NameRange()))...)
				}
			}
		}
	}
	return found
}

func ttlsAreARange(o *Object, why string) hcl.Diagnostics {
	u := bindUnicast(o)
	if u.MinTTL.Set && u.MaxTTL.Set && u.MinTTL.Val > u.MaxTTL.Val {
		return fault(o, "HA2346", "max_ttl", fmt.Sprintf("max_ttl %d is below min_ttl %d, so no advert is accepted", u.MaxTTL.Val, u.MinTTL.Val), why,
			"Swap them, or set one of the two only.", diag.See("min_ttl", u.MinTTL.At))
	}
	if u.MinTTL.Set && u.TTL.Val < u.MinTTL.Val {
		return fault(o, "HA2346", "ttl", fmt.Sprintf("adverts are sent with a TTL of %d, and accepted from %d on", u.TTL.Val, u.MinTTL.Val), why,
			"Send with a higher ttl, or accept a lower min_ttl.", diag.See("min_ttl", u.MinTTL.At))
	}
	return nil
}
