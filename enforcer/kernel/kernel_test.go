package kernel_test

import (
	"context"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ha/enforcer/kernel"
	"ha/enforcer/kernel/kerneltest"
	"ha/enforcer/netlab"
	"ha/planner"
)

// realKernel is the kernel of a new namespace with lo and eth0, both up.
func realKernel(t *testing.T) kerneltest.Kernel {
	t.Helper()
	return open(t, netlab.NewTestLAN(t).MustAdd(t, "lb1").Namespace)
}

func open(t testing.TB, ns *netlab.Namespace) *kernel.Kernel {
	t.Helper()
	k, err := kernel.New(kernel.Options{Namespace: ns.Path()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := k.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return k
}

func TestKernelConforms(t *testing.T) {
	netlab.Need(t, "netns")
	kerneltest.Conform(t, realKernel)
}

func TestKernelConformsFilters(t *testing.T) {
	netlab.Need(t, "netns", "nft")
	kerneltest.ConformFilters(t, realKernel)
}

func TestKernelConformsEnds(t *testing.T) {
	netlab.Need(t, "netns", "dummy", "tunnel")
	kerneltest.ConformEnds(t, realKernel)
}

func TestKernelConformsIPVS(t *testing.T) {
	netlab.Need(t, "netns", "ipvs")
	kerneltest.ConformIPVS(t, realKernel)
}

func TestKernelConformsNoIPVS(t *testing.T) {
	netlab.Need(t, "netns")
	if netlab.Missing("ipvs") == nil {
		t.Skip("this kernel has IPVS: TestKernelConformsIPVS holds it to that")
	}
	kerneltest.ConformNoIPVS(t, realKernel)
}

// namespace is a new one with nothing but lo.
func namespace(t testing.TB) *netlab.Namespace {
	t.Helper()
	ns, err := netlab.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := ns.Close(); err != nil {
			t.Errorf("close the namespace: %v", err)
		}
	})
	return ns
}

// TestFakeAgreesWithKernel: whatever is asked in whatever order, the fake answers as the kernel does.
func TestFakeAgreesWithKernel(t *testing.T) {
	netlab.Need(t, "netns")
	for seed := range uint64(6) {
		kerneltest.Agree(t, seed, 150, realKernel(t), false)
	}
}

// TestFakeAgreesWithIPVS does the same with virtual and real servers among the rest.
func TestFakeAgreesWithIPVS(t *testing.T) {
	netlab.Need(t, "netns", "ipvs")
	for seed := range uint64(2) {
		kerneltest.Agree(t, 100+seed, 150, realKernel(t), true)
	}
}

// TestCloseLeavesNothing: neither descriptors nor goroutines remain, whatever was done meanwhile.
func TestCloseLeavesNothing(t *testing.T) {
	netlab.Need(t, "root")
	ns := namespace(t)
	once := func() {
		k, err := kernel.New(kernel.Options{Namespace: ns.Path()})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		events, err := k.Watch(ctx)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := k.Read(ctx, kernel.Query{Sysctls: []planner.SysctlKey{"net.ipv4.ip_forward"}}); err != nil {
			t.Fatal(err)
		}
		cancel()
		for range events {
			continue
		}
		if err := k.Close(); err != nil {
			t.Fatal(err)
		}
	}
	once() // what is opened once for all, such as the poller
	before := descriptors(t)
	for range 20 {
		once()
	}
	netlab.WaitFor(t, 5*time.Second, "all sockets to be closed", func() bool { return descriptors(t) <= before })
	goleak.VerifyNone(t)
}

// descriptors counts the open files of this process.
func descriptors(t *testing.T) int {
	t.Helper()
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(entries)
}
