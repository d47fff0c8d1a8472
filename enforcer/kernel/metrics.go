package kernel

import (
	"errors"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// What linux/rtnetlink.h has beyond package unix, and how the kernel counts.
const (
	rtaxQuickAck         = 15 // RTAX_QUICKACK
	rtaxCongestion       = 16 // RTAX_CC_ALGO
	rtaxFastOpenNoCookie = 17 // RTAX_FASTOPEN_NO_COOKIE

	rttUnit    = 8           // RTAX_RTT counts eighths of a millisecond
	rttVarUnit = 4           // RTAX_RTTVAR counts quarters
	longestRTT = 1<<32/8 - 1 // milliseconds

	// ip_metrics_convert in net/ipv4/metrics.c makes greater values these.
	largestMTU      = 65535 - 15
	largestAdvMSS   = 65535 - 40
	largestHopLimit = 255
)

// number is a metric that is a number, as the kernel counts it.
type number struct {
	typ   uint16
	value uint32
}

func numbers(v planner.Route) []number {
	m := v.Metrics
	flag := func(set bool) uint32 {
		if set {
			return 1
		}
		return 0
	}
	return []number{
		{unix.RTAX_LOCK, uint32(m.Locked)},
		{unix.RTAX_MTU, v.MTU},
		{unix.RTAX_WINDOW, m.Window},
		{unix.RTAX_RTT, m.RTTMS * rttUnit},
		{unix.RTAX_RTTVAR, m.RTTVarMS * rttVarUnit},
		{unix.RTAX_SSTHRESH, m.SSThresh},
		{unix.RTAX_CWND, m.CWND},
		{unix.RTAX_ADVMSS, m.AdvMSS},
		{unix.RTAX_REORDERING, m.Reordering},
		{unix.RTAX_HOPLIMIT, m.HopLimit},
		{unix.RTAX_INITCWND, m.InitCWND},
		{unix.RTAX_FEATURES, flag(m.ECN) * unix.RTAX_FEATURE_ECN},
		{unix.RTAX_RTO_MIN, m.RTOMinMS},
		{unix.RTAX_INITRWND, m.InitRWND},
		{rtaxQuickAck, flag(m.QuickAck)},
		{rtaxFastOpenNoCookie, flag(m.FastOpenNoCookie)},
	}
}

// appendMetrics appends RTA_METRICS, where a metric is set.
func appendMetrics(b []byte, v planner.Route) []byte {
	if v.MTU == 0 && v.Metrics == (planner.Metrics{}) {
		return b
	}
	return wire.Nested(b, unix.RTA_METRICS, func(b []byte) []byte {
		for _, n := range numbers(v) {
			if n.value != 0 {
				b = wire.Uint32(b, n.typ, n.value)
			}
		}
		if v.Metrics.Congestion != "" {
			b = wire.String(b, rtaxCongestion, v.Metrics.Congestion)
		}
		return b
	})
}

// decodeMetrics reads RTA_METRICS into a route.
func decodeMetrics(d *wire.Decoder, v *planner.Route) {
	m := &v.Metrics
	in := d.Nested()
	for in.Next() {
		switch in.Type() {
		case rtaxCongestion:
			m.Congestion = in.String()
		case unix.RTAX_LOCK:
			m.Locked = planner.Metric(in.Uint32())
		case unix.RTAX_MTU:
			v.MTU = in.Uint32()
		case unix.RTAX_RTT:
			m.RTTMS = in.Uint32() / rttUnit
		case unix.RTAX_RTTVAR:
			m.RTTVarMS = in.Uint32() / rttVarUnit
		case unix.RTAX_FEATURES:
			m.ECN = in.Uint32()&unix.RTAX_FEATURE_ECN != 0
		case rtaxQuickAck:
			m.QuickAck = in.Uint32() != 0
		case rtaxFastOpenNoCookie:
			m.FastOpenNoCookie = in.Uint32() != 0
		default:
			decodeCount(in, m)
		}
	}
	if err := in.Err(); err != nil {
		d.Fail(err)
	}
}

// decodeCount reads a metric that counts as the model does.
func decodeCount(in *wire.Decoder, m *planner.Metrics) {
	into := map[uint16]*uint32{
		unix.RTAX_WINDOW: &m.Window, unix.RTAX_SSTHRESH: &m.SSThresh, unix.RTAX_CWND: &m.CWND, unix.RTAX_ADVMSS: &m.AdvMSS,
		unix.RTAX_REORDERING: &m.Reordering, unix.RTAX_HOPLIMIT: &m.HopLimit, unix.RTAX_INITCWND: &m.InitCWND,
		unix.RTAX_RTO_MIN: &m.RTOMinMS, unix.RTAX_INITRWND: &m.InitRWND,
	}
	if n, ok := into[in.Type()]; ok {
		*n = in.Uint32()
	}
}

// checkMetrics refuses what the kernel would change in silence.
func checkMetrics(v planner.Route) error {
	m := v.Metrics
	switch {
	case v.MTU > largestMTU:
		return errors.New("no route has an MTU above 65520")
	case m.AdvMSS > largestAdvMSS:
		return errors.New("no route has an advmss above 65495")
	case m.HopLimit > largestHopLimit:
		return errors.New("a hop limit is at most 255")
	case m.RTTMS > longestRTT || m.RTTVarMS > longestRTT:
		return errors.New("the kernel cannot count a round trip of that length")
	case len(m.Congestion) > maxName: // TCP_CA_NAME_MAX is as long as IFNAMSIZ
		return errors.New("the name of a congestion control has at most 15 bytes")
	}
	return nil
}
