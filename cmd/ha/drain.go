package main

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"ha/enforcer/control"
)

// defaultLease is how long a server is set aside where nobody says otherwise.
const defaultLease = time.Hour

func newDrain(m *machine) *cobra.Command {
	var via string
	var r control.SuspendRequest
	cmd := &cobra.Command{
		Use:   "drain POOL/SERVER --reason TEXT",
		Short: "Let a real server take no new connections for a while; those that it has go on",
		Long: `Let a real server take no new connections: its weight is 0 until ha undrain, or until the lease (--for) ends and it is as
configured again. Connections that it has go on; with --deadline those that are left after it are given up. "ha status" says when none
are left. A plan made meanwhile shows the server as suspended and does not touch it. The lease outlives restarts.`,
		Args: usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			r.Server = args[0]
			return m.suspend(cmd.Context(), via, r)
		},
	}
	addVia(cmd, &via)
	addLease(cmd, &r)
	cmd.Flags().DurationVar(&r.Deadline, "deadline", 0, "give up the connections that are left after this time, such as 10m (default: never)")
	return cmd
}

func newWeight(m *machine) *cobra.Command {
	var via string
	var r control.SuspendRequest
	cmd := &cobra.Command{
		Use:   "weight POOL/SERVER N --reason TEXT",
		Short: "Give a real server another weight for a while",
		Long: `Give a real server the weight N, from 0 to 65535, in the place of the configured one and of what numbers of checks make of it,
until ha undrain, or until the lease (--for) ends. A server that is down still takes nothing. A plan made meanwhile shows the server
as suspended and does not touch it. The lease outlives restarts.`,
		Args: usage(cobra.ExactArgs(2)),
		RunE: func(cmd *cobra.Command, args []string) error {
			n, err := strconv.ParseUint(args[1], 10, 16)
			if err != nil {
				return leave(exitUsage, "a weight is a number from 0 to 65535, not %q", clean(args[1]))
			}
			r.Server, r.Weight = args[0], uint16(n)
			return m.suspend(cmd.Context(), via, r)
		},
	}
	addVia(cmd, &via)
	addLease(cmd, &r)
	return cmd
}

func newUndrain(m *machine) *cobra.Command {
	var via string
	var r control.ResumeRequest
	cmd := &cobra.Command{
		Use:   "undrain POOL/SERVER",
		Short: "Let a real server be as configured again: ends ha drain and ha weight",
		Args:  usage(cobra.ExactArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			client, err := m.dial(via)
			if err != nil {
				return err
			}
			r.Server, r.By = args[0], m.user()
			text, err := client.Resume(cmd.Context(), r)
			return m.decided(text, err)
		},
	}
	addVia(cmd, &via)
	cmd.Flags().StringVar(&r.Reason, "reason", "", "why, for events")
	return cmd
}

// addLease adds the flags of everything that holds for a while.
func addLease(cmd *cobra.Command, r *control.SuspendRequest) {
	cmd.Flags().DurationVar(&r.For, "for", defaultLease, "the lease, after which the server is as configured again: from 1s to 720h")
	cmd.Flags().StringVar(&r.Reason, "reason", "", "why, for status, plans and events (required)")
}

// suspend sets a server aside.
func (m *machine) suspend(ctx context.Context, via string, r control.SuspendRequest) error {
	r.By = m.user()
	if err := r.Check(); err != nil {
		return leave(exitUsage, "%w", err)
	}
	client, err := m.dial(via)
	if err != nil {
		return err
	}
	text, err := client.Suspend(ctx, r)
	return m.decided(text, err)
}

// decided prints what was decided, or ends with why it was not.
func (m *machine) decided(text string, err error) error {
	switch {
	case control.IsRefusal(err):
		return leave(exitRefused, "%w", err)
	case err != nil:
		return m.unreachable(err)
	}
	fmt.Fprintln(m.stdout, clean(text))
	return nil
}
