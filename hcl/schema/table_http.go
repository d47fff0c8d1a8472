package schema

import (
	"encoding/hex"
	"regexp"

	"github.com/zclconf/go-cty/cty"
)

// MaxPages is how many pages one check may ask for.
const MaxPages = 32

// httpArgs are the arguments that only checks of the kind "http" have; those of the kind "grpc" have the host, too.
func httpArgs(only, grpc string) []Arg {
	args := []Arg{
		{
			Name: "path", Kind: Text{Max: 2048, What: `a path that begins with "/"`, Valid: urlPath}, Default: value(cty.StringVal("/")),
			Doc: "Path and query of the request.", Example: `"/health"`, Keepalived: "path", Impact: "none",
		},
		{
			Name: "method", Kind: Enum{Values: []string{"GET", "HEAD"}}, Default: value(cty.StringVal("GET")),
			Doc: "Method of the request.", Example: `"HEAD"`, Impact: "none",
		},
		{
			Name: "version", Kind: Enum{Values: []string{"1.0", "1.1", "2"}}, Default: value(cty.StringVal("1.1")),
			Doc:     "Version of HTTP; each request has a connection of its own. Without `tls`, `2` is spoken at once.",
			Example: `"1.0"`, Keepalived: "http_protocol", Impact: "none",
		},
		{
			Name: "headers", Default: Default{Text: "none"},
			Kind: Map{Elem: Text{Max: 4096, What: "a text on one line", Valid: oneLine}, Key: headerName, KeyWords: "names of HTTP headers"},
			Doc:  "More headers of the request.", Example: `{ Accept = "text/html" }`, Impact: "none",
		},
		{
			Name: "redirects", Kind: Int{Min: 0, Max: 10}, Default: value(cty.NumberIntVal(0)),
			Doc:     "How many redirects in a row are followed, 0 to 10; only those that stay on the server. With 0 a redirect is an answer like any other.",
			Example: "2", Impact: "none",
		},
		{
			Name: "fast_close", Kind: Bool{}, Default: value(cty.False),
			Doc:     "Whether connections end with a reset, so that neither end remembers them (TIME_WAIT).",
			Example: "true", Impact: "none",
		},
	}
	for i := range args {
		args[i].Only = []string{only}
	}
	wanted := wantedArgs(Default{Text: "the address of the server"}, value(cty.TupleVal([]cty.Value{cty.StringVal("200-399")})), "anything")
	for i := range wanted {
		wanted[i].Only = []string{only}
		if wanted[i].Name == "host" {
			wanted[i].Only = []string{only, grpc}
		}
	}
	return append(args, wanted...)
}

// wantedArgs are what a page is and must be, of a check or of one of its pages.
func wantedArgs(host, status Default, body string) []Arg {
	expression := Text{Max: 4096, What: "a regular expression", Valid: expression}
	return []Arg{
		{
			Name: "host", Kind: Text{Max: 255, What: "a host name", Valid: hostName}, Default: host,
			Doc: "Host header, and with `tls` the name that is asked for and verified.", Example: `"www.example.com"`, Keepalived: "virtualhost", Impact: "none",
		},
		{
			Name: "status", Kind: List{Elem: Status{}, Unique: true}, Default: status,
			Doc: "Status codes that count as success.", Example: `["200", "301-302"]`, Keepalived: "status_code", Impact: "none",
		},
		{
			Name: "contains", Kind: Text{Max: 4096, What: "a text of at most 4096 bytes"}, Default: Default{Text: body},
			Doc: "Text that the first 64 KiB of the body must hold; needs the method GET.", Example: `"ready"`, Impact: "none",
		},
		{
			Name: "matches", Kind: expression, Default: Default{Text: body},
			Doc:     "Regular expression (the syntax of RE2) that must match in the first 64 KiB of the body; options stand in front, as in `(?i)`. Needs the method GET.",
			Example: `"(?i)status: *ok"`, Keepalived: "regex", Impact: "none",
		},
		{
			Name: "excludes", Kind: expression, Default: Default{Text: body},
			Doc:     "Regular expression that must not match in the first 64 KiB of the body; needs the method GET.",
			Example: `"maintenance"`, Keepalived: "regex_no_match", Impact: "none",
		},
		{
			Name: "md5", Kind: digestOf(16), Default: Default{Text: body},
			Doc:     "MD5 of the whole body, of at most 64 MiB, as `md5sum` and `genhash` print it; needs the method GET.",
			Example: `"d41d8cd98f00b204e9800998ecf8427e"`, Keepalived: "digest", Impact: "none",
		},
		{
			Name: "sha256", Kind: digestOf(32), Default: Default{Text: body},
			Doc:     "SHA-256 of the whole body, of at most 64 MiB, as `sha256sum` prints it; needs the method GET.",
			Example: `"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"`, Impact: "none",
		},
	}
}

