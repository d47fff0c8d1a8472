package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/worker"
)

// defaultState is where an enforcer keeps what it must not forget.
const defaultState = "/var/lib/ha"

func newEnforce(m *machine) *cobra.Command {
	var state, via, level, namespace string
	var realtime enforcer.Realtime
	var nice int
	cmd := &cobra.Command{
		Use:   "enforce",
		Short: "Run the enforcer: the process that keeps this node equal to its plan",
		Long: `Run the enforcer of this node until SIGINT or SIGTERM. It enforces the plan that was applied last, which it keeps
in its state directory: no repository is needed at boot. "ha apply" hands it a new plan; there is nothing to reload.
On a clean stop it leaves every election with priority 0 and removes its VIPs; IPVS keeps balancing.

SIGUSR2 puts the program that is installed now in its place, as "ha restart" does; SIGUSR1 ends it for one that is started
right after it (RestartKillSignal of systemd). Both leave the VIPs where they are, and cost no transition.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var threshold slog.Level
			if err := threshold.UnmarshalText([]byte(level)); err != nil {
				return leave(exitUsage, "--log-level is debug, info, warn or error, not %q", level)
			}
			if namespace != "" {
				return enterNamespace(cmd, namespace)
			}
			if err := realtime.Validate(); err != nil {
				return leave(exitUsage, "%w", err)
			}
			if nice < -20 || nice > 19 {
				return leave(exitUsage, "--nice is from -20 to 19, not %d", nice)
			}
			socket, err := m.socketOf(via)
			if err != nil {
				return err
			}
			log := slog.New(slog.NewTextHandler(m.stderr, &slog.HandlerOptions{Level: threshold}))
			if err := enforcer.Renice(nice); err != nil {
				log.Warn(err.Error() + "; on a busy machine elections wait like everybody else")
			}
			return m.enforce(cmd.Context(), state, socket, realtime, log)
		},
	}
	cmd.Flags().StringVar(&state, "state-dir", defaultState, "folder for the applied plan and its history")
	cmd.Flags().StringVar(&via, "via", "", "where it is asked, as unix:///path (default $HA_VIA, or unix://"+control.DefaultSocket+")")
	cmd.Flags().StringVar(&level, "log-level", "info", "least level of the log on standard error: debug, info, warn, error")
	cmd.Flags().StringVar(&namespace, namespaceFlag, "", "network namespace to run in, by its name (ip netns) or path; each needs its own --state-dir and --via")
	cmd.Flags().IntVar(&nice, "nice", defaultNice, "niceness of the process of the elections, -20 to 19 (CAP_SYS_NICE for less than it was started with); its worker is never below 0")
	realtimeFlags(cmd, &realtime)
	return cmd
}

// realtimeFlags are about the machine, not the cluster: they stand beside the unit's limits, and hold before a plan is read.
func realtimeFlags(cmd *cobra.Command, r *enforcer.Realtime) {
	flags := cmd.Flags()
	flags.IntVar(&r.Priority, "realtime", 0, "real-time priority of the election thread, 1 to 99 (SCHED_RR; CAP_SYS_NICE); 0 is none")
	flags.DurationVar(&r.Limit, "realtime-limit", time.Second, "end the process when that thread runs so long without a pause (RLIMIT_RTTIME); 0 is no limit")
	flags.IntSliceVar(&r.CPUs, "cpus", nil, "processors of the election thread, as 0,1; default all")
	flags.BoolVar(&r.LockMemory, "lock-memory", false, "keep the memory of the process from being swapped out (mlockall; CAP_IPC_LOCK)")
}

// defaultNice lets elections go before what else keeps a machine busy.
const defaultNice = -10

// enforce joins the parts of a running enforcer: worker first, then the core and its API.
func (m *machine) enforce(ctx context.Context, state, socket string, realtime enforcer.Realtime, log *slog.Logger) (err error) {
	store, err := enforcer.OpenStore(state)
	if errors.Is(err, enforcer.ErrLocked) {
		return leave(exitUnavailable, "%w", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	heritage, err := enforcer.TakeHeritage()
	if err != nil {
		log.Warn("what the program before left cannot be used", "err", err)
	}
	listener, err := listen(socket, heritage)
	if err != nil {
		return err
	}
	k, err := m.openKernel()
	if err != nil {
		return errors.Join(fmt.Errorf("opening the kernel (root is needed): %w", err), listener.Close())
	}
	w := &workers{log: log}
	signals := newSignals(log)
	defer signals.stop()
	e := enforcer.New(enforcer.Options{
		Kernel: k, Store: store, Log: log, Version: versionText(), Realtime: realtime, StartChecker: w.start,
		Heritage: heritage, Succession: enforcer.Succession{Path: ownPath(), Listener: listener, Exec: signals.exec, Try: w.try},
	})
	go signals.serve(ctx, e)
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	tasks, serving := errgroup.WithContext(serving)
	tasks.Go(func() error { return control.Serve(serving, listener, e) })
	tasks.Go(func() error {
		defer stopServing()
		return e.Run(ctx)
	})
	return tasks.Wait()
}

// workerVerb is the hidden command that the core starts itself with.
const workerVerb = "worker"

func newWorker() *cobra.Command {
	return &cobra.Command{
		Use:    workerVerb,
		Short:  "Run checks for an enforcer (started by it)",
		Hidden: true,
		Args:   usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			defer deafen()()
			if enforcer.Niceness() < 0 { // the core's; checks and scripts wait like everybody else
				if err := enforcer.Renice(0); err != nil {
					return err
				}
			}
			return worker.Main(cmd.Context(), worker.FD)
		},
	}
}
