package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/google/renameio/v2"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/hcl"
	"ha/planner"
)

// target says which nodes are meant and how they are reached.
type target struct {
	nodes []string
	via   string
	state string
}

func addTarget(cmd *cobra.Command, t *target) {
	cmd.Flags().StringArrayVar(&t.nodes, "node", nil, "node to plan for; may be given again (default: this machine, else every node with connect)")
	addVia(cmd, &t.via)
	cmd.Flags().StringVar(&t.state, "state-dir", defaultState, "state directory, read where no enforcer runs on this machine")
}

// output says how a plan is printed.
type output struct {
	brief, full bool
}

func addOutput(cmd *cobra.Command, o *output) {
	cmd.Flags().BoolVar(&o.brief, "brief", false, "one line per change, those of several nodes together")
	cmd.Flags().BoolVar(&o.full, "full", false, "all fields of every change")
}

// check refuses what contradicts itself.
func (o *output) check() error {
	if o.brief && o.full {
		return leave(exitUsage, "--brief and --full contradict each other")
	}
	return nil
}

func newPlan(m *machine) *cobra.Command {
	var s source
	var t target
	var o output
	var out string
	var asJSON, detailed bool
	cmd := &cobra.Command{
		Use:   "plan [DIR]",
		Short: "Show what would change on a node",
		Long: `Compile the configuration in DIR, compare it with what is applied and with the live kernel of each node, and show
what would change, why, and what clients would notice. Nothing is changed.

Symbols: + add, ~ change in place, - remove, -/+ replace, ! put back what changed outside ha, ? happens when a condition
turns true, > adopt what is there already, < stop managing and leave in place.`,
		Args: usage(cobra.MaximumNArgs(1)),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.check(); err != nil {
				return err
			}
			doc, _, err := m.plan(cmd.Context(), &s, &t, args)
			if err != nil {
				return err
			}
			if out != "" {
				if err := savePlan(out, doc); err != nil {
					return err
				}
			}
			if err := m.printPlan(doc, asJSON, &s, &o); err != nil {
				return err
			}
			if out != "" && !asJSON {
				fmt.Fprintf(m.stdout, "Saved as %s (effect %s). Apply with: ha apply %s\n", clean(out), planner.Short(doc.EffectDigest), clean(out))
			}
			return planCode(doc, detailed)
		},
	}
	addSource(cmd, &s)
	addTarget(cmd, &t)
	addOutput(cmd, &o)
	cmd.Flags().StringVar(&out, "out", "", "save the plan in this file, for ha apply FILE")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the plan as one JSON document")
	cmd.Flags().BoolVar(&detailed, "detailed-exitcode", false, "exit with 2 when something would change")
	return cmd
}

// planCode is the exit code of a plan: conflicts are errors, changes only where that was asked for.
func planCode(doc *planner.Document, detailed bool) error {
	switch {
	case doc.Summary.Conflicts > 0:
		return leave(exitError, "%d foreign %s in the way; see above", doc.Summary.Conflicts, plural(doc.Summary.Conflicts, "object"))
	case detailed && doc.Summary.NodesChanged > 0:
		return leave(exitDifference, "")
	}
	return nil
}

// savePlan writes a plan for ha apply FILE.
func savePlan(path string, doc *planner.Document) error {
	data, err := planner.Encode(doc)
	if err == nil {
		err = renameio.WriteFile(path, data, 0o644)
	}
	if err != nil {
		return fmt.Errorf("saving the plan: %w", err)
	}
	return nil
}

func (m *machine) printPlan(doc *planner.Document, asJSON bool, s *source, o *output) error {
	if !asJSON {
		return m.render(doc, s.color, o)
	}
	data, err := planner.Encode(doc)
	if err != nil {
		return err
	}
	_, err = m.stdout.Write(data)
	return err
}

// render prints a plan for people.
func (m *machine) render(doc *planner.Document, color string, o *output) error {
	colored, err := m.color(color)
	if err != nil {
		return err
	}
	opt := planner.RenderOptions{Color: colored, Width: m.width()}
	switch {
	case o.brief:
		opt.Detail = planner.Brief
	case o.full:
		opt.Detail = planner.Full
	}
	return planner.Render(m.stdout, doc, opt)
}

// width is that of the terminal; 0 where there is none.
func (m *machine) width() int {
	f, ok := m.stdout.(interface{ Fd() uintptr })
	if !ok || !m.terminal(m.stdout) {
		return 0
	}
	w, _, err := term.GetSize(int(f.Fd()))
	if err != nil {
		return 0
	}
	return w
}

// prepared is one node of a plan with the way to it.
type prepared struct {
	name   string
	client *control.Client
	local  bool
}

