package checks

import (
	"bytes"
	"context"
	"crypto/x509"
	"fmt"
	"io"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// street is a LAN with a prober and a server, whose programs end with the test.
type street struct {
	t      *testing.T
	lan    *netlab.LAN
	prober *netlab.Host
	server *netlab.Host
	dir    string // that programs may enter, whoever they run as
}

const serverAddress = "192.0.2.2"

func newStreet(t *testing.T, needs ...string) *street {
	t.Helper()
	netlab.Need(t, append([]string{"root", "netns"}, needs...)...)
	lan := netlab.NewTestLAN(t)
	dir, err := os.MkdirTemp("/tmp", "ha-checks-") //nolint:usetesting // no other user may enter that of the test
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return &street{t: t, lan: lan, prober: lan.MustAdd(t, "prober", "192.0.2.1/24"), server: lan.MustAdd(t, "server", serverAddress+"/24"), dir: dir}
}

// write makes a file in the folder, readable by all, and returns its path.
func (s *street) write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.dir, name)
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil { //nolint:gosec // servers run as others
		s.t.Fatal(err)
	}
	return path
}

// nobody is the user and group of programs that refuse to run as root.
const nobody = 65534

// give hands what is below a path to nobody.
func (s *street) give(path string) {
	s.t.Helper()
	if err := filepath.WalkDir(path, func(p string, _ os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Chown(p, nobody, nobody)
	}); err != nil {
		s.t.Fatal(err)
	}
}

// transcript collects what programs say.
type transcript struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *transcript) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(b)
}

func (l *transcript) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// start runs a program of the server until the test ends or the function returned ends it. It is told to stop and go on by
// signals to its group.
func (s *street) start(user uint32, name string, args ...string) (pid int, end func()) {
	s.t.Helper()
	path, err := netlab.Program(name)
	if err != nil {
		s.t.Fatal(err)
	}
	out := &transcript{}
	cmd := s.server.Command(context.Background(), path, args...)
	cmd.Stdout, cmd.Stderr, cmd.Dir = out, out, s.dir
	cmd.WaitDelay = time.Second
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if user != 0 {
		cmd.SysProcAttr.Credential = &syscall.Credential{Uid: user, Gid: user}
	}
	if err := cmd.Start(); err != nil {
		s.t.Fatal(err)
	}
	var once sync.Once
	end = func() {
		once.Do(func() {
			_ = unix.Kill(-cmd.Process.Pid, unix.SIGKILL)
			_ = cmd.Wait()
			if s.t.Failed() {
				s.t.Logf("%s said:\n%s", name, out)
			}
		})
	}
	s.t.Cleanup(end)
	return cmd.Process.Pid, end
}

// probe runs one probe from the prober.
func (s *street) probe(c Config, patience time.Duration) error {
	s.t.Helper()
	check, err := New(c)
	if err != nil {
		s.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), patience)
	defer cancel()
	var result error
	if err := s.prober.Do(func() error {
		result = check.Probe(ctx)
		return nil
	}); err != nil {
		s.t.Fatal(err)
	}
	return result
}

// of returns a check of a port of the server.
func (s *street) of(kind string, port uint16, change func(*Config)) Config {
	c := target(kind, netip.AddrPortFrom(netip.MustParseAddr(serverAddress), port).String())
	change(&c)
	return c
}

// expect probes and compares the error; "" is success.
func (s *street) expect(what string, c Config, want string) {
	s.t.Helper()
	err := s.probe(c, time.Minute)
	if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
		s.t.Errorf("%s: got %v, want %q", what, err, want)
	}
}

