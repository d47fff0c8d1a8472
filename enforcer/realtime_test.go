package enforcer

import (
	"os"
	"runtime"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestRealtimeIsChecked(t *testing.T) {
	for _, tt := range []struct {
		r    Realtime
		says string
	}{
		{Realtime{}, ""},
		{Realtime{Priority: 99, Limit: time.Second, CPUs: []int{0, 1}, LockMemory: true}, ""},
		{Realtime{Priority: 100}, "from 1 to 99"},
		{Realtime{Priority: -1}, "from 1 to 99"},
		{Realtime{Limit: time.Microsecond}, "1ms or more"},
		{Realtime{CPUs: []int{-1}}, "counted from 0"},
		{Realtime{CPUs: []int{1 << 20}}, "counted from 0"},
	} {
		err := tt.r.Validate()
		if (err == nil) != (tt.says == "") || err != nil && !strings.Contains(err.Error(), tt.says) {
			t.Errorf("%+v: %v", tt.r, err)
		}
	}
}

// What a machine has is taken, and what it refuses is told.
func TestRealtimeThread(t *testing.T) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread() // for good: the thread ends with the goroutine
		refused := Realtime{Priority: 1, CPUs: []int{0}}.enter()
		var set unix.CPUSet
		if err := unix.SchedGetaffinity(0, &set); err != nil || set.Count() != 1 || !set.IsSet(0) {
			t.Errorf("the thread runs on %d processors: %v", set.Count(), err)
		}
		attr, err := unix.SchedGetAttr(0, 0)
		if err != nil {
			t.Error(err)
			return
		}
		if os.Geteuid() == 0 && len(refused) == 0 && (attr.Policy != unix.SCHED_RR || attr.Priority != 1) {
			t.Errorf("nothing was refused, and the policy is %d with %d", attr.Policy, attr.Priority)
		}
		if len(refused) > 0 && attr.Policy == unix.SCHED_RR {
			t.Errorf("%q was refused, and is so", refused)
		}
		if refused := (Realtime{CPUs: []int{1023}}).enter(); len(refused) != 1 || !strings.Contains(refused[0], "[1023]") {
			t.Errorf("a processor that is not there: %q", refused)
		}
	}()
	<-done
}
