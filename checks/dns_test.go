package checks

import (
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/dns/dnsmessage"
)

// nameServer answers datagrams: reply gets the query and returns what is sent, in order.
func nameServer(t *testing.T, reply func(query []byte) [][]byte) string {
	t.Helper()
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	go func() {
		buffer := make([]byte, 4096)
		for {
			n, from, err := conn.ReadFrom(buffer)
			if err != nil {
				return
			}
			for _, message := range reply(buffer[:n]) {
				_, _ = conn.WriteTo(message, from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// answering builds an answer to a query with records.
func answering(t *testing.T, code dnsmessage.RCode, bodies ...dnsmessage.ResourceBody) func(query []byte) []byte {
	t.Helper()
	return func(query []byte) []byte {
		var m dnsmessage.Message
		if err := m.Unpack(query); err != nil {
			t.Error(err)
			return nil
		}
		m.Response, m.RCode, m.Additionals = true, code, nil
		for _, body := range bodies {
			m.Answers = append(m.Answers, dnsmessage.Resource{Header: dnsmessage.ResourceHeader{Name: m.Questions[0].Name, Class: dnsmessage.ClassINET}, Body: body})
		}
		packed, err := m.Pack()
		if err != nil {
			t.Error(err)
		}
		return packed
	}
}

func domain(name string) dnsmessage.Name { return dnsmessage.MustNewName(name) }

func TestDNS(t *testing.T) {
	one := func(f func([]byte) []byte) func([]byte) [][]byte {
		return func(q []byte) [][]byte { return [][]byte{f(q)} }
	}
	a := &dnsmessage.AResource{A: [4]byte{192, 0, 2, 80}}
	spoil := func(f func([]byte)) func([]byte) [][]byte {
		return func(q []byte) [][]byte {
			m := answering(t, 0, a)(q)
			f(m)
			return [][]byte{m}
		}
	}
	root := DNSConfig{Name: ".", Type: "SOA"}
	www := DNSConfig{Name: "www.example.com", Type: "A"}
	wanting := func(c DNSConfig, answer string, codes ...string) DNSConfig {
		c.Answer, c.Rcodes = answer, codes
		return c
	}
	soa := &dnsmessage.SOAResource{NS: domain("a.root."), MBox: domain("n.root."), Serial: 1, Refresh: 2, Retry: 3, Expire: 4, MinTTL: 5}
	tests := []struct {
		name  string
		dns   DNSConfig
		reply func([]byte) [][]byte
		want  string
	}{
		{"any answer without an error", root, one(answering(t, 0)), ""},
		{"a domain that does not exist", www, one(answering(t, dnsmessage.RCodeNameError)), "A www.example.com.: NXDOMAIN, want NOERROR"},
		{"one that must not exist", wanting(www, "", "NXDOMAIN", "REFUSED"), one(answering(t, dnsmessage.RCodeNameError)), ""},
		{"neither of two codes", wanting(www, "", "NXDOMAIN", "REFUSED"), one(answering(t, dnsmessage.RCodeServerFailure)), "SERVFAIL, want NXDOMAIN or REFUSED"},
		{"a code without a name", www, one(answering(t, 15)), "RCODE15, want NOERROR"},
		{"an address", wanting(www, "192.0.2.80"), one(answering(t, 0, &dnsmessage.AResource{}, a)), ""},
		{"another address", wanting(www, "192.0.2.81"), one(answering(t, 0, a)), `the answer is "192.0.2.80", want "192.0.2.81"`},
		{"no address", wanting(www, "192.0.2.81"), one(answering(t, 0)), `the answer is empty, want "192.0.2.81"`},
		{"a record of another type is no answer", wanting(www, "x.example."), one(answering(t, 0, &dnsmessage.CNAMEResource{CNAME: domain("x.example.")})), "the answer is empty"},
		{"an IPv6 address", DNSConfig{Name: "a", Type: "AAAA", Answer: "2001:db8::1"}, one(answering(t, 0, &dnsmessage.AAAAResource{AAAA: netip.MustParseAddr("2001:db8::1").As16()})), ""},
		{"mail", DNSConfig{Name: "a", Type: "MX", Answer: "10 MX.example."}, one(answering(t, 0, &dnsmessage.MXResource{Pref: 10, MX: domain("mx.example.")})), ""},
		{"a name server", DNSConfig{Name: "a", Type: "NS", Answer: "ns.example"}, one(answering(t, 0, &dnsmessage.NSResource{NS: domain("ns.example.")})), ""},
		{"a text", DNSConfig{Name: "a", Type: "TXT", Answer: "v=spf1 -all"}, one(answering(t, 0, &dnsmessage.TXTResource{TXT: []string{"v=spf1", " -all"}})), ""},
		{"a service", DNSConfig{Name: "a", Type: "SRV", Answer: "1 2 443 www.example"}, one(answering(t, 0, &dnsmessage.SRVResource{Priority: 1, Weight: 2, Port: 443, Target: domain("www.example.")})), ""},
		{"an authority", wanting(root, "a.root. n.root. 1 2 3 4 5"), one(answering(t, 0, soa)), ""},
		{"a pointer", DNSConfig{Name: "1.2.0.192.in-addr.arpa", Type: "PTR", Answer: "a.example"}, one(answering(t, 0, &dnsmessage.PTRResource{PTR: domain("a.example.")})), ""},
		{"a type that the library does not know", DNSConfig{Name: "a", Type: "DS", Answer: `\# 2 abcd`}, one(answering(t, 0, &dnsmessage.UnknownResource{Type: 43, Data: []byte{0xab, 0xcd}})), ""},
		{"a refusal without the question", www, func(q []byte) [][]byte {
			return [][]byte{{q[0], q[1], 0x80, 0x05, 0, 0, 0, 0, 0, 0, 0, 0}}
		}, "REFUSED, want NOERROR"},
		{"strays are passed over", www, func(q []byte) [][]byte {
			good := answering(t, 0)(q)
			other := append([]byte{}, good...)
			other[0] ^= 1 // another identifier
			question := append([]byte{}, good...)
			question[13] ^= 1 // another name
			return [][]byte{{}, {1}, q, other, question, good}
		}, ""},
		{"nothing but strays", www, func(q []byte) [][]byte {
			out := make([][]byte, maxStrays)
			for i := range out {
				out[i] = q
			}
			return out
		}, "64 datagrams answer another question"},
		{"records that cannot be read", www, spoil(func(m []byte) { m[7] = 200 }), "the records of the answer cannot be read"},
		{"questions that cannot be read", www, spoil(func(m []byte) { m[5] = 200 }), "the answer is no message of DNS"},
		{"a name that points at itself", www, spoil(func(m []byte) { m[33], m[34] = 0xc0, 33 }), "the records of the answer cannot be read"},
		{"a datagram that was cut is an answer", www, spoil(func(m []byte) { m[2], m[7] = m[2]|2, 200 }), ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			c := target("dns", nameServer(t, test.reply))
			c.DNS = &test.dns
			check, err := New(c)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			err = check.Probe(ctx)
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("got %v, want %q", err, test.want)
			}
		})
	}
}

func TestDNSInTime(t *testing.T) {
	c := target("dns", nameServer(t, func([]byte) [][]byte { return nil }))
	check, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if err := check.Probe(ctx); err == nil || !strings.HasPrefix(err.Error(), "SOA .: ") || !strings.HasSuffix(err.Error(), "no answer in time") {
		t.Errorf("got %v", err)
	}
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	if check, err = New(target("dns", conn.LocalAddr().String())); err != nil {
		t.Fatal(err)
	}
	if err := check.Probe(t.Context()); err == nil || err.Error() != "SOA .: nobody listens: the port is unreachable (ICMP)" {
		t.Errorf("nobody listens: got %v", err)
	}
}

// framed answers queries over a connection.
func framed(reply func(query []byte) []byte) hostile {
	return func(conn net.Conn) {
		var size [2]byte
		if _, err := io.ReadFull(conn, size[:]); err != nil {
			return
		}
		query := make([]byte, binary.BigEndian.Uint16(size[:]))
		if _, err := io.ReadFull(conn, query); err != nil {
			return
		}
		m := reply(query)
		_, _ = conn.Write(append(binary.BigEndian.AppendUint16(nil, uint16(len(m))), m...))
	}
}

func TestDNSOverTCP(t *testing.T) {
	over := func(address string) Config {
		c := target("dns", address)
		c.DNS.TCP = true
		return c
	}
	try(t, over, []attempt{
		{"an answer", framed(answering(t, 0)), ""},
		{"a failure", framed(answering(t, dnsmessage.RCodeServerFailure)), "SERVFAIL, want NOERROR"},
		{"the answer to another question", framed(func(q []byte) []byte { return q }), "the message answers another question"},
		{"no message", framed(func([]byte) []byte { return nil }), "the message answers another question"},
		{"a message that breaks off", says("\x02\x00\x00\x00"), "SOA .: the server hung up"},
		{"silence", silent, "SOA .: no answer in time"},
		{"a reset", reset, "connection reset by peer"},
		{"garbage", garbage, "any"},
		{"no end", endless("", "\xff\xff"), "any"},
	})
	// What did not fit into a datagram is asked for again.
	whole := framed(answering(t, 0, &dnsmessage.AResource{A: [4]byte{192, 0, 2, 80}}))
	address := serve(t, whole)
	conn, err := net.ListenPacket("udp", address)
	if err != nil {
		t.Fatalf("the port that TCP got is taken for UDP: %v", err)
	}
	defer conn.Close()
	go func() {
		buffer := make([]byte, 512)
		n, from, err := conn.ReadFrom(buffer)
		if err != nil {
			return
		}
		m := answering(t, 0)(buffer[:n])
		m[2] |= 2 // truncated
		_, _ = conn.WriteTo(m, from)
	}()
	c := target("dns", address)
	c.DNS = &DNSConfig{Name: "www.example.com", Type: "A", Answer: "192.0.2.80"}
	check, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := check.Probe(t.Context()); err != nil {
		t.Error(err)
	}
}

func FuzzParseResponse(f *testing.F) {
	q := dnsmessage.Question{Name: domain("www.example.com."), Type: dnsmessage.TypeA, Class: dnsmessage.ClassINET}
	m := dnsmessage.Message{
		Header: dnsmessage.Header{ID: 7, Response: true}, Questions: []dnsmessage.Question{q},
		Answers: []dnsmessage.Resource{
			{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: 1, Class: 1}, Body: &dnsmessage.AResource{A: [4]byte{192, 0, 2, 80}}},
			{Header: dnsmessage.ResourceHeader{Name: q.Name, Type: 1, Class: 1}, Body: &dnsmessage.MXResource{MX: q.Name}},
		},
	}
	packed, err := m.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(packed)
	f.Add(packed[:20])
	f.Add([]byte{0, 7, 0x80, 5, 0, 0, 0, 0, 0, 0, 0, 0})
	f.Fuzz(func(t *testing.T, message []byte) {
		r, err := parseResponse(message, 7, q)
		if err == nil && (len(message) < 12 || message[0] != 0 || message[1] != 7) {
			t.Errorf("%x is taken for an answer", message)
		}
		if len(r.answers) > len(message) {
			t.Errorf("%d records in %d bytes", len(r.answers), len(message))
		}
		_ = errors.Is(err, errStray)
	})
}
