package schema

import (
	"strings"

	"github.com/zclconf/go-cty/cty"
)

// dnsArgs are the arguments that only checks of the kind "dns" have.
func dnsArgs(only string) []Arg {
	rcodes := Enum{Values: []string{
		"NOERROR", "FORMERR", "SERVFAIL", "NXDOMAIN", "NOTIMP", "REFUSED", "YXDOMAIN", "YXRRSET", "NXRRSET", "NOTAUTH", "NOTZONE",
	}}
	args := []Arg{
		{
			Name: "name", Kind: Text{Max: 254, What: "a domain name", Valid: domainName}, Default: value(cty.StringVal(".")),
			Doc: "Domain that is asked for; `.` is the root.", Example: `"www.example.com"`, Keepalived: "name", Impact: "none",
		},
		{
			Name: "type", Kind: Enum{Values: []string{
				"A", "AAAA", "ANY", "CAA", "CNAME", "DNSKEY", "DS", "HTTPS", "MX", "NS", "PTR", "RRSIG", "SOA", "SRV", "SVCB", "TXT",
			}}, Default: value(cty.StringVal("SOA")),
			Doc: "Type of the records that are asked for.", Example: `"A"`, Keepalived: "type", Impact: "none",
		},
		{
			Name: "rcodes", Kind: List{Elem: rcodes, Unique: true}, Default: value(cty.TupleVal([]cty.Value{cty.StringVal("NOERROR")})),
			Doc: "Codes that count as success, by the names that dig(1) prints.", Example: `["NOERROR", "NXDOMAIN"]`, Impact: "none",
		},
		{
			Name: "answer", Kind: Text{Max: 1024, What: "the data of a record", Valid: oneLine}, Default: Default{Text: "anything"},
			Doc:     "What one record of the answer must say, as `dig +short` prints it: an address, `10 mail.example.com`, the text of a TXT record without quotes.",
			Example: `"192.0.2.80"`, Impact: "none",
		},
		{
			Name: "transport", Kind: Enum{Values: []string{"udp", "tcp"}}, Default: value(cty.StringVal("udp")),
			Doc:     "How the question travels. An answer that matters and does not fit into a datagram is asked for again by `tcp`.",
			Example: `"tcp"`, Impact: "none",
		},
	}
	for i := range args {
		args[i].Only = []string{only}
	}
	return args
}

// domainName checks a name of the DNS (RFC 1035 section 2.3.4).
func domainName(s string) *ValueError {
	name := strings.TrimSuffix(s, ".")
	if s == "." {
		return nil
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || oneLine(label) != nil || strings.ContainsRune(label, ' ') {
			e := wrong(CodeName, "%s is not a domain name", quote(shorten(s)))
			e.Why = "Its parts have 1 to 63 characters, and dots between them."
			return e
		}
	}
	return nil
}
