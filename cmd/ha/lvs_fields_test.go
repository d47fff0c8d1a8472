package main

import (
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"testing"

	"ha/enforcer"
	"ha/enforcer/control"
	"ha/enforcer/netlab"
	"ha/planner"
)

// fieldsText is a pool with everything that IPVS can be.
const fieldsText = `
cluster { name = "fields" }
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
  addresses = ["192.0.2.1/32", "2001:db8::1/128"]
}
pool "web" {
  listen                  = ["192.0.2.1:80-81", "[2001:db8::1]:80"]
  fwmark                  = [7]
  scheduler               = "sh"
  scheduler_flags         = ["port"]
  persistence             = "50s"
  persistence_prefix_ipv4 = 24
  persistence_prefix_ipv6 = 64
  forwarding              = "tunnel"
  prepared                = true
  tunnel {
    type     = "gue"
    port     = 6080
    checksum = "remote"
  }
  server "s1" {
    address         = "192.0.2.31"
    upper_threshold = 100
    lower_threshold = 50
  }
}
pool "dns" {
  listen     = ["192.0.2.1:53"]
  protocol   = "udp"
  scheduler  = "rr"
  one_packet = true
  server "s1" {
    address = "192.0.2.31"
  }
}
pool "every" {
  listen      = ["192.0.2.1:0"]
  protocol    = "sctp"
  persistence = "60s"
  server "s1" {
    address = "192.0.2.31"
  }
}
`

// fieldsSaved is what ipvsadm shows of it.
const fieldsSaved = `
-A -t 192.0.2.1:80 -s sh -p 50 -M 255.255.255.0 -b sh-port
-a -t 192.0.2.1:80 -r 192.0.2.31:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-A -t 192.0.2.1:81 -s sh -p 50 -M 255.255.255.0 -b sh-port
-a -t 192.0.2.1:81 -r 192.0.2.31:81 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-A -u 192.0.2.1:53 -s rr -o
-a -u 192.0.2.1:53 -r 192.0.2.31:53 -m -w 1
-A --sctp-service 192.0.2.1:0 -s wlc -p 60
-a --sctp-service 192.0.2.1:0 -r 192.0.2.31:0 -m -w 1
-A -t [2001:db8::1]:80 -s sh -p 50 -M 64 -b sh-port
-a -t [2001:db8::1]:80 -r 192.0.2.31:80 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
-A -f 7 -s sh -p 50 -M 255.255.255.0 -b sh-port
-a -f 7 -r 192.0.2.31:0 -i -w 1 --tun-type gue --tun-port 6080 --tun-remcsum
`

