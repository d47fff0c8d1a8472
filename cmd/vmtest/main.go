package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// exitMachine is the exit code when the machine failed, not the test.
const exitMachine = 125

func main() {
	if os.Getpid() == 1 && os.Args[0] == initPath {
		guestMain()
		return
	}
	os.Exit(hostMain(os.Args[1:]))
}

// hostMain is vmtest as go test calls it: a program and its arguments.
func hostMain(args []string) int {
	flags := flag.NewFlagSet("vmtest", flag.ContinueOnError)
	prepareOnly := flags.Bool("prepare", false, "fetch and unpack the kernel, then exit")
	flags.Usage = func() {
		fmt.Fprint(flags.Output(), "usage: vmtest -prepare\n       vmtest PROGRAM [ARGUMENT...]\n\n"+
			"Runs PROGRAM in a virtual machine whose kernel has IPVS, as in go test -exec vmtest.\n")
	}
	if err := flags.Parse(args); err != nil {
		return 2
	}
	// The kernel kills qemu when the thread that started it ends (Pdeathsig), so that thread has to stay.
	runtime.LockOSThread()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGQUIT, syscall.SIGHUP)
	defer stop()

	if *prepareOnly {
		dir, err := prepare(ctx)
		if err != nil {
			return complain(err)
		}
		fmt.Println(dir)
		return 0
	}
	if flags.NArg() == 0 {
		flags.Usage()
		return 2
	}
	code, err := run(ctx, flags.Arg(0), flags.Args()[1:])
	if err != nil {
		return complain(err)
	}
	return code
}

// complain prints err and returns the exit code that says that the machine failed.
func complain(err error) int {
	fmt.Fprintf(os.Stderr, "vmtest: %v\n", err)
	return exitMachine
}
