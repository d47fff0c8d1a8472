package schema

import "time"

// drainArg is how long connections of a server that leaves may go on.
func drainArg(def Default) Arg {
	return Arg{
		Name: "drain", Default: def,
		Kind: Duration{Min: time.Second, Max: 7 * 24 * time.Hour, Step: time.Millisecond, Zero: true, Why: "A week is longer than anybody waits for a connection to end."},
		Doc: "How long connections may go on after a server is taken out of the configuration, up to 168h: it gets no new ones and goes when the last one has " +
			"ended (of UDP: been forgotten), at the latest after this time. Where nobody else of the pool takes connections yet, it goes on until one of the new servers " +
			"has passed its checks. `\"0s\"` takes it away at once, and what it had breaks off; `\"2m\"` is enough for web pages, downloads and sessions want more. Clients that `persistence` binds to " +
			"a server come back to it while it drains.",
		Example: `"2m"`, Impact: "none",
	}
}

// slowStartArg is how long the weight of a server grows after it came up.
func slowStartArg(def Default) Arg {
	return Arg{
		Name: "slow_start", Default: def,
		Kind: Duration{Min: time.Second, Max: time.Hour, Step: time.Millisecond, Zero: true, Why: "A server that takes longer to warm up is better given a lower weight."},
		Doc: "How long a server that comes up takes to get its whole weight, up to 1h: a tenth at first, a tenth more in each step. Weights " +
			"should be 10 and more, or the steps are few; with 1 there is none. `\"0s\"` begins with all of it.",
		Example: `"30s"`, Impact: "none",
	}
}
