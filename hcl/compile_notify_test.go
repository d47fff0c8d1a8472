package hcl

import (
	"slices"
	"testing"

	"ha/planner"
)

// Who is told: the objects that name a block, the others by the settings, nobody where the list is empty; servers of a pool one by
// one where one has its own word.
func TestWhoIsTold(t *testing.T) {
	c := mustLoad(t, `
node "lb1" {
  address   = "192.0.2.11"
  interface = "eth0"
}
notify "ops" {
  script {
    command = ["/usr/local/bin/a"]
  }
  script {
    on        = ["active"]
    command   = ["/usr/local/bin/b", "x"]
    arguments = "keepalived"
    timeout   = "2s"
  }
}
notify "night" {
  on = ["down"]
  webhook {
    url = "https://hooks.example.com/ha"
  }
}
notify "unused" {
  fifo {
    path = "/run/ha/events"
  }
}
settings {
  notify = [notify.ops]
}
vip "web" {
  vrid      = 51
  addresses = ["192.0.2.20/32"]
}
vip "quiet" {
  vrid      = 52
  addresses = ["192.0.2.21/32"]
  notify    = []
}
pool "whole" {
  listen = ["192.0.2.20:80"]
  notify = [notify.ops, notify.night]
  server "web1" {
    address = "192.0.2.31:80"
  }
}
pool "parts" {
  listen = ["192.0.2.20:81"]
  server "web1" {
    address = "192.0.2.31:81"
    notify  = [notify.night]
  }
  server "web2" {
    address = "192.0.2.32:81"
  }
}
`)
	compiled, err := c.Compile("lb1")
	if err != nil {
		t.Fatal(err)
	}
	about := map[string][]string{
		"notify.ops/script":    {"pool.parts.quorum", "pool.parts.server.web2", "pool.whole", "vip.web"},
		"notify.ops/script-2":  {"pool.parts.quorum", "pool.parts.server.web2", "pool.whole", "vip.web"},
		"notify.night/webhook": {"pool.parts.server.web1", "pool.whole"},
	}
	if len(compiled.Plan.Channels) != len(about) {
		t.Errorf("%d channels, want %d", len(compiled.Plan.Channels), len(about))
	}
	for _, ch := range compiled.Plan.Channels {
		if !slices.Equal(ch.About, about[ch.Name]) {
			t.Errorf("%s is about %q, want %q", ch.Name, ch.About, about[ch.Name])
		}
		if err := ch.Validate(); err != nil {
			t.Error(err)
		}
	}
	second := compiled.Plan.Channels[1]
	if s := second.Script; !slices.Equal(second.On, []planner.Happening{"active"}) || !slices.Equal(s.Command, []string{"/usr/local/bin/b", "x"}) ||
		!s.Arguments || s.TimeoutMS != 2000 || s.User != "nobody" {
		t.Errorf("the second script is %+v of %+v", s, second)
	}
	if first := compiled.Plan.Channels[0]; len(first.On) != 7 || first.Script.TimeoutMS != 30_000 {
		t.Errorf("the first script is %+v of %+v", first.Script, first)
	}
}
