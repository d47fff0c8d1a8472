package enforcer

import (
	"os"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// boottime is the time since the kernel started, the time in which the machine was suspended included (CLOCK_BOOTTIME,
// clock_gettime(2)). It is the same clock in every process, and nobody sets it.
func boottime() time.Duration {
	var at unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_BOOTTIME, &at); err != nil {
		return 0 // no kernel that ha runs on lacks it; 0 makes every record void
	}
	return time.Duration(at.Nano())
}

// bootID names this start of the kernel, empty where it cannot be read (random(4)).
func bootID() string {
	id, err := os.ReadFile("/proc/sys/kernel/random/boot_id")
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(id))
}
