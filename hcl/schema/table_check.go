package schema

import (
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// checkArgs are the arguments that every kind of check has.
func checkArgs() []Arg {
	return append(judgementArgs(), Arg{
		Name: "port", Kind: Int{Min: 0, Max: 65535}, Default: value(cty.NumberIntVal(0)),
		Doc: "Port that is probed; 0 is the server's own.", Example: "8080", Keepalived: "connect_port", Impact: "none",
	}, addressArg(), dataPathArg())
}

// judgementArgs say when a check runs and what its results mean.
func judgementArgs() []Arg {
	return []Arg{
		{
			Name: "interval", Kind: interval(), Default: value(cty.StringVal("5s")),
			Doc: "From the start of a probe to the start of the next, 100ms to 1h.", Example: `"2s"`, Keepalived: "delay_loop", Impact: "none",
		},
		{
			Name: "interval_down", Kind: interval(), Default: Default{Text: "the interval"},
			Doc: "The interval while the verdict is down, 100ms to 1h.", Example: `"10s"`, Impact: "none",
		},
		{
			Name: "timeout", Kind: Duration{Min: 10 * time.Millisecond, Max: 10 * time.Minute, Step: time.Millisecond}, Default: value(cty.StringVal("3s")),
			Doc: "How long a probe may take, 10ms to 10m.", Example: `"10s"`, Keepalived: "connect_timeout", Impact: "none",
		},
		{
			Name: "rise", Kind: Int{Min: 1, Max: 100}, Default: value(cty.NumberIntVal(1)),
			Doc: "Successes in a row after which the server is up again, 1 to 100.", Example: "2", Impact: "none",
		},
		{
			Name: "fall", Kind: Int{Min: 1, Max: 100}, Default: value(cty.NumberIntVal(3)),
			Doc:     "Failures in a row after which the server is down, 1 to 100. A file or a process does not fail by chance: for them the default is 1.",
			Example: "2", Keepalived: "retry", Impact: "none",
		},
		{
			Name: "retry_delay", Kind: Duration{Max: time.Hour, Step: time.Millisecond, Zero: true},
			Default: Default{Text: "\"0s\" over the network; the interval for a script, a file or a process"},
			Doc: "How long after a failed probe the next one confirms it or not, up to 1h and never later than the interval. With \"0s\" a server that refuses " +
				"connections is found at once, whatever `fall` is.",
			Example: `"500ms"`, Keepalived: "delay_before_retry", Impact: "none",
		},
		{
			Name: "warmup", Kind: Duration{Min: time.Millisecond, Max: time.Hour, Step: time.Millisecond}, Default: Default{Text: "the interval, at most 1s"},
			Doc:     "Time within which the first probe runs, at a moment of chance, 1ms to 1h: many new checks spread over it.",
			Example: `"5s"`, Keepalived: "warmup", Impact: "none",
		},
		{
			Name: "initial", Kind: Enum{Values: []string{"unknown", "up", "down"}}, Default: value(cty.StringVal("unknown")),
			Doc: "What holds until the first result, which decides: with `up` a new server takes connections until a probe fails, with `down` it is left out " +
				"until one passes, with `unknown` it is there and takes none. Where it is left at `unknown`, a check that is added to a server that takes connections " +
				"begins as up.",
			Example: `"down"`, Keepalived: "alpha", Impact: "none",
		},
		{
			Name: "jitter", Kind: Int{Min: 0, Max: 50, Unit: "per cent"}, Default: value(cty.NumberIntVal(10)),
			Doc: "Per cent of the interval by which each start varies, 0 to 50, so that many checks do not run at once.", Example: "0", Impact: "none",
		},
	}
}

func interval() Duration {
	return Duration{Min: 100 * time.Millisecond, Max: time.Hour, Step: time.Millisecond}
}

// checksBlock holds the defaults of checks, in the settings.
func checksBlock() *Block {
	args := slices.Clone(judgementArgs())
	for i := range args {
		args[i].Shared = true // checks are the same on all nodes
	}
	return &Block{
		Type: "checks",
		Doc: "What holds for checks that do not say otherwise, on all nodes. `fall` and `retry_delay` of files and processes are not among it: " +
			"these do not fail by chance.",
		Args: args,
	}
}
