package checks

import (
	"errors"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
	"time"
)

// kinds lists the checks by the word that names them in HCL. It is only read.
var kinds = map[string]func(Config) (Check, error){
	"dns": newDNS, "file": newFile, "grpc": newGRPC, "http": newHTTP, "mysql": newMySQL, "ping": newPing, "postgresql": newPostgreSQL,
	"process": newProcess, "redis": newRedis, "script": newScript, "smtp": newSMTP, "tcp": newTCP, "udp": newUDP,
}

// Kinds returns the words that name a kind of check, sorted.
func Kinds() []string { return slices.Sorted(maps.Keys(kinds)) }

// New builds the check that c describes. An error names every value that is out of range.
func New(c Config) (Check, error) {
	build, known := kinds[c.Kind]
	err := errors.Join(
		unless(known, "kind %q is not one of %s", c.Kind, strings.Join(Kinds(), ", ")),
		unless(c.Key != "", "the key is empty"),
		unless(c.Target.IsValid() && (c.Target.Port() != 0 || c.Kind == "ping") || local(c), "target %q is not an address with a port", c.Target),
		c.From.validate(c.Target),
		c.throughable(),
		c.Weight.validate(c.Kind),
		unless(within(c.Interval, 100*time.Millisecond, time.Hour), "interval %v is not from 100ms to 1h", c.Interval),
		unless(within(c.Timeout, 10*time.Millisecond, 10*time.Minute), "timeout %v is not from 10ms to 10m", c.Timeout),
		unless(c.Rise >= 1 && c.Rise <= 100, "rise %d is not from 1 to 100", c.Rise),
		unless(c.Fall >= 1 && c.Fall <= 100, "fall %d is not from 1 to 100", c.Fall),
		unless(c.IntervalDown == 0 || within(c.IntervalDown, 100*time.Millisecond, time.Hour), "interval_down %v is not from 100ms to 1h", c.IntervalDown),
		unless(within(c.RetryDelay, 0, time.Hour), "retry_delay %v is not from 0s to 1h", c.RetryDelay),
		unless(within(c.Warmup, 0, time.Hour), "warmup %v is not from 0s to 1h", c.Warmup),
		unless(c.Initial <= Down, "initial %d is no verdict", c.Initial),
		unless(c.Jitter >= 0 && c.Jitter <= 50, "jitter %d is not from 0 to 50 per cent", c.Jitter),
	)
	if err != nil {
		return nil, err
	}
	if other := c.given(c.Kind); other != "" {
		return nil, fmt.Errorf("arguments of check %q in check %q", other, c.Kind)
	}
	return build(c)
}

// given names a kind that has arguments here and is not the one that may; empty for none.
func (a Arguments) given(kind string) string {
	v := reflect.ValueOf(a)
	for i := range v.NumField() {
		if name := strings.ToLower(v.Type().Field(i).Name); name != kind && !v.Field(i).IsNil() {
			return name
		}
	}
	return ""
}

// local reports whether a check asks the node itself: it needs no target.
func local(c Config) bool {
	return slices.Contains([]string{"file", "process", "script"}, c.Kind) && !c.Target.IsValid()
}

// within reports whether d is from least to most.
func within(d, least, most time.Duration) bool { return d >= least && d <= most }

// unless returns an error when a condition does not hold.
func unless(holds bool, format string, args ...any) error {
	if holds {
		return nil
	}
	return fmt.Errorf(format, args...)
}
