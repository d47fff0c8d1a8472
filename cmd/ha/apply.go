package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/planner"
)

// approval is what was said about whether to apply.
type approval struct {
	yes    bool
	limit  string
	direct bool
	check  bool

	confirm time.Duration // the trial; 0: none
	healthy bool          // confirm when the node is well
	content int           // the generation that is put back; 0: none
}

func newApply(m *machine) *cobra.Command {
	var s source
	var t target
	var o output
	var a approval
	cmd := &cobra.Command{
		Use:   "apply [DIR | PLAN]",
		Short: "Make a node equal to its plan",
		Long: `Plan DIR (as "ha plan" does), show the plan, ask, and apply it; or apply a plan that "ha plan --out" saved, after
checking that the node is still as it was then. The enforcer of the node does the work: it writes a journal, changes
the kernel in the order that disrupts least, reads back, and takes everything back when a step fails. A lost
connection leaves no half of an apply.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			limit, err := a.maxImpact()
			if err != nil {
				return err
			}
			if err := a.checkTrial(); err != nil {
				return err
			}
			doc, nodes, err := m.planOrFile(cmd.Context(), &s, &t, args)
			if err != nil {
				return err
			}
			if err := m.render(doc, s.color, &o); err != nil {
				return err
			}
			if err := planCode(doc, false); err != nil {
				return err
			}
			if a.check {
				return m.checkOnly(cmd.Context(), doc, nodes, t.state)
			}
			if doc.Summary.NodesChanged == 0 {
				return nil
			}
			if err := m.approve(doc, &a, limit); err != nil {
				return err
			}
			return m.applyAll(cmd.Context(), doc, nodes, &t, &a)
		},
	}
	addSource(cmd, &s)
	addTarget(cmd, &t)
	addOutput(cmd, &o)
	addApproval(cmd, &a)
	cmd.Flags().BoolVar(&a.direct, "direct", false, "write the kernel from here where no enforcer runs; VIPs stay away until one does")
	cmd.Flags().BoolVar(&a.check, "check", false, "only check that the plan could be applied now")
	return cmd
}

// addApproval adds the flags that say how far an apply may go, and whether it stays.
func addApproval(cmd *cobra.Command, a *approval) {
	cmd.Flags().BoolVar(&a.yes, "yes", false, `answer the question "apply?" with yes; nothing else`)
	cmd.Flags().StringVar(&a.limit, "max-impact", "", "highest impact allowed: none, new-connections, existing-connections, failover, outage "+
		"(default existing-connections with --yes; whatever the question names without)")
	cmd.Flags().DurationVar(&a.confirm, "confirm", 0, "put it on trial: it is taken back after this time, 1s to 24h, unless ha confirm says that it stays")
	cmd.Flags().BoolVar(&a.healthy, "confirm-when-healthy", false, "confirm from here, over a new connection, once the node reports no problem that it did not have before")
}

// maxImpact is the limit that the flags set.
func (a *approval) maxImpact() (planner.Impact, error) {
	switch {
	case a.limit != "":
		var limit planner.Impact
		if err := limit.UnmarshalText([]byte(a.limit)); err != nil {
			return 0, leave(exitUsage, "--max-impact: %w", err)
		}
		return limit, nil
	case a.yes:
		return planner.ImpactExistingConnections, nil
	}
	return planner.ImpactOutage, nil
}

// planOrFile plans a folder, or reads a saved plan.
func (m *machine) planOrFile(ctx context.Context, s *source, t *target, args []string) (*planner.Document, []prepared, error) {
	if len(args) == 0 {
		return m.plan(ctx, s, t, args)
	}
	if info, err := os.Stat(args[0]); err != nil || info.IsDir() {
		return m.plan(ctx, s, t, args)
	}
	doc, err := readPlan(args[0])
	if err != nil {
		return nil, nil, err
	}
	var nodes []prepared
	for _, n := range doc.Nodes {
		if len(t.nodes) > 0 && !slices.Contains(t.nodes, n.Name) {
			continue
		}
		client, err := m.dial(t.via)
		if err != nil {
			return nil, nil, err
		}
		nodes = append(nodes, prepared{name: n.Name, client: client, local: true})
	}
	if len(nodes) == 0 {
		return nil, nil, leave(exitUsage, "%s holds no plan for %s", args[0], strings.Join(t.nodes, ", "))
	}
	if len(nodes) > 1 {
		return nil, nil, leave(exitUsage, "%s holds plans for several nodes; choose with --node the one that this machine is", args[0])
	}
	return doc, nodes, nil
}

func readPlan(path string) (*planner.Document, error) {
	data, err := readFile(path, planner.MaxDocument)
	if err != nil {
		return nil, err
	}
	doc, err := planner.Decode(data)
	if err != nil {
		return nil, leave(exitRefused, "%s: %w", path, err)
	}
	return doc, nil
}

// approve asks, unless --yes has answered; no flag but --max-impact lifts the limit.
func (m *machine) approve(doc *planner.Document, a *approval, limit planner.Impact) error {
	impact := doc.Summary.Impact
	if impact > limit {
		return leave(exitRefused, "the plan's impact is %v, above the limit %v; allow it with --max-impact %v. Nothing was changed", impact, limit, impact)
	}
	if a.yes {
		return nil
	}
	if !m.interactive() {
		return leave(exitRefused, "there is no terminal to ask on; say --yes. Nothing was changed")
	}
	var names []string
	for _, n := range doc.Nodes {
		names = append(names, n.Name)
	}
	word := "yes"
	if impact >= planner.ImpactFailover {
		word = sufferer(doc)
	}
	m.remark("\nApply to %s? Impact: %v. [%s/no] ", strings.Join(names, ", then "), impact, word)
	line, err := bufio.NewReader(m.stdin).ReadString('\n')
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	if strings.TrimSpace(line) != word {
		return leave(exitRefused, "declined; nothing was changed")
	}
	return nil
}

// sufferer is the name to type for a change that moves or stops something: the first that it happens to.
func sufferer(doc *planner.Document) string {
	for _, n := range doc.Nodes {
		for _, c := range n.Changes {
			if c.Layer != planner.Latent && c.Impact == doc.Summary.Impact {
				name, _, _ := strings.Cut(c.Name, " ")
				return name
			}
		}
	}
	return "yes"
}

// checkOnly tells whether a plan still fits.
func (m *machine) checkOnly(ctx context.Context, doc *planner.Document, nodes []prepared, state string) error {
	var lines []string
	for _, n := range nodes {
		part := nodeOf(doc, n.name)
		var desired enforcer.Config
		if err := json.Unmarshal(part.Desired, &desired); err != nil {
			return leave(exitRefused, "what the plan wants of %s is not understood: %w", n.name, err)
		}
		o, err := m.observe(ctx, n.client, state, desired.Plan, n.local)
		if err != nil {
			return err
		}
		now := planner.Present{MachineID: enforcer.MachineID(), Generation: o.generation, Live: o.live, Claims: o.claims}
		for _, v := range planner.CheckPreconditions(*part, now) {
			lines = append(lines, n.name+": "+v.Error())
		}
	}
	if len(lines) > 0 {
		return leave(exitRefused, "the plan does not fit any more:\n%s", strings.Join(lines, "\n"))
	}
	m.remark("The plan can be applied.\n")
	return nil
}

func nodeOf(doc *planner.Document, name string) *planner.NodePlan {
	for i := range doc.Nodes {
		if doc.Nodes[i].Name == name {
			return &doc.Nodes[i]
		}
	}
	return nil
}

// applyAll applies node after node and stops at the first that does not come out well.
func (m *machine) applyAll(ctx context.Context, doc *planner.Document, nodes []prepared, t *target, a *approval) error {
	for _, n := range nodes {
		part := nodeOf(doc, n.name)
		if part == nil || len(part.Changes) == 0 {
			continue
		}
		// What must still hold; the changes follow from the configuration, which travels once.
		base := planner.NodePlan{Name: part.Name, MachineID: part.MachineID, Base: part.Base, Impact: part.Impact}
		raw, err := json.Marshal(base)
		if err != nil {
			return err
		}
		request := control.ApplyRequest{
			Config: part.Desired, Node: raw, By: m.user(), PlanID: doc.PlanID, MaxImpact: part.Impact,
			Confirm: a.confirm, Content: a.content,
		}
		report := func(p control.Progress) { m.progress(n.name, p) }
		before, _ := n.client.Report(ctx) // of no enforcer there is nothing to compare with
		result, err := m.applyNode(ctx, n, request, t, a.direct, report)
		if err != nil {
			return err
		}
		if err := m.conclude(n.name, result); err != nil {
			return err
		}
		if err := m.afterTrial(ctx, n, result.Trial, before, a); err != nil {
			return err
		}
	}
	return nil
}

func (m *machine) applyNode(ctx context.Context, n prepared, request control.ApplyRequest, t *target, direct bool, report func(control.Progress)) (control.ApplyResult, error) {
	result, err := n.client.Apply(ctx, request, report)
	switch {
	case err == nil && direct:
		m.remark("An enforcer runs on this node: it has applied, --direct was not needed.\n")
		return result, nil
	case errors.Is(err, control.ErrNoEnforcer) && direct:
		return m.applyDirect(ctx, t.state, request, report)
	case errors.Is(err, control.ErrNoEnforcer):
		return result, leave(exitUnavailable, "%w. Start one with: ha enforce. Or write from here with --direct", err)
	}
	return result, err
}

// applyDirect does the enforcer's work once.
func (m *machine) applyDirect(ctx context.Context, state string, request control.ApplyRequest, report func(control.Progress)) (result control.ApplyResult, err error) {
	store, err := enforcer.OpenStore(state)
	if errors.Is(err, enforcer.ErrLocked) {
		return result, leave(exitUnavailable, "%w", err)
	}
	if err != nil {
		return result, err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	k, err := m.openKernel()
	if err != nil {
		return result, fmt.Errorf("opening the kernel (root is needed): %w", err)
	}
	e := enforcer.New(enforcer.Options{
		Kernel: k, Store: store, Log: slog.New(slog.DiscardHandler), Version: versionText(),
	})
	return e.ApplyOnce(ctx, request, report)
}

// progress prints one step.
func (m *machine) progress(node string, p control.Progress) {
	if p.Of > 0 {
		m.remark("%s  %d/%d %s\n", node, p.Step, p.Of, clean(p.Text))
		return
	}
	m.remark("%s  %s\n", node, clean(p.Text))
}

// conclude prints how an apply ended and turns it into the exit code.
func (m *machine) conclude(node string, r control.ApplyResult) error {
	for _, line := range r.Lines {
		m.remark("%s  %s\n", node, clean(line))
	}
	switch r.Outcome {
	case control.Applied:
		fmt.Fprintf(m.stdout, "Done: %s at generation %d, %d kernel %s written.\n", node, r.Generation, r.Changed, plural(r.Changed, "object"))
		return nil
	case control.Refused:
		return leave(exitRefused, "%s refused the plan; nothing was changed", node)
	case control.TakenBack:
		return leave(exitError, "the apply on %s failed and was taken back", node)
	case control.Unverified:
		return leave(exitTakenBack, "the apply on %s did not verify and was taken back", node)
	case control.Incomplete:
	}
	return leave(exitIncomplete, "the apply on %s is incomplete and needs you: see ha status", node)
}
