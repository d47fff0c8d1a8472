package kernel

import (
	"errors"
	"fmt"
	"math"
	"time"

	"ha/planner"
)

// Check refuses a change that no kernel could carry out, before one is asked: a value of another kind than the key's, or one
// that would not read back under its key. Nil says nothing about the kernel's mind.
func Check(c planner.Change) error {
	return Refuse(c, check(c))
}

// check finds what is wrong with a change in itself.
func check(c planner.Change) error {
	key := c.Key
	switch c.Action {
	case planner.Adopt, planner.Release:
		return nil
	case planner.Delete:
		if _, ok := key.(planner.SysctlKey); ok {
			return errors.New("a sysctl cannot be taken away, only set to what it was")
		}
		return checkKey(key)
	case planner.Update:
		if k, ok := key.(planner.AddressKey); ok && !k.Prefix.Addr().Is6() {
			return fmt.Errorf("%w: an IPv4 address cannot be edited in place, only replaced", errors.ErrUnsupported)
		}
	case planner.Create, planner.Replace:
	default:
		return fmt.Errorf("%q is no action", c.Action)
	}
	if err := checkKey(key); err != nil {
		return err
	}
	switch v := c.After.(type) {
	case planner.Interface:
		if key, ok := key.(planner.InterfaceKey); ok {
			return checkInterface(key, c.Action, v)
		}
	case planner.Address:
		if key, ok := key.(planner.AddressKey); ok {
			return checkAddress(key, v)
		}
	case planner.Route:
		if key, ok := key.(planner.RouteKey); ok {
			return checkRoute(key, v)
		}
	case planner.Rule:
		if _, ok := key.(planner.RuleKey); ok {
			return nil
		}
	case planner.Filter:
		if _, ok := key.(planner.FilterKey); ok {
			return nil
		}
	case planner.SyncDaemon:
		if key, ok := key.(planner.SyncDaemonKey); ok {
			return checkSync(key, c.Action, v)
		}
	case planner.Sysctl:
		if _, ok := key.(planner.SysctlKey); ok {
			return nil
		}
	case planner.VirtualServer:
		if key, ok := key.(planner.VirtualServerKey); ok {
			return checkVirtualServer(key, v)
		}
	case planner.RealServer:
		if _, ok := key.(planner.RealServerKey); ok {
			return checkRealServer(v)
		}
	}
	return fmt.Errorf("%s has nothing to write but %T", c.Action, c.After)
}

// checkKey refuses keys that name nothing.
func checkKey(key planner.Key) error {
	switch k := key.(type) {
	case planner.InterfaceKey:
		return checkInterfaceName(k)
	case planner.AddressKey:
		return checkAddressKey(k)
	case planner.RouteKey:
		return checkRouteKey(k)
	case planner.RuleKey:
		return checkRule(k)
	case planner.FilterKey:
		return checkFilter(k)
	case planner.SysctlKey:
		_, err := sysctlPath(k)
		return err
	case planner.SyncDaemonKey:
		return checkSyncKey(k)
	case planner.VirtualServerKey:
		return checkService(k)
	case planner.RealServerKey:
		if a := k.Server.Addr(); !k.Server.IsValid() || a.Zone() != "" || a.Is4In6() {
			return errors.New("a real server needs a plain IPv4 or IPv6 address and a port")
		}
		return checkService(k.Service)
	default:
		return errors.New("a change of behaviour is no object of the kernel")
	}
}

// checkService refuses what is neither an address nor a firewall mark, or both.
func checkService(k planner.VirtualServerKey) error {
	a := k.Addr.Addr()
	switch {
	case k.FWMark != 0 && (k.Addr.IsValid() || k.Protocol != 0):
		return errors.New("a virtual server has a firewall mark or an address, not both")
	case k.FWMark == 0 && (!k.Addr.IsValid() || a.Zone() != "" || a.Is4In6()):
		return errors.New("a virtual server needs a plain IPv4 or IPv6 address, or a firewall mark")
	}
	return nil
}

func checkAddressKey(k planner.AddressKey) error {
	if a := k.Prefix.Addr(); !k.Prefix.IsValid() || a.Zone() != "" || a.Is4In6() {
		return errors.New("the address is not a plain IPv4 or IPv6 prefix")
	}
	return nil
}

