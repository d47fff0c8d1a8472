package decode

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/diag"
	"ha/hcl/schema"
)

// ruleFunc checks one rule of the schema on a finished object; why is the rule in words.
type ruleFunc func(o *Object, why string) hcl.Diagnostics

// ruleOf returns the check of a rule by its name.
func ruleOf(name string) (ruleFunc, bool) {
	f, ok := map[string]ruleFunc{
		"interval fits version":   intervalFitsVersion,
		"version 2 is IPv4":       versionTwoIsIPv4,
		"authentication is whole": authenticationIsWhole,
		"passwords are version 2": passwordsAreVersionTwo,
		"groups are groups":       groupsAreGroups,
		"sources are hosts":       sourcesAreHosts,
		"virtual needs multicast": virtualNeedsMulticast,
		"name leaves room":        nameLeavesRoom,
		"one address of a family": oneAddressOfAFamily,

		"one kind of virtual interface": oneKindOfVirtual,

		"a group has a pace":     groupHasAPace,
		"interface in one group": interfaceInOneGroup,
		"groups need multicast":  groupsNeedMulticast,
		"ttls are a range":       ttlsAreARange,
		"has addresses":          hasAddresses,
		"address once":           addressOnce,
		"addresses fit a packet": addressesFitPacket,
		"label fits":             labelFits,
		"broadcast fits":         broadcastFits,
		"peer fits":              peerFits,
		"scope fits":             scopeFits,
		"options are of IPv6":    optionsAreOfIPv6,
		"temporaries have a /64": temporariesNeedANetwork,
		"has listeners":          hasListeners,

		"port 0 needs persistence":      portZeroNeedsPersistence,
		"flags are of the scheduler":    flagsAreOfTheScheduler,
		"one packet is UDP":             onePacketIsUDP,
		"granularity needs persistence": granularityNeedsPersistence,
		"thresholds are in order":       thresholdsAreInOrder,
		"tunnel fits its type":          tunnelFitsItsType,

		"tls arguments need tls":   tlsArgumentsNeedTLS,
		"contains needs a body":    containsNeedsBody,
		"pages are of http":        pagesAreOfHTTP,
		"datagrams fit":            datagramsFit,
		"logins are whole":         loginsAreWhole,
		"command is a program":     commandIsAProgram,
		"a file is of the node":    fileIsOfTheNode,
		"route has a way":          routeHasWay,
		"route is of one family":   routeOneFamily,
		"onlink has both":          onlinkHasBoth,
		"route scope fits":         routeScopeFits,
		"link-local has a device":  linkLocalHasDevice,
		"route is for packets":     routeIsForPackets,
		"next hops fit":            nextHopsFit,
		"realms are IPv4":          realmsAreIPv4,
		"encap fits":               encapFits,
		"encap fits the route":     encapFitsRoute,
		"preference fits":          preferenceFits,
		"locks are set":            locksAreSet,
		"rule is of one family":    ruleOneFamily,
		"rule action fits":         ruleActionFits,
		"tos without ECN":          tosWithoutECN,
		"a process is of the node": processIsOfTheNode,
		"from needs the network":   fromNeedsTheNetwork,
		"data path fits":           dataPathFits,
		"weight fits the check":    weightFitsTheCheck,

		"hysteresis is below the weight": hysteresisIsBelowTheWeight,
	}[name]
	if !ok {
		return otherRule(name)
	}
	return f, ok
}

// otherRule returns the check of a rule about who is told, sessions, or what is tracked.
func otherRule(name string) (ruleFunc, bool) {
	f, ok := map[string]ruleFunc{
		"sync group is multicast": syncGroupIsMulticast,
		"sync threshold fits":     syncThresholdFits,
		"sync ports are doubled":  syncPortsAreDoubled,

		"tells somebody":      tellsSomebody,
		"mail has recipients": mailHasRecipients,
		"user and password":   userAndPassword,
		"webhook has one URL": webhookHasOneURL,

		"bfd is of one family": bfdIsOfOneFamily,
		"bfd peer is a host":   bfdPeerIsAHost,
		"bfd hops fit":         bfdHopsFit,

		"track names one thing":       trackNamesOneThing,
		"track weighs in one way":     trackWeighsInOneWay,
		"preempt_delay needs preempt": preemptDelayNeedsPreempt,
		"owner has no weights":        ownerHasNoWeights,
	}[name]
	return f, ok
}

// fault is an error about an argument of the object.
func fault(o *Object, code, arg, what, why, help string, more ...diag.Option) hcl.Diagnostics {
	at := o.At(arg)
	return hcl.Diagnostics{diag.Error(code, &at, what, why, o.where().options(append(more, diag.Help(help))...)...)}
}

func intervalFitsVersion(o *Object, why string) hcl.Diagnostics {
	interval, version := get[time.Duration](o, "interval").Val, get[int64](o, "version").Val
	text := schema.FormatDuration(interval)
	switch {
	case version == 2 && interval%time.Second != 0:
		return fault(o, "HA2301", "interval", fmt.Sprintf("interval %q is not whole seconds, and version 2 counts seconds", text), why,
			fmt.Sprintf("Set it to %q, or use version 3.", schema.FormatDuration(max(interval.Truncate(time.Second), time.Second))))
	case version == 3 && interval > 40950*time.Millisecond:
		return fault(o, "HA2301", "interval", fmt.Sprintf("interval %q is above 40.95s, the longest of version 3", text), why,
			`Set it to at most "40.95s", or use version 2.`)
	}
	return nil
}

