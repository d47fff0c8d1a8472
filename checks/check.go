// Package checks decides whether a target is alive: the kinds of check, the counting of rise and fall, and the
// scheduler that says when each probe runs.
package checks

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"ha/checks/path"
)

// Check is one kind of probe bound to its target. A nil error is success; an error is the result, in words.
type Check interface {
	Probe(ctx context.Context) error
}

// Measurer is a check that reports a number besides; kinds without one implement Check alone. The number counts whether or not
// the error is nil: a script that fails says by its exit status how badly.
type Measurer interface {
	Check
	Measure(ctx context.Context) (value int64, err error)
}

// Config is one check of one target with its judgement, as compiled for a node. Equal checks of one target have
// equal keys and run once.
type Config struct {
	// Key identifies the check on the node: kind, target and arguments. planner.PoolServer.Checks refers to it.
	Key    string         `json:"key"`
	Name   string         `json:"name"`            // where it was configured: check.tcp.web, pool.web check "tcp"
	Kind   string         `json:"kind"`            // one of [Kinds]
	Target netip.AddrPort `json:"target,omitzero"` // the zero value for a file or a process, and for a script of the node itself; a ping has no port
	From   From           `json:"from,omitzero"`   // where the probe leaves from
	// Through is the real server by way of which a probe reaches its target, the address of a virtual server: as packets of
	// clients do behind a director.
	Through  path.Through  `json:"through,omitzero"`
	Interval time.Duration `json:"interval"` // from start of a probe to the start of the next; 100 ms to 1 h
	Timeout  time.Duration `json:"timeout"`  // of one probe; 10 ms to 10 min
	Rise     int           `json:"rise"`     // successes in a row that make it up; 1 to 100
	Fall     int           `json:"fall"`     // failures in a row that make it down; 1 to 100
	Jitter   int           `json:"jitter"`   // per cent of the interval by which each start varies; 0 to 50
	// IntervalDown is the interval while it is down; 0 is Interval. 100 ms to 1 h.
	IntervalDown time.Duration `json:"interval_down,omitempty"`
	// RetryDelay is how soon a failure of a target that is up is followed by the probe that confirms it or not, counted from the end
	// of the probe that failed; never later than an interval. 0 is at once, up to 1 h.
	RetryDelay time.Duration `json:"retry_delay,omitempty"`
	// Warmup is the time over which the first probes of new checks spread; 0 is the interval, at most 1 s. Up to 1 h.
	Warmup time.Duration `json:"warmup,omitempty"`
	// Initial is what holds before the first result.
	Initial Verdict `json:"initial,omitempty"`
	// Rest lets no probe start, and counts none that runs: what was said last holds. Whoever wakes it goes on from there.
	Rest bool `json:"rest,omitempty"`
	// Weight tells that the answer holds a weight; nil: it does not.
	Weight *WeightConfig `json:"weight,omitempty"`
	Arguments
}

// Arguments are those that only one kind of check has: at most one is set, that of the kind. The names of the fields are the
// words of the kinds.
type Arguments struct {
	DNS        *DNSConfig        `json:"dns,omitempty"`
	File       *FileConfig       `json:"file,omitempty"`
	GRPC       *GRPCConfig       `json:"grpc,omitempty"`
	HTTP       *HTTPConfig       `json:"http,omitempty"`
	MySQL      *MySQLConfig      `json:"mysql,omitempty"`
	PostgreSQL *PostgreSQLConfig `json:"postgresql,omitempty"`
	Process    *ProcessConfig    `json:"process,omitempty"`
	Redis      *RedisConfig      `json:"redis,omitempty"`
	Script     *ScriptConfig     `json:"script,omitempty"`
	SMTP       *SMTPConfig       `json:"smtp,omitempty"`
	UDP        *UDPConfig        `json:"udp,omitempty"`
}

// String names the check for people: where it was configured, and of which target it is, if it has one.
func (c Config) String() string {
	if !c.Target.IsValid() {
		return c.Name
	}
	return c.Name + " of " + c.Where()
}

// Where is the target for people; empty for a check of the node itself.
func (c Config) Where() string {
	switch {
	case !c.Target.IsValid():
		return ""
	case c.Target.Port() == 0: // of a ping
		return c.Target.Addr().String()
	case c.Through.Is():
		return c.Target.String() + " " + c.Through.String()
	}
	return c.Target.String()
}

// ScriptConfig holds the arguments that only check "script" has.
type ScriptConfig struct {
	Command []string `json:"command"`         // the absolute path of a program, and its arguments
	User    string   `json:"user"`            // by name or number
	Group   string   `json:"group,omitempty"` // by name or number; empty is the first group of the user
}

// FileConfig holds the arguments that only check "file" has.
type FileConfig struct {
	Path   string `json:"path"`           // absolute
	Number bool   `json:"number"`         // the content must be a number, -254 to 254
	Text   string `json:"text,omitempty"` // what the first 64 KiB must hold; not with Number
}

// ProcessConfig holds the arguments that only check "process" has.
type ProcessConfig struct {
	Command []string `json:"command"`  // the name, or the words of the command line
	Match   Match    `json:"match"`    // what they are compared with
	AtLeast int      `json:"at_least"` // how many must run; 0 to 65535
	AtMost  int      `json:"at_most"`  // how many may; less than 0: any number
}

// Match says what of a process is compared.
type Match string

// The ways to recognise a process.
const (
	MatchName    Match = "name"    // its name, of which the kernel keeps 15 characters
	MatchCommand Match = "command" // its whole command line
	MatchBegins  Match = "begins"  // the first words of its command line
)

// Result is one finished probe with the judgement after it.
type Result struct {
	Key     string        `json:"key"`
	At      time.Time     `json:"at"`      // when the probe started
	Took    time.Duration `json:"took"`    // how long it ran
	Late    time.Duration `json:"late"`    // how long after its time it started
	Err     string        `json:"err"`     // empty: success
	Verdict Verdict       `json:"verdict"` // after rise and fall
	Streak  int           `json:"streak"`  // equal results in a row, this one included
	Changed bool          `json:"changed"` // the verdict or the value differs from the one before
	// Unable tells that this node could not ask: the probe counts neither as success nor as failure, and Err says what was in the way.
	Unable bool `json:"unable,omitempty"`
	// Value is the number that the probe reports, for kinds that have one; a weight may follow it. 0 for others.
	Value int64 `json:"value,omitzero"`
}

// Verdict is what rise and fall make of the results so far, or [Config.Initial] before the first.
type Verdict uint8

// The verdicts. The first result decides at once, whatever was assumed before it.
const (
	Unknown Verdict = iota
	Up
	Down
)

// String returns the word for a verdict.
func (v Verdict) String() string {
	switch v {
	case Unknown:
		return "unknown"
	case Up:
		return "up"
	case Down:
		return "down"
	}
	return fmt.Sprintf("verdict %d", uint8(v))
}
