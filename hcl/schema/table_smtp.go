package schema

import "github.com/zclconf/go-cty/cty"

// smtpArgs are the arguments that only checks of the kind "smtp" have.
func smtpArgs(only string) []Arg {
	return []Arg{
		{
			Name: "helo", Only: []string{only}, Kind: Text{Max: 255, What: "a host name", Valid: heloName}, Default: value(cty.StringVal("ha-check.invalid")),
			Doc:     "Name that is said in EHLO, and in HELO to a server that knows no EHLO.",
			Example: `"lb1.example.com"`, Keepalived: "helo_name", Impact: "none",
		},
		{
			Name: "starttls", Only: []string{only}, Kind: Bool{}, Default: value(cty.False),
			Doc:     "Whether TLS begins with STARTTLS (RFC 3207), which the server must offer; with `tls` alone it begins with the connection.",
			Example: "true", Impact: "none",
		},
	}
}

// heloName checks the argument of EHLO.
func heloName(s string) *ValueError {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] >= 127 {
			return wrong(CodeName, "%s is not a host name", quote(shorten(s)))
		}
	}
	return hostName(s)
}
