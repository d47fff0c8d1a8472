package hcl

import (
	"slices"
	"strings"
	"testing"

	"ha/checks"
)

// checkOf compiles one check inside the server of a pool.
func checkOf(t *testing.T, kind, inside string) checks.Config {
	t.Helper()
	c := mustLoad(t, twoNodes+"vip \"v\" {\n  vrid = 1\n  addresses = [\"192.0.2.20/32\"]\n  node \"lb1\" {\n    priority = 150\n  }\n}\n"+
		"pool \"p\" {\n  listen = [\"192.0.2.20:80\"]\n  server \"s\" {\n    address = \"192.0.2.31:80\"\n    check \""+kind+"\" {\n"+inside+"\n    }\n  }\n}\n")
	out := compileNode(t, c, "lb1")
	if len(out.Checks) != 1 {
		t.Fatalf("got %d checks", len(out.Checks))
	}
	if _, err := checks.New(out.Checks[0]); err != nil {
		t.Errorf("the worker would refuse it: %v", err)
	}
	return out.Checks[0]
}

// TestCompileChecks: what each kind of check is told, and the key by which equal ones are one.
func TestCompileChecks(t *testing.T) {
	tests := []struct {
		name, kind, inside string
		key                string
		want               string // of its arguments, as JSON
	}{
		{
			"one page", "http", `tls = true
			ca = "/etc/ha/ca.pem"
			version = "2"
			matches = "ok"
			redirects = 2`, `http 192.0.2.31:80 version=2 redirects=2 matches=ok tls=true ca=/etc/ha/ca.pem`,
			`{"http":{"tls":true,"skip_verify":false,"ca":"/etc/ha/ca.pem","path":"/","status":[{"first":200,"last":399}],"matches":"ok","method":"GET","version":"2","redirects":2}}`,
		},
		{
			"several pages", "http", `host = "www.example.com"
			page "a" {
			  path = "/a"
			}
			page "b" {
			  path = "/b"
			  host = "b.example.com"
			  status = [204]
			  md5 = "d41d8cd98f00b204e9800998ecf8427e"
			}`, `http 192.0.2.31:80 host=www.example.com page={ path=/a } page={ path=/b host=b.example.com status=["204"] md5=d41d8cd98f00b204e9800998ecf8427e }`,
			`{"http":{"tls":false,"skip_verify":false,"path":"/","host":"www.example.com","status":[{"first":200,"last":399}],"pages":[` +
				`{"path":"/a","host":"www.example.com","status":[{"first":200,"last":399}]},` +
				`{"path":"/b","host":"b.example.com","status":[{"first":204,"last":204}],"md5":"d41d8cd98f00b204e9800998ecf8427e"}],"method":"GET"}}`,
		},
		{
			"a mail server", "smtp", `port = 25
			starttls = true
			server_name = "mail.example.com"`, `smtp 192.0.2.31:25 starttls=true server_name=mail.example.com`,
			`{"smtp":{"tls":true,"skip_verify":false,"server_name":"mail.example.com","helo":"ha-check.invalid","starttls":true}}`,
		},
		{"a name server", "dns", ``, `dns 192.0.2.31:80`, `{"dns":{"name":".","type":"SOA","rcodes":["NOERROR"]}}`},
		{
			"a question", "dns", `name = "www.example.com"
			type = "A"
			answer = "192.0.2.80"
			transport = "tcp"
			rcodes = ["NOERROR", "NXDOMAIN"]`, `dns 192.0.2.31:80 name=www.example.com type=A rcodes=["NOERROR", "NXDOMAIN"] answer=192.0.2.80 transport=tcp`,
			`{"dns":{"name":"www.example.com","type":"A","tcp":true,"rcodes":["NOERROR","NXDOMAIN"],"answer":"192.0.2.80"}}`,
		},
		{"a datagram", "udp", ``, `udp 192.0.2.31:80`, `{"udp":{}}`},
		{
			"a reply", "udp", `payload = "00ff"
			reply = "0x"
			reply_min = 2
			reply_max = 9`, `udp 192.0.2.31:80 payload=00ff reply=0x reply_min=2 reply_max=9`,
			`{"udp":{"payload":"00ff","require_reply":true,"reply":"0x","reply_min":2,"reply_max":9}}`,
		},
		{
			"health", "grpc", `service = "shop"
			host = "shop.example.com"
			tls = true`, `grpc 192.0.2.31:80 host=shop.example.com service=shop tls=true`,
			`{"grpc":{"tls":true,"skip_verify":false,"service":"shop","host":"shop.example.com"}}`,
		},
		{"any Redis", "redis", ``, `redis 192.0.2.31:80`, `{"redis":{"tls":false,"skip_verify":false}}`},
		{
			"a Redis that takes writes", "redis", `password = secret("file:/etc/ha/p")
			role = "primary"`, `redis 192.0.2.31:80 password=secret("file:/etc/ha/p") role=primary`,
			`{"redis":{"tls":false,"skip_verify":false,"password":"file:/etc/ha/p","role":"primary"}}`,
		},
		{
			"a login", "postgresql", `username = "probe"
			password = secret("env:P")
			database = "postgres"
			role = "replica"
			tls = true`, `postgresql 192.0.2.31:80 tls=true username=probe password=secret("env:P") database=postgres role=replica`,
			`{"postgresql":{"tls":true,"skip_verify":false,"username":"probe","password":"env:P","database":"postgres","role":"replica"}}`,
		},
		{"any MySQL", "mysql", `port = 3306`, `mysql 192.0.2.31:3306`, `{"mysql":{"tls":false,"skip_verify":false}}`},
		{"a ping has no port", "ping", ``, `ping 192.0.2.31`, `{}`},
		{"a ping elsewhere", "ping", `address = "192.0.2.1"`, `ping 192.0.2.1`, `{}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := checkOf(t, tt.kind, tt.inside)
			if got.Key != tt.key {
				t.Errorf("the key\ngot  %s\nwant %s", got.Key, tt.key)
			}
			if text := strings.Join(strings.Fields(asText(t, got.Arguments)), ""); text != strings.Join(strings.Fields(tt.want), "") {
				t.Errorf("got  %s\nwant %s", text, tt.want)
			}
		})
	}
}

// TestCheckWithAnAddressOfItsOwn: what is tracked needs no server where the check says itself what it probes.
func TestCheckWithAnAddressOfItsOwn(t *testing.T) {
	c := mustLoad(t, twoNodes+"check \"ping\" \"router\" {\n  address = \"192.0.2.1\"\n}\n"+
		"check \"dns\" \"resolver\" {\n  address = \"192.0.2.2\"\n  port = 53\n}\n"+
		"vip \"v\" {\n  vrid = 1\n  addresses = [\"192.0.2.20/32\"]\n  require = [check.ping.router]\n  node \"lb1\" {\n    priority = 150\n  }\n"+
		"  track \"dns\" {\n    check = check.dns.resolver\n    weight = 60\n  }\n}\n"+
		"vip \"w\" {\n  vrid = 2\n  addresses = [\"192.0.2.21/32\"]\n}\nvip \"x\" {\n  vrid = 3\n  addresses = [\"192.0.2.22/32\"]\n}\n"+
		"sync_group \"g\" {\n  vips = [vip.w, vip.x]\n  require = [check.ping.router]\n}\n")
	var keys []string
	for _, check := range compileNode(t, c, "lb1").Checks {
		keys = append(keys, check.Key)
		if _, err := checks.New(check); err != nil {
			t.Errorf("the worker would refuse it: %v", err)
		}
	}
	slices.Sort(keys)
	if got, want := strings.Join(keys, "; "), "dns 192.0.2.2:53; ping 192.0.2.1"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
