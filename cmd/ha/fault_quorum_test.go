package main

import (
	"slices"
	"strings"
	"testing"

	"ha/enforcer/control"
	"ha/enforcer/netlab"
)

// quorateText is a director before two servers, of which it needs both, and a third that says sorry.
const quorateText = `
cluster { name = "quorate" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
settings {
  read_back = "200ms"
}
vip "web" {
  vrid      = 51
  interval  = "1s"
  addresses = ["192.0.2.1/32"]
}
pool "web" {
  listen     = ["192.0.2.1:80"]
  scheduler  = "rr"
  forwarding = "dr"
  prepared   = true
  check "tcp" {
    interval = "300ms"
    timeout  = "2s"
    rise     = 1
    fall     = 2
  }
  quorum {
    weight = 2
  }
  sorry {
    address = "192.0.2.33:80"
  }
  server "web1" {
    address = "192.0.2.31:80"
  }
  server "web2" {
    address = "192.0.2.32:80"
  }
}
`

// pool is the status of the one pool.
func (d *director) pool() control.PoolStatus {
	d.t.Helper()
	s := d.status()
	if len(s.Pools) != 1 {
		d.t.Fatalf("%s has %d pools, want one", d.node, len(s.Pools))
	}
	return s.Pools[0]
}

// The sorry server takes the connections when one of two servers is lost that are both needed, goes on while the enforcer is
// killed and started, and gives them back; the clients never notice more than that.
func TestTheSorryServerAnswersWhileTheQuorumIsLost(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm")
	r := newRig(t, quorateText)
	r.realServer("web1", "192.0.2.31")
	web2 := r.realServer("web2", "192.0.2.32")
	r.realServer("sorry", "192.0.2.33")
	d := r.director("a")
	d.start()
	d.becomes("Active")
	both, sorry := []string{"192.0.2.31:80 1", "192.0.2.32:80 1"}, "192.0.2.33:80 1"
	netlab.WaitFor(t, patience, "both servers to be balanced", func() bool { return balances(t, d.Host, both...) })
	r.answered("web1", "web2")

	web2.close()
	netlab.WaitFor(t, patience, "the sorry server to stand in", func() bool { return balances(t, d.Host, sorry) })
	r.answered("sorry")
	p := d.pool()
	if p.Quorum != "down" || p.Sorry == nil || p.Sorry.State != "up" || !strings.Contains(p.Why, "1 of 2 servers up") {
		t.Errorf("status says %+v", p)
	}
	if !d.happened("quorum", "quorum lost: 1 of 2 servers up, with a weight of 1, 2 wanted; the sorry server 192.0.2.33:80 takes the connections") {
		t.Error("no event tells of the lost quorum")
	}
	d.settled()

	d.crash()
	r.answered("sorry")
	d.spawn()
	d.answers()
	if got, service := balanced(t, d.Host); !service || !slices.Equal(got, []string{sorry}) {
		t.Errorf("the restart changed what was balanced: %q, service %t", got, service)
	}
	netlab.WaitFor(t, patience, "the checks to say as before", func() bool { return d.pool().Weight == 1 && d.pool().Quorum == "down" })
	d.becomes("Active")
	r.answered("sorry")

	web2.open(t)
	netlab.WaitFor(t, patience, "both servers to be back", func() bool { return balances(t, d.Host, both...) })
	r.answered("web1", "web2")
	d.settled()
}

// answered asks until exactly these have answered.
func (r *rig) answered(want ...string) {
	r.t.Helper()
	netlab.WaitFor(r.t, patience, "answers of "+strings.Join(want, " and ")+" alone", func() bool {
		seen := map[string]bool{}
		for range 4 {
			name, err := r.ask()
			if err != nil {
				return false
			}
			seen[name] = true
		}
		for _, name := range want {
			if !seen[name] {
				return false
			}
		}
		return len(seen) == len(want)
	})
}

// restingText is two directors before two servers, whose checks rest where the VIP is not.
const restingText = `
cluster { name = "resting" }
node "a" {
  address   = "192.0.2.11"
  interface = "eth0"
}
node "b" {
  address   = "192.0.2.12"
  interface = "eth0"
}
settings {
  read_back = "200ms"
}
vip "web" {
  vrid      = 51
  interval  = "1s"
  addresses = ["192.0.2.1/32"]
  node "a" {
    priority = 150
  }
}
pool "web" {
  listen     = ["192.0.2.1:80"]
  scheduler  = "rr"
  forwarding = "dr"
  prepared   = true
  suspend    = true
  check "tcp" {
    interval = "300ms"
    timeout  = "2s"
    rise     = 1
    fall     = 2
  }
  server "web1" {
    address = "192.0.2.31:80"
  }
  server "web2" {
    address = "192.0.2.32:80"
  }
}
`

// A Backup whose checks rest asks nobody, and takes over with all servers; then its checks go on, and find the one that died.
func TestATakeoverBeginsWithTheServersWhoseChecksRested(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm")
	r := newRig(t, restingText)
	r.realServer("web1", "192.0.2.31")
	web2 := r.realServer("web2", "192.0.2.32")
	a, b := r.director("a"), r.director("b")
	both := []string{"192.0.2.31:80 1", "192.0.2.32:80 1"}
	a.start()
	a.becomes("Active")
	b.start()
	b.becomes("Backup")
	netlab.WaitFor(t, patience, "the checks of the Active director to go on", func() bool { return !a.pool().Rests && a.pool().Servers[0].State == "up" })
	r.answered("web1", "web2")
	s := b.status()
	for _, c := range s.Checks {
		if !c.At.IsZero() {
			t.Errorf("%s was probed on the Backup", c.Key)
		}
	}
	if !s.Pools[0].Rests || !balances(t, b.Host, both...) {
		t.Errorf("the Backup says %+v", s.Pools[0])
	}

	a.stop()
	b.becomes("Active")
	r.answered("web1", "web2")
	netlab.WaitFor(t, patience, "the checks to go on", func() bool {
		p := b.pool()
		return !p.Rests && p.Servers[0].State == "up" && p.Servers[1].State == "up"
	})
	if b.happened("change", "192.0.2.3") {
		t.Error("the takeover changed servers in IPVS")
	}
	web2.close()
	netlab.WaitFor(t, patience, "the dead server to leave", func() bool { return balances(t, b.Host, both[0]) })
	r.answered("web1")
	b.settled()
}
