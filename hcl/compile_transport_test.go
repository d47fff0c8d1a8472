package hcl_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ha/hcl"
	"ha/hcl/diag"
)

// A plan holds references to secrets and the peers that follow from the nodes.
func TestCompileTransport(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "main.hcl"), []byte(`
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "lb2" {
  address   = "192.0.2.12"
  interface = "eth0"
}
node "web1" {
  address = "192.0.2.31"
  role    = "server"
}
vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]

  authentication {
    type   = "hmac"
    active = 2
    window = "10s"
    keys = {
      10 = secret("env:TEN")
      2  = secret("cred:two")
    }
  }
  unicast {
    min_ttl = 255
  }
  node "lb1" {
    priority = 150
    authentication {
      mode = "permissive"
    }
  }
}
`), 0o600); err != nil {
		t.Fatal(err)
	}
	c, list := hcl.Load(dir, hcl.Inputs{})
	if n, _ := diag.Count(list); n > 0 {
		t.Fatalf("%+v", list)
	}
	out, err := c.Compile("lb1")
	if err != nil {
		t.Fatal(err)
	}
	i := out.Instances[0]
	for what, part := range map[string]struct {
		got  any
		want string
	}{
		"authentication": {i.Authentication, `{"type":"hmac","keys":[{"id":2,"secret":"cred:two"},{"id":10,"secret":"env:TEN"}],"active":2,"mode":"permissive","window":10000000000}`},
		"unicast":        {i.Unicast, `{"source":"192.0.2.11","peers":["192.0.2.12"],"min_ttl":255}`},
	} {
		if got, err := json.Marshal(part.got); err != nil || string(got) != part.want {
			t.Errorf("%s: got %s, %v, want %s", what, got, err, part.want)
		}
	}
	shown := map[string]string{}
	for _, in := range out.Plan.Intents {
		for _, a := range in.Args {
			if in.Name == "vip.web" && (strings.HasPrefix(a.Path, "authentication") || strings.HasPrefix(a.Path, "unicast")) {
				shown[a.Path] = a.Value
			}
		}
	}
	for path, want := range map[string]string{
		"authentication.keys": `{ "10" = secret("env:TEN"), "2" = secret("cred:two") }`, "authentication.mode": "permissive",
		"unicast": "present", "unicast.peers": `["192.0.2.12"]`, "unicast.source": "192.0.2.11",
	} {
		if shown[path] != want {
			t.Errorf("the plan shows %s = %s, want %s", path, shown[path], want)
		}
	}
}
