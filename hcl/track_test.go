package hcl

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/vrrp"
)

// Delays, silence and tracking of a VIP, of one node and of the group, as elections get them. A check that a pool uses,
// too, runs once.
func TestCompileTracking(t *testing.T) {
	c := mustLoad(t, twoNodes+`
check "tcp" "db" {
  interval = "2s"
}
vip "a" {
  vrid          = 51
  addresses     = ["192.0.2.20/32", "2001:db8::20/128", "fe80::51/64"]
  preempt_delay = "30s"
  start_delay   = "10s"
  down_adverts  = 5
  answer        = false
  track "db" {
    check  = check.tcp.db
    target = "192.0.2.31:5432"
  }
  node "lb1" {
    priority = 150
    track "db" {
      weight = null
    }
    track "uplink" {
      interface = "eth1"
    }
  }
}
vip "b" {
  vrid      = 52
  addresses = ["192.0.2.21/32"]
  down_adverts = 3
  node "lb1" {
    priority = 150
  }
}
sync_group "edge" {
  vips = [vip.a, vip.b]
  track "light" {
    interface = "eth2"
    weight    = 60
  }
}
pool "db" {
  listen = ["192.0.2.20:5432"]
  checks = [check.tcp.db]
  server "db1" {
    address = "192.0.2.31:5432"
  }
}
`)
	compiled := compileNode(t, c, "lb1")
	const key = "tcp 192.0.2.31:5432 interval=2s"
	db := vrrp.Track{Name: "vip.a.track.db", Check: key}
	uplink := vrrp.Track{Name: "vip.a.track.uplink", Interface: "eth1"}
	light := vrrp.Track{Name: "sync_group.edge.track.light", Interface: "eth2", Weight: 60}
	for _, i := range compiled.Instances {
		want, delay, down := []vrrp.Track{db, uplink, light}, 10*time.Second, 5
		if i.VIP == "vip.b" {
			want, delay, down = []vrrp.Track{light}, 0, 0
		}
		if d := cmp.Diff(i.Tracks, want); d != "" || i.StartDelay != delay || i.Config.DownAdverts != down || i.Config.Quiet != (i.VIP == "vip.a") {
			t.Errorf("%s: start delay %v, %+v; tracks - got, + want:\n%s", i.Name, i.StartDelay, i.Config, d)
		}
	}
	if got := compiled.Instances[0].Config.PreemptDelay; got != 30*time.Second {
		t.Errorf("preempt delay %v, want 30s", got)
	}
	if len(compiled.Checks) != 1 || compiled.Checks[0].Key != key {
		t.Errorf("got the checks %+v, want %s once", compiled.Checks, key)
	}
	if other := compileNode(t, c, "lb2").Instances[0].Tracks; !slices.Equal(other, []vrrp.Track{db, light}) {
		t.Errorf("on lb2: got %+v", other)
	}
	var names []string
	for _, in := range compiled.Plan.Intents {
		for _, a := range in.Args {
			if in.Name == "vip.a" && a.Path == "track.uplink.interface" || in.Name == "sync_group.edge" && a.Path == "track.light.weight" {
				names = append(names, in.Name+" "+a.Path+" = "+a.Value)
			}
		}
	}
	if want := []string{"sync_group.edge track.light.weight = 60", "vip.a track.uplink.interface = eth1"}; !slices.Equal(names, want) {
		t.Errorf("the plan shows %q, want %q", names, want)
	}
}

const preferring = twoNodes + `
check "tcp" "db" {
  target = "192.0.2.31:5432"
}
vip "a" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  require   = [check.tcp.db]
  prefer    = ["eth1", pool.web]
  node "lb1" {
    priority = 140
  }
}
pool "web" {
  listen = ["192.0.2.20:80"]
  checks = [check.tcp.db]
  server "web1" {
    address = "192.0.2.32:80"
  }
}
`

// require becomes conditions; prefer becomes weights that lower the priority, and raise it where there is no room below.
func TestCompileRequireAndPrefer(t *testing.T) {
	c := mustLoad(t, preferring)
	want := []vrrp.Track{
		{Name: "vip.a.require.check.tcp.db", Check: "tcp 192.0.2.31:5432"},
		{Name: "vip.a.prefer.eth1", Interface: "eth1", Weight: 82},
		{Name: "vip.a.prefer.pool.web", Pool: "pool.web", AtLeast: 1, Weight: 17, Raise: 24},
	}
	for _, node := range []string{"lb1", "lb2"} {
		if d := cmp.Diff(compileNode(t, c, node).Instances[0].Tracks, want); d != "" {
			t.Errorf("on %s: - got, + want:\n%s", node, d)
		}
	}
}