// endure waits until a check succeeds, and then makes its server silent and alive again: stopped, cut off, and ended at last.
func (s *street) endure(c Config, pid int, end func(), ended string) {
	s.t.Helper()
	s.up(c)
	silent := func(what string) {
		s.t.Helper()
		if err := s.probe(c, 300*time.Millisecond); err == nil || !strings.Contains(err.Error(), "no answer in time") {
			s.t.Errorf("%s: got %v", what, err)
		}
	}
	if err := unix.Kill(-pid, unix.SIGSTOP); err != nil {
		s.t.Fatal(err)
	}
	silent("a server that is stopped")
	if err := unix.Kill(-pid, unix.SIGCONT); err != nil {
		s.t.Fatal(err)
	}
	s.up(c)
	if err := s.lan.Cut(s.server); err != nil {
		s.t.Fatal(err)
	}
	silent("a server that is cut off")
	if err := s.lan.Heal(s.server); err != nil {
		s.t.Fatal(err)
	}
	s.up(c)
	end()
	s.expect("a server that has ended", c, ended)
}

// up waits until a check succeeds.
func (s *street) up(c Config) {
	s.t.Helper()
	var last error
	for deadline := time.Now().Add(time.Minute); ; {
		if last = s.probe(c, time.Second); last == nil { // a datagram may be lost
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatalf("the server does not come up: %v", last)
		}
		<-time.After(20 * time.Millisecond)
	}
}

// tls writes what a server needs for TLS, and returns the paths and what a check is told.
func (s *street) tls(name string) (cert, key string, config TLSConfig) {
	s.t.Helper()
	a := newAuthority(s.t)
	certificate, private := a.issue(s.t, x509.Certificate{}, name)
	read := func(path string) string {
		raw, err := os.ReadFile(path)
		if err != nil {
			s.t.Fatal(err)
		}
		return string(raw)
	}
	cert, key = s.write("cert.pem", read(certificate)), s.write("key.pem", read(private))
	return cert, key, TLSConfig{TLS: true, CA: s.write("ca.pem", read(pemFile(s.t, a.cert))), ServerName: name}
}

func TestHTTPAgainstNginx(t *testing.T) {
	s := newStreet(t, "nginx", "genhash")
	cert, key, secure := s.tls("www.example.com")
	s.write("ready", "all is ready\n")
	config := s.write("nginx.conf", fmt.Sprintf(`
daemon off; master_process off; pid %[1]s/pid; error_log stderr;
events {}
http {
  access_log off;
  client_body_temp_path %[1]s/1; proxy_temp_path %[1]s/2; fastcgi_temp_path %[1]s/3; uwsgi_temp_path %[1]s/4; scgi_temp_path %[1]s/5;
  server {
    listen 192.0.2.2:80; server_name _;
    location / { root %[1]s; }
    location /proto { return 200 "$server_protocol $host"; }
    location /away { return 302 /ready; }
    location /down { return 503; }
  }
  server {
    listen 192.0.2.2:443 ssl http2; server_name www.example.com;
    ssl_certificate %[2]s; ssl_certificate_key %[3]s; ssl_client_certificate %[4]s; ssl_verify_client optional;
    location / { return 200 "$server_protocol $ssl_server_name $ssl_client_verify"; }
  }
}`, s.dir, cert, key, secure.CA))
	pid, end := s.start(0, "nginx", "-c", config, "-p", s.dir, "-e", "stderr")
	web := func(h HTTPConfig) Config {
		return s.of("http", 80, func(c *Config) { *c = asking(h)(c.Target.String()) })
	}
	page := func(p Page) Config { return web(HTTPConfig{Page: p}) }
	s.up(page(Page{Path: "/ready"}))
	out, err := s.prober.Command(t.Context(), must(t, "genhash"), "-s", serverAddress, "-p", "80", "-u", "/ready").Output()
	if err != nil {
		t.Fatal(err)
	}
	md5 := regexp.MustCompile(`\b[0-9a-f]{32}\b`).FindString(string(out))
	s.expect("the digest of keepalived", page(Page{Path: "/ready", MD5: md5}), "")
	s.expect("another digest", page(Page{Path: "/proto", MD5: md5}), ", want "+md5)
	s.expect("the text", page(Page{Path: "/ready", Contains: "is ready", Matches: "^all", Excludes: "maintenance"}), "")
	s.expect("a wrong text", page(Page{Path: "/ready", Contains: "nothing"}), "does not contain")
	s.expect("a wrong status", page(Page{Path: "/down"}), "status 503, want 200-399")
	s.expect("several pages", web(HTTPConfig{Pages: []Page{{Path: "/ready"}, {Path: "/none", Status: []StatusRange{{404, 404}}}}}), "")
	s.expect("a redirect", web(HTTPConfig{Redirects: 1, Page: Page{Path: "/away", Contains: "ready"}}), "")
	for version, want := range map[string]string{"1.0": "HTTP/1.0 shop.example", "1.1": "HTTP/1.1 shop.example"} {
		s.expect("HTTP/"+version, web(HTTPConfig{Version: version, FastClose: true, Page: Page{Path: "/proto", Host: "shop.example", Contains: want}}), "")
	}
	over := func(h HTTPConfig) Config {
		return s.of("http", 443, func(c *Config) { *c = asking(h)(c.Target.String()) })
	}
	client := secure
	client.Certificate, client.Key = cert, key
	for version, proto := range map[string]string{"1.0": "HTTP/1.0", "1.1": "HTTP/1.1", "2": "HTTP/2.0"} {
		s.expect("HTTP/"+version+" over TLS", over(HTTPConfig{TLSConfig: client, Version: version, Page: Page{Contains: proto + " www.example.com SUCCESS"}}), "")
	}
	s.expect("an unknown authority", over(HTTPConfig{TLSConfig: TLSConfig{TLS: true, ServerName: "www.example.com"}}), "unknown authority")
	s.expect("nobody looks", over(HTTPConfig{TLSConfig: TLSConfig{TLS: true, SkipVerify: true}}), "")
	s.expect("TLS where none is", web(HTTPConfig{TLSConfig: secure}), "TLS handshake: ")
	s.endure(page(Page{Path: "/ready"}), pid, end, "connection refused")
}

