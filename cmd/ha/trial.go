package main

import (
	"bufio"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ha/enforcer/control"
)

// checkTrial refuses what cannot be a trial.
func (a *approval) checkTrial() error {
	switch {
	case a.healthy && a.confirm == 0:
		return leave(exitUsage, "--confirm-when-healthy needs --confirm, which says when the change is taken back if the node is not well")
	case a.confirm != 0 && (a.confirm < control.MinTrial || a.confirm > control.MaxTrial):
		return leave(exitUsage, "--confirm %v is not from %v to %v", a.confirm, control.MinTrial, control.MaxTrial)
	case a.confirm != 0 && a.direct:
		return leave(exitUsage, "--confirm and --direct contradict each other: without an enforcer nobody could take the change back")
	}
	return nil
}

func newConfirm(m *machine) *cobra.Command {
	var via string
	var extend time.Duration
	cmd := &cobra.Command{
		Use:   "confirm [ID]",
		Short: "Let the generation that is on trial stand",
		Long: `Let the generation that "ha apply --confirm" put on trial on this node stand. With --extend it stays on trial for longer. The
ID that apply printed makes sure that it is that one; without it the one that is on trial is meant.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			request := control.TrialRequest{Action: control.Confirm, By: m.user()}
			if cmd.Flags().Changed("extend") {
				if extend < control.MinTrial || extend > control.MaxTrial {
					return leave(exitUsage, "--extend %v is not from %v to %v", extend, control.MinTrial, control.MaxTrial)
				}
				request.Action, request.Extend = control.Extend, extend
			}
			result, err := m.decide(cmd.Context(), via, args, request)
			switch {
			case err != nil:
				return err
			case result.Trial != nil:
				fmt.Fprintf(m.stdout, "On trial until %s: generation %d (%s).\n", clock(result.Trial.Until), result.Generation, result.Trial.ID)
			default:
				fmt.Fprintf(m.stdout, "Confirmed: generation %d stands.\n", result.Generation)
			}
			return nil
		},
	}
	addVia(cmd, &via)
	cmd.Flags().DurationVar(&extend, "extend", 0, "do not confirm yet: the trial goes on for this time from now, 1s to 24h")
	return cmd
}

func newCancel(m *machine) *cobra.Command {
	var via string
	cmd := &cobra.Command{
		Use:   "cancel [ID]",
		Short: "Take back the generation that is on trial, now",
		Long: `Take back the generation that "ha apply --confirm" put on trial on this node: the generation before it is applied and verified, under
a new number.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			result, err := m.decide(cmd.Context(), via, args, control.TrialRequest{Action: control.Cancel, By: m.user()})
			if err == nil {
				fmt.Fprintf(m.stdout, "Cancelled: generation %d is enforced.\n", result.Generation)
			}
			return err
		},
	}
	addVia(cmd, &via)
	return cmd
}

// decide asks for something to become of the trial, and says why not when it does not.
func (m *machine) decide(ctx context.Context, via string, args []string, request control.TrialRequest) (control.ApplyResult, error) {
	client, err := m.dial(via)
	if err != nil {
		return control.ApplyResult{}, err
	}
	if len(args) > 0 {
		request.ID = args[0]
	}
	return m.settleTrial(ctx, client, request)
}

func (m *machine) settleTrial(ctx context.Context, client *control.Client, request control.TrialRequest) (control.ApplyResult, error) {
	result, err := client.Trial(ctx, request)
	if err != nil {
		return result, m.unreachable(err)
	}
	for _, line := range result.Lines {
		m.remark("%s\n", clean(line))
	}
	switch result.Outcome {
	case control.Applied:
		return result, nil
	case control.Refused:
		return result, leave(exitRefused, "nothing was changed")
	case control.TakenBack, control.Unverified, control.Incomplete:
	}
	return result, leave(exitIncomplete, "the trial could not be taken back yet; the enforcer goes on trying: see ha status")
}

