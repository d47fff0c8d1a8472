package planner

import (
	"maps"
	"net/netip"
	"reflect"
	"testing"

	"pgregory.net/rapid"
)

// servers are so many, of weight 10 each, with a check of their own: a, b, c.
func servers(n int) []PoolServer {
	var list []PoolServer
	for i := range n {
		name := string(rune('a' + i))
		list = append(list, PoolServer{
			Name: name, Address: netip.AddrPortFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(1 + i)}), 80), Weight: 10, Checks: []string{name},
		})
	}
	return list
}

// said are verdicts in the order of the servers: + is up, - is down, ? is not known.
func said(verdicts string) map[string]Verdict {
	m := map[string]Verdict{}
	for i, v := range verdicts {
		m[string(rune('a'+i))] = map[rune]Verdict{'+': Up, '-': Down, '?': Unknown}[v]
	}
	return m
}

// sorryAt is where the sorry server of tests is.
func sorryAt(address string) *PoolServer {
	return &PoolServer{Name: "sorry", Address: netip.MustParseAddrPort(address), Weight: 1, Forwarding: DR}
}

// TestQuorumFollowsTheWeight: gained from quorum and hysteresis on, lost below quorum less hysteresis, as keepalived counts.
func TestQuorumFollowsTheWeight(t *testing.T) {
	for _, test := range []struct {
		name     string
		quorum   Quorum
		verdicts []string // one after the other
		want     []Verdict
	}{
		{"any server is enough by itself", Quorum{}, []string{"???", "+??", "---", "--+"}, []Verdict{Unknown, Up, Down, Up}},
		{"no server is up: lost", Quorum{Weight: 1}, []string{"---"}, []Verdict{Down}},
		{"weights add up", Quorum{Weight: 20}, []string{"++-", "+--", "++-"}, []Verdict{Up, Down, Up}},
		{
			"between the two limits it stays as it is",
			Quorum{Weight: 20, Hysteresis: 10},
			[]string{"++-", "+++", "++-", "+--", "---", "+--", "++-", "+++"},
			[]Verdict{Down, Up, Up, Up, Down, Down, Down, Up},
		},
		{"what is not known may give it", Quorum{Weight: 20}, []string{"+?-", "+--", "+?-", "++-"}, []Verdict{Unknown, Down, Down, Up}},
		{"what is not known does not keep it", Quorum{Weight: 10}, []string{"+??", "-??"}, []Verdict{Up, Down}},
		{"a hysteresis larger than the quorum still needs somebody", Quorum{Weight: 5, Hysteresis: 9}, []string{"+++", "+--", "---"}, []Verdict{Up, Up, Down}},
	} {
		t.Run(test.name, func(t *testing.T) {
			ix := NewIndex(&Plan{Pools: []Pool{{Name: "pool.web", Servers: servers(3), Quorum: test.quorum}}})
			f := Facts{Quorum: map[string]Verdict{}}
			var got []Verdict
			for _, verdicts := range test.verdicts {
				f.Verdicts = said(verdicts)
				maps.Copy(f.Quorum, ix.Turned(f, "pool.web"))
				balance := ix.Pool("pool.web").Balance(f)
				got = append(got, balance.Quorum)
			}
			if !reflect.DeepEqual(got, test.want) {
				t.Errorf("after %q got %v, want %v", test.verdicts, got, test.want)
			}
		})
	}
}

func TestQuorumCountsWeightsAsChecksMoveThem(t *testing.T) {
	p := Pool{Name: "pool.web", Servers: servers(2), Quorum: Quorum{Weight: 15}}
	p.Servers[0].Weighs = []Weigh{{Check: "a", By: WeighValue, Most: 100}}
	p.Servers[1].Weight = 0 // takes none on purpose
	for value, want := range map[int64]Verdict{10: Down, 14: Down, 15: Up, 40: Up, 0: Down} {
		balance := p.Balance(Facts{Verdicts: said("++"), Values: map[string]int64{"a": value}})
		if balance.Quorum != want || balance.Weight != value || balance.Of != 1 {
			t.Errorf("with a weight of %d got %v of %+v, want %v", value, balance.Quorum, balance.Census, want)
		}
	}
}