func TestSMTPAgainstExim(t *testing.T) {
	s := newStreet(t, "exim4")
	cert, key, secure := s.tls("mail.example.com")
	s.give(s.write("log", ""))
	config := s.write("exim.conf", fmt.Sprintf(`
exim_user = %[4]d
exim_group = %[4]d
spool_directory = %[1]s/spool
log_file_path = %[1]s/spool/%%slog
pid_file_path = %[1]s/spool/pid
primary_hostname = mail.example.com
daemon_smtp_ports = 25 : 465
tls_on_connect_ports = 465
local_interfaces = 192.0.2.2
tls_advertise_hosts = *
tls_certificate = %[2]s
tls_privatekey = %[3]s
host_lookup =
rfc1413_query_timeout = 0s
begin acl
begin routers
begin transports
begin retry
`, s.dir, cert, key, nobody))
	spool := filepath.Join(s.dir, "spool")
	if err := os.Mkdir(spool, 0o750); err != nil {
		t.Fatal(err)
	}
	s.give(spool)
	for _, path := range []string{cert, key} {
		s.give(path)
	}
	pid, end := s.start(0, "exim4", "-C", config, "-bdf", "-q1h")
	mail := func(port uint16, c SMTPConfig) Config {
		return s.of("smtp", port, func(o *Config) { *o = mailing(c)(o.Target.String()) })
	}
	s.up(mail(25, SMTPConfig{}))
	s.expect("STARTTLS", mail(25, SMTPConfig{TLSConfig: secure, StartTLS: true}), "")
	s.expect("TLS at once", mail(465, SMTPConfig{TLSConfig: secure}), "")
	strange := secure
	strange.ServerName = "mail.example.net"
	s.expect("another name", mail(25, SMTPConfig{TLSConfig: strange, StartTLS: true}), "not mail.example.net")
	s.expect("TLS where none is", mail(25, SMTPConfig{TLSConfig: secure}), "TLS handshake: ")
	s.endure(mail(25, SMTPConfig{}), pid, end, "connection refused")
}

