package decode

import (
	"fmt"
	"math/bits"
	"net/netip"
	"strconv"
	"time"

	"github.com/hashicorp/hcl/v2"

	"ha/hcl/schema"
)

// ConnSync is the `sync` block of the settings of IPVS.
type ConnSync struct {
	Head
	Interface Arg[string]
	Follow    Arg[schema.Address] // a VIP or a sync group; not set: none
	ID        Arg[int64]          // unset: see the table
	Group     Arg[netip.Addr]
	Port      Arg[int64]
	TTL       Arg[int64]
	MaxLength Arg[int64] // 0: unset
	Ports     Arg[int64] // unset: as the kernel has it
}

func syncIn(o *Object) *ConnSync {
	for _, k := range o.Blocks("sync") {
		return &ConnSync{
			Head: headOf(k), Interface: get[string](k, "interface"), Follow: get[schema.Address](k, "follow"), ID: get[int64](k, "id"),
			Group: get[netip.Addr](k, "group"), Port: get[int64](k, "port"), TTL: get[int64](k, "ttl"), MaxLength: get[int64](k, "max_length"),
			Ports: get[int64](k, "ports"),
		}
	}
	return nil
}

// syncSysctls adds the sysctls about what is told, and when.
func (l *sysctlList) syncSysctls(o *Object) {
	for _, k := range o.Blocks("sync") {
		if t, p := get[int64](k, "threshold"), get[int64](k, "period"); t.Set || p.Set {
			at := t.At
			if !t.Set {
				at = p.At
			}
			threshold, period := syncThreshold(k)
			l.add("net.ipv4.vs.sync_threshold", fmt.Sprintf("%d %d", threshold, period), true, at)
		}
		l.seconds("net.ipv4.vs.sync_refresh_period", get[time.Duration](k, "refresh"))
		l.number("net.ipv4.vs.sync_retries", get[int64](k, "retries"))
		l.number("net.ipv4.vs.sync_ports", get[int64](k, "ports"))
		l.flag("net.ipv4.vs.sync_persist_mode", get[bool](k, "persistence_only"))
	}
}

// syncThreshold is when a connection is told; what is not written is as the kernel has it after a boot.
func syncThreshold(o *Object) (threshold, period int64) {
	threshold, period = 3, 50
	if a := get[int64](o, "threshold"); a.Set {
		threshold = a.Val
	}
	if a := get[int64](o, "period"); a.Set {
		period = a.Val
	}
	return threshold, period
}

func syncGroupIsMulticast(o *Object, why string) hcl.Diagnostics {
	if group := get[netip.Addr](o, "group").Val; !group.IsMulticast() {
		return fault(o, "HA2395", "group", group.String()+" is no multicast group", why, `Write for example group = "224.0.0.81" or "ff02::81".`)
	}
	return nil
}

func syncThresholdFits(o *Object, why string) hcl.Diagnostics {
	threshold, period := syncThreshold(o)
	if period == 0 || threshold < period {
		return nil
	}
	name := "threshold"
	if !get[int64](o, name).Set {
		name = "period"
	}
	return fault(o, "HA2396", name, fmt.Sprintf("threshold %d is not below period %d", threshold, period), why,
		"Raise the period, lower the threshold, or set period = 0.")
}

func syncPortsAreDoubled(o *Object, why string) hcl.Diagnostics {
	n := get[int64](o, "ports")
	if !n.Set || bits.OnesCount64(uint64(n.Val)) == 1 {
		return nil
	}
	below := int64(1) << (bits.Len64(uint64(n.Val)) - 1)
	return fault(o, "HA2397", "ports", strconv.FormatInt(n.Val, 10)+" ports are not a power of two", why, fmt.Sprintf("The nearest are %d and %d.", below, 2*below))
}
