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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return execute(ctx, systemMachine(), os.Args[1:])
}
