package enforcer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"os"
	"strings"

	"ha/planner"
)

// MachineID is the identity of this machine as plan files hold it: the SHA-256 of /etc/machine-id in hex, since the id
// itself should not leave the machine (machine-id(5)). Empty where there is none.
func MachineID() string {
	id, err := os.ReadFile("/etc/machine-id")
	if err != nil || strings.TrimSpace(string(id)) == "" {
		return ""
	}
	sum := sha256.Sum256([]byte("ha " + strings.TrimSpace(string(id))))
	return hex.EncodeToString(sum[:])
}

// stale lists what has changed since a node's plan was made, as far as the plan cares.
func (e *Enforcer) stale(raw json.RawMessage) []string {
	var n planner.NodePlan
	if err := json.Unmarshal(raw, &n); err != nil {
		return []string{"the plan's part for this node is not understood: " + err.Error()}
	}
	var lines []string
	for _, v := range planner.CheckPreconditions(n, planner.Present{
		MachineID: MachineID(), Generation: e.applied.Number, Live: e.writer.live, Claims: e.writer.claims,
	}) {
		lines = append(lines, v.Error())
	}
	if len(lines) > 0 {
		lines = append(lines, "The node has changed since the plan was made; look at a new one: ha plan")
	}
	return lines
}
