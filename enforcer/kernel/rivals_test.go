package kernel_test

import (
	"fmt"
	"os/exec"
	"slices"
	"testing"
	"time"

	"ha/enforcer/netlab"
)

// A program that is known to write IPVS is found in its network namespace and nowhere else.
func TestRivals(t *testing.T) {
	netlab.Need(t, "netns")
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell that could take the name of a rival")
	}
	here, elsewhere := namespace(t), namespace(t)
	if got := open(t, here).Rivals(); len(got) > 0 {
		t.Fatalf("in an empty namespace: %q", got)
	}
	rival := here.Command(t.Context(), shell, "-c", "echo kube-proxy >/proc/$$/comm; read end")
	end, err := rival.StdinPipe() // open for as long as it is to run
	if err != nil {
		t.Fatal(err)
	}
	if err := rival.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = end.Close(); _ = rival.Wait() }) // read fails at the end, which is what it waits for
	want := []string{fmt.Sprintf("kube-proxy (pid %d)", rival.Process.Pid)}
	k := open(t, here)
	netlab.WaitFor(t, 30*time.Second, "the rival to be found", func() bool { return slices.Equal(k.Rivals(), want) })
	if got := open(t, elsewhere).Rivals(); len(got) > 0 {
		t.Errorf("in another namespace: %q", got)
	}
}
