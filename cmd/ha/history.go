package main

import (
	"errors"
	"fmt"
	"io/fs"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"ha/enforcer"
	"ha/planner"
)

func newHistory(m *machine) *cobra.Command {
	var state string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "history",
		Short: "List what was applied on this node: when, by whom, and what became of it",
		Long: `List the generations of this node, the newest first: when each was applied and by whom, what it put back, and whether it was confirmed
or taken back. "ha show N" shows what one holds, "ha rollback N" puts it in force again. Kept are the newest 20, those of the last 30 days,
and not more than 500.`,
		Args: usage(cobra.NoArgs),
		RunE: func(*cobra.Command, []string) error {
			list, err := enforcer.ReadHistory(state)
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
			if asJSON {
				if list == nil {
					list = []enforcer.Past{}
				}
				return writeJSON(m.stdout, list)
			}
			if len(list) == 0 {
				return leave(exitError, "nothing is applied on this node: %s holds no generation", state)
			}
			fmt.Fprint(m.stdout, historyText(list))
			return nil
		},
	}
	cmd.Flags().StringVar(&state, "state-dir", defaultState, "state directory that holds the generations")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print as one JSON document, the oldest first")
	return cmd
}

// historyText is a history for people, the newest first.
func historyText(list []enforcer.Past) string {
	rows := make([][]string, 0, len(list)+1)
	rows = append(rows, []string{"GENERATION", "APPLIED", "BY", "NOTE"})
	for i := len(list) - 1; i >= 0; i-- {
		p := list[i]
		note := p.Note
		switch {
		case p.Damaged != "":
			note = "cannot be used: " + p.Damaged
		case note == "" && p.Content != 0:
			note = fmt.Sprintf("content of generation %d", p.Content)
		}
		at := ""
		if !p.AppliedAt.IsZero() {
			at = p.AppliedAt.UTC().Format("2006-01-02 15:04:05 UTC")
		}
		rows = append(rows, []string{strconv.Itoa(p.Number), at, clean(p.AppliedBy), clean(note)})
	}
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], len(cell))
		}
	}
	var b strings.Builder
	for _, row := range rows {
		line := ""
		for i, cell := range row {
			line += fmt.Sprintf("%-*s  ", widths[i], cell)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func newRollback(m *machine) *cobra.Command {
	var t target
	var o output
	var a approval
	var color string
	cmd := &cobra.Command{
		Use:   "rollback [GENERATION]",
		Short: "Put a generation in force again that was applied on this node before",
		Long: `Plan the way from what is enforced to a generation that was applied on this node before (without a number: the one before the
present), show the plan, ask, and apply it. It is an apply like any other, with an impact and perhaps a trial, and makes a new
generation with the content of the old one: history only grows. The configuration files are not asked: bring them to the same state, or the
next "ha apply" of them undoes the rollback.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(o.check(), a.checkTrial()); err != nil {
				return err
			}
			limit, err := a.maxImpact()
			if err != nil {
				return err
			}
			g, err := m.formerGeneration(t.state, args)
			if err != nil {
				return err
			}
			a.content = g.Number
			client, err := m.dial(t.via)
			if err != nil {
				return err
			}
			n := prepared{name: g.Config.Plan.Node, client: client, local: true}
			plan, err := m.planTo(cmd.Context(), g.Config, n, t.state)
			if err != nil {
				return err
			}
			doc := planner.NewDocument(m.meta(), planner.Config{Cluster: g.Config.Plan.Cluster}, plan)
			fmt.Fprintf(m.stdout, "Back to generation %d, applied %s by %s\n\n", g.Number, g.AppliedAt.UTC().Format("2006-01-02 15:04:05 UTC"), clean(g.AppliedBy))
			if err := m.render(doc, color, &o); err != nil {
				return err
			}
			if err := planCode(doc, false); err != nil || doc.Summary.NodesChanged == 0 {
				return err
			}
			if err := m.approve(doc, &a, limit); err != nil {
				return err
			}
			return m.applyAll(cmd.Context(), doc, []prepared{n}, &t, &a)
		},
	}
	addVia(cmd, &t.via)
	cmd.Flags().StringVar(&t.state, "state-dir", defaultState, "state directory that holds the generations")
	addOutput(cmd, &o)
	addColor(cmd, &color)
	addApproval(cmd, &a)
	return cmd
}

// formerGeneration reads the generation that is meant.
func (m *machine) formerGeneration(state string, args []string) (enforcer.Generation, error) {
	if len(args) > 0 {
		number, err := strconv.Atoi(args[0])
		if err != nil || number < 1 {
			return enforcer.Generation{}, leave(exitUsage, "%q is not the number of a generation; ha history lists them", args[0])
		}
		g, err := enforcer.ReadGeneration(state, number)
		if errors.Is(err, fs.ErrNotExist) {
			return g, leave(exitRefused, "%s holds no generation %d; ha history lists those that are kept", state, number)
		}
		if err != nil {
			return g, leave(exitRefused, "generation %d cannot be used: %w", number, err)
		}
		return g, nil
	}
	present, err := enforcer.ReadLatest(state)
	if err != nil {
		return present, err
	}
	before, err := enforcer.GenerationBefore(state, present.Number)
	switch {
	case err != nil && !errors.Is(err, fs.ErrNotExist):
		return present, err
	case before == 0:
		return present, leave(exitRefused, "there is no generation before the present one in %s", state)
	}
	return enforcer.ReadGeneration(state, before)
}