func TestDNSAgainstUnbound(t *testing.T) {
	s := newStreet(t, "unbound")
	config := s.write("unbound.conf", `
server:
  interface: 192.0.2.2
  access-control: 192.0.2.0/24 allow
  do-daemonize: no
  username: ""
  chroot: ""
  directory: "`+s.dir+`"
  pidfile: ""
  use-syslog: no
  module-config: "iterator"
  local-zone: "example.com." static
  local-data: "example.com. SOA ns.example.com. host.example.com. 1 2 3 4 5"
  local-data: "www.example.com. A 192.0.2.80"
  local-data: "www.example.com. AAAA 2001:db8::80"
  local-data: "example.com. MX 10 mx.example.com."
  local-data: 'example.com. TXT "v=spf1 -all"'
  local-data: "long.example.com. TXT `+strings.Repeat("x", 250)+`"
  local-zone: "refused.example." refuse
remote-control:
  control-enable: no
`)
	long := []byte(nil)
	for i := range 12 {
		long = fmt.Appendf(long, "  local-data: \"long.example.com. TXT %03d%s\"\n", i, strings.Repeat("y", 240))
	}
	raw, err := os.ReadFile(config)
	if err != nil {
		t.Fatal(err)
	}
	s.write("unbound.conf", strings.Replace(string(raw), "  local-zone: \"refused", string(long)+"  local-zone: \"refused", 1))
	pid, end := s.start(0, "unbound", "-d", "-c", config)
	ask := func(d DNSConfig) Config { return s.of("dns", 53, func(c *Config) { c.DNS = &d }) }
	soa := ask(DNSConfig{Name: "example.com", Type: "SOA"})
	s.up(soa)
	for _, tcp := range []bool{false, true} {
		s.expect("an address", ask(DNSConfig{Name: "www.example.com", Type: "A", Answer: "192.0.2.80", TCP: tcp}), "")
		s.expect("an IPv6 address", ask(DNSConfig{Name: "WWW.example.com.", Type: "AAAA", Answer: "2001:db8::80", TCP: tcp}), "")
		s.expect("mail", ask(DNSConfig{Name: "example.com", Type: "MX", Answer: "10 mx.example.com", TCP: tcp}), "")
		s.expect("a text", ask(DNSConfig{Name: "example.com", Type: "TXT", Answer: "v=spf1 -all", TCP: tcp}), "")
		s.expect("another address", ask(DNSConfig{Name: "www.example.com", Type: "A", Answer: "192.0.2.81", TCP: tcp}), `the answer is "192.0.2.80"`)
		s.expect("a name that does not exist", ask(DNSConfig{Name: "no.example.com", Type: "A", TCP: tcp}), "NXDOMAIN, want NOERROR")
		s.expect("one that must not", ask(DNSConfig{Name: "no.example.com", Type: "A", Rcodes: []string{"NXDOMAIN"}, TCP: tcp}), "")
		s.expect("a refusal", ask(DNSConfig{Name: "refused.example", Type: "A", TCP: tcp}), "REFUSED, want NOERROR")
		s.expect("more than a datagram holds", ask(DNSConfig{Name: "long.example.com", Type: "TXT", Answer: "011" + strings.Repeat("y", 240), TCP: tcp}), "")
	}
	udp := func(u UDPConfig) Config { return s.of("udp", 53, func(c *Config) { c.UDP = &u }) }
	query := UDPConfig{Payload: "abcd01000001000000000000076578616d706c6503636f6d0000060001", RequireReply: true, Reply: "abcd8xx0", ReplyMin: 12}
	s.expect("the same as a datagram", udp(query), "")
	query.Reply = "abcd8xx2"
	s.expect("another answer", udp(query), "the reply begins with abcd8")
	s.endure(soa, pid, end, "nobody listens: the port is unreachable (ICMP)")
	s.expect("a datagram to nobody", udp(UDPConfig{}), "nobody listens: the port is unreachable (ICMP)")
}

