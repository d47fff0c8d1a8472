package main

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"ha/enforcer/netlab"
	"ha/vrrp/socket"
)

// A router that a better one relieves answers until that has announced the VIP, and not afterwards: no client notices that the
// VIP has moved.
func TestAReliefCostsNothing(t *testing.T) {
	netlab.Need(t, "netns", "keepalived")
	for name, text := range map[string]string{
		"IPv4": duelText(3, "200ms", "192.0.2.1/32", "192.0.2.2/32"),
		"dual": duelText(3, "200ms", "192.0.2.1/32", "fe80::51/128", "2001:db8::1/128"),
	} {
		for _, better := range []string{"ha", "keepalived"} {
			if name == "dual" && better == "keepalived" {
				continue // its instances do not move together without a sync group
			}
			t.Run(name+", relieved by "+better, func(t *testing.T) { relieveOnce(t, text, better) })
		}
	}
}

func relieveOnce(t *testing.T, text, better string) {
	t.Helper()
	d := newDuel(t, text, better, "ha")
	echo(t, d.a.host)
	echo(t, d.b.host)
	d.b.start()
	const tries, grace = 2 * leaves, 10 * time.Millisecond // a busy machine loses probes of its own, and is late
	var story []string
	for range tries {
		d.settle("the worse one to be Active", d.b, d.a)
		d.answeredBy(d.b)
		p := probe(t, d.watch, d.vips[len(d.vips)-1].Addr())
		since := time.Now()
		d.a.start()
		d.settle("the better one to have the VIPs", d.a, d.b)
		d.answeredBy(d.a)
		lost, after := p.report("a relief"), d.answersAfter(d.b, d.a, since)
		if lost == 0 && after < grace {
			return
		}
		story = append(story, fmt.Sprintf("%d probes lost, and an answer %v after the announcement", lost, after))
		d.a.stop()
	}
	t.Errorf("each relief cost something: %q", story)
}

// A host that has a VIP by mistake, and takes no part in the election, is told of with its hardware address, as long as it is heard.
func TestAHostWithOurAddressIsTold(t *testing.T) {
	netlab.Need(t, "netns", "ip")
	r := newRig(t, duelText(3, "200ms", "192.0.2.1/32"))
	d := r.director("a")
	d.start()
	d.becomes("Active")
	netlab.WaitFor(t, patience, "the VIP to stand", func() bool { return holds(t, d.addresses, prefixes("192.0.2.1/32"), true) })
	thief := r.lan.MustAdd(t, "thief", "192.0.2.66/24")
	mac := strings.Fields(ip(t, thief, "-o", "link", "show", "eth0"))
	i := slices.Index(mac, "link/ether")
	if i < 0 {
		t.Fatalf("no hardware address in %q", mac)
	}
	if err := thief.Do(func() error {
		a, err := socket.OpenAnnouncer("eth0")
		if err != nil {
			return err
		}
		return errors.Join(a.Announce(netip.MustParseAddr("192.0.2.1")), a.Close())
	}); err != nil {
		t.Fatal(err)
	}
	netlab.WaitFor(t, patience, "the other host to be told of", func() bool { return d.happened("duplicate", mac[i+1]) })
	if list := d.vip().Instances[0].Duplicates; len(list) != 1 || list[0].Address != "192.0.2.1" || list[0].By != mac[i+1] {
		t.Errorf("the status knows of %+v, want 192.0.2.1 at %s", list, mac[i+1])
	}
	if text := d.why("vip.test"); !strings.Contains(text, "another host has 192.0.2.1, too: "+mac[i+1]) {
		t.Errorf("ha why says\n%s", text)
	}
	if d.vip().State != "Active" {
		t.Error("a claim moved the VIP")
	}
}

// An owner that becomes an ordinary router, and one again, stays Active all the time and says each priority in turn; clients and
// the Backup notice nothing else.
func TestAnOwnerStepsDownAndUp(t *testing.T) {
	netlab.Need(t, "netns")
	of := func(priority string) string {
		return strings.Replace(duelText(3, "200ms", "192.0.2.1/32"), "    priority = 200\n", "    priority = "+priority+"\n", 1)
	}
	d := newDuel(t, of("255"), "ha", "ha")
	echo(t, d.a.host)
	echo(t, d.b.host)
	d.a.start()
	d.b.start()
	d.settle("the owner to be Active", d.a, d.b)
	d.answeredBy(d.a)
	a := d.a.router.(*director)
	active, since := a.vip().Since, time.Now()
	client := probe(t, d.watch, d.vips[0].Addr())
	says := func(priority uint8) {
		t.Helper()
		from := time.Now()
		if _, ok := d.capture.Wait(patience, func(f netlab.Frame) bool {
			pdu, _ := advertIn(f)
			return pdu != nil && f.At.After(from) && sent(f, d.a) && pdu[2] == priority
		}); !ok {
			t.Errorf("no advert with priority %d", priority)
		}
	}
	for _, step := range []struct {
		text     string
		priority uint8
	}{{"254", 254}, {"255", 255}} {
		a.mustApply(compile(t, loadText(t, of(step.text)), "a"))
		says(step.priority)
	}
	if _, outage := client.stop(); outage > d.a.config.Interval { // a takeover costs three times that, and more
		t.Errorf("clients were not answered for %v", outage)
	}
	d.unmoved(active, since)
	a.settled()
}