// shownOf is what IPVS shows behind the one listener of a plan: weights by address.
func shownOf(p *Pool, f Facts) map[string]int {
	service := VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:80")}
	p.Name, p.Listeners = "pool.web", []Listener{{Key: service}}
	m := map[string]int{}
	for k, v := range Resolve(&Plan{Pools: []Pool{*p}}, f).RealServers {
		m[k.Server.String()] = int(v.Weight)
	}
	return m
}

func TestWhatAPoolShows(t *testing.T) {
	const a, b, c, sorry = "10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80", "10.0.0.9:80"
	type shows = map[string]int
	for _, test := range []struct {
		name     string
		change   func(p *Pool)
		verdicts string
		had      Verdict // quorum before
		want     shows
	}{
		{"without quorum the servers that are left stay", func(p *Pool) { p.Quorum.Weight = 30 }, "+--", Up, shows{a: 10}},
		{"a sorry server is not there while the pool has its quorum", func(p *Pool) { p.Sorry = sorryAt(sorry) }, "+--", Up, shows{a: 10}},
		{"an inhibited one waits with weight 0", func(p *Pool) { p.Sorry = sorryAt(sorry); p.Sorry.Inhibit = true }, "+--", Up, shows{a: 10, sorry: 0}},
		{"it takes over from the last server", func(p *Pool) { p.Sorry = sorryAt(sorry) }, "---", Up, shows{sorry: 1}},
		{
			"and from servers that are too few, which are removed",
			func(p *Pool) { p.Sorry, p.Quorum.Weight = sorryAt(sorry), 20 }, "+--", Up,
			shows{sorry: 1},
		},
		{"inhibited ones stay with weight 0", func(p *Pool) {
			p.Sorry, p.Quorum.Weight, p.Servers[0].Inhibit, p.Servers[1].Inhibit = sorryAt(sorry), 20, true, true
		}, "+--", Up, shows{a: 0, b: 0, sorry: 1}},
		{
			"what comes up meanwhile waits for the quorum",
			func(p *Pool) { p.Sorry, p.Quorum = sorryAt(sorry), Quorum{Weight: 20, Hysteresis: 10} }, "++-", Down,
			shows{sorry: 1},
		},
		{
			"and takes over with it",
			func(p *Pool) { p.Sorry, p.Quorum = sorryAt(sorry), Quorum{Weight: 20, Hysteresis: 10} }, "+++", Down,
			shows{a: 10, b: 10, c: 10},
		},
		{"at the start it stands for servers that nobody knows", func(p *Pool) { p.Sorry = sorryAt(sorry) }, "???", Unknown, shows{sorry: 1}},
		{"a server that is the sorry server is there once", func(p *Pool) { p.Sorry = sorryAt(c) }, "+-+", Up, shows{a: 10, c: 10}},
		{"also when it stands for the others", func(p *Pool) { p.Sorry, p.Servers[2].Inhibit = sorryAt(c), true }, "---", Up, shows{c: 1}},
		{"a server that is to be inhibited stays after a failure", func(p *Pool) { p.Servers[1].Inhibit = true }, "+--", Up, shows{a: 10, b: 0}},
		{"the second tier stands by", func(p *Pool) { p.Servers[2].Tier = 2 }, "+-+", Up, shows{a: 10, c: 0}},
		{"until all of the first are down", func(p *Pool) { p.Servers[2].Tier = 2 }, "--+", Up, shows{c: 10}},
		{"or too few are left", func(p *Pool) { p.Servers[2].Tier, p.TierAtLeast = 2, 2 }, "+-+", Up, shows{a: 10, c: 10}},
		{"tiers follow each other", func(p *Pool) { p.Servers[1].Tier, p.Servers[2].Tier = 3, 7 }, "-++", Up, shows{b: 10, c: 0}},
		{"a tier without anybody gives the next a turn", func(p *Pool) { p.Servers[1].Tier, p.Servers[2].Tier = 3, 7 }, "--+", Up, shows{c: 10}},
		{"one not known yet takes nobody's place", func(p *Pool) { p.Servers[1].Tier, p.Servers[2].Tier = 2, 2 }, "?+-", Up, shows{a: 0, b: 10}},
		{"whose checks rest are trusted", func(p *Pool) { p.Suspend = true }, "?-+", Unknown, shows{a: 10, c: 10}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := Pool{Servers: servers(3)}
			test.change(&p)
			f := Facts{Verdicts: said(test.verdicts), Quorum: map[string]Verdict{"pool.web": test.had}}
			if got := shownOf(&p, f); !maps.Equal(got, test.want) {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}

func TestTheSorryServerIsSentToItsOwnWay(t *testing.T) {
	p := Pool{Name: "pool.web", Servers: servers(1), Sorry: sorryAt("10.0.0.9:80"), Listeners: []Listener{{Key: VirtualServerKey{FWMark: 7}}}}
	key := RealServerKey{Service: VirtualServerKey{FWMark: 7}, Server: p.Sorry.Address}
	ix := NewIndex(&Plan{Pools: []Pool{p}})
	if got := ix.Resolve(Facts{}).RealServers[key]; got != (RealServer{Weight: 1, Forwarding: DR}) {
		t.Errorf("got %+v", got)
	}
	if o, ok := ix.Origin(key); !ok || o.Unit != "pool.web" {
		t.Errorf("it belongs to %+v, %v", o, ok)
	}
}

// drawPool is a pool of a few servers with everything that decides what is shown, and facts about it.
func drawPool(t *rapid.T) (*Pool, Facts) {
	p := &Pool{Name: "pool.web", Servers: servers(rapid.IntRange(1, 5).Draw(t, "servers")), Quorum: Quorum{
		Weight: rapid.Uint32Range(0, 60).Draw(t, "quorum"), Hysteresis: rapid.Uint32Range(0, 30).Draw(t, "hysteresis"),
	}}
	for i := range p.Servers {
		s := &p.Servers[i]
		s.Tier, s.Inhibit = rapid.Uint8Range(0, 3).Draw(t, "tier"), rapid.Bool().Draw(t, "inhibit")
		s.Weight = rapid.Uint16Range(0, 20).Draw(t, "weight")
	}
	p.TierAtLeast, p.Suspend = rapid.Uint16Range(0, 3).Draw(t, "at least"), rapid.Bool().Draw(t, "suspend")
	if rapid.Bool().Draw(t, "sorry") {
		p.Sorry = sorryAt(rapid.SampledFrom([]string{"10.0.0.9:80", "10.0.0.1:80"}).Draw(t, "at"))
		p.Sorry.Inhibit = rapid.Bool().Draw(t, "sorry inhibit")
	}
	return p, drawFacts(t)
}

func drawFacts(t *rapid.T) Facts {
	verdict := rapid.SampledFrom([]Verdict{Unknown, Up, Down})
	f := Facts{Verdicts: map[string]Verdict{}, Quorum: map[string]Verdict{"pool.web": verdict.Draw(t, "had")}}
	for _, check := range []string{"a", "b", "c", "d", "e"} {
		f.Verdicts[check] = verdict.Draw(t, check)
	}
	return f
}

// TestSomebodyServes: as long as a server is up that takes connections, or there is a sorry server, somebody takes them; and
// nobody takes any whose checks say no.
func TestSomebodyServes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, f := drawPool(t)
		balance, serving := p.Balance(f), 0
		for i := range p.Servers {
			s := &p.Servers[i]
			share := balance.Share(s)
			if share.Weight > 0 {
				serving++
			}
			if share.Weight > 0 && (!share.Shown || s.State(f) == Down || balance.Sorry || share.Weight != s.Weight) {
				t.Errorf("%s is shown as %+v", s.Name, share)
			}
			if s.Inhibit && !share.Shown {
				t.Errorf("%s is gone, and should stay with weight 0", s.Name)
			}
		}
		sorry := balance.SorryShare()
		if (balance.Up > 0 || p.Sorry != nil) && serving == 0 && sorry.Weight == 0 {
			t.Errorf("%d servers are up, and nobody serves", balance.Up)
		}
		if serving > 0 && sorry.Weight > 0 {
			t.Error("servers and the sorry server serve together")
		}
		weights := 0
		for _, weight := range shownOf(p, f) {
			if weight > 0 {
				weights++
			}
		}
		if want := serving + min(int(sorry.Weight), 1); weights != want {
			t.Errorf("IPVS shows %d that take connections, want %d", weights, want)
		}
	})
}