// plan compiles, observes and compares, for every node that is meant.
func (m *machine) plan(ctx context.Context, s *source, t *target, args []string) (*planner.Document, []prepared, error) {
	c, err := m.load(s, args)
	if err != nil {
		return nil, nil, err
	}
	nodes, err := m.targets(ctx, c, t)
	if err != nil {
		return nil, nil, err
	}
	var plans []planner.NodePlan
	for _, n := range nodes {
		p, err := m.planNode(ctx, c, n, t.state)
		if err != nil {
			return nil, nil, fmt.Errorf("node %s: %w", n.name, err)
		}
		plans = append(plans, p)
	}
	return planner.NewDocument(m.meta(), configOf(c), plans...), nodes, nil
}

func (m *machine) planNode(ctx context.Context, c *hcl.Config, n prepared, state string) (planner.NodePlan, error) {
	compiled, err := c.Compile(n.name)
	if err != nil {
		return planner.NodePlan{}, err
	}
	return m.planTo(ctx, enforcer.Config(compiled), n, state)
}

// planTo plans the way of a node from where it is to a compiled configuration.
func (m *machine) planTo(ctx context.Context, next enforcer.Config, n prepared, state string) (planner.NodePlan, error) {
	now, err := m.observe(ctx, n.client, state, next.Plan, n.local)
	if err != nil {
		return planner.NodePlan{}, err
	}
	if now.applied != nil && now.applied.Plan.Node != n.name {
		return planner.NodePlan{}, leave(exitRefused, "the machine behind %s is node %s", n.client.Socket(), now.applied.Plan.Node)
	}
	raw, err := json.Marshal(next)
	if err != nil {
		return planner.NodePlan{}, err
	}
	comparison := planner.Compare(&next.Plan, now.plan(), enforcer.Foresee(now.facts, now.applied, &next, now.live), now.live, now.claims)
	base := planner.Base{Generation: now.generation, ObservedAt: now.at, Via: now.via}
	if now.applied != nil {
		base.Roles = planner.RolesOf(&now.applied.Plan, now.facts)
	}
	// Every way to a node is a unix socket so far, so the node is this machine.
	return planner.NewNodePlan(n.name, enforcer.MachineID(), comparison, base, raw), nil
}

func (m *machine) meta() planner.Meta {
	return planner.Meta{CreatedAt: m.now().UTC(), CreatedBy: m.user(), Tool: "ha " + versionText()}
}

func configOf(c *hcl.Config) planner.Config {
	out := planner.Config{Cluster: c.Cluster(), Digest: "sha256:" + c.Digest().SHA}
	for _, f := range c.Digest().Files {
		out.Files = append(out.Files, planner.ConfigFile{Path: f.Path, SHA256: f.SHA})
	}
	for _, v := range c.Variables() {
		out.Variables = append(out.Variables, planner.VariableUsed(v))
	}
	return out
}

// targets finds the nodes that are meant: those named; else the one that this machine is, by what the enforcer here
// runs, by its host name or by its addresses; else all that say how they are reached.
func (m *machine) targets(ctx context.Context, c *hcl.Config, t *target) ([]prepared, error) {
	names := slices.Clone(t.nodes)
	here := m.thisNode(ctx, c, t)
	if len(names) == 0 && here != "" {
		names = []string{here}
	}
	if len(names) == 0 {
		for _, n := range c.Nodes() {
			if n.Connect != "" {
				names = append(names, n.Name)
			}
		}
	}
	if len(names) == 0 {
		return nil, leave(exitUsage, "this machine is none of the nodes %s by name or address, and none says how to connect; "+
			"name one with --node", nodeNames(c))
	}
	if t.via != "" && len(names) > 1 {
		return nil, leave(exitUsage, "--via names one enforcer, but the nodes are %s", strings.Join(names, ", "))
	}
	var list []prepared
	for _, name := range names {
		if _, err := c.Compile(name); err != nil {
			return nil, leave(exitUsage, "%w", err)
		}
		via := t.via
		if via == "" && name != here {
			via = connectOf(c, name)
		}
		client, err := m.dial(via)
		if err != nil {
			return nil, err
		}
		list = append(list, prepared{name: name, client: client, local: name == here || len(t.nodes) == 1 && via == ""})
	}
	return list, nil
}

// thisNode is the node that this machine is, empty when it is none.
func (m *machine) thisNode(ctx context.Context, c *hcl.Config, t *target) string {
	if client, err := m.dial(t.via); err == nil {
		if s, err := client.Status(ctx); err == nil && s.Node != "" {
			return s.Node
		}
	}
	host, addresses := m.names()
	for _, n := range c.Nodes() {
		if n.Name == host || strings.HasPrefix(host, n.Name+".") {
			return n.Name
		}
	}
	for _, n := range c.Nodes() {
		if a, err := netip.ParseAddr(n.Address); err == nil && slices.Contains(addresses, a) {
			return n.Name
		}
	}
	return ""
}

func connectOf(c *hcl.Config, name string) string {
	for _, n := range c.Nodes() {
		if n.Name == name {
			return n.Connect
		}
	}
	return ""
}

func nodeNames(c *hcl.Config) string {
	var names []string
	for _, n := range c.Nodes() {
		names = append(names, n.Name)
	}
	return strings.Join(names, ", ")
}
