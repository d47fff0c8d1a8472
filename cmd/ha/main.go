// Command ha keeps service addresses alive: VIPs, sync groups and LVS pools described in HCL, compared with the live
// kernel, applied, and kept.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	os.Exit(run())
}

// run is main with an exit code, so that deferred calls happen.
func run() int {
	ctx, stop := untilSignal(context.Background())
	defer stop()
	return execute(ctx, systemMachine(), os.Args[1:])
}

// interrupted is why a context ended: a signal.
type interrupted struct{ syscall.Signal }

func (i interrupted) Error() string { return i.String() }

// untilSignal ends a context at the first SIGINT or SIGTERM, so that what was begun is brought to a good end; the
// second one ends the process at once.
func untilSignal(parent context.Context) (context.Context, func()) {
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGINT, syscall.SIGTERM)
	go func() {
		select {
		case s := <-signals:
			signal.Stop(signals)
			number, _ := s.(syscall.Signal)
			cancel(interrupted{number})
		case <-ctx.Done():
			signal.Stop(signals)
		}
	}()
	return ctx, func() { cancel(nil) }
}
