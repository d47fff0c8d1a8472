package schema

import (
	"encoding/hex"
	"strings"
)

// udpArgs are the arguments that only checks of the kind "udp" have.
func udpArgs(only string) []Arg {
	args := []Arg{
		{
			Name: "payload", Kind: Text{Max: 2 * 1400, What: "pairs of hexadecimal digits", Valid: hexDigits}, Default: Default{Text: "16 random bytes"},
			Doc: "What is sent, in hexadecimal digits.", Example: `"0a1b2c"`, Keepalived: "payload", Impact: "none",
		},
		{
			Name: "require_reply", Kind: Bool{}, Default: Default{Text: "true with `reply`, `reply_min` or `reply_max`, else false"},
			Doc: "Whether there must be a reply. Without, it is enough that half of the timeout passes without an ICMP error, which says that " +
				"nobody listens or that there is no way.",
			Example: "true", Keepalived: "require_reply", Impact: "none",
		},
		{
			Name: "reply", Kind: Text{Max: 2 * 1400, What: "pairs of hexadecimal digits, or x for any digit", Valid: hexPattern}, Default: Default{Text: "anything"},
			Doc:     "How the reply must begin, in hexadecimal digits; `x` is any digit. A shorter reply is compared as far as it goes.",
			Example: `"706fxx67"`, Impact: "none",
		},
		{
			Name: "reply_min", Kind: Int{Min: 0, Max: 65507, Unit: "bytes"}, Default: Default{Text: "0"},
			Doc: "Bytes that the reply must have at least, 0 to 65507.", Example: "4", Keepalived: "min_reply_length", Impact: "none",
		},
		{
			Name: "reply_max", Kind: Int{Min: 1, Max: 65507, Unit: "bytes"}, Default: Default{Text: "any number"},
			Doc: "Bytes that the reply may have at most, 1 to 65507.", Example: "512", Keepalived: "max_reply_length", Impact: "none",
		},
	}
	for i := range args {
		args[i].Only = []string{only}
	}
	return args
}

// datagramRule is about what belongs together in checks of datagrams.
func datagramRule() Rule {
	return Rule{
		Name: "datagrams fit", Args: []string{"require_reply", "reply", "reply_min", "reply_max", "port"},
		Doc: "A reply is looked at only where there must be one, and pings have no port.",
	}
}

// hexDigits checks pairs of hexadecimal digits.
func hexDigits(s string) *ValueError {
	if _, err := hex.DecodeString(s); err != nil || s == "" {
		e := wrong(CodeName, "%s is not pairs of hexadecimal digits", quote(shorten(s)))
		if plain := strings.Join(strings.Fields(s), ""); plain != s && hexDigits(plain) == nil {
			e.Help = "Write it without blanks: " + quote(shorten(plain)) + "."
		}
		return e
	}
	return nil
}

// hexPattern checks the same with x for any digit.
func hexPattern(s string) *ValueError {
	if hexDigits(strings.ReplaceAll(strings.ToLower(s), "x", "0")) == nil {
		return nil
	}
	return wrong(CodeName, "%s is not pairs of hexadecimal digits, or x for any digit", quote(shorten(s)))
}
