package planner

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// word is a value of an enumeration with the word that documents spell it by.
type word[T ~uint8] struct {
	value T
	word  string
}

// The words of the enumerations. They are functions so that nobody can change them.
func scopes() []word[Scope] {
	return []word[Scope]{{ScopeGlobal, "global"}, {ScopeSite, "site"}, {ScopeLink, "link"}, {ScopeHost, "host"}}
}

func routeTypes() []word[RouteType] {
	return []word[RouteType]{
		{Unicast, "unicast"},
		{Local, "local"},
		{Broadcast, "broadcast"},
		{Anycast, "anycast"},
		{Multicast, "multicast"},
		{Blackhole, "blackhole"},
		{Unreachable, "unreachable"},
		{Prohibit, "prohibit"},
		{Throw, "throw"},
	}
}

func ruleActions() []word[RuleAction] {
	return []word[RuleAction]{
		{RuleLookup, "lookup"},
		{RuleGoto, "goto"},
		{RuleNop, "nop"},
		{RuleBlackhole, "blackhole"},
		{RuleUnreachable, "unreachable"},
		{RuleProhibit, "prohibit"},
		{RuleL3MDev, "l3mdev"},
	}
}

func protocols() []word[Protocol] {
	return []word[Protocol]{{TCP, "tcp"}, {UDP, "udp"}, {SCTP, "sctp"}}
}

func forwardings() []word[Forwarding] {
	return []word[Forwarding]{{NAT, "nat"}, {Tunnel, "tunnel"}, {DR, "dr"}}
}

func tunnelTypes() []word[TunnelType] {
	return []word[TunnelType]{{IPIP, "ipip"}, {GUE, "gue"}, {GRE, "gre"}}
}

func checksums() []word[Checksum] {
	return []word[Checksum]{{ChecksumNone, "none"}, {ChecksumFull, "full"}, {ChecksumRemote, "remote"}}
}

func impacts() []word[Impact] {
	return []word[Impact]{
		{ImpactNone, "none"},
		{ImpactNewConnections, "new-connections"},
		{ImpactExistingConnections, "existing-connections"},
		{ImpactFailover, "failover"},
		{ImpactOutage, "outage"},
	}
}

func verdicts() []word[Verdict] {
	return []word[Verdict]{{Unknown, "unknown"}, {Up, "up"}, {Down, "down"}}
}

func claimWords() []word[Claim] {
	return []word[Claim]{{Foreign, "foreign"}, {Owned, "owned"}, {Adopted, "adopted"}}
}

// spell returns the word of a value, or its number where it has none.
func spell[T ~uint8](v T, words []word[T]) string {
	for _, w := range words {
		if w.value == v {
			return w.word
		}
	}
	return strconv.Itoa(int(v))
}

// read finds the value of a word. Where open is set, numbers stand for values without a word: the kernel may hold
// what no configuration can ask for.
func read[T ~uint8](into *T, text []byte, what string, words []word[T], open bool) error {
	var known []string
	for _, w := range words {
		if w.word == string(text) {
			*into = w.value
			return nil
		}
		known = append(known, w.word)
	}
	if n, err := strconv.ParseUint(string(text), 10, 8); open && err == nil && spell(T(n), words) == string(text) {
		*into = T(n)
		return nil
	}
	return fmt.Errorf("%s %q is unknown: want %s", what, text, oneOf(known))
}

// closed returns the word of a value, or an error where it has none.
func closed[T ~uint8](v T, what string, words []word[T]) ([]byte, error) {
	for _, w := range words {
		if w.value == v {
			return []byte(w.word), nil
		}
	}
	return nil, fmt.Errorf("%s %d has no name", what, v)
}

// readWord checks a word of an enumeration that is a string.
func readWord[T ~string](into *T, text []byte, what string, words ...T) error {
	if !slices.Contains(words, T(text)) {
		known := make([]string, len(words))
		for i, w := range words {
			known[i] = string(w)
		}
		return fmt.Errorf("%s %q is unknown: want %s", what, text, oneOf(known))
	}
	*into = T(text)
	return nil
}

