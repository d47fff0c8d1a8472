package enforcer

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// Realtime is how the thread of the elections is scheduled, where a node needs more than the fairness of the kernel. The
// zero value changes nothing.
type Realtime struct {
	// Priority is that of SCHED_RR, 1 to 99 (sched(7)); 0 is the ordinary policy. Needs CAP_SYS_NICE or RLIMIT_RTPRIO.
	Priority int
	// Limit ends the process when its real-time thread runs for so long without waiting for anything (RLIMIT_RTTIME): it
	// hangs, and nobody else gets the processor. 0 is no limit.
	Limit time.Duration
	// CPUs are the processors on which the thread runs; none is all.
	CPUs []int
	// LockMemory keeps the pages of the process in memory once they were used (mlockall(2)). Needs CAP_IPC_LOCK or
	// RLIMIT_MEMLOCK.
	LockMemory bool
}

// Validate reports what no machine has.
func (r Realtime) Validate() error {
	if r.Priority < 0 || r.Priority > 99 {
		return fmt.Errorf("the real-time priority is from 1 to 99, or 0 for none, not %d", r.Priority)
	}
	if r.Limit < 0 || r.Limit > 0 && r.Limit < time.Millisecond {
		return fmt.Errorf("the limit of real-time work is 1ms or more, or 0 for none, not %v", r.Limit)
	}
	for _, cpu := range r.CPUs {
		if cpu < 0 || cpu >= len(unix.CPUSet{})*64 {
			return fmt.Errorf("processors are counted from 0 to %d, not %d", len(unix.CPUSet{})*64-1, cpu)
		}
	}
	return nil
}

// enter schedules the calling thread, which must be locked to its goroutine. What is refused is told, and all else is done
// all the same: elections without it are better than none.
func (r Realtime) enter() (refused []string) {
	try := func(err error, format string, args ...any) {
		if err != nil {
			refused = append(refused, fmt.Sprintf(format, args...)+": "+err.Error()+"; elections run without it")
		}
	}
	if r.LockMemory {
		try(os.NewSyscallError("mlockall", unix.Mlockall(unix.MCL_CURRENT|unix.MCL_FUTURE|unix.MCL_ONFAULT)),
			"memory cannot be locked (CAP_IPC_LOCK, LimitMEMLOCK)")
	}
	if len(r.CPUs) > 0 {
		var set unix.CPUSet
		for _, cpu := range r.CPUs {
			set.Set(cpu)
		}
		try(os.NewSyscallError("sched_setaffinity", unix.SchedSetaffinity(0, &set)), "the processors %v cannot be had", r.CPUs)
	}
	if r.Priority == 0 {
		return refused
	}
	if r.Limit > 0 {
		us := uint64(r.Limit.Microseconds())
		try(os.NewSyscallError("setrlimit", unix.Setrlimit(unix.RLIMIT_RTTIME, &unix.Rlimit{Cur: us, Max: us})), "real-time work cannot be limited to %v", r.Limit)
	}
	// Threads and processes that come from this one begin with the ordinary policy.
	attr := unix.SchedAttr{Size: unix.SizeofSchedAttr, Policy: unix.SCHED_RR, Flags: unix.SCHED_FLAG_RESET_ON_FORK, Priority: uint32(r.Priority)}
	try(os.NewSyscallError("sched_setattr", unix.SchedSetAttr(0, &attr, 0)), "the real-time priority %d cannot be had (CAP_SYS_NICE, LimitRTPRIO)", r.Priority)
	return refused
}