// TestQuorumDoesNotFlap: it turns only across the whole of the hysteresis, and once for one reason.
func TestQuorumDoesNotFlap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, f := drawPool(t)
		ix := NewIndex(&Plan{Pools: []Pool{*p}})
		for range rapid.IntRange(1, 10).Draw(t, "turns") {
			before := f.Quorum[p.Name]
			f.Verdicts = drawFacts(t).Verdicts
			maps.Copy(f.Quorum, ix.Turned(f, p.Name))
			balance := p.Balance(f)
			if again := ix.Turned(f, p.Name); len(again) > 0 || balance.Quorum != f.Quorum[p.Name] {
				t.Fatalf("%v is remembered, then %v turns; a look says %v", f.Quorum, again, balance.Quorum)
			}
			switch {
			case before != Up && balance.Quorum == Up && balance.Weight < p.Quorum.Gained(),
				before == Up && balance.Quorum != Up && balance.Weight >= p.Quorum.Kept(),
				balance.Quorum == Up && balance.Weight == 0:
				t.Errorf("%v turned to %v at %d, with %+v", before, balance.Quorum, balance.Weight, p.Quorum)
			}
		}
	})
}

// TestRestartKeepsTheSorryServer: what is live is taken for granted, so that a restart without a record changes nothing of it.
func TestRestartKeepsTheSorryServer(t *testing.T) {
	for _, test := range []struct {
		name     string
		verdicts string
		had      Verdict
	}{{"it is in use", "+--", Down}, {"between the limits with quorum", "++-", Up}, {"between the limits without", "++-", Down}} {
		t.Run(test.name, func(t *testing.T) {
			p := Pool{
				Name: "pool.web", Servers: servers(3), Sorry: sorryAt("10.0.0.9:80"), Quorum: Quorum{Weight: 20, Hysteresis: 10},
				Listeners: []Listener{{Key: VirtualServerKey{FWMark: 7}}},
			}
			ix := NewIndex(&Plan{Pools: []Pool{p}})
			live := ix.Resolve(Facts{Verdicts: said(test.verdicts), Quorum: map[string]Verdict{"pool.web": test.had}})
			if changes, _ := Diff(ix.Resolve(ix.Presume(live)), live, Claims{}, ix); len(changes) > 0 && changes[0].Action != Adopt {
				t.Errorf("got %v", changes)
			}
		})
	}
}

func TestRenamedPoolKeepsItsQuorum(t *testing.T) {
	f := Facts{Quorum: map[string]Verdict{"pool.old": Up, "pool.other": Down}}
	got := Carry(f, map[string]string{"pool.new": "pool.old"}).Quorum
	if want := (map[string]Verdict{"pool.new": Up, "pool.other": Down}); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	if f.Quorum["pool.old"] != Up {
		t.Error("the given facts were changed")
	}
}
