package planner

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"strings"
	"time"
)

// The identity of the plan document. A minor version adds names, which older readers skip; a major one may change
// their meaning, which older readers refuse.
const (
	DocumentKind  = "ha.plan"
	FormatVersion = "1.0"
)

// Document is a plan for a cluster as people read it and as apply gets it: everything that was known when it was
// made, and no secret.
type Document struct {
	Kind          string     `json:"kind"`
	FormatVersion string     `json:"format_version"`
	PlanID        string     `json:"plan_id"`       // sha256:… of the whole document without this line
	EffectDigest  string     `json:"effect_digest"` // sha256:… of what the plan does; equal for plans that do the same
	Meta          Meta       `json:"meta"`
	Config        Config     `json:"config"`
	Nodes         []NodePlan `json:"nodes"` // in the order in which they are applied
	Summary       Summary    `json:"summary"`
}

// Meta says who made a document and when. It is no part of the effect.
type Meta struct {
	CreatedAt time.Time `json:"created_at"` // UTC, whole seconds
	CreatedBy string    `json:"created_by,omitempty"`
	Tool      string    `json:"tool"` // ha 1.4.0
}

// Config says from what a plan was compiled.
type Config struct {
	Cluster   string         `json:"cluster"`
	Digest    string         `json:"digest,omitempty"` // sha256:… over all files
	Commit    *Commit        `json:"source,omitempty"`
	Files     []ConfigFile   `json:"files,omitempty"`
	Variables []VariableUsed `json:"variables,omitempty"`
}

// Commit is the state of the repository that holds the configuration.
type Commit struct {
	VCS    string `json:"vcs"`    // git
	Commit string `json:"commit"` // abbreviated or whole
	Dirty  bool   `json:"dirty"`  // files differ from the commit
}

// ConfigFile is a file of the configuration.
type ConfigFile struct {
	Path   string `json:"path"` // relative to the configuration root
	SHA256 string `json:"sha256"`
}

// VariableUsed is a variable of the configuration with its origin. A sensitive one has no value here.
type VariableUsed struct {
	Name      string `json:"name"`
	Origin    string `json:"origin"` // default, file NAME, environment, flag
	Value     string `json:"value,omitempty"`
	Sensitive bool   `json:"sensitive,omitempty"`
}

// NodePlan is what a plan does on one node.
type NodePlan struct {
	Name      string     `json:"name"`
	MachineID string     `json:"machine_id_sha256,omitempty"` // hex SHA-256 of the machine's id; empty: not known
	Base      Base       `json:"base"`
	Changes   []Change   `json:"changes,omitempty"`
	Conflicts []Conflict `json:"conflicts,omitempty"`
	Notes     []string   `json:"notes,omitempty"`
	Effect    string     `json:"effect_digest"`
	Impact    Impact     `json:"impact"` // under the roles of the base
	// Desired is the whole compiled configuration of the node. The planner carries it and does not look inside.
	Desired json.RawMessage `json:"desired,omitempty"`
}

// Base is what a node looked like when the plan was made.
type Base struct {
	Generation int               `json:"generation"`           // of the applied plan; 0 is none
	ObservedAt time.Time         `json:"observed_at,omitzero"` // when live was read; zero: there was no live state
	Via        string            `json:"via,omitempty"`        // how live was read: local, ssh, file NAME
	Roles      map[string]string `json:"roles,omitempty"`      // by VIP: active, backup, initialize
	ReadSet    []ReadObject      `json:"read_set,omitempty"`   // the objects that the plan touches or relies on
}

// NewNodePlan puts a comparison into a document. The base comes without its read set, which is the comparison's;
// desired is the node's compiled configuration as JSON, or nil.
func NewNodePlan(name, machineID string, c Comparison, base Base, desired json.RawMessage) NodePlan {
	n := NodePlan{
		Name: name, MachineID: machineID, Base: base, Changes: c.Changes(), Conflicts: c.Conflicts, Notes: c.Notes,
		Effect: c.Effect, Desired: desired,
	}
	n.Base.ReadSet = c.ReadSet
	n.Base.ObservedAt = whole(base.ObservedAt)
	n.Impact = Summarise(n).Impact
	return n
}

// NewDocument makes the document of a plan; [Encode] gives it its id.
func NewDocument(meta Meta, config Config, nodes ...NodePlan) *Document {
	meta.CreatedAt = whole(meta.CreatedAt)
	return &Document{
		Kind: DocumentKind, FormatVersion: FormatVersion, EffectDigest: effectDigest(nodes),
		Meta: meta, Config: config, Nodes: nodes, Summary: Summarise(nodes...),
	}
}

// RolesOf returns the role of each VIP of a plan under facts, in the words of [Base].
func RolesOf(p *Plan, f Facts) map[string]string {
	roles := make(map[string]string, len(p.VIPs))
	for _, v := range p.VIPs {
		roles[v.Name] = "backup"
		if f.Active[v.Name] {
			roles[v.Name] = "active"
		}
	}
	return roles
}

// effectDigest joins the effects of all nodes, whatever their order.
func effectDigest(nodes []NodePlan) string {
	effects := make(map[string]string, len(nodes))
	for _, n := range nodes {
		effects[n.Name] = n.Effect
	}
	data, err := json.Marshal(effects) // sorted by name
	if err != nil {
		data = fmt.Append(nil, err) // strings always encode
	}
	return digest(data)
}

func digest(data []byte) string {
	sum := sha256.Sum256(data)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// Short returns the first eight digits of a digest, for people.
func Short(digest string) string {
	_, hexadecimal, _ := strings.Cut(digest, ":")
	return hexadecimal[:min(8, len(hexadecimal))]
}

// whole drops the zone and what is less than a second, so that equal inputs give equal bytes.
func whole(t time.Time) time.Time {
	if t.IsZero() {
		return t
	}
	return t.UTC().Truncate(time.Second)
}