func oneOf(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// String returns the scope's name as ip-address(8) prints it, or its number.
func (s Scope) String() string { return spell(s, scopes()) }

// String returns the type's name as ip-route(8) prints it, or its number.
func (t RouteType) String() string { return spell(t, routeTypes()) }

// String returns the action's name as ip-rule(8) prints it, or its number.
func (a RuleAction) String() string { return spell(a, ruleActions()) }

// String returns tcp, udp or sctp, or the number of another protocol.
func (p Protocol) String() string { return spell(p, protocols()) }

// String returns nat, tunnel or dr, or the number of what only IPVS itself uses.
func (f Forwarding) String() string { return spell(f, forwardings()) }

// String returns ipip, gue or gre, or the number of a type that has no name.
func (t TunnelType) String() string { return spell(t, tunnelTypes()) }

// String returns none, full or remote, or the number of another combination.
func (c Checksum) String() string { return spell(c, checksums()) }

// String returns the impact's name: none, new-connections, existing-connections, failover, outage.
func (i Impact) String() string { return spell(i, impacts()) }

// String returns unknown, up or down.
func (v Verdict) String() string { return spell(v, verdicts()) }

// String returns foreign, owned or adopted.
func (c Claim) String() string { return spell(c, claimWords()) }

// MarshalText returns the name or the number.
func (s Scope) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// RouteTypeNamed returns the type that ip-route(8) calls by a word; 0 for a word that is none.
func RouteTypeNamed(text string) RouteType {
	var t RouteType
	if read(&t, []byte(text), "route type", routeTypes(), false) != nil {
		return 0
	}
	return t
}

// Rejects tells whether routes of the type take packets nowhere.
func (t RouteType) Rejects() bool {
	return t == Blackhole || t == Unreachable || t == Prohibit || t == Throw
}

// MarshalText returns the name or the number.
func (t RouteType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText returns the name or the number.
func (f Forwarding) MarshalText() ([]byte, error) { return []byte(f.String()), nil }

// MarshalText returns the name or the number.
func (t TunnelType) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// MarshalText returns the name or the number.
func (c Checksum) MarshalText() ([]byte, error) { return []byte(c.String()), nil }

// MarshalText returns the name; a protocol that IPVS does not balance is an error.
func (p Protocol) MarshalText() ([]byte, error) { return closed(p, "protocol", protocols()) }

// MarshalText returns the name; a value outside the closed set is an error.
func (i Impact) MarshalText() ([]byte, error) { return closed(i, "impact", impacts()) }

// MarshalText returns the name; a value outside the closed set is an error.
func (v Verdict) MarshalText() ([]byte, error) { return closed(v, "verdict", verdicts()) }

// MarshalText returns the name; a value outside the closed set is an error.
func (c Claim) MarshalText() ([]byte, error) { return closed(c, "claim", claimWords()) }

// UnmarshalText reads a name, or the number of a scope that has none.
func (s *Scope) UnmarshalText(text []byte) error { return read(s, text, "scope", scopes(), true) }

// UnmarshalText reads a name, or the number of a type that has none.
func (t *RouteType) UnmarshalText(text []byte) error {
	return read(t, text, "route type", routeTypes(), true)
}

// UnmarshalText reads a name, or the number of a method that has none.
func (f *Forwarding) UnmarshalText(text []byte) error {
	return read(f, text, "forwarding", forwardings(), true)
}

// UnmarshalText reads a name, or the number of a type that has none.
func (t *TunnelType) UnmarshalText(text []byte) error {
	return read(t, text, "tunnel type", tunnelTypes(), true)
}

// UnmarshalText reads a name, or the number of a combination that has none.
func (c *Checksum) UnmarshalText(text []byte) error {
	return read(c, text, "tunnel checksum", checksums(), true)
}

// UnmarshalText reads tcp, udp or sctp.
func (p *Protocol) UnmarshalText(text []byte) error {
	return read(p, text, "protocol", protocols(), false)
}

// UnmarshalText reads a name of the closed set.
func (i *Impact) UnmarshalText(text []byte) error { return read(i, text, "impact", impacts(), false) }

// UnmarshalText reads a name of the closed set.
func (v *Verdict) UnmarshalText(text []byte) error {
	return read(v, text, "verdict", verdicts(), false)
}

// UnmarshalText reads a name of the closed set.
func (c *Claim) UnmarshalText(text []byte) error { return read(c, text, "claim", claimWords(), false) }

// UnmarshalText reads director or server.
func (r *Role) UnmarshalText(text []byte) error { return readWord(r, text, "role", Director, Server) }

// UnmarshalText reads a name of the closed set.
func (l *Layer) UnmarshalText(text []byte) error {
	return readWord(l, text, "layer", Behaviour, Kernel, Latent)
}

// UnmarshalText reads a name of the closed set.
func (c *Cause) UnmarshalText(text []byte) error {
	return readWord(c, text, "cause", CauseConfig, CauseDrift, CauseAdopt, CauseRelease)
}

// UnmarshalText reads a name of the closed set.
func (a *Action) UnmarshalText(text []byte) error {
	return readWord(a, text, "action", Create, Update, Replace, Delete, Adopt, Release)
}
