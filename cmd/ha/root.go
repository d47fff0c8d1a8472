package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// execute runs the command line and returns the exit code.
func execute(ctx context.Context, m *machine, args []string) int {
	root := newRoot(m)
	root.SetArgs(args)
	root.SetIn(m.stdin)
	root.SetOut(m.stdout)
	root.SetErr(m.stderr)
	err := root.ExecuteContext(ctx)
	var e *exitErr
	if err != nil && !(errors.As(err, &e) && e.err == nil) {
		fmt.Fprintf(m.stderr, "ha: %v\n", err)
	}
	return int(codeOf(ctx, err))
}

func newRoot(m *machine) *cobra.Command {
	root := &cobra.Command{
		Use:   "ha",
		Short: "Keep service addresses alive: VIPs, sync groups and LVS pools from HCL files",
		Long: `ha keeps service addresses alive. HCL files describe VIPs, sync groups and LVS pools for a whole cluster;
"ha plan" shows what would change on a node against its live kernel, "ha apply" makes it so, and the resident
"ha enforce" runs the VRRP and health-check loops that keep reality equal to the plan.

Exit codes: 0 done or nothing to do; 1 error, nothing left changed; 2 a difference was found
(plan --detailed-exitcode, fmt --check, remarks of convert); 3 refused, nothing was changed; 4 no enforcer or lock in time; 5 verification
failed and was taken back; 6 incomplete, a human is needed; 64 wrong usage.`,
		SilenceUsage:               true,
		SilenceErrors:              true,
		Args:                       unknownCommand,
		SuggestionsMinimumDistance: 2,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return cmd.Help()
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return leave(exitUsage, "%w\nUsage: %s", err, cmd.UseLine())
	})
	root.AddCommand(
		newConvert(m), newFmt(m), newValidate(m), newPlan(m), newApply(m), newShow(m),
		newEnforce(m), newRestart(m), newConfirm(m), newCancel(m), newRollback(m), newHistory(m), newEvents(m), newDrift(m), newWorker(), newIntroduce(m), newStatus(m), newWhy(m),
		newDrain(m), newUndrain(m), newWeight(m), newLab(m), newExplain(m), newVersion(m),
	)
	return root
}

// unknownCommand refuses words that are no command, with those that are meant most likely.
func unknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 {
		return nil
	}
	near := root.SuggestionsFor(args[0])
	if len(near) == 0 {
		return leave(exitUsage, "there is no command %q; ha help lists them", clean(args[0]))
	}
	return leave(exitUsage, "there is no command %q; did you mean ha %s?", clean(args[0]), strings.Join(near, ", or ha "))
}

// usage wraps an argument rule so that its violation ends with the code for wrong usage.
func usage(rule cobra.PositionalArgs) cobra.PositionalArgs {
	return func(cmd *cobra.Command, args []string) error {
		if err := rule(cmd, args); err != nil {
			return leave(exitUsage, "%w\nUsage: %s", err, cmd.UseLine())
		}
		return nil
	}
}
