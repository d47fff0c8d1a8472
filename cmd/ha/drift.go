package main

import (
	"context"

	"github.com/spf13/cobra"

	"ha/planner"
)

func newDrift(m *machine) *cobra.Command {
	var t target
	var o output
	var color string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "drift",
		Short: "Compare the kernel of this node with what is applied on it",
		Long: `Compare the kernel of this node with what is applied on it, without the configuration: what somebody else has changed, and is not
put right yet. A running enforcer puts most of it right within milliseconds ("ha events --type correction" tells of that); what stays is
what it cannot or must not do. The exit code is 2 when there is a difference.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.check(); err != nil {
				return err
			}
			doc, err := m.drift(cmd.Context(), &t)
			if err != nil {
				return err
			}
			if err := m.printPlan(doc, asJSON, &source{color: color}, &o); err != nil {
				return err
			}
			return planCode(doc, true)
		},
	}
	addVia(cmd, &t.via)
	cmd.Flags().StringVar(&t.state, "state-dir", defaultState, "state directory, read where no enforcer runs on this machine")
	addOutput(cmd, &o)
	addColor(cmd, &color)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the difference as one JSON document")
	return cmd
}

// drift plans the way from the kernel to what is applied.
func (m *machine) drift(ctx context.Context, t *target) (*planner.Document, error) {
	client, err := m.dial(t.via)
	if err != nil {
		return nil, err
	}
	now, err := m.observe(ctx, client, t.state, planner.Plan{}, true)
	if err != nil {
		return nil, err
	}
	if now.applied == nil {
		return nil, leave(exitError, "nothing is applied on this node")
	}
	n := prepared{name: now.applied.Plan.Node, client: client, local: true}
	plan, err := m.planTo(ctx, *now.applied, n, t.state) // looks again: now also at the tables and sysctls of the plan
	if err != nil {
		return nil, err
	}
	return planner.NewDocument(m.meta(), planner.Config{Cluster: now.applied.Plan.Cluster}, plan), nil
}