func TestRedisAgainstRedis(t *testing.T) {
	s := newStreet(t, "redis-server")
	cert, key, secure := s.tls("redis.example.com")
	run := func(port string, more ...string) (int, func()) {
		return s.start(0, "redis-server", append([]string{
			"--bind", serverAddress, "--port", port, "--save", "", "--appendonly", "no", "--dir", s.dir, "--protected-mode", "no",
		}, more...)...)
	}
	pid, end := run("6379", "--tls-port", "6380", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file", secure.CA, "--tls-auth-clients", "no")
	run("6381", "--requirepass", "secret", "--replicaof", serverAddress+" 6379")
	data := func(port uint16, r RedisConfig) Config { return s.of("redis", port, func(c *Config) { c.Redis = &r }) }
	login := LoginConfig{Password: passwordFile(t, "secret")}
	s.up(data(6379, RedisConfig{Role: rolePrimary}))
	s.expect("over TLS", data(6380, RedisConfig{TLSConfig: secure}), "")
	s.expect("no replica", data(6379, RedisConfig{Role: roleReplica}), `the role is "master", want replica`)
	s.up(data(6381, RedisConfig{LoginConfig: login, Role: roleReplica}))
	s.expect("who asks for a password lives", data(6381, RedisConfig{}), "")
	s.expect("a wrong password", data(6381, RedisConfig{LoginConfig: LoginConfig{Password: passwordFile(t, "wrong")}}), "AUTH: \"WRONGPASS")
	s.endure(data(6379, RedisConfig{}), pid, end, "connection refused")
}

func TestPostgreSQLAgainstPostgreSQL(t *testing.T) {
	s := newStreet(t, "postgres", "initdb")
	cert, key, secure := s.tls("db.example.com")
	if err := os.Chown(s.dir, nobody, nobody); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{cert, key} {
		s.give(path)
	}
	if err := os.Chmod(key, 0o600); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(s.dir, "data")
	init := s.server.Command(t.Context(), must(t, "initdb"), "-D", data, "-N", "-U", "probe", "-A", "scram-sha-256", "-E", "UTF8", "--locale=C",
		"--pwfile", s.write("password", "secret\n"))
	init.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	init.Dir = s.dir
	if out, err := init.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	hba, err := os.OpenFile(filepath.Join(data, "pg_hba.conf"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	_, err = io.WriteString(hba, "hostssl postgres probe 192.0.2.0/24 scram-sha-256\nhostnossl postgres probe 192.0.2.0/24 scram-sha-256\nhost all ha_check 192.0.2.0/24 trust\n")
	if err != nil || hba.Close() != nil {
		t.Fatal(err)
	}
	args := []string{"-D", data, "-h", serverAddress, "-k", s.dir, "-F"}
	for _, set := range []string{"ssl=on", "ssl_cert_file=" + cert, "ssl_key_file=" + key, "shared_buffers=1MB", "max_connections=10", "dynamic_shared_memory_type=mmap"} {
		args = append(args, "-c", set)
	}
	pid, end := s.start(nobody, must(t, "postgres"), args...)
	ask := func(p PostgreSQLConfig) Config {
		return s.of("postgresql", 5432, func(c *Config) { c.PostgreSQL = &p })
	}
	login := LoginConfig{Username: "probe", Password: passwordFile(t, "secret")}
	s.up(ask(PostgreSQLConfig{}))
	s.expect("a login", ask(PostgreSQLConfig{LoginConfig: login, Database: "postgres", Role: rolePrimary}), "")
	s.expect("over TLS", ask(PostgreSQLConfig{TLSConfig: secure, LoginConfig: login, Database: "postgres"}), "")
	s.expect("no replica", ask(PostgreSQLConfig{LoginConfig: login, Database: "postgres", Role: roleReplica}), "the role is primary, want replica")
	s.expect("another database", ask(PostgreSQLConfig{LoginConfig: login, Database: "none"}), "(28000)")
	s.expect("a wrong password", ask(PostgreSQLConfig{LoginConfig: LoginConfig{Username: "probe", Password: passwordFile(t, "wrong")}, Database: "postgres"}), "(28P01)")
	s.expect("an authority that nobody knows", ask(PostgreSQLConfig{TLSConfig: TLSConfig{TLS: true, ServerName: "db.example.com"}}), "unknown authority")
	s.endure(ask(PostgreSQLConfig{}), pid, end, "connection refused")
}

// must finds a program.
func must(t *testing.T, name string) string {
	t.Helper()
	path, err := netlab.Program(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func TestMySQLAgainstMariaDB(t *testing.T) {
	s := newStreet(t, "mariadbd")
	cert, key, secure := s.tls("db.example.com")
	data := filepath.Join(s.dir, "data")
	if err := os.Mkdir(data, 0o755); err != nil {
		t.Fatal(err)
	}
	tables := "create database mysql;\nuse mysql;\n"
	for _, file := range []string{"mysql_system_tables.sql", "mysql_system_tables_data.sql"} {
		raw, err := os.ReadFile("/usr/share/mysql/" + file)
		if err != nil {
			t.Fatal(err)
		}
		tables += string(raw)
	}
	tables += "flush privileges;\ncreate user 'probe'@'192.0.2.%' identified by 'secret';\n"
	common := []string{
		"--no-defaults", "--datadir=" + data, "--user=root", "--innodb-buffer-pool-size=8M", "--innodb-log-file-size=4M", "--innodb-flush-log-at-trx-commit=0",
		"--skip-innodb-doublewrite", "--max-connect-errors=3",
	}
	boot := s.server.Command(t.Context(), must(t, "mariadbd"), append(common, "--bootstrap")...)
	boot.Stdin = strings.NewReader(tables)
	if out, err := boot.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	pid, end := s.start(0, "mariadbd", append(common, "--bind-address="+serverAddress, "--socket="+s.dir+"/sock", "--pid-file="+s.dir+"/pid",
		"--ssl-cert="+cert, "--ssl-key="+key, "--ssl-ca="+secure.CA)...)
	ask := func(m MySQLConfig) Config { return s.of("mysql", 3306, func(c *Config) { c.MySQL = &m }) }
	login := LoginConfig{Username: "probe", Password: passwordFile(t, "secret")}
	s.up(ask(MySQLConfig{}))
	for range 5 { // more than max_connect_errors: nobody is shut out
		s.expect("a stranger", ask(MySQLConfig{}), "")
		s.expect("a wrong password", ask(MySQLConfig{LoginConfig: LoginConfig{Username: "probe", Password: passwordFile(t, "wrong")}}), "(1045)")
	}
	s.expect("a login", ask(MySQLConfig{LoginConfig: login}), "")
	s.expect("over TLS", ask(MySQLConfig{TLSConfig: secure, LoginConfig: login}), "")
	s.expect("an authority that nobody knows", ask(MySQLConfig{TLSConfig: TLSConfig{TLS: true, ServerName: "db.example.com"}}), "unknown authority")
	s.endure(ask(MySQLConfig{}), pid, end, "connection refused")
}

func TestGRPCAgainstEtcd(t *testing.T) {
	s := newStreet(t, "etcd")
	cert, key, secure := s.tls("etcd.example.com")
	at := func(port int) string { return fmt.Sprintf("http://%s:%d", serverAddress, port) }
	run := func(name string, port int, more ...string) (int, func()) {
		client, peer := at(port), at(port+1)
		if len(more) > 0 {
			client = strings.Replace(client, "http", "https", 1)
		}
		return s.start(0, "etcd", append([]string{
			"--name", name, "--data-dir", filepath.Join(s.dir, name), "--listen-client-urls", client, "--advertise-client-urls", client,
			"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", name + "=" + peer, "--logger", "zap",
		}, more...)...)
	}
	ask := func(port uint16, g GRPCConfig) Config { return s.of("grpc", port, func(c *Config) { c.GRPC = &g }) }
	pid, end := run("plain", 2379)
	run("secure", 2389, "--cert-file", cert, "--key-file", key)
	s.up(ask(2379, GRPCConfig{}))
	s.expect("a service that nobody knows", ask(2379, GRPCConfig{Service: "shop"}), `gRPC status "5" "unknown service", want 0`)
	s.up(ask(2389, GRPCConfig{TLSConfig: secure}))
	s.expect("no TLS where it is", ask(2389, GRPCConfig{}), "health: ")
	s.endure(ask(2379, GRPCConfig{}), pid, end, "connection refused")
}
