package planner

import (
	"encoding/json"
	"net/netip"
	"strings"
	"testing"
)

// What is written under the names of the language is what a plan prints.
func TestBalancingInPrint(t *testing.T) {
	print := func(fields []Field) string {
		var list []string
		for _, f := range fields {
			list = append(list, f.Path+" "+f.Before+" -> "+f.After)
		}
		return strings.Join(list, ", ")
	}
	tests := []struct {
		key           Key
		before, after any
		want          string
	}{
		{webKey, VirtualServer{Scheduler: "rr"}, VirtualServer{Scheduler: "sh", Flags: FlagFallback | FlagPort | FlagOnePacket}, "scheduler rr -> sh, scheduler_flags  -> fallback port, one_packet false -> true"},
		{webKey, VirtualServer{Scheduler: "rr", Flags: 0x38}, VirtualServer{Scheduler: "mh", Flags: 0x38}, "scheduler rr -> mh, scheduler_flags flag-1 flag-2 flag-3 -> fallback port flag-3"},
		{webKey, VirtualServer{Scheduler: "rr"}, VirtualServer{Scheduler: "rr", Engine: "sip"}, "persistence_engine  -> sip"},
		{webServer, RealServer{Forwarding: Tunnel}, RealServer{Forwarding: Tunnel, Tunnel: TunnelOptions{GUE, 6080, ChecksumRemote}}, "tunnel.type ipip -> gue, tunnel.port  -> 6080, tunnel.checksum none -> remote"},
		{webServer, RealServer{Weight: 70000}, RealServer{Weight: 4, Upper: 100, Lower: 80}, "weight 70000 -> 4, upper_threshold  -> 100, lower_threshold  -> 80"},
		{webServer, RealServer{Forwarding: Tunnel, Tunnel: TunnelOptions{Type: GRE}}, RealServer{Forwarding: DR}, "forwarding tunnel -> dr, tunnel.type gre -> ipip"},
	}
	for _, test := range tests {
		if got := print(fieldsOf(test.key, test.before, test.after)); got != test.want {
			t.Errorf("got  %s\nwant %s", got, test.want)
		}
	}
}

func TestTunnelsInDocuments(t *testing.T) {
	for _, v := range []RealServer{
		{Weight: 70000, Forwarding: Tunnel, Tunnel: TunnelOptions{GUE, 6080, ChecksumRemote}, Upper: 5, Lower: 4},
		{Forwarding: Tunnel, Tunnel: TunnelOptions{GRE, 0, ChecksumFull}},
		{Forwarding: Tunnel, Tunnel: TunnelOptions{9, 1, 3}}, // what only others write
		{Forwarding: DR},
	} {
		data, err := json.Marshal(v)
		var got RealServer
		if err == nil {
			err = json.Unmarshal(data, &got)
		}
		if got != v || err != nil {
			t.Errorf("%s: got %+v, %v, want %+v", data, got, err, v)
		}
	}
	if err := json.Unmarshal([]byte(`{"tunnel": {"type": "vxlan"}}`), new(RealServer)); err == nil {
		t.Error("a type that there is not is read")
	}
}

func TestAServerWithoutAPortHasThatOfEachListener(t *testing.T) {
	any80, any81 := VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:80")}, VirtualServerKey{Protocol: TCP, Addr: netip.MustParseAddrPort("192.0.2.20:81")}
	all, mark := VirtualServerKey{Protocol: UDP, Addr: netip.MustParseAddrPort("192.0.2.20:0")}, VirtualServerKey{FWMark: 7}
	p := &Plan{Pools: []Pool{{
		Name:      "pool.web",
		Listeners: []Listener{{Key: any80}, {Key: any81}, {Key: all}, {Key: mark}},
		Servers: []PoolServer{
			{Name: "same", Address: netip.MustParseAddrPort("10.0.0.1:0"), Weight: 1},
			{Name: "other", Address: netip.MustParseAddrPort("10.0.0.2:8080"), Weight: 1},
		},
	}}}
	ix := NewIndex(p)
	s := ix.Resolve(Facts{})
	for service, want := range map[VirtualServerKey]string{any80: "10.0.0.1:80", any81: "10.0.0.1:81", all: "10.0.0.1:0", mark: "10.0.0.1:0"} {
		k := RealServerKey{Service: service, Server: netip.MustParseAddrPort(want)}
		if _, there := s.RealServers[k]; !there {
			t.Errorf("%v is not among %v", k, s.RealServers)
		}
		if _, server := ix.server(k); server == nil || server.Name != "same" {
			t.Errorf("%v is %v, want the first server", k, server)
		}
		if _, there := s.RealServers[RealServerKey{Service: service, Server: p.Pools[0].Servers[1].Address}]; !there {
			t.Errorf("the second server is not behind %v", service)
		}
	}
	if changes, _ := Diff(ix.Resolve(Facts{}), ix.LivePool("pool.web", s), Claims{}, ix); len(changes) != 12 { // all there: adopted
		t.Errorf("got %v", told(changes))
	}
}