// Validation says which node wins for every set of failures that makes a difference.
func TestExplainSaysWhoAnswers(t *testing.T) {
	var b bytes.Buffer
	if err := mustLoad(t, preferring).Explain(&b, "vip.a"); err != nil {
		t.Fatal(err)
	}
	_, got, _ := strings.Cut(b.String(), "announce.elsewhere_on")
	_, got, _ = strings.Cut(got, "\n")
	const want = `  when nothing has failed:                                          lb1     priority 164 > 124 of lb2
  when check.tcp.db of 192.0.2.31:5432 on lb1 has failed:           lb2     no other node takes part
  when eth1 on lb1 has failed:                                      lb2     priority 124 > 82 of lb1
  when pool.web on lb1 has failed:                                  lb2     priority 124 > 123 of lb1
  when check.tcp.db of 192.0.2.31:5432 on lb2 has failed:           lb1     no other node takes part
  when eth1 on lb2 has failed:                                      lb1     priority 164 > 42 of lb2
  when pool.web on lb2 has failed:                                  lb1     priority 164 > 83 of lb2
  when check.tcp.db of 192.0.2.31:5432 on lb1 and lb2 have failed:  nobody  no node takes part
  when eth1 on lb1 and lb2 have failed:                             lb1     priority 82 > 42 of lb2
  when pool.web on lb1 and lb2 have failed:                         lb1     priority 123 > 83 of lb2
`
	if d := cmp.Diff(got, want); d != "" {
		t.Errorf("- got, + want:\n%s", d)
	}
}

// The patience with an interface reaches whoever depends on it: the block of its name, else that for all, on each node its own.
func TestCompileDebounce(t *testing.T) {
	c := mustLoad(t, twoNodes+`
settings {
  link "*" {
    down_delay = "200ms"
  }
  link "eth1" {
    up_delay = "10s"
  }
  node "lb2" {
    link "eth1" {
      down_delay = "1s"
    }
  }
}
vip "a" {
  vrid          = 51
  addresses     = ["192.0.2.20/32"]
  track_primary = false
  require       = ["eth1", "eth2"]
  node "lb1" {
    priority = 140
  }
}
`)
	all := vrrp.Debounce{Down: 200 * time.Millisecond}
	for node, eth1 := range map[string]vrrp.Debounce{"lb1": {Up: 10 * time.Second}, "lb2": {Up: 10 * time.Second, Down: time.Second}} {
		i := compileNode(t, c, node).Instances[0]
		if i.Debounce != all || !i.AnyLink || i.Tracks[0].Debounce != eth1 || i.Tracks[1].Debounce != all {
			t.Errorf("on %s: got %+v, any link %v, tracks %+v", node, i.Debounce, i.AnyLink, i.Tracks)
		}
	}
}

// A group moves only when all members want to, so weights of one of them are refused; conditions are not.
//
// conform: G06
func TestMembersDoNotWeighForThemselves(t *testing.T) {
	const text = twoNodes + `
vip "a" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
  node "lb1" {
    priority = 140
  }
  %s
}
vip "b" {
  vrid      = 52
  addresses = ["192.0.2.21/32"]
  node "lb1" {
    priority = 140
  }
}
sync_group "edge" {
  vips = [vip.a, vip.b]
}
`
	for more, refused := range map[string]bool{
		"": false, `require = ["eth1"]`: false, `prefer = ["eth1"]`: true,
		"track \"up\" {\n interface = \"eth1\"\n}":               false,
		"track \"up\" {\n interface = \"eth1\"\n weight = 60\n}": true,
		"track \"up\" {\n interface = \"eth1\"\n raise = 60\n}":  true,
	} {
		c, found := Load(folder(t, map[string]string{"a.hcl": fmt.Sprintf(text, more)}), Inputs{})
		told := strings.Contains(fmt.Sprint(found), "itself alone")
		if told != refused || (c == nil) != refused {
			t.Errorf("%s: refused %v (%v), want %v", more, told, found, refused)
		}
	}
}
