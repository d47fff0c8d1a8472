package schema

import (
	"time"

	"github.com/zclconf/go-cty/cty"
)

const metricBounds = "The kernel lowers greater values in silence (ip_metrics_convert in net/ipv4/metrics.c)."

// routeMetrics are what a route says about the path: RTAX_* in linux/rtnetlink.h.
func routeMetrics() []Arg {
	count := func(name string, most int64, unit, doc, example string) Arg {
		return Arg{
			Name: name, Kind: Int{Min: 0, Max: most, Unit: unit}, Default: value(cty.NumberIntVal(0)), Doc: doc + " 0 leaves it to the kernel.",
			Example: example, Keepalived: name, Impact: "none",
		}
	}
	wait := func(name, doc, example string) Arg {
		return Arg{
			Name: name, Kind: Duration{Min: time.Millisecond, Max: 2 * time.Minute, Step: time.Millisecond, Zero: true}, Default: value(cty.StringVal("0s")),
			Doc: doc + " 1ms to 2m; \"0s\" leaves it to the kernel.", Example: example, Keepalived: name, Impact: "none",
		}
	}
	flag := func(name, keepalived, doc string) Arg {
		return Arg{Name: name, Kind: Bool{}, Default: value(cty.False), Doc: doc, Example: "true", Keepalived: keepalived, Impact: "none"}
	}
	advmss := count("advmss", 65495, "bytes", "Largest TCP segment that is announced to the other side, in bytes.", "1360")
	advmss.Kind = Int{Min: 0, Max: 65495, Unit: "bytes", Why: metricBounds}
	return []Arg{
		advmss,
		count("window", wholeNumber, "bytes", "Largest window that TCP announces, in bytes.", "65535"),
		wait("rtt", "First estimate of the round trip.", `"300ms"`),
		wait("rttvar", "First estimate of its variation.", `"75ms"`),
		wait("rto_min", "Shortest time until TCP sends again. It is always locked, since the kernel heeds it only then.", `"50ms"`),
		count("ssthresh", wholeNumber, "packets", "First slow start threshold, in packets.", "100"),
		count("cwnd", wholeNumber, "packets", "Largest congestion window, in packets; works with a lock only.", "100"),
		count("initcwnd", wholeNumber, "packets", "First congestion window, in packets.", "20"),
		count("initrwnd", wholeNumber, "packets", "First receive window, in packets.", "20"),
		count("reordering", wholeNumber, "packets", "By how many packets the path changes their order.", "5"),
		count("hoplimit", 255, "hops", "Hop limit (TTL) of the node's own packets.", "64"),
		flag("quickack", "quickack", "Whether every segment is acknowledged at once."),
		flag("fastopen_no_cookie", "fastopen_no_cookie", "Whether TCP fast open works without a cookie."),
		flag("ecn", "features", "Whether TCP asks for ECN on this path."),
		{
			Name: "congctl", Kind: Text{Max: 15, What: "the name of a congestion control (1 to 15 bytes)", Valid: oneWord}, Default: Default{Text: "that of the system"},
			Doc: "Congestion control of TCP; the kernel must have it.", Example: `"reno"`, Keepalived: "congctl", Impact: "none",
		},
		{
			Name: "lock", Kind: List{Elem: Enum{Values: []string{
				"mtu", "rtt", "rttvar", "ssthresh", "cwnd", "advmss", "reordering", "rto_min", "congctl",
			}}, Unique: true},
			Default: Default{Text: "none"}, Doc: "Metrics that TCP and path MTU discovery must not change.", Example: `["mtu"]`, Keepalived: "lock", Impact: "none",
		},
		{
			Name: "preference", Kind: Enum{Values: []string{"low", "medium", "high"}}, Default: value(cty.StringVal("medium")),
			Doc: "Of equal IPv6 routes the preferred one wins.", Example: `"high"`, Keepalived: "pref", Impact: "existing-connections",
		},
	}
}

// oneWord refuses what cannot be a name in the kernel.
func oneWord(text string) *ValueError {
	for _, r := range text {
		if r <= ' ' || r > '~' {
			return wrong(CodeName, "%s is not one word of plain letters", quote(text))
		}
	}
	if text == "" {
		return wrong(CodeName, "is empty")
	}
	return nil
}
