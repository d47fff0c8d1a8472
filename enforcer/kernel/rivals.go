package kernel

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// rivalPrograms are the programs that are known to write IPVS, as /proc/PID/comm cuts their names, to 15 bytes.
func rivalPrograms() []string {
	return []string{"keepalived", "kube-proxy", "kube-router", "kube-vip", "ldirectord", "seesaw_ncc", "ipvsadm", "dockerd"}
}

// Rivals are the programs in the network namespace that are known to write IPVS, each once: "kube-proxy (pid 812)". The kernel does
// not tell who wrote what, so this is a guess; one that needs the right to see other users' processes.
func (k *Kernel) Rivals() []string {
	path := k.options.Namespace
	if path == "" {
		path = "/proc/self/ns/net"
	}
	here, err := os.Stat(path)
	if err != nil {
		return nil
	}
	found := map[string]int{}
	names, err := filepath.Glob("/proc/[0-9]*/comm")
	if err != nil {
		return nil
	}
	for _, name := range names {
		comm, err := os.ReadFile(name)
		program := strings.TrimSpace(string(comm))
		if err != nil || !slices.Contains(rivalPrograms(), program) {
			continue // or it has just ended
		}
		there, err := os.Stat(filepath.Join(filepath.Dir(name), "ns", "net"))
		if err != nil || !os.SameFile(here, there) {
			continue
		}
		pid, err := strconv.Atoi(filepath.Base(filepath.Dir(name)))
		if have, known := found[program]; err == nil && (!known || pid < have) {
			found[program] = pid // the first of its processes, by which people know it
		}
	}
	var list []string
	for program, pid := range found {
		list = append(list, fmt.Sprintf("%s (pid %d)", program, pid))
	}
	slices.Sort(list)
	return list
}
