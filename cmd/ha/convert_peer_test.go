package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ha/enforcer/netlab"
	"ha/hcl/keepalived/convert"
)

const runByBoth = `global_defs {
    router_id lb1
}
static_ipaddress {
    198.51.100.1/24 dev eth0 scope global
}
static_routes {
    10.50.0.0/16 via 192.0.2.250 dev eth0
}
vrrp_instance web {
    state MASTER
    interface eth0
    virtual_router_id 51
    priority 150
    advert_int 1
    mcast_src_ip 192.0.2.11
    authentication {
        auth_type PASS
        auth_pass 12345678
    }
    virtual_ipaddress {
        192.0.2.20/24 dev eth0
        192.0.2.21/32 label eth0:web
        203.0.113.5/28 brd + scope link
    }
    virtual_ipaddress_excluded {
        192.0.2.30/32
    }
    virtual_routes {
        10.60.0.0/16 via 192.0.2.250 dev eth0 src 192.0.2.20 metric 7
        blackhole 10.61.0.0/16
    }
    virtual_rules {
        from 192.0.2.20/32 table 100 priority 1000
    }
}
`

// TestConvertedFileBehavesTheSame: one file run by keepalived, and what it converts to run by ha, give the same addresses,
// routes, rules and adverts.
func TestConvertedFileBehavesTheSame(t *testing.T) {
	netlab.Need(t, "netns", "ip", "keepalived")
	dir := t.TempDir()
	path := filepath.Join(dir, "keepalived.conf")
	if err := os.WriteFile(path, []byte(runByBoth), 0o600); err != nil {
		t.Fatal(err)
	}
	result, err := convert.Run(convert.Input{Path: path}, convert.Options{OneFile: true})
	if err != nil {
		t.Fatal(err)
	}
	if remarks := result.Account.Remarks(); len(remarks) > 0 {
		t.Fatalf("there are remarks: %v", remarks)
	}
	if err := os.WriteFile(filepath.Join(dir, "web.key"), []byte("12345678\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(result.Files[0].Content), "/etc/ha/secrets", dir)

	r := newRig(t, text)
	d := r.director("lb1")
	d.start()
	d.becomes("Active")
	d.settled()

	other := newRig(t, text) // a LAN of its own: both are Active
	k := &keepalived{Host: other.host("lb1"), t: t, dir: filepath.Join(other.dir, "keepalived")}
	if err := os.Mkdir(k.dir, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(k.path("keepalived.conf"), []byte(runByBoth), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		k.stop()
		if t.Failed() {
			t.Logf("keepalived said:\n%s", k.log())
		}
	})
	k.start()

	want := append(placedAddresses(t, d.Host), marked(t, d.Host, "112")...)
	if len(want) < 10 {
		t.Errorf("ha made only %q", want)
	}
	var got []string
	netlab.WaitFor(t, patience, "keepalived to have made the same", func() bool {
		got = append(placedAddresses(t, k.Host), marked(t, k.Host, "18")...)
		return slices.Equal(got, want) || len(got) > len(want)
	})
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-ha +keepalived:\n%s", diff)
	}
	if ours, theirs := firstAdvert(t, r), firstAdvert(t, other); !slices.Equal(ours, theirs) {
		t.Errorf("the adverts differ:\nha         %x\nkeepalived %x", ours, theirs)
	}
}

// placedAddresses are the IPv4 addresses of eth0 with their options, without lifetimes.
func placedAddresses(t *testing.T, h *netlab.Host) []string {
	t.Helper()
	var list []string
	for line := range strings.Lines(ask(t, h, "-o -4 addr show dev eth0")) {
		words := strings.Fields(line)
		if i := slices.IndexFunc(words, func(w string) bool { return strings.HasPrefix(w, "valid_lft") }); i > 2 {
			words = words[2:i]
		}
		words = slices.DeleteFunc(words, func(w string) bool { return w == "dynamic" || w == `\` || w == "eth0" || w == "eth0\\" })
		list = append(list, strings.Join(words, " "))
	}
	slices.Sort(list)
	return list
}

// firstAdvert is the first advert with a priority that a rig has seen.
func firstAdvert(t *testing.T, r *rig) []byte {
	t.Helper()
	f, ok := r.capture.Wait(patience, func(f netlab.Frame) bool {
		pdu, _ := advertIn(f)
		return len(pdu) > 2 && pdu[2] > 0
	})
	if !ok {
		t.Fatal("no advert was seen")
	}
	pdu, _ := advertIn(f)
	return pdu
}
