package main

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ha/enforcer/netlab"
)

// runFile is the file of a node in production, with words where nodes differ.
const runFile = `global_defs {
    router_id ID
}
vrrp_script chk_proxy {
    script "/bin/true"
    interval 1
    user root
}
vrrp_instance VI_1 {
    state STATE
    interface eth0
    virtual_router_id 51
    priority PRIORITY
    advert_int 1
    mcast_src_ip SOURCE
    authentication {
        auth_type PASS
        auth_pass 12345678
    }
    virtual_ipaddress {
        192.0.2.20/24
        192.0.2.21/24 label eth0:web
    }
    virtual_routes {
        10.60.0.0/16 via 192.0.2.250 dev eth0 metric 7
    }
    track_script {
        chk_proxy
    }
}
`

// moving is a cluster that keepalived runs, with the enforcers that are to follow.
type moving struct {
	*rig
	old  map[string]*keepalived
	next map[string]*director
	vips []netip.Prefix
}

// newMoving converts the files of the two nodes with the program, as a person would. Nothing runs yet.
func newMoving(t *testing.T) *moving {
	t.Helper()
	dir := t.TempDir()
	texts := map[string]string{
		"lb1": strings.NewReplacer("ID", "lb1", "STATE", "MASTER", "PRIORITY", "150", "SOURCE", "192.0.2.11").Replace(runFile),
		"lb2": strings.NewReplacer("ID", "lb2", "STATE", "BACKUP", "PRIORITY", "100", "SOURCE", "192.0.2.12").Replace(runFile),
	}
	args := []string{"convert", "--one-file", "--out", filepath.Join(dir, "cluster")}
	for _, node := range []string{"lb1", "lb2"} {
		path := filepath.Join(dir, node+".conf")
		if err := os.WriteFile(path, []byte(texts[node]), 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, node+"="+path)
	}
	var told bytes.Buffer
	program := systemMachine()
	program.stdout, program.stderr = &told, &told
	if code := execute(t.Context(), program, args); code != 0 {
		t.Fatalf("the conversion ended with %d:\n%s", code, &told)
	}
	text, err := os.ReadFile(filepath.Join(dir, "cluster", "ha.hcl"))
	if err != nil {
		t.Fatal(err)
	}
	m := &moving{
		rig: newRig(t, strings.ReplaceAll(string(text), "/etc/ha/secrets", filepath.Join(dir, "cluster", "secrets"))),
		old: map[string]*keepalived{}, next: map[string]*director{}, vips: prefixes("192.0.2.20/24", "192.0.2.21/24"),
	}
	for node, text := range texts {
		d := m.director(node)
		k := &keepalived{Host: d.Host, t: t, dir: filepath.Join(m.dir, node+"-old"), addresses: d.addresses}
		if err := os.Mkdir(k.dir, 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(k.path("keepalived.conf"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			k.stop()
			if t.Failed() {
				t.Logf("keepalived on %s said:\n%s", node, k.log())
			}
		})
		m.next[node], m.old[node] = d, k
	}
	return m
}

// answering waits until one node has the addresses and the route, and the other one has none of them.
func (m *moving) answering(what, active, backup string) {
	m.t.Helper()
	route := func(node string) bool {
		return strings.Contains(ask(m.t, m.next[node].Host, "route show 10.60.0.0/16"), "via 192.0.2.250 dev eth0")
	}
	netlab.WaitFor(m.t, patience, what+": "+active+" to have the VIP, and "+backup+" not", func() bool {
		return holds(m.t, m.next[active].addresses, m.vips, true) && holds(m.t, m.next[backup].addresses, m.vips, false) && route(active) && !route(backup)
	})
}

// TestMovingFromKeepalived: what a person does who leaves keepalived, and clients notice at most a takeover of the protocol.
func TestMovingFromKeepalived(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	together(t, map[string]func(*testing.T){"node by node, and back": movedNodeByNode, "the only node in its place": movedInItsPlace})
}

// movedNodeByNode: keepalived stops on one node and ha starts there, then on the other one. One node answers before and after each
// step, and neither program has anything against the other's adverts.
func movedNodeByNode(t *testing.T) {
	t.Helper()
	m := newMoving(t)
	m.old["lb1"].start()
	m.answering("keepalived runs on one node", "lb1", "lb2")
	m.old["lb2"].start()
	netlab.WaitFor(t, patience, "keepalived to be there on both", func() bool { return strings.Contains(m.old["lb2"].log(), "Entering BACKUP STATE") })
	m.answering("keepalived runs on both nodes", "lb1", "lb2")

	m.old["lb2"].stop() // the node that does not answer goes first
	m.next["lb2"].start()
	m.next["lb2"].becomes("Backup")
	m.answering("ha is the Backup of keepalived", "lb1", "lb2")

	m.old["lb1"].stop()
	m.next["lb2"].becomes("Active")
	m.answering("keepalived has left", "lb2", "lb1")

	m.next["lb1"].start()
	m.next["lb1"].becomes("Active")
	m.answering("ha runs on both nodes", "lb1", "lb2")
	for node, d := range m.next {
		d.settled()
		lines := slices.DeleteFunc(append(d.unhappy(), m.old[node].unhappy()...), func(line string) bool {
			return strings.Contains(line, "has no result yet") // what is tracked, at the start
		})
		if len(lines) > 0 {
			t.Errorf("what %s has against adverts: %q", node, lines)
		}
	}

	m.next["lb1"].stop() // somebody has doubts
	m.next["lb2"].becomes("Active")
	m.old["lb1"].start()
	m.answering("keepalived is back on the better node", "lb1", "lb2")
	m.next["lb2"].becomes("Backup")
}

// movedInItsPlace: keepalived is killed, so that all that it placed stays in the kernel, and ha takes that over. The addresses are
// never away; when ha leaves, they leave with it.
func movedInItsPlace(t *testing.T) {
	t.Helper()
	m := newMoving(t)
	m.old["lb1"].start()
	m.answering("keepalived runs", "lb1", "lb2")
	done := make(chan struct{})
	defer close(done)
	d := m.next["lb1"]
	news, err := d.WatchAddresses(done)
	if err != nil {
		t.Fatal(err)
	}
	m.old["lb1"].crash()
	d.start()
	d.becomes("Active")
	netlab.WaitFor(t, patience, "ha to adopt what keepalived left", func() bool { return d.happened("change", "adopted") })
	m.answering("ha has taken over", "lb1", "lb2")
	d.settled()
	for len(news) > 0 {
		if n := <-news; !n.Comes {
			t.Errorf("%v was away in between", n.Address)
		}
	}
	d.stop()
	if !holds(t, d.addresses, m.vips, false) {
		t.Error("ha has left, and addresses of the VIP are there")
	}
}