// fieldsEdits are changes of fieldsText, one on the other, with lines of ipvsadm afterwards.
func fieldsEdits() []struct{ old, written, save, thresholds string } {
	return []struct{ old, written, save, thresholds string }{
		{`["port"]`, `["port", "fallback"]`, "-A -t 192.0.2.1:80 -s sh -p 50 -M 255.255.255.0 -b sh-fallback,sh-port", ""},
		{`"sh"`, `"mh"`, "-A -f 7 -s mh -p 50 -M 255.255.255.0 -b mh-fallback,mh-port", ""},
		{`"50s"`, `"70s"`, "-A -t [2001:db8::1]:80 -s mh -p 70 -M 64 -b mh-fallback,mh-port", ""},
		{"ipv4 = 24", "ipv4 = 16", "-A -t 192.0.2.1:81 -s mh -p 70 -M 255.255.0.0 -b mh-fallback,mh-port", ""},
		{"ipv6 = 64", "ipv6 = 48", "-A -t [2001:db8::1]:80 -s mh -p 70 -M 48 -b mh-fallback,mh-port", ""},
		{"6080", "6081", "-a -t 192.0.2.1:80 -r 192.0.2.31:80 -i -w 1 --tun-type gue --tun-port 6081 --tun-remcsum", ""},
		{`"remote"`, `"full"`, "-a -f 7 -r 192.0.2.31:0 -i -w 1 --tun-type gue --tun-port 6081 --tun-csum", ""},
		{"type     = \"gue\"\n    port     = 6081", "type     = \"gre\"", "-a -t [2001:db8::1]:80 -r 192.0.2.31:80 -i -w 1 --tun-type gre --tun-csum", ""},
		{"type     = \"gre\"\n    checksum = \"full\"", "", "-a -t 192.0.2.1:81 -r 192.0.2.31:81 -i -w 1 --tun-type ipip", ""},
		{"= 100", "= 65535\n    weight = 65535", "-a -f 7 -r 192.0.2.31:0 -i -w 65535 --tun-type ipip", "-> 192.0.2.31:0 65535 50 0 0"},
		{"lower_threshold = 50", "", "-a -t 192.0.2.1:80 -r 192.0.2.31:80 -i -w 65535 --tun-type ipip", "-> 192.0.2.31:80 65535 0 0 0"},
		{"one_packet = true", "persistence = \"5m\"\n  persistence_engine = \"sip\"", "-A -u 192.0.2.1:53 -s rr -p 300 --pe sip", ""},
		{`"60s"`, `"60s"` + "\n  forwarding = \"dr\"\n  prepared = true", "-a --sctp-service 192.0.2.1:0 -r 192.0.2.31:0 -g -w 1", ""},
	}
}

// Every field is written, seen by ipvsadm as well, and edited in place: no service and no server is made anew for it.
func TestEveryFieldOfIPVSIsEditedInPlace(t *testing.T) {
	netlab.Need(t, "netns", "ipvs", "ipvsadm")
	text := fieldsText
	r := newRig(t, text)
	d := r.director("a")
	d.start()
	d.becomes("Active")
	d.settled()
	shows(t, d.Host, "ha", lines(fieldsSaved))
	for _, edit := range fieldsEdits() {
		if !strings.Contains(text, edit.old) {
			t.Fatalf("%q is not in\n%s", edit.old, text)
		}
		text = strings.Replace(text, edit.old, edit.written, 1)
		next := compile(t, loadText(t, text), "a")
		d.onlyEdits(next)
		d.mustApply(next)
		if saved := lines(ipvsadm(t, d.Host, "--save", "--numeric")); !slices.Contains(saved, edit.save) || len(saved) != len(lines(fieldsSaved)) {
			t.Errorf("after %q became %q, %q is not in\n%s", edit.old, edit.written, edit.save, strings.Join(saved, "\n"))
		}
		if shown := strings.Join(strings.Fields(ipvsadm(t, d.Host, "-Ln", "--thresholds")), " "); !strings.Contains(shown, edit.thresholds) {
			t.Errorf("%q is not in %s", edit.thresholds, shown)
		}
		d.settled()
	}
}

// onlyEdits checks that a plan of what is to come edits objects of IPVS, and makes or deletes none.
func (d *director) onlyEdits(next json.RawMessage) {
	d.t.Helper()
	s, err := d.client().Snapshot(d.t.Context(), control.Query{})
	if err != nil {
		d.t.Fatal(err)
	}
	var before, after enforcer.Config
	if err := errors.Join(json.Unmarshal(s.Config, &before), json.Unmarshal(next, &after)); err != nil {
		d.t.Fatal(err)
	}
	edits := 0
	for _, c := range planner.Compare(&after.Plan, &before.Plan, s.Facts, s.Live, s.Claims).Kernel {
		_, service := c.Key.(planner.VirtualServerKey)
		if _, server := c.Key.(planner.RealServerKey); !service && !server {
			continue
		}
		edits++
		if c.Action != planner.Update {
			d.t.Errorf("the plan is to %s %s: %+v", c.Action, c.Name, c.Fields)
		}
	}
	if edits == 0 {
		d.t.Error("the plan edits nothing")
	}
}
