package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ha/enforcer"
	"ha/planner"
)

func newShow(m *machine) *cobra.Command {
	var o output
	var color, state string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show [PLAN | GENERATION]",
		Short: "Show a saved plan, or a plan that was applied on this node",
		Long: `Show a plan that "ha plan --out" saved: anywhere, without the configuration and without privileges. A number shows
the plan that was applied under that generation on this node, from its state directory; nothing shows the newest.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(_ *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			if len(args) == 0 {
				return m.showGeneration(state, 0, asJSON, color, &o)
			}
			if _, err := os.Stat(args[0]); errors.Is(err, fs.ErrNotExist) {
				if number, err := strconv.Atoi(args[0]); err == nil && number > 0 {
					return m.showGeneration(state, number, asJSON, color, &o)
				}
			}
			doc, err := readPlan(args[0])
			if err != nil {
				return err
			}
			return m.printPlan(doc, asJSON, &source{color: color}, &o)
		},
	}
	addOutput(cmd, &o)
	addColor(cmd, &color)
	cmd.Flags().StringVar(&state, "state-dir", defaultState, "state directory that holds the generations")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as one JSON document")
	return cmd
}

// showGeneration prints what was applied; number 0 is the newest.
func (m *machine) showGeneration(state string, number int, asJSON bool, color string, o *output) error {
	g, err := enforcer.ReadGeneration(state, number)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return leave(exitError, "%s holds no generation %d", state, number)
	case err != nil:
		return err
	case g.Number == 0:
		return leave(exitError, "nothing is applied on this node: %s holds no generation", state)
	}
	if asJSON {
		return writeJSON(m.stdout, g)
	}
	raw, err := json.Marshal(g.Config)
	if err != nil {
		return err
	}
	fmt.Fprintf(m.stdout, "Generation %d of node %s, applied %s by %s\n\n", g.Number, clean(g.Config.Plan.Node), g.AppliedAt.UTC().Format("2006-01-02 15:04:05 UTC"), clean(g.AppliedBy))
	// What a plan holds is what it would change on a machine that has nothing.
	comparison := planner.Compare(&g.Config.Plan, nil, planner.Facts{}, planner.State{}, planner.Claims{})
	comparison.Notes = nil
	doc := planner.NewDocument(planner.Meta{}, planner.Config{Cluster: g.Config.Plan.Cluster},
		planner.NewNodePlan(g.Config.Plan.Node, "", comparison, planner.Base{}, raw))
	var text strings.Builder
	shown := *m
	shown.stdout = &text
	if err := shown.render(doc, color, o); err != nil {
		return err
	}
	_, err = fmt.Fprint(m.stdout, text.String())
	return err
}
