package checks

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"strconv"

	"ha/checks/program"
)

// Script is healthy when a program exits with 0. It runs without a shell, as a user of its own, with an empty
// environment, and in a process group that does not outlive the probe.
type Script struct {
	ScriptConfig
	Target netip.AddrPort // told to the program in its environment; the zero value is not
	weighs bool           // an exit status from 2 on is a success that tells a weight
}

func newScript(c Config) (Check, error) {
	s := c.Script
	if s == nil {
		return nil, errors.New(`check "script" has no arguments`)
	}
	if err := (program.Program{Command: s.Command, User: s.User}).Validate(); err != nil {
		return nil, err
	}
	return &Script{ScriptConfig: *s, Target: c.Target, weighs: c.Weight != nil}, nil
}

// Probe runs the program once.
func (s *Script) Probe(ctx context.Context) error {
	_, err := s.Measure(ctx)
	return err
}

// Measure runs the program once; the number is its exit status, 0 to 255, and 0 when it has none. When the time of ctx is
// over, its process group gets SIGTERM and after [program.Grace] SIGKILL, and Measure returns when the program has ended.
func (s *Script) Measure(ctx context.Context) (int64, error) {
	p := program.Program{Command: s.Command, User: s.User, Group: s.Group, Env: s.environment()}
	status, line, err := p.Run(ctx)
	if s.weighs && status >= 2 && ctx.Err() == nil {
		return int64(status), nil // it says what it can take
	}
	if err != nil && line != "" {
		err = fmt.Errorf("%w: %s", err, line)
	}
	return int64(status), err
}

// environment is all that the program finds in its environment.
func (s *Script) environment() []string {
	var env []string
	if s.Target.IsValid() {
		env = append(env, "HA_TARGET_ADDRESS="+s.Target.Addr().String(), "HA_TARGET_PORT="+strconv.Itoa(int(s.Target.Port())))
	}
	return env
}