// checkAddress refuses what cannot be written, or would be read back under another key.
func checkAddress(key planner.AddressKey, v planner.Address) error {
	addr := key.Prefix.Addr()
	switch {
	case len(v.Label) > maxName:
		return fmt.Errorf("the label %q has more than %d bytes", v.Label, maxName)
	case v.Peer.IsValid() && !key.Prefix.IsSingleIP():
		return fmt.Errorf("with a peer the prefix length belongs to the peer: write the address as %v/%d",
			addr, addr.BitLen())
	case v.Peer.IsValid() && (v.Peer.Addr().Is6() != addr.Is6() || v.Peer.Addr() == addr):
		return errors.New("the peer is not another address of the same family")
	case v.Options.Temporaries && addr.Is6() && key.Prefix.Bits() != 64:
		return fmt.Errorf("temporary addresses are made in a /64 only, not in a /%d", key.Prefix.Bits())
	case v.Broadcast.IsValid() && (!v.Broadcast.Is4() || addr.Is6()):
		return errors.New("only IPv4 addresses have a broadcast address, and it is one itself")
	}
	return nil
}

// checkRoute refuses what cannot be written, or would be read back under another key.
func checkRoute(key planner.RouteKey, v planner.Route) error {
	key, v = normalRoute(key, v)
	to := key.Destination
	switch {
	case !modelled(v.Type):
		return fmt.Errorf("route type %d is not one that can be configured", v.Type)
	case v.Source.IsValid() && v.Source.Is6() != to.Addr().Is6():
		return errors.New("the source address is of another family than the destination")
	case v.NextHopID != 0:
		return errors.New("a route cannot be made to use an object of ip-nexthop(8)")
	case v.Preference > planner.PreferenceLow || v.Preference == 2:
		return fmt.Errorf("the preference %d is reserved (RFC 4191 section 2.1)", v.Preference)
	case v.Type.Rejects() && (v.Device != "" || !v.NextHops.IsZero() || ways(v)[0] != planner.NextHop{Weight: 1}):
		return errors.New("a route that takes packets nowhere has neither gateway nor device")
	case !v.Type.Rejects():
		if err := checkWays(key, v); err != nil {
			return err
		}
	}
	return checkMetrics(v)
}

// checkRouteKey refuses keys that name no route.
func checkRouteKey(k planner.RouteKey) error {
	to := k.Destination
	if !to.IsValid() || to.Masked() != to || to.Addr().Is4In6() || to.Addr().Zone() != "" {
		return fmt.Errorf("the destination %v is not a network", to)
	}
	switch {
	case k.Table == 0:
		return errors.New("table 0 is no table: main is 254")
	case k.TOS != 0 && (to.Addr().Is6() || k.TOS&3 != 0):
		return fmt.Errorf("a type of service is a multiple of 4, and of IPv4 routes only, not %d", k.TOS)
	case k.From.IsValid() && (to.Addr().Is4() || !k.From.Addr().Is6() || k.From.Masked() != k.From || k.From.Bits() == 0 || k.From.Addr().Zone() != ""):
		return fmt.Errorf("from %v is not an IPv6 network of an IPv6 route", k.From)
	}
	return nil
}

// checkRealServer refuses what IPVS would refuse without a word, or take and not do: to it weight and thresholds are signed
// numbers, and it knows no other tunnels.
func checkRealServer(v planner.RealServer) error {
	switch {
	case v.Weight > math.MaxInt32:
		return fmt.Errorf("the weight %d is above %d", v.Weight, math.MaxInt32)
	case max(v.Upper, v.Lower) > math.MaxInt32:
		return fmt.Errorf("a threshold of %d is above %d", max(v.Upper, v.Lower), math.MaxInt32)
	case v.Forwarding == planner.Tunnel && v.Tunnel.Type > planner.GRE:
		return fmt.Errorf("the tunnel type %v is neither ipip nor gue nor gre", v.Tunnel.Type)
	}
	return nil
}

// checkVirtualServer refuses what IPVS would take and read back differently.
func checkVirtualServer(key planner.VirtualServerKey, v planner.VirtualServer) error {
	switch {
	case v.Scheduler == "" || len(v.Scheduler) > 15:
		return fmt.Errorf("%q is not a scheduler's name", v.Scheduler)
	case len(v.Engine) > 15:
		return fmt.Errorf("%q is not a persistence engine's name", v.Engine)
	case v.Persistence < 0 || v.Persistence%time.Second != 0 || v.Persistence/time.Second > math.MaxInt32:
		return fmt.Errorf("persistence of %v is not a number of whole seconds", v.Persistence)
	case int(v.Netmask) > int(normalVirtualServer(key, planner.VirtualServer{}).Netmask):
		return fmt.Errorf("the netmask /%d is longer than the address", v.Netmask)
	}
	return nil
}
