package schema

import (
	"strings"
	"unicode"
)

// Interface is the name of a network interface: 1 to 15 bytes as dev_valid_name of the kernel (net/core/dev.c)
// wants it.
func Interface() Text {
	return Text{What: "the name of an interface (1 to 15 bytes)", Valid: func(s string) *ValueError {
		switch {
		case s == "":
			return wrong(CodeName, "is empty; it is the name of an interface")
		case len(s) > 15:
			e := wrong(CodeName, "%s has %d bytes; names of interfaces have at most 15", quote(s), len(s))
			e.Why = "The kernel keeps 16 bytes for a name and its end (IFNAMSIZ)."
			return e
		case s == "." || s == "..":
			return wrong(CodeName, "%s cannot be the name of an interface", quote(s))
		}
		if i := strings.IndexFunc(s, func(r rune) bool { return r == '/' || r == ':' || unicode.IsSpace(r) || unicode.IsControl(r) }); i >= 0 {
			e := wrong(CodeName, "is %s; names of interfaces hold no %q", quote(s), s[i:i+1])
			e.Offset, e.Length = i, 1
			return e
		}
		return nil
	}}
}

// AddressLabel is the label of an IPv4 address, at most 15 bytes (IFA_LABEL of linux/if_addr.h).
func AddressLabel() Text {
	return Text{What: "a label of 1 to 15 bytes that begins with the name of the device", Valid: func(s string) *ValueError {
		if s == "" {
			return wrong(CodeName, "is empty; leave the argument out for no label")
		}
		if len(s) > 15 {
			e := wrong(CodeName, "%s has %d bytes; labels have at most 15", quote(s), len(s))
			e.Why = "The kernel keeps 16 bytes for a label and its end (IFNAMSIZ)."
			e.Help = "Shorten what follows the colon, for example " + quote(s[:13]) + "."
			return e
		}
		if strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
			return wrong(CodeName, "is %s; labels hold no blanks", quote(s))
		}
		return nil
	}}
}

// sysctlName checks a dotted sysctl name as sysctl(8) prints it; dots inside a name of an interface are "/".
func sysctlName(s string) *ValueError {
	fail := func(help string) *ValueError {
		e := wrong(CodeName, "%s is not the name of a sysctl", quote(s))
		e.Help = help
		return e
	}
	if strings.HasPrefix(s, "/proc/sys/") {
		return fail("Write " + quote(strings.ReplaceAll(strings.TrimPrefix(s, "/proc/sys/"), "/", ".")) + ".")
	}
	parts := strings.Split(s, ".")
	if len(parts) < 2 {
		return fail(`Write it as sysctl(8) prints it, for example "net.ipv4.ip_forward".`)
	}
	for _, p := range parts {
		bad := strings.ContainsFunc(p, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '=' })
		if p == "" || bad || strings.HasPrefix(p, "/") || strings.HasSuffix(p, "/") {
			return fail(`Write it as sysctl(8) prints it, for example "net.ipv4.ip_forward".`)
		}
	}
	return nil
}

// headerName checks the name of an HTTP header: a token of RFC 9110 section 5.6.2.
func headerName(s string) *ValueError {
	ok := func(r rune) bool {
		return r < 127 && (unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("!#$%&'*+-.^_`|~", r))
	}
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return !ok(r) }) {
		e := wrong(CodeName, "%s is not the name of an HTTP header", quote(s))
		e.Why = "Names hold letters, digits and !#$%&'*+-.^_`|~ (RFC 9110 section 5.6.2)."
		return e
	}
	if strings.EqualFold(s, "Host") {
		e := wrong(CodeName, "Host is an argument of its own")
		e.Help = "Set host instead of the header."
		return e
	}
	return nil
}

// oneLine refuses line breaks and other control characters.
func oneLine(s string) *ValueError {
	if i := strings.IndexFunc(s, unicode.IsControl); i >= 0 {
		e := wrong(CodeName, "%s holds a control character", quote(shorten(s)))
		e.Offset, e.Length = i, 1
		return e
	}
	return nil
}

// urlPath checks the path of an HTTP request.
func urlPath(s string) *ValueError {
	if !strings.HasPrefix(s, "/") {
		e := wrong(CodeName, `%s does not begin with "/"`, quote(shorten(s)))
		e.Help = "Write " + quote("/"+shorten(s)) + "."
		return e
	}
	if i := strings.IndexFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }); i >= 0 {
		e := wrong(CodeName, "%s holds a blank or a control character", quote(shorten(s)))
		e.Help = "Write blanks as %20."
		e.Offset, e.Length = i, 1
		return e
	}
	return nil
}

// hostName checks the Host header of a request, with or without a port.
func hostName(s string) *ValueError {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) || r == '/' }) {
		e := wrong(CodeName, "%s is not a host name", quote(shorten(s)))
		e.Help = `Write the name alone, for example "www.example.com"; the path is an argument of its own.`
		return e
	}
	return nil
}

// connectURI checks how a node is reached.
func connectURI(s string) *ValueError {
	if path, ok := strings.CutPrefix(s, "unix://"); ok && strings.HasPrefix(path, "/") && oneLine(path) == nil {
		return nil
	}
	e := wrong(CodeName, "%s is not a place where an enforcer listens", quote(shorten(s)))
	e.Help = `Write the control socket as "unix:///run/ha/ha.sock".`
	return e
}

// clusterName checks a name that appears in the first line of every plan.
func clusterName(s string) *ValueError {
	if s == "" || strings.ContainsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return wrong(CodeName, "%s is not a name: letters, digits, dashes and the like, no blanks", quote(shorten(s)))
	}
	return nil
}
