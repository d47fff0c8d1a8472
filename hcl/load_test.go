package hcl

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// folder writes files and returns their folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestDigestHoldsAllFilesThatWereRead(t *testing.T) {
	files := map[string]string{
		"a.hcl":     twoNodes,
		"b.hcl":     "vip \"web\" {\n  vrid = 1\n  addresses = [trimspace(file(\"vip.txt\"))]\n}\n",
		"vip.txt":   "192.0.2.20/32\n",
		"other.txt": "nobody reads this",
	}
	c, list := Load(folder(t, files), Inputs{})
	if c == nil {
		t.Fatal(list)
	}
	var paths []string
	for _, f := range c.Digest().Files {
		paths = append(paths, f.Path)
	}
	if want := []string{"a.hcl", "b.hcl", "vip.txt"}; !cmp.Equal(paths, want) {
		t.Errorf("got %q, want %q", paths, want)
	}
	before := c.Digest().SHA
	same, _ := Load(folder(t, files), Inputs{})
	if same.Digest().SHA != before {
		t.Error("the same files in another folder have another digest")
	}
	files["vip.txt"] = "192.0.2.21/32\n"
	changed, _ := Load(folder(t, files), Inputs{})
	if changed.Digest().SHA == before {
		t.Error("a changed file that a function reads does not change the digest")
	}
}

func TestLaterVariablesWin(t *testing.T) {
	dir := folder(t, map[string]string{
		"a.hcl":         twoNodes + "variable \"p\" {\n  type = number\n  default = 10\n}\nvip \"web\" {\n  vrid = 1\n  addresses = [\"192.0.2.20/32\"]\n  priority = var.p\n}\n",
		"a.auto.havars": "p = 20\n",
	})
	extra := filepath.Join(folder(t, map[string]string{"x.havars": "p = 40\n"}), "x.havars")
	in := Inputs{}
	want := func(priority uint8) {
		t.Helper()
		c, list := Load(dir, in)
		if c == nil {
			t.Fatal(list)
		}
		if got := compileNode(t, c, "lb1").Instances[0].Config.Priority; got != priority {
			t.Errorf("with %+v: got %d, want %d", in, got, priority)
		}
	}
	want(20)
	in.Environ = []string{"HA_VAR_p=30"}
	want(30)
	in.VarFiles = []string{extra}
	want(40)
	in.Vars = []string{"p=50"}
	want(50)
}

func TestRequiredVersion(t *testing.T) {
	dir := folder(t, map[string]string{"a.hcl": "cluster {\n  required_version = \">= 1.2, < 2.0\"\n}\n" + twoNodes})
	for version, ok := range map[string]bool{"": true, "1.2.0": true, "v1.9.3": true, "2.0.0": false, "1.1.9": false, "dev": true} {
		if c, _ := Load(dir, Inputs{Version: version}); (c != nil) != ok {
			t.Errorf("version %q is accepted: %v, want %v", version, c != nil, ok)
		}
	}
}

func TestLoadNeverReturnsHalfAResult(t *testing.T) {
	for name, text := range map[string]string{
		"syntax": "vip \"web\" {", "name": "vip \"web\" {\n  vrid = var.x\n}\n", "value": twoNodes + "vip \"web\" {\n  vrid = 0\n}\n",
	} {
		c, list := Load(folder(t, map[string]string{"a.hcl": text}), Inputs{})
		if c != nil || len(list) == 0 {
			t.Errorf("%s: got a configuration: %v, with %d findings", name, c != nil, len(list))
		}
	}
}

func TestExplain(t *testing.T) {
	c := mustLoad(t, everything)
	var b bytes.Buffer
	if err := c.Explain(&b, "vip.inside"); err != nil {
		t.Fatal(err)
	}
	want := `vip.inside  on lb1, lb2  a.hcl:42
  vrid                    53               a.hcl:43
  interface               eth1             a.hcl:44
  addresses               ["10.0.0.1/24"]  a.hcl:47
  version                 3                default
  priority                lb1: 150         a.hcl:56, node "lb1"
                          lb2: 100         default
  interval                100ms            a.hcl:45
  preempt                 false            a.hcl:46
  accept                  true             default
  lifetime                3s               a.hcl:45
  nodes                   all directors    default
  preempt_delay           0s               default
  start_delay             0s               default
  down_adverts            3                default
  track_primary           true             default
  answer                  true             default
  watch                   none             default
  require                 none             default
  prefer                  none             default
  notify                  as in settings   default
  announce.count          5                a.hcl:50
  announce.delay          0s               a.hcl:51
  announce.refresh        1m               a.hcl:52
  announce.refresh_count  1                default
  announce.lower_count    count            default
  announce.lower_delay    delay            default
  announce.pace           0s               default
  announce.na_pace        pace             default
  announce.arp            request          default
  announce.elsewhere      0s               default
  announce.elsewhere_on   virtual          default
`
	if d := cmp.Diff(b.String(), want); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
	b.Reset()
	if err := c.Explain(&b, "vip.web"); err != nil {
		t.Fatal(err)
	}
	if want := " lb1: eth0 "; !strings.Contains(b.String(), want) || !strings.Contains(b.String(), "lb2: eth0.100") {
		t.Errorf("the interface of each node is missing:\n%s", b.String())
	}
	b.Reset()
	if err := c.Explain(&b, "pool.*"); err != nil || strings.Count(b.String(), "\npool.") != 1 || !strings.HasPrefix(b.String(), "pool.") {
		t.Errorf("pool.* shows (%v):\n%s", err, b.String())
	}
	b.Reset()
	v := mustLoad(t, twoNodes+"variable \"p\" {\n  default = 7\n}\nvariable \"s\" {\n  default = \"secret\"\n  sensitive = true\n}\n")
	if err := v.Explain(&b, "var.*"); err != nil || b.String() != "var.p\n  value  7  default\n\nvar.s\n  value  (sensitive)  default\n" {
		t.Errorf("variables (%v):\n%s", err, b.String())
	}
	if err := c.Explain(&b, "vip.wbe"); err == nil || !strings.Contains(err.Error(), "did you mean vip.web?") {
		t.Errorf("got %v", err)
	}
}
