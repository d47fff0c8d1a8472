package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/sync/errgroup"

	"ha/checks"
	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/worker"
)

// defaultState is where an enforcer keeps what it must not forget.
const defaultState = "/var/lib/ha"

func newEnforce(m *machine) *cobra.Command {
	var state, socket, level, namespace string
	cmd := &cobra.Command{
		Use:   "enforce",
		Short: "Run the enforcer: the process that keeps this node equal to its plan",
		Long: `Run the enforcer of this node until SIGINT or SIGTERM. It enforces the plan that was applied last, which it keeps
in its state directory: no repository is needed at boot. "ha apply" hands it a new plan; there is nothing to reload.
On a clean stop it leaves every election with priority 0 and removes its VIPs; IPVS keeps balancing.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var threshold slog.Level
			if err := threshold.UnmarshalText([]byte(level)); err != nil {
				return leave(exitUsage, "--log-level is debug, info, warn or error, not %q", level)
			}
			if namespace != "" {
				return enterNamespace(cmd, namespace)
			}
			log := slog.New(slog.NewTextHandler(m.stderr, &slog.HandlerOptions{Level: threshold}))
			return m.enforce(cmd.Context(), state, socket, log)
		},
	}
	cmd.Flags().StringVar(&state, "state-dir", defaultState, "folder for the applied plan and its history")
	cmd.Flags().StringVar(&socket, "socket", control.DefaultSocket, "unix socket of the control API")
	cmd.Flags().StringVar(&level, "log-level", "info", "least level of the log on standard error: debug, info, warn, error")
	cmd.Flags().StringVar(&namespace, namespaceFlag, "", "network namespace to run in, by its name (ip netns) or path; each needs its own --state-dir and --socket")
	return cmd
}

// enforce joins the parts of a running enforcer: worker first, then the core and its API.
func (m *machine) enforce(ctx context.Context, state, socket string, log *slog.Logger) (err error) {
	store, err := enforcer.OpenStore(state)
	if errors.Is(err, enforcer.ErrLocked) {
		return leave(exitUnavailable, "%w", err)
	}
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, store.Close()) }()
	listener, err := control.Listen(socket)
	if err != nil {
		return err
	}
	k, err := m.openKernel()
	if err != nil {
		return errors.Join(fmt.Errorf("opening the kernel (root is needed): %w", err), listener.Close())
	}
	e := enforcer.New(enforcer.Options{
		Kernel: k, Store: store, Log: log, Version: versionText(), StartChecker: startWorker(log),
	})
	defer ignoreHangUp(log)()
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

// ignoreHangUp says that SIGHUP, by habit sent for a reload or by a terminal that closes, does nothing. The returned
// function ends that.
func ignoreHangUp(log *slog.Logger) (stop func()) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGHUP)
	go func() {
		for range signals {
			log.Warn("SIGHUP does nothing: there is no file to read again; ha apply hands over a new plan")
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
	}
}

// startWorker starts the second process of the same program.
func startWorker(log *slog.Logger) func(context.Context, map[string]checks.Health, func(checks.Result)) enforcer.Checker {
	return func(ctx context.Context, known map[string]checks.Health, report func(checks.Result)) enforcer.Checker {
		return worker.Start(ctx, worker.Options{Args: []string{workerVerb}, Known: known, OnResult: report, Log: log})
	}
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
			return worker.Main(cmd.Context(), worker.FD)
		},
	}
}