// BodyArgs are the arguments that look into the body of an answer.
func BodyArgs() []string { return []string{"contains", "matches", "excludes", "md5", "sha256"} }

// pageBlock is one of several pages that a check asks for.
func pageBlock() *Block {
	inherited := Default{Text: "that of the check"}
	return &Block{
		Type:   "page",
		Labels: []Label{{Name: "name", Doc: "Name of the page within the check."}},
		Doc:    "One of several pages that a check of the kind `http` asks for, in this order, each on a connection of its own. All must be as they should; what a page does not say is as the check has it.",
		Args: append([]Arg{{
			Name: "path", Kind: Text{Max: 2048, What: `a path that begins with "/"`, Valid: urlPath}, Required: true,
			Doc: "Path and query of the request.", Example: `"/health"`, Keepalived: "path", Impact: "none",
		}}, wantedArgs(inherited, inherited, "as the check has it")...),
	}
}

// pageRule is about pages.
func pageRule() Rule {
	return Rule{Name: "pages are of http", Args: []string{"path"}, Doc: "Pages belong to checks of the kind http, at most 32 of them, and then path stands in each of them."}
}

// tlsArgs are how a check speaks TLS.
func tlsArgs(only ...string) []Arg {
	file := Text{Max: 4095, What: "the path of a file", Valid: filePath}
	args := []Arg{
		{
			Name: "tls", Kind: Bool{}, Default: value(cty.False),
			Doc: "Whether the check speaks TLS: from the first byte on, and where the protocol has it so (`postgresql`, `mysql`) after asking for it.", Example: "true", Keepalived: "SSL_GET", Impact: "none",
		},
		{
			Name: "skip_verify", Kind: Bool{}, Default: value(cty.False),
			Doc: "Whether the server's certificate may be anything; needs `tls`.", Example: "true", Impact: "none",
		},
		{
			Name: "server_name", Kind: Text{Max: 255, What: "a host name", Valid: hostName}, Default: Default{Text: "the host, or the address of the server"},
			Doc: "Name that is asked for (SNI) and must stand in the certificate; needs `tls`.", Example: `"www.example.com"`, Keepalived: "sni_name", Impact: "none",
		},
		{
			Name: "tls_min", Kind: Enum{Values: []string{"1.0", "1.1", "1.2", "1.3"}}, Default: value(cty.StringVal("1.2")),
			Doc:     "Oldest version of TLS that is good enough; below 1.2 the ciphers of that time are, too.",
			Example: `"1.0"`, Impact: "none",
		},
		{
			Name: "ca", Kind: file, Default: Default{Text: "the authorities of the system"},
			Doc: "File on the node with the certificates that may have signed the server's, PEM. It is read again when it has changed.", Example: `"/etc/ha/ca.pem"`, Keepalived: "ca", Impact: "none",
		},
		{
			Name: "certificate", Kind: file, Default: Default{Text: "none"},
			Doc: "File on the node with the certificate that is shown to the server, with its chain, PEM; needs `key`.", Example: `"/etc/ha/client.pem"`, Keepalived: "certificate", Impact: "none",
		},
		{
			Name: "key", Kind: file, Default: Default{Text: "none"},
			Doc: "File on the node with the private key of `certificate`, PEM, without a password.", Example: `"/etc/ha/client.key"`, Keepalived: "key", Impact: "none",
		},
	}
	for i := range args {
		args[i].Only = only
	}
	return args
}

// tlsRule is about what belongs to TLS.
func tlsRule() Rule {
	return Rule{
		Name: "tls arguments need tls", Args: []string{"tls", "skip_verify", "server_name", "tls_min", "ca", "certificate", "key"},
		Doc: "Without TLS there is no certificate to verify or to show.",
	}
}

// expression checks a regular expression.
func expression(s string) *ValueError {
	if _, err := regexp.Compile(s); err != nil {
		e := wrong(CodeName, "%s is no regular expression: %v", quote(shorten(s)), err)
		e.Help = "The syntax is that of RE2: no look-around and no back-references."
		return e
	}
	if s == "" {
		return wrong(CodeName, "is empty, and matches everything")
	}
	return nil
}

// digestOf is a digest of so many bytes.
func digestOf(size int) Text {
	return Text{Max: 2 * size, What: "a digest in hexadecimal digits", Valid: func(s string) *ValueError {
		if sum, err := hex.DecodeString(s); err != nil || len(sum) != size {
			return wrong(CodeName, "%s is not %d hexadecimal digits", quote(shorten(s)), 2*size)
		}
		return nil
	}}
}
