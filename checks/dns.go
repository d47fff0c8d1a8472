package checks

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

const (
	// udpSize is the largest answer by UDP that we ask for, in bytes: what passes every network whole (DNS flag day 2020).
	udpSize = 1232
	// maxStrays is how many datagrams that answer another question are passed over.
	maxStrays = 64
)

// DNSConfig holds the arguments that only check "dns" has.
type DNSConfig struct {
	Name   string   `json:"name"`             // the domain asked for; "." is the root
	Type   string   `json:"type"`             // A, SOA, ...: one of [DNSTypes]
	TCP    bool     `json:"tcp,omitempty"`    // asked over TCP, not UDP
	Rcodes []string `json:"rcodes,omitempty"` // accepted, as NOERROR or NXDOMAIN; empty is NOERROR
	Answer string   `json:"answer,omitempty"` // what one record of the answer must say, as dig(1) prints it
}

// dnsTypes are the types of records that can be asked for (the registry of RFC 6895). It is only read.
var dnsTypes = map[string]dnsmessage.Type{
	"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "DS": 43, "RRSIG": 46, "DNSKEY": 48,
	"SVCB": 64, "HTTPS": 65, "CAA": 257, "ANY": 255,
}

// rcodes are the answers of a server by their words (RFC 1035 section 4.1.1, RFC 2136). It is only read.
var rcodes = map[string]dnsmessage.RCode{
	"NOERROR": 0, "FORMERR": 1, "SERVFAIL": 2, "NXDOMAIN": 3, "NOTIMP": 4, "REFUSED": 5, "YXDOMAIN": 6, "YXRRSET": 7, "NXRRSET": 8, "NOTAUTH": 9, "NOTZONE": 10,
}

// DNS is healthy when a name server answers a question as it should.
type DNS struct {
	DNSConfig
	dialer   Dialer
	question dnsmessage.Question
	accepted []dnsmessage.RCode
}

func newDNS(c Config) (Check, error) {
	d := c.DNS
	if d == nil {
		return nil, errors.New(`check "dns" has no arguments`)
	}
	kind, known := dnsTypes[d.Type]
	if !known {
		return nil, fmt.Errorf("type %q is none that can be asked for", d.Type)
	}
	check := &DNS{DNSConfig: *d, dialer: c.dialer(), accepted: []dnsmessage.RCode{dnsmessage.RCodeSuccess}}
	if len(d.Rcodes) > 0 {
		check.accepted = nil
	}
	for _, word := range d.Rcodes {
		code, known := rcodes[word]
		if !known {
			return nil, fmt.Errorf("rcode %q is none", word)
		}
		check.accepted = append(check.accepted, code)
	}
	name, err := dnsmessage.NewName(strings.TrimSuffix(d.Name, ".") + ".")
	if err != nil {
		return nil, fmt.Errorf("name %q is no domain: %w", d.Name, err)
	}
	check.question = dnsmessage.Question{Name: name, Type: kind, Class: dnsmessage.ClassINET}
	if _, err := check.query(0); err != nil {
		return nil, fmt.Errorf("name %q is no domain: %w", d.Name, err)
	}
	return check, nil
}

// query is the question as a message.
func (c *DNS) query(id uint16) ([]byte, error) {
	b := dnsmessage.NewBuilder(make([]byte, 0, 512), dnsmessage.Header{ID: id, RecursionDesired: true})
	b.EnableCompression()
	var opt dnsmessage.ResourceHeader
	err := errors.Join(b.StartQuestions(), b.Question(c.question), b.StartAdditionals(), opt.SetEDNS0(udpSize, dnsmessage.RCodeSuccess, false))
	if err == nil {
		err = b.OPTResource(opt, dnsmessage.OPTResource{})
	}
	if err != nil {
		return nil, err
	}
	return b.Finish()
}

// Probe asks once; again over TCP if the answer that matters did not fit into a datagram.
func (c *DNS) Probe(ctx context.Context) error {
	what := c.Type + " " + c.question.Name.String()
	exchange := c.overUDP
	if c.TCP {
		exchange = c.overTCP
	}
	r, err := exchange(ctx)
	if err == nil && r.cut && c.Answer != "" && !c.TCP {
		r, err = c.overTCP(ctx)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return c.judge(what, r)
}

func (c *DNS) judge(what string, r response) error {
	if !slices.Contains(c.accepted, r.code) {
		words := make([]string, len(c.accepted))
		for i, code := range c.accepted {
			words[i] = rcodeWord(code)
		}
		return fmt.Errorf("%s: %s, want %s", what, rcodeWord(r.code), strings.Join(words, " or "))
	}
	same := func(text string) bool {
		return strings.EqualFold(strings.TrimSuffix(text, "."), strings.TrimSuffix(c.Answer, "."))
	}
	if c.Answer == "" || slices.ContainsFunc(r.answers, same) {
		return nil
	}
	if len(r.answers) == 0 {
		return fmt.Errorf("%s: the answer is empty, want %q", what, c.Answer)
	}
	return fmt.Errorf("%s: the answer is %s, want %q", what, said(strings.Join(r.answers, ", ")), c.Answer)
}

// overUDP asks by a datagram, and passes over what answers another question.
func (c *DNS) overUDP(ctx context.Context) (response, error) {
	conn, err := c.dialer.datagrams(ctx)
	if err != nil {
		return response{}, err
	}
	defer conn.Close()
	defer interrupt(ctx, conn)()
	id := uint16(rand.Uint32())
	query, err := c.query(id)
	if err != nil {
		return response{}, err
	}
	if _, err := conn.Write(query); err != nil {
		return response{}, unreachable(err)
	}
	buffer := make([]byte, 4096)
	for range maxStrays {
		n, err := conn.Read(buffer)
		if err != nil {
			return response{}, unreachable(err)
		}
		if r, err := parseResponse(buffer[:n], id, c.question); !errors.Is(err, errStray) {
			return r, err
		}
	}
	return response{}, fmt.Errorf("%d datagrams answer another question", maxStrays)
}

// overTCP asks over a connection, where a message has its length in front (RFC 1035 section 4.2.2).
func (c *DNS) overTCP(ctx context.Context) (response, error) {
	t, err := c.dialer.talk(ctx, nil)
	if err != nil {
		return response{}, err
	}
	defer t.close()
	id := uint16(rand.Uint32())
	query, err := c.query(id)
	if err != nil {
		return response{}, err
	}
	if err := t.send(append(binary.BigEndian.AppendUint16(nil, uint16(len(query))), query...)); err != nil {
		return response{}, err
	}
	var size [2]byte
	if err := t.read(size[:]); err != nil {
		return response{}, err
	}
	message := make([]byte, binary.BigEndian.Uint16(size[:]))
	if err := t.read(message); err != nil {
		return response{}, err
	}
	return parseResponse(message, id, c.question)
}

// rcodeWord is the word for a code: NXDOMAIN.
func rcodeWord(code dnsmessage.RCode) string {
	for word, c := range rcodes {
		if c == code {
			return word
		}
	}
	return fmt.Sprintf("RCODE%d", code)
}
