package planner

import (
	"fmt"
	"strings"
)

// Metrics are what a route tells TCP and IP about the path (RTAX_* in linux/rtnetlink.h), beside its MTU. Zero is
// unset: the kernel decides.
type Metrics struct {
	AdvMSS           uint32 `json:"advmss,omitempty"` // bytes, at most 65495
	Window           uint32 `json:"window,omitempty"` // bytes
	RTTMS            uint32 `json:"rtt_ms,omitempty"`
	RTTVarMS         uint32 `json:"rttvar_ms,omitempty"`
	RTOMinMS         uint32 `json:"rto_min_ms,omitempty"`
	SSThresh         uint32 `json:"ssthresh,omitempty"` // packets, as all windows below
	CWND             uint32 `json:"cwnd,omitempty"`
	InitCWND         uint32 `json:"initcwnd,omitempty"`
	InitRWND         uint32 `json:"initrwnd,omitempty"`
	Reordering       uint32 `json:"reordering,omitempty"` // packets
	HopLimit         uint32 `json:"hoplimit,omitempty"`   // at most 255
	QuickAck         bool   `json:"quickack,omitempty"`
	FastOpenNoCookie bool   `json:"fastopen_no_cookie,omitempty"`
	ECN              bool   `json:"ecn,omitempty"`
	Congestion       string `json:"congctl,omitempty"` // congestion control, at most 15 bytes
	Locked           Metric `json:"locked,omitempty"`  // what TCP and path MTU discovery must not change
}

// Metric is a set of metrics: bit 1<<RTAX_* for each.
type Metric uint32

// The metrics that a lock means something for.
const (
	LockMTU        Metric = 1 << 2
	LockRTT        Metric = 1 << 4
	LockRTTVar     Metric = 1 << 5
	LockSSThresh   Metric = 1 << 6
	LockCWND       Metric = 1 << 7
	LockAdvMSS     Metric = 1 << 8
	LockReordering Metric = 1 << 9
	LockRTOMin     Metric = 1 << 13
	LockCongestion Metric = 1 << 16
)

// MetricNamed returns the metric that ip-route(8) calls by a word; 0 for a word that is none.
func MetricNamed(word string) Metric {
	for _, l := range lockable() {
		if l.word == word {
			return l.metric
		}
	}
	return 0
}

type lockWord struct {
	metric Metric
	word   string
}

func lockable() []lockWord {
	return []lockWord{
		{LockMTU, "mtu"},
		{LockRTT, "rtt"},
		{LockRTTVar, "rttvar"},
		{LockSSThresh, "ssthresh"},
		{LockCWND, "cwnd"},
		{LockAdvMSS, "advmss"},
		{LockReordering, "reordering"},
		{LockRTOMin, "rto_min"},
		{LockCongestion, "congctl"},
	}
}

// String lists the metrics as ip-route(8) names them.
func (m Metric) String() string {
	var words []string
	for _, l := range lockable() {
		if m&l.metric != 0 {
			words = append(words, l.word)
			m &^= l.metric
		}
	}
	if m != 0 {
		words = append(words, fmt.Sprintf("%#x", uint32(m)))
	}
	return strings.Join(words, " ")
}

// attributes lists the metrics that are set.
func (m Metrics) attributes() []attribute {
	return []attribute{
		{"advmss", count(m.AdvMSS)},
		{"window", count(m.Window)},
		{"rtt", milliseconds(m.RTTMS)},
		{"rttvar", milliseconds(m.RTTVarMS)},
		{"rto_min", milliseconds(m.RTOMinMS)},
		{"ssthresh", count(m.SSThresh)},
		{"cwnd", count(m.CWND)},
		{"initcwnd", count(m.InitCWND)},
		{"initrwnd", count(m.InitRWND)},
		{"reordering", count(m.Reordering)},
		{"hoplimit", count(m.HopLimit)},
		{"quickack", truth(m.QuickAck)},
		{"fastopen_no_cookie", truth(m.FastOpenNoCookie)},
		{"ecn", truth(m.ECN)},
		{"congctl", m.Congestion},
		{"lock", m.Locked.String()},
	}
}

func milliseconds(n uint32) string {
	if n == 0 {
		return ""
	}
	return count(n) + "ms"
}

// Preference is the router preference of an IPv6 route (RFC 4191 section 2.1): of equal routes the preferred one wins.
type Preference uint8

// The preferences, by ICMPV6_ROUTER_PREF_* of linux/icmpv6.h.
const (
	PreferenceMedium Preference = 0
	PreferenceHigh   Preference = 1
	PreferenceLow    Preference = 3
)

func preferences() []word[Preference] {
	return []word[Preference]{{PreferenceMedium, "medium"}, {PreferenceHigh, "high"}, {PreferenceLow, "low"}}
}

// String returns medium, high or low, or the number of what RFC 4191 reserves.
func (p Preference) String() string { return spell(p, preferences()) }

// MarshalText returns the name or the number.
func (p Preference) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads a name, or the number of a preference that has none.
func (p *Preference) UnmarshalText(text []byte) error {
	return read(p, text, "preference", preferences(), true)
}

// attribute prints the preference where it is not the usual one.
func (p Preference) attribute() attribute {
	if p == PreferenceMedium {
		return attribute{path: "preference"}
	}
	return attribute{"preference", p.String()}
}
