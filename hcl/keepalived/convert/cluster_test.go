package convert_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/hcl"
	"ha/hcl/keepalived"
	"ha/hcl/keepalived/account"
	"ha/hcl/keepalived/convert"
	"ha/hcl/keepalived/words"
)

// texts are files of nodes, by their names.
type texts map[string]string

func (x texts) nodes() []string {
	var list []string
	for n := range x {
		list = append(list, n)
	}
	slices.Sort(list)
	return list
}

// convertTexts converts the files of some of the nodes together.
func convertTexts(t *testing.T, x texts, nodes ...string) *convert.Result {
	t.Helper()
	var in []convert.Input
	for _, n := range nodes {
		in = append(in, convert.Input{Node: n, Path: n + ".conf"})
	}
	r, err := convert.Cluster(in, convert.Options{OneFile: true, Surroundings: func(id string) keepalived.Options {
		o := keepalived.System(id)
		o.ReadFile = func(name string) ([]byte, error) { return []byte(x[strings.TrimSuffix(name, ".conf")]), nil }
		o.Glob = func(string) ([]string, error) { return nil, nil }
		return o
	}})
	if err != nil {
		t.Fatal(err)
	}
	everyLine(t, r.Account)
	return r
}

// sameOnEachNode tells whether each node of a cluster does what its file says alone. Nodes that must agree and do not are
// made to; the remarks about it are returned instead.
func sameOnEachNode(t *testing.T, x texts) (forced []string) {
	t.Helper()
	all := convertTexts(t, x, x.nodes()...)
	for _, m := range all.Account.Remarks() {
		if slices.Contains([]string{"nodes-disagree", "two-owners", "shared-argument", "group-on-some", "refused", "address-of-two-nodes"}, m.Code) || m.Severity == account.Fatal {
			forced = append(forced, fmt.Sprintf("%s:%d: %s: %s", m.File, m.Line, m.Code, m.What))
		}
	}
	if len(forced) > 0 {
		return forced
	}
	for _, n := range x.nodes() {
		own := convertTexts(t, x, n)
		names := renamings(own, all, n)
		want, got := meant(t, own, n, names), meant(t, all, n, nil)
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("%s does something else in the cluster (-alone +cluster):\n%s\n%s", n, d, all.Files[0].Content)
		}
	}
	return nil
}

var block = regexp.MustCompile(`^([a-z_]+)((?: "[^"]*")+)`)

// renamings are what the blocks of a node are called in the cluster, as the two accounts tell.
func renamings(own, all *convert.Result, node string) map[string]string {
	names := map[string]string{}
	address := func(became string) string {
		parts := block.FindStringSubmatch(became)
		if parts == nil {
			return ""
		}
		return parts[1] + "." + strings.ReplaceAll(strings.Trim(parts[2], ` "`), `" "`, ".")
	}
	var lines []account.Line
	for _, l := range all.Account.Lines() {
		if l.Node == node {
			lines = append(lines, l)
		}
	}
	if len(lines) == 0 {
		lines = all.Account.Lines()
	}
	for i, l := range own.Account.Lines() {
		for j, became := range l.Became {
			if from, to := address(became), address(lines[i].Became[j]); from != "" && from != to {
				names[from] = to
			}
		}
	}
	return names
}

var named = regexp.MustCompile(`\b(vip|pool|notify|bfd|sync_group|static|check\.[a-z]+)\.[A-Za-z_][A-Za-z0-9_-]*`)

// meant is what a node does, without what says nothing of it: places, other nodes, the names of secrets.
func meant(t *testing.T, r *convert.Result, node string, names map[string]string) any {
	t.Helper()
	if len(r.Files) == 0 {
		return nil
	}
	dir := t.TempDir()
	var secret []string
	for _, f := range r.Files {
		switch {
		case strings.HasSuffix(f.Name, ".hcl"):
			if err := os.WriteFile(filepath.Join(dir, f.Name), f.Content, 0o600); err != nil {
				t.Fatal(err)
			}
		case f.Secret:
			secret = append(secret, "/etc/ha/"+f.Name, fmt.Sprintf("%q", f.Content))
		}
	}
	c, found := hcl.Load(dir, hcl.Inputs{})
	if c == nil {
		t.Fatal(found)
	}
	compiled, err := c.Compile(node)
	if err != nil {
		t.Fatal(err)
	}
	text, err := json.Marshal(compiled)
	if err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := json.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	return plain(tree, names, strings.NewReplacer(secret...))
}

func plain(tree any, names map[string]string, secrets *strings.Replacer) any {
	switch x := tree.(type) {
	case map[string]any:
		for _, key := range []string{"source", "rivals", "cluster"} {
			delete(x, key)
		}
		for key, v := range x {
			x[key] = plain(v, names, secrets)
		}
		return x
	case []any:
		x = slices.DeleteFunc(x, func(v any) bool { // which nodes have a block
			arg, is := v.(map[string]any)
			return is && arg["path"] == "nodes"
		})
		var keys []string
		objects := false
		for i, v := range x {
			x[i] = plain(v, names, secrets)
			text, _ := json.Marshal(x[i])
			keys = append(keys, string(text))
			_, is := x[i].(map[string]any)
			objects = objects || is
		}
		if objects { // they have names, and their order says nothing
			slices.Sort(keys)
			for i, k := range keys {
				_ = json.Unmarshal([]byte(k), &x[i])
			}
		}
		return x
	case string:
		return named.ReplaceAllStringFunc(secrets.Replace(x), func(ref string) string {
			if to := names[ref]; to != "" {
				return to
			}
			return ref
		})
	}
	return tree
}

