package enforcer

import (
	"fmt"

	"ha/checks/secret"
	"ha/vrrp"
	"ha/vrrp/packet"
)

// proof is an instance's authentication with its secrets resolved. The zero value is none.
type proof struct {
	of       *vrrp.Authentication // as configured
	kind     uint8                // of version 2
	password [packet.PasswordLen]byte
	ah       *packet.AH
	hmac     *packet.HMAC
}

// resolved is what became of the secrets of an instance.
type resolved struct {
	proof   proof
	remarks []string
	err     error // why the instance can take no part
}

// resolve reads the secrets of instances, by name. It reads files, so no lock of an election is held meanwhile.
func resolve(instances []vrrp.Instance) map[string]resolved {
	all := map[string]resolved{}
	for _, i := range instances {
		if i.Authentication != nil {
			all[i.Name] = resolveOne(i)
		}
	}
	return all
}

func resolveOne(i vrrp.Instance) (r resolved) {
	a := i.Authentication
	read := func(ref string) []byte {
		value, remark, err := secret.Read(ref)
		if remark != "" {
			r.remarks = append(r.remarks, remark)
		}
		if err != nil && r.err == nil {
			r.err = noSecret("%v", err)
		}
		return value
	}
	r.proof.of = a
	if a.Type == vrrp.AuthHMAC {
		rules := packet.Rules{
			Keys: map[uint8][]byte{}, Active: a.Active, Mode: modeOf(a.Mode), Monotonic: a.Replay == vrrp.ReplayMonotonic, Window: a.Window,
		}
		for _, key := range a.Keys {
			rules.Keys[key.ID] = read(key.Secret)
		}
		if rules.Window == 0 {
			rules.Window = packet.DefaultWindow(i.Config.Interval)
		}
		if i.Unicast != nil {
			rules.Senders = len(i.Unicast.Peers)
		}
		if r.err == nil {
			if r.proof.hmac, r.err = packet.NewHMAC(rules); r.err != nil {
				r.err = noSecret("authentication: %v", r.err)
			}
		}
		return r
	}
	secret := read(a.Key)
	if len(secret) > packet.PasswordLen {
		r.remarks = append(r.remarks, fmt.Sprintf("secret %s: the password has %d bytes; VRRP carries the first %d, as keepalived does",
			a.Key, len(secret), packet.PasswordLen))
	}
	copy(r.proof.password[:], secret)
	r.proof.kind = packet.AuthPassword
	if a.Type == vrrp.AuthAH {
		r.proof.kind, r.proof.ah = packet.AuthHeader, packet.NewAH(r.proof.password)
	}
	return r
}

func modeOf(m vrrp.AuthMode) packet.Mode {
	switch m {
	case vrrp.ModePermissive:
		return packet.Permissive
	case vrrp.ModeReceiveOnly:
		return packet.ReceiveOnly
	case vrrp.ModeEnforce:
	}
	return packet.Enforce
}

// prove gives a member what became of its secrets. When they cannot be read although they could be before, it goes on
// with those: a damaged file must not cost a failover. Sequence numbers go on in any case. Called with the locks of
// elections and group.
func (m *member) prove(r resolved) (remarks []string) {
	remarks = r.remarks
	m.unproven = r.err
	switch {
	case r.err == nil:
		if r.proof.ah != nil && m.proof.ah != nil {
			r.proof.ah.Continue(m.proof.ah)
		}
		if r.proof.hmac != nil && m.proof.hmac != nil {
			r.proof.hmac.Continue(m.proof.hmac)
		}
		m.proof = r.proof
	case m.proof.of != nil && m.proof.of.Equal(m.instance.Authentication):
		m.unproven = nil
		remarks = append(remarks, fmt.Sprintf("%v; what was read before stays in use", r.err))
	}
	p := &m.proof
	m.expect.AuthType, m.expect.Password, m.expect.AH, m.expect.HMAC = p.kind, p.password, p.ah, p.hmac
	m.advert.AuthType, m.advert.AH, m.advert.Auth = p.kind, p.ah, [packet.PasswordLen]byte{}
	m.advert.Trailer = nil
	m.rendered = rendered{}
	if p.kind == packet.AuthPassword {
		m.advert.Auth = p.password
	}
	return remarks
}

// proveAgain gives members that wait for their secrets what was read now, if it is still what they wait for. Called
// with the lock of elections.
func (g *group) proveAgain(secrets map[string]resolved) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, m := range g.members {
		if r, read := secrets[m.instance.Name]; read && m.unproven != nil && m.instance.Authentication.Equal(r.proof.of) {
			g.remarks(m, m.prove(r))
		}
	}
}

// checkTransport reports what an instance cannot run with.
func checkTransport(i vrrp.Instance) error {
	if a := i.Authentication; a != nil {
		switch a.Type {
		case vrrp.AuthPass, vrrp.AuthAH:
			if i.Config.Version != 2 {
				return fmt.Errorf("instance %s has authentication %q, which VRRP %d does not have", i.Name, a.Type, i.Config.Version)
			}
		case vrrp.AuthHMAC:
		default:
			return fmt.Errorf("instance %s has the authentication %q, which is unknown", i.Name, a.Type)
		}
	}
	if err := checkWire(i); err != nil {
		return err
	}
	if u := i.Unicast; u != nil {
		for _, peer := range u.Peers {
			if !peer.IsValid() || peer.Is6() != i.Config.IPv6 || peer.IsMulticast() {
				return fmt.Errorf("instance %s has the unicast peer %v, which is no address of its family", i.Name, peer)
			}
		}
		if u.Source.IsValid() && u.Source.Is6() != i.Config.IPv6 {
			return fmt.Errorf("instance %s has the unicast source %v, which is not of its family", i.Name, u.Source)
		}
	}
	return nil
}