func versionTwoIsIPv4(o *Object, why string) hcl.Diagnostics {
	if get[int64](o, "version").Val != 2 {
		return nil
	}
	var found hcl.Diagnostics
	for _, a := range addresses(o) {
		if a.Prefix.Val.Addr().Is6() {
			found = append(found, diag.Error("HA2302", a.Prefix.At.Ptr(), fmt.Sprintf("%s is IPv6, and version 2 carries IPv4 only", a.Prefix.Val), why,
				o.where().options(diag.See("version", o.At("version")), diag.Help("Use version 3, or make a vip of its own for IPv6."))...))
		}
	}
	return found
}

func hasAddresses(o *Object, why string) hcl.Diagnostics {
	list := addresses(o)
	if slices.ContainsFunc(list, func(a Address) bool { return !a.Silent }) {
		return nil
	}
	what := o.Header() + " has no addresses"
	if len(list) > 0 {
		what = o.Header() + " has no address that is advertised"
	}
	if o.Node != "" {
		what += " on node " + o.Node
	}
	return fault(o, "HA2303", "addresses", what, why, `Add for example `+"`addresses = [\"192.0.2.20/32\"]`.")
}

func addressOnce(o *Object, why string) hcl.Diagnostics {
	var found hcl.Diagnostics
	first := map[netip.Addr]Address{}
	for _, a := range addresses(o) {
		ip := a.Prefix.Val.Addr()
		before, twice := first[ip]
		if !twice {
			first[ip] = a
			continue
		}
		found = append(found, diag.Error("HA2304", a.Prefix.At.Ptr(), fmt.Sprintf("%s has the address %s twice", o.Header(), ip), why,
			o.where().options(diag.See("the first", before.Prefix.At), diag.Help("Remove one of them."))...))
	}
	return found
}

func addressesFitPacket(o *Object, why string) hcl.Diagnostics {
	var four, six []Address
	for _, a := range addresses(o) {
		switch {
		case a.Silent:
		case a.Prefix.Val.Addr().Is4():
			four = append(four, a)
		default:
			six = append(six, a)
		}
	}
	var found hcl.Diagnostics
	tooMany := func(list []Address, family string, limit int) {
		if len(list) > limit {
			found = append(found, diag.Error("HA2305", list[limit].Prefix.At.Ptr(),
				fmt.Sprintf("%s has %d %s addresses, more than the %d that an advertisement carries", o.Header(), len(list), family, limit), why,
				o.where().options(diag.Help("Write those beyond it as address blocks with `advertise = false`, or spread them over several vips of a sync_group."))...))
		}
	}
	tooMany(four, "IPv4", 255)
	tooMany(six, "IPv6", 90)
	return found
}

// labelFits needs the device; where a VIP decides it per node, package check does the rest.
func labelFits(o *Object, why string) hcl.Diagnostics {
	label, device := get[string](o, "label"), get[string](o, "device")
	if !label.Set {
		return nil
	}
	prefix, _ := o.LabelVals[0].(netip.Prefix)
	if prefix.Addr().Is6() {
		return fault(o, "HA2306", "label", fmt.Sprintf("%s is IPv6; only IPv4 addresses have labels", prefix), why, "Remove the label.")
	}
	if device.Set && !LabelFits(label.Val, device.Val) {
		return fault(o, "HA2306", "label", fmt.Sprintf("label %q does not begin with the device %q", label.Val, device.Val), why,
			fmt.Sprintf("Write for example %q.", device.Val+":"+label.Val[strings.LastIndexByte(label.Val, ':')+1:]))
	}
	return nil
}

// LabelFits tells whether a label is the name of its device, alone or followed by more.
func LabelFits(label, device string) bool { return strings.HasPrefix(label, device) }

func broadcastFits(o *Object, why string) hcl.Diagnostics {
	broadcast := get[netip.Addr](o, "broadcast")
	prefix, _ := o.LabelVals[0].(netip.Prefix)
	switch {
	case !broadcast.Set:
		return nil
	case prefix.Addr().Is6():
		return fault(o, "HA2307", "broadcast", fmt.Sprintf("%s is IPv6; only IPv4 addresses have a broadcast address", prefix), why, "Remove broadcast.")
	case broadcast.Val.Is6():
		return fault(o, "HA2307", "broadcast", fmt.Sprintf("broadcast %s is IPv6, and %s is IPv4", broadcast.Val, prefix), why, "Write an IPv4 address.")
	}
	return nil
}

func scopeFits(o *Object, why string) hcl.Diagnostics {
	prefix, _ := o.LabelVals[0].(netip.Prefix)
	if !get[string](o, "scope").Set || prefix.Addr().Is4() {
		return nil
	}
	return fault(o, "HA2308", "scope", fmt.Sprintf("%s is IPv6; its scope cannot be chosen", prefix), why, "Remove scope.")
}

func family(a netip.Addr) string {
	if a.Is4() {
		return "IPv4"
	}
	return "IPv6"
}
