package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"ha/enforcer"
	"ha/enforcer/control"
)

// restartWithin bounds how long the new program may take until it answers.
const restartWithin = 30 * time.Second

func newRestart(m *machine) *cobra.Command {
	var via string
	cmd := &cobra.Command{
		Use:   "restart",
		Short: "Put the installed version in the place of the running enforcer, without a transition",
		Long: `Put the program that is installed now in the place of the running enforcer: after an upgrade of the package, or to start
it afresh. The program is tried first. Elections stand still for a moment, some ten milliseconds, and go on where they
stood: VIPs stay, adverts are not missed, what checks have found is kept, the process keeps its number. SIGUSR2 to the
enforcer does the same. When the installed program cannot take over, the running one goes on, and the exit code is 1.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := m.dial(via)
			if err != nil {
				return err
			}
			return m.restart(cmd.Context(), client)
		},
	}
	addVia(cmd, &via)
	return cmd
}

// restart asks for it and waits until the new program answers.
func (m *machine) restart(ctx context.Context, client *control.Client) error {
	before, err := client.Status(ctx)
	if err != nil {
		return m.unreachable(err)
	}
	begin := m.now()
	err = client.Restart(ctx, func(p control.Progress) { m.remark("%s\n", clean(p.Text)) })
	switch {
	case errors.Is(err, control.ErrStays):
		return leave(exitError, "%w", err)
	case err != nil:
		return m.unreachable(err)
	}
	ctx, cancel := context.WithTimeout(ctx, restartWithin)
	defer cancel()
	for tick := time.NewTicker(20 * time.Millisecond); ; {
		now, err := client.Status(ctx)
		if err == nil && !now.StartedAt.Equal(before.StartedAt) {
			tick.Stop()
			fmt.Fprintf(m.stdout, "%s -> %s in process %d after %v; VIPs Active here: %d before, %d now, of %d\n",
				before.Version, now.Version, now.PID, m.now().Sub(begin).Round(time.Millisecond), activeVIPs(before), activeVIPs(now), len(now.VIPs))
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return leave(exitUnavailable, "the new program did not answer within %v; the log of the enforcer tells more", restartWithin)
		}
	}
}

func activeVIPs(s control.Status) int {
	n := 0
	for _, v := range s.VIPs {
		if v.State == "Active" {
			n++
		}
	}
	return n
}

// newIntroduce is the hidden command with which a running enforcer tries a program before it makes place for it.
func newIntroduce(m *machine) *cobra.Command {
	var state string
	cmd := &cobra.Command{
		Use:    "introduce",
		Short:  "Say whether this program could take the place of a running enforcer (asked by it)",
		Hidden: true,
		Args:   usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			introduction, err := enforcer.Introduce(versionText(), state)
			if err != nil {
				return err
			}
			return json.NewEncoder(m.stdout).Encode(introduction)
		},
	}
	cmd.Flags().StringVar(&state, "state-dir", defaultState, "folder of the applied plan")
	return cmd
}