// TestClusters converts the files of clusters: with what differs from node to node, and with what should not.
func TestClusters(t *testing.T) {
	list, err := filepath.Glob("testdata/cluster/*/lb1.conf")
	if err != nil || len(list) == 0 {
		t.Fatal("there are no files", err)
	}
	for _, path := range list {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			golden(t, dir+".txt", toldOf(t, dir, convert.Input{Node: "lb1", Path: "lb1.conf"}, convert.Input{Node: "lb2", Path: "lb2.conf"}))
			valid(t, dir+".txt")
			both := texts{}
			for _, node := range []string{"lb1", "lb2"} {
				content, err := os.ReadFile(filepath.Join(dir, node+".conf"))
				if err != nil {
					t.Fatal(err)
				}
				both[node] = string(content)
			}
			if forced := sameOnEachNode(t, both); (len(forced) > 0) != (filepath.Base(dir) == "apart") {
				t.Errorf("what is forced to agree: %q", forced)
			}
		})
	}
}

// TestSeedClusters converts the files of clusters of others, as [TestSeeds] does. Each node does what its file says alone.
func TestSeedClusters(t *testing.T) {
	clusters := map[string][]string{
		"dual-master":        {"dual-master-down-file-node179", "dual-master-down-file-node180"},
		"httpd-ha":           {"httpd-ha-master", "httpd-ha-backup"},
		"lvs-dr-web":         {"lvs-dr-web-master", "lvs-dr-web-backup"},
		"mysql-lvs-dr":       {"mysql-lvs-dr-master", "mysql-lvs-dr-backup"},
		"three-node-ring":    {"three-node-ring-node01", "three-node-ring-node02", "three-node-ring-node03"},
		"web-vip-failover":   {"web-vip-failover-master", "web-vip-failover-backup"},
		"sample-zh-and-more": {"distro-default-sample-annotated-zh", "vrrp-script-weight-example"},
	}
	for name, files := range clusters {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join("testdata/seedclusters", name+".txt")
			if dir := os.Getenv("HA_CORPUS"); dir != "" {
				var inputs []convert.Input
				contents := texts{}
				for i, f := range files {
					node := fmt.Sprintf("lb%d", i+1)
					inputs = append(inputs, convert.Input{Node: node, Path: f + ".conf"})
					content, err := os.ReadFile(filepath.Join(dir, f+".conf"))
					if err != nil {
						t.Fatal(err)
					}
					contents[node] = string(content)
				}
				golden(t, path, toldOf(t, dir, inputs...))
				if forced := sameOnEachNode(t, contents); len(forced) > 0 {
					t.Errorf("these nodes agree: %q", forced)
				}
			}
			valid(t, path)
		})
	}
}

var (
	ownPriority = regexp.MustCompile(`(?m)^(\s*priority )\d+$`)
	ownState    = regexp.MustCompile(`(?m)^(\s*state )\S+$`)
	ownSource   = regexp.MustCompile(`(?m)^(\s*(?:mcast|unicast)_src_ip )10[.0-9]+`)
	ownSync     = regexp.MustCompile(`(?m)^\s*lvs_sync_daemon.*\n`)
	ownID       = regexp.MustCompile(`(?m)^(\s*router_id )\S+$`)
)

// another is the file of another node of the cluster.
func another(text string, n int) string {
	text = ownPriority.ReplaceAllString(text, fmt.Sprintf("${1}%d", 100-n))
	text = ownState.ReplaceAllString(text, "${1}BACKUP")
	text = ownSource.ReplaceAllString(text, fmt.Sprintf("${1}10.7.1.%d", n))
	return ownID.ReplaceAllString(text, fmt.Sprintf("${1}node%d", n))
}

// TestANodeDoesWhatItsFileSays: whatever stands in the files of a cluster, each node does the same as with its file alone.
func TestANodeDoesWhatItsFileSays(t *testing.T) {
	text := func(seed uint64, from int) string {
		w := &writer{n: from, rnd: rand.New(rand.NewPCG(seed, 7)), table: words.New(), used: map[string]bool{}, never: []string{"use_vmac", "use_ipvlan"}[seed%2]}
		return w.file()
	}
	forced := 0
	for seed := range uint64(5) {
		one := text(seed, 0)
		if f := sameOnEachNode(t, texts{"lb1": one, "lb2": another(one, 1), "lb3": another(one, 2)}); len(f) > 0 {
			t.Errorf("seed %d: files that differ in their priorities only: %q", seed, f)
		}
		apart := ownSync.ReplaceAllString(one, "") // directors that do not hear each other are refused
		if f := sameOnEachNode(t, texts{"lb1": apart, "lb2": another(ownSync.ReplaceAllString(text(seed+1000, int(seed%2)*60), ""), 1)}); len(f) > 0 {
			forced++
		}
		if t.Failed() {
			t.Fatalf("seed %d:\n%s", seed, one)
		}
	}
	if forced > 4 {
		t.Errorf("%d of 5 pairs disagree: these files show nothing", forced)
	}
}
