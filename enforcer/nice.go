package enforcer

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Renice gives every thread of this process a niceness, -20 to 19 (setpriority(2), which is about one thread in Linux). Lower
// ones than now need CAP_SYS_NICE.
//
// An election that waits for its turn among busy processes is a failover that nobody needs. It is not one thread that waits: the
// runtime hands work from thread to thread, the collector waits for all of them, and each of them for the processor. So all of
// them go first; what takes long belongs into the worker.
//
// The leader of a session also gives its autogroup that niceness, where the kernel has them (sched(7)): there, niceness counts
// among the threads of one session only.
func Renice(nice int) error {
	if unix.Getpid() == sessionOf() {
		_ = os.WriteFile("/proc/self/autogroup", []byte(strconv.Itoa(nice)), 0) // not there, or not allowed: then that below counts
	}
	for range renicePasses {
		threads, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return fmt.Errorf("list the threads of this process: %w", err)
		}
		changed := false
		for _, t := range threads {
			tid, err := strconv.Atoi(t.Name())
			if err != nil {
				continue
			}
			// The system call returns 20 less the niceness.
			if now, err := unix.Getpriority(unix.PRIO_PROCESS, tid); err != nil || 20-now == nice {
				continue // gone, or done
			}
			if err := unix.Setpriority(unix.PRIO_PROCESS, tid, nice); err != nil && err != unix.ESRCH {
				return fmt.Errorf("the niceness %d cannot be had (CAP_SYS_NICE, LimitNICE): %w", nice, err)
			}
			changed = true
		}
		if !changed {
			return nil
		}
	}
	return nil
}

// renicePasses bounds how often threads that came meanwhile are looked for: each begins with the niceness of the one that
// made it.
const renicePasses = 20

// Niceness is that of the calling thread.
func Niceness() int {
	now, err := unix.Getpriority(unix.PRIO_PROCESS, 0)
	if err != nil {
		return 0
	}
	return 20 - now
}

// sessionOf is the session that this process belongs to; 0 when the kernel does not say.
func sessionOf() int {
	text, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(text), ") ")
	fields := strings.Fields(rest) // state ppid pgrp session …
	if len(fields) < 4 {
		return 0
	}
	n, err := strconv.Atoi(fields[3])
	if err != nil {
		return 0
	}
	return n
}