// clock is a moment as somebody reads it who sits at the machine.
func clock(t time.Time) string { return t.Local().Format("15:04:05 MST") }

// afterTrial says what is to be done about a trial, or does it: asks who sits there, or waits until the node is well.
func (m *machine) afterTrial(ctx context.Context, n prepared, t *control.Trial, before control.Status, a *approval) error {
	switch {
	case t == nil:
		return nil
	case a.healthy:
		return m.confirmWhenHealthy(ctx, n, *t, before)
	case !a.yes && m.interactive():
		return m.askTrial(ctx, n, *t)
	}
	fmt.Fprintf(m.stdout, "On trial: %s is taken back at %s unless you say: ha confirm %s\n", n.name, clock(t.Until), t.ID)
	return nil
}

// healthPause is how often a node on trial is asked how it is.
const healthPause = 200 * time.Millisecond

// confirmWhenHealthy confirms once the node answers a new connection and reports no problem that it did not have before.
// A change that cuts off whoever made it so takes itself back.
func (m *machine) confirmWhenHealthy(ctx context.Context, n prepared, t control.Trial, before control.Status) error {
	tick := time.NewTicker(healthPause)
	defer tick.Stop()
	last := "it did not answer"
	for m.now().Before(t.Until) {
		now, err := control.Dial(n.client.Socket()).Report(ctx)
		if err == nil {
			if now.Trial == nil || now.Trial.ID != t.ID {
				return leave(exitTakenBack, "%s: the trial %s is over; generation %d is enforced", n.name, t.ID, now.Generation)
			}
			if last = unwell(now, before); last == "" {
				_, err := m.settleTrial(ctx, n.client, control.TrialRequest{Action: control.Confirm, ID: t.ID, By: m.user()})
				if err == nil {
					fmt.Fprintf(m.stdout, "Confirmed: %s is well; generation %d stands.\n", n.name, t.Generation)
				}
				return err
			}
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-tick.C:
		}
	}
	return leave(exitTakenBack, "%s was not well in time and is taken back: %s", n.name, last)
}

// unwell is a reason not to confirm; empty when there is none: a new problem, or a VIP that takes no part in its election although it did.
func unwell(now, before control.Status) string {
	for _, p := range now.Problems {
		if !slices.Contains(before.Problems, p) {
			return p
		}
	}
	out := map[string]bool{}
	for _, v := range before.VIPs {
		out[v.Name] = v.State == "Initialize"
	}
	for _, v := range now.VIPs {
		if v.State == "Initialize" && !out[v.Name] {
			return v.Name + ": " + v.Why
		}
	}
	return ""
}

// askTrial asks whether the change stays, as long as the trial lasts.
func (m *machine) askTrial(ctx context.Context, n prepared, t control.Trial) error {
	m.remark("\nDoes %s do what it should? It is taken back at %s without an answer. [yes/no] ", n.name, clock(t.Until))
	answered := make(chan string, 1)
	go func() {
		line, err := bufio.NewReader(m.stdin).ReadString('\n')
		if err == nil {
			answered <- strings.TrimSpace(line)
		}
	}()
	timeout := time.NewTimer(t.Until.Sub(m.now()))
	defer timeout.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout.C:
		return leave(exitTakenBack, "not confirmed in time: %s is taken back", n.name)
	case word := <-answered:
		if word == "yes" {
			_, err := m.settleTrial(ctx, n.client, control.TrialRequest{Action: control.Confirm, ID: t.ID, By: m.user()})
			if err == nil {
				fmt.Fprintf(m.stdout, "Confirmed: generation %d stands.\n", t.Generation)
			}
			return err
		}
		result, err := m.settleTrial(ctx, n.client, control.TrialRequest{Action: control.Cancel, ID: t.ID, By: m.user()})
		if err != nil {
			return err
		}
		return leave(exitTakenBack, "taken back: %s has generation %d", n.name, result.Generation)
	}
}
