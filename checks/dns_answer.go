package checks

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"

	"golang.org/x/net/dns/dnsmessage"
)

// response is what matters of the answer to a question.
type response struct {
	code    dnsmessage.RCode
	cut     bool     // it did not fit into the datagram
	answers []string // what its records say, as dig(1) prints them, without the dot behind a last name
}

// errStray is a message that does not answer the question: of an earlier one, or of somebody else.
var errStray = errors.New("the message answers another question")

// parseResponse reads a message of the network: it may hold anything.
func parseResponse(message []byte, id uint16, q dnsmessage.Question) (response, error) {
	var p dnsmessage.Parser
	h, err := p.Start(message)
	if err != nil || h.ID != id || !h.Response {
		return response{}, errStray
	}
	questions, err := p.AllQuestions()
	if err != nil {
		return response{}, errors.New("the answer is no message of DNS")
	}
	// A server that understood nothing may leave the question out.
	if len(questions) != 1 && (len(questions) != 0 || h.RCode == dnsmessage.RCodeSuccess) ||
		len(questions) == 1 && !sameQuestion(questions[0], q) {
		return response{}, errStray
	}
	r := response{code: h.RCode, cut: h.Truncated}
	for {
		a, err := p.Answer()
		switch {
		case errors.Is(err, dnsmessage.ErrSectionDone):
			return r, nil
		case err != nil && r.cut: // by a server that cut where the datagram ended
			return r, nil
		case err != nil:
			return response{}, errors.New("the records of the answer cannot be read")
		}
		if a.Header.Type == q.Type || q.Type == dnsTypes["ANY"] {
			r.answers = append(r.answers, strings.TrimSuffix(recordText(a.Body), "."))
		}
	}
}

// sameQuestion compares questions; names have no case.
func sameQuestion(a, b dnsmessage.Question) bool {
	return a.Type == b.Type && a.Class == b.Class && strings.EqualFold(a.Name.String(), b.Name.String())
}

// recordText is what a record says.
func recordText(body dnsmessage.ResourceBody) string {
	switch r := body.(type) {
	case *dnsmessage.AResource:
		return netip.AddrFrom4(r.A).String()
	case *dnsmessage.AAAAResource:
		return netip.AddrFrom16(r.AAAA).String()
	case *dnsmessage.NSResource:
		return r.NS.String()
	case *dnsmessage.CNAMEResource:
		return r.CNAME.String()
	case *dnsmessage.PTRResource:
		return r.PTR.String()
	case *dnsmessage.MXResource:
		return fmt.Sprintf("%d %s", r.Pref, r.MX)
	case *dnsmessage.SRVResource:
		return fmt.Sprintf("%d %d %d %s", r.Priority, r.Weight, r.Port, r.Target)
	case *dnsmessage.TXTResource:
		return strings.Join(r.TXT, "")
	case *dnsmessage.SOAResource:
		return fmt.Sprintf("%s %s %d %d %d %d %d", r.NS, r.MBox, r.Serial, r.Refresh, r.Retry, r.Expire, r.MinTTL)
	case *dnsmessage.UnknownResource:
		return fmt.Sprintf(`\# %d %x`, len(r.Data), r.Data) // RFC 3597 section 5
	}
	return ""
}
