package enforcer

import (
	"bytes"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ha/vrrp"
	"ha/vrrp/packet"
)

// secretFile writes a secret and returns the reference to it.
func secretFile(t *testing.T, content string, mode os.FileMode) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key")
	if err := os.WriteFile(path, []byte(content), mode); err != nil {
		t.Fatal(err)
	}
	return "file:" + path
}

func instance(a *vrrp.Authentication) vrrp.Instance {
	return vrrp.Instance{
		Name: "vip.web/ipv4", VIP: "vip.web", Interface: "nowhere0", Authentication: a,
		Config: vrrp.Config{VRID: 51, Version: 2, Priority: 100, Interval: time.Second},
	}
}

// E04
func TestLongPasswordIsCut(t *testing.T) {
	r := resolveOne(instance(&vrrp.Authentication{Type: vrrp.AuthPass, Key: secretFile(t, "twelve chars", 0o600)}))
	if r.err != nil || !bytes.Equal(r.proof.password[:], []byte("twelve c")) || len(r.remarks) != 1 || !strings.Contains(r.remarks[0], "12 bytes") {
		t.Errorf("got %q, %v, %v, want eight bytes and a remark", r.proof.password, r.remarks, r.err)
	}
	if strings.Contains(r.remarks[0], "twelve") {
		t.Errorf("the remark shows the secret: %s", r.remarks[0])
	}
}

func TestProof(t *testing.T) {
	key := secretFile(t, strings.Repeat("k", packet.MinKeyLen), 0o600)
	a := &vrrp.Authentication{Type: vrrp.AuthHMAC, Keys: []vrrp.AuthKey{{ID: 1, Secret: key}}, Active: 1}
	m := &member{instance: new(instance(a))}
	if m.prove(resolveOne(*m.instance)); m.unproven != nil || m.expect.HMAC == nil {
		t.Fatalf("with its key: %v, %v", m.unproven, m.expect.HMAC)
	}
	first := m.expect.HMAC
	if err := os.Remove(strings.TrimPrefix(key, "file:")); err != nil {
		t.Fatal(err)
	}
	if remarks := m.prove(resolveOne(*m.instance)); m.unproven != nil || m.expect.HMAC != first || len(remarks) != 1 {
		t.Errorf("the file has gone: %v, %v, want the same key and a remark", m.unproven, remarks)
	}
	m.instance.Authentication = &vrrp.Authentication{Type: vrrp.AuthHMAC, Keys: []vrrp.AuthKey{{ID: 2, Secret: key}}, Active: 2}
	if m.prove(resolveOne(*m.instance)); m.unproven == nil || !strings.Contains(m.unproven.Error(), key) {
		t.Errorf("another key that is not there: %v, want a fault that names it", m.unproven)
	}
	short := secretFile(t, "too short", 0o600)
	r := resolveOne(instance(&vrrp.Authentication{Type: vrrp.AuthHMAC, Keys: []vrrp.AuthKey{{ID: 1, Secret: short}}, Active: 1}))
	if r.err == nil || strings.Contains(r.err.Error(), "too short") {
		t.Errorf("a short key: %v, want an error without it", r.err)
	}
}

func TestAim(t *testing.T) {
	addr := netip.MustParseAddr
	m := &member{instance: new(instance(nil))}
	m.instance.Unicast = &vrrp.Unicast{Peers: []netip.Addr{addr("192.0.2.11"), addr("192.0.2.12")}, MinTTL: 255}
	m.expect.Source = addr("192.0.2.11")
	m.aim()
	if !m.expect.Unicast || len(m.peers) != 1 || m.peers[0] != addr("192.0.2.12") || m.expect.Peers[0].MinTTL != 255 {
		t.Errorf("got %v, %+v, want the other one", m.peers, m.expect.Peers)
	}
	m.instance.Unicast = nil
	m.aim()
	if m.expect.Unicast || m.peers != nil || m.expect.Peers != nil {
		t.Errorf("multicast still aims at %v", m.peers)
	}
}

func TestConfigRefusesWrongTransport(t *testing.T) {
	for name, change := range map[string]func(*vrrp.Instance){
		"a password in version 3":      func(i *vrrp.Instance) { i.Authentication = &vrrp.Authentication{Type: vrrp.AuthPass} },
		"an unknown authentication":    func(i *vrrp.Instance) { i.Authentication = &vrrp.Authentication{Type: "md5"} },
		"a peer of the other family":   func(i *vrrp.Instance) { i.Unicast = &vrrp.Unicast{Peers: []netip.Addr{netip.IPv6Loopback()}} },
		"a source of the other family": func(i *vrrp.Instance) { i.Unicast = &vrrp.Unicast{Source: netip.IPv6Loopback()} },
	} {
		c := testConfig()
		if change(&c.Instances[0]); c.Validate() == nil {
			t.Errorf("%s is accepted", name)
		}
	}
}
