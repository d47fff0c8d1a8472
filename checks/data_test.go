package checks

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// passwordFile is a reference to a password in a file.
func passwordFile(t *testing.T, password string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "password")
	if err := os.WriteFile(path, []byte(password+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return "file:" + path
}

// redisServer answers commands by their first word, or by all words where that is known.
func redisServer(answers map[string]string) hostile {
	return func(conn net.Conn) {
		r := bufio.NewReader(conn)
		for {
			head, err := r.ReadString('\n')
			if err != nil || head[0] != '*' {
				return
			}
			var words []string
			for range head[1] - '0' {
				_, _ = r.ReadString('\n')
				word, err := r.ReadString('\n')
				if err != nil {
					return
				}
				words = append(words, strings.TrimSpace(word))
			}
			answer, known := answers[strings.Join(words, " ")]
			if !known {
				answer = "-ERR unknown command\r\n"
			}
			if _, err := io.WriteString(conn, answer); err != nil {
				return
			}
		}
	}
}

func TestRedis(t *testing.T) {
	password := passwordFile(t, "secret")
	ask := func(r RedisConfig) func(string) Config {
		return func(address string) Config {
			c := target("redis", address)
			c.Redis = &r
			return c
		}
	}
	const primary = "*3\r\n$6\r\nmaster\r\n:1\r\n*0\r\n"
	try(t, ask(RedisConfig{}), []attempt{
		{"PONG", redisServer(map[string]string{"PING": "+PONG\r\n"}), ""},
		{"who asks for a password lives", redisServer(map[string]string{"PING": "-NOAUTH Authentication required.\r\n"}), ""},
		{"loading", redisServer(map[string]string{"PING": "-LOADING Redis is loading the dataset in memory\r\n"}), `PING: "LOADING Redis is loading`},
		{"protected", greets("-DENIED Redis is running in protected mode\r\n", silent), `PING: "DENIED Redis`},
		{"another word", redisServer(map[string]string{"PING": "+PANG\r\n"}), `PING: "PANG", want PONG`},
		{"another type", redisServer(map[string]string{"PING": ":1\r\n"}), `":1" is no answer that was expected`},
		{"silence", silent, "PING: no answer in time"},
		{"a reset", reset, "connection reset by peer"},
		{"hangs up", says(""), "PING: the server hung up"},
		{"half a line", says("+PO"), "PING: the server hung up"},
		{"another protocol", says("HTTP/1.1 400 Bad Request\r\n"), "is no answer that was expected"},
		{"garbage", garbage, "any"},
		{"a line without end", endless("+", "x"), "the server said more than 64 KiB"},
		{"a drip", drip("+P"), "no answer in time"},
	})
	try(t, ask(RedisConfig{Role: rolePrimary}), []attempt{
		{"the primary", redisServer(map[string]string{"PING": "+PONG\r\n", "ROLE": primary}), ""},
		{"a replica", redisServer(map[string]string{"PING": "+PONG\r\n", "ROLE": "*5\r\n$5\r\nslave\r\n"}), `the role is "slave", want primary`},
		{"no role for strangers", redisServer(map[string]string{"PING": "-NOAUTH Authentication required.\r\n"}), "NOAUTH"},
		{"a role of no length", redisServer(map[string]string{"PING": "+PONG\r\n", "ROLE": "*1\r\n$-1\r\n"}), `ROLE: "-1" is no role`},
		{"a role without end", redisServer(map[string]string{"PING": "+PONG\r\n", "ROLE": "*1\r\n$60000\r\n"}), `ROLE: "60000" is no role`},
		{"a role that breaks off", func(conn net.Conn) {
			r := bufio.NewReader(conn)
			for range 3 {
				_, _ = r.ReadString('\n')
			}
			_, _ = io.WriteString(conn, "+PONG\r\n*1\r\n$6\r\nmas")
			_ = conn.(*net.TCPConn).CloseWrite()
			_, _ = io.Copy(io.Discard, r)
		}, "ROLE: the server hung up"},
	})
	try(t, ask(RedisConfig{LoginConfig: LoginConfig{Username: "probe", Password: password}}), []attempt{
		{"a login", redisServer(map[string]string{"AUTH probe secret": "+OK\r\n", "PING": "+PONG\r\n"}), ""},
		{"a wrong password", redisServer(map[string]string{"AUTH probe secret": "-WRONGPASS invalid\r\n", "PING": "+PONG\r\n"}), `AUTH: "WRONGPASS invalid"`},
	})
	try(t, ask(RedisConfig{LoginConfig: LoginConfig{Password: password}}), []attempt{
		{"a password alone", redisServer(map[string]string{"AUTH secret": "+OK\r\n", "PING": "+PONG\r\n"}), ""},
	})
	try(t, ask(RedisConfig{LoginConfig: LoginConfig{Password: password + ".none"}}), []attempt{
		{"no file of the password", silent, "no such file or directory (this node could not ask)"},
	})
}

// message is one of PostgreSQL.
func message(kind byte, body string) string {
	return string(append(binary.BigEndian.AppendUint32([]byte{kind}, uint32(len(body)+4)), body...))
}

func auth(way uint32, body string) string {
	return message('R', string(binary.BigEndian.AppendUint32(nil, way))+body)
}

func TestPostgreSQL(t *testing.T) {
	ask := func(p PostgreSQLConfig) func(string) Config {
		return func(address string) Config {
			c := target("postgresql", address)
			c.PostgreSQL = &p
			return c
		}
	}
	refuses := func(code, text string) string { return message('E', "SFATAL\x00C"+code+"\x00M"+text+"\x00\x00") }
	ready := message('S', "in_hot_standby\x00on\x00") + message('K', "12345678") + message('Z', "I")
	try(t, ask(PostgreSQLConfig{}), []attempt{
		{"asks who we are", says(auth(authSASL, scramName+"\x00\x00")), ""},
		{"does not know us", says(refuses("28000", "role does not exist")), ""},
		{"knows no such database", says(refuses("3D000", "database does not exist")), ""},
		{"starts", says(refuses("57P03", "the database system is starting up")), `"the database system is starting up" (57P03)`},
		{"is full", says(refuses("53300", "sorry, too many clients already")), `"sorry, too many clients already" (53300)`},
		{"an error of no form", says(message('E', "M\x00")), `"" (no code)`},
		{"silence", silent, "no answer in time"},
		{"a reset", reset, "connection reset by peer"},
		{"hangs up", says(""), "the server hung up"},
		{"another protocol", says("HTTP/1.1 400 Bad Request\r\n"), "is no answer of PostgreSQL"},
		{"garbage", garbage, "any"},
		{"a message longer than all", says("R\xff\xff\xff\xff"), "is no answer of PostgreSQL"},
		{"a message shorter than its head", says("R\x00\x00\x00\x03"), "is no answer of PostgreSQL"},
		{"notices without end", endless("", message('N', "x")), "the server said more than 64 KiB"},
		{"a drip", drip(message('N', "x")), "no answer in time"},
		{"another message", says(message('T', "")), `a message of the type 'T' was not expected`},
	})
	login := LoginConfig{Username: "probe", Password: passwordFile(t, "secret")}
	try(t, ask(PostgreSQLConfig{LoginConfig: login, Role: roleReplica}), []attempt{
		{"trusts", greetsAfter(auth(authOK, "") + ready), ""},
		{"md5", greetsAfter(auth(authMD5, "abcd") + auth(authOK, "") + ready), ""},
		{"refuses", greetsAfter(auth(authMD5, "abcd") + refuses("28P01", "password authentication failed")), `"password authentication failed" (28P01)`},
		{"the password as it is", says(auth(authCleartext, "")), errPlainPassword.Error()},
		{"another SASL", says(auth(authSASL, "OAUTHBEARER\x00\x00")), `the server offers "OAUTHBEARER  ", not SCRAM-SHA-256`},
		{"SASL from its middle", says(auth(authSASLContinue, "r=x")), "goes on with what it did not begin"},
		{"SASL without its end", greetsAfter(auth(authSASL, scramName+"\x00\x00") + auth(authOK, "")), "has not proven that it knows the password"},
		{"SASL with a proof of nothing", greetsAfter(auth(authSASL, scramName+"\x00\x00") + auth(authSASLFinal, "v=")), "has not proven"},
		{"the answer to another login", greetsAfter(auth(authSASL, scramName+"\x00\x00") + auth(authSASLContinue, "r=x,s=YQ==,i=1")), "the server answers another login"},
		{"Kerberos", says(auth(7, "")), "wants another proof than a password (7)"},
		{"a request of no form", says(message('R', "")), "the request for a password is too short"},
		{"the primary", says(auth(authOK, "") + message('S', "in_hot_standby\x00off\x00") + message('Z', "I")), "the role is primary, want replica"},
		{"an old server", says(auth(authOK, "") + message('Z', "I")), "does not say its role"},
	})
	try(t, ask(PostgreSQLConfig{LoginConfig: LoginConfig{Username: "probe"}}), []attempt{
		{"a password that nobody configured", says(auth(authMD5, "abcd")), `wants a password of "probe", and none is configured`},
	})
	a := newAuthority(t)
	cert, key := a.issue(t, x509.Certificate{}, "db.example.com")
	secure := TLSConfig{TLS: true, ServerName: "db.example.com", CA: pemFile(t, a.cert)}
	within := func(then hostile) hostile {
		return func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 8))
			_, _ = conn.Write([]byte("S"))
			secures(t, cert, key, then)(conn)
		}
	}
	try(t, ask(PostgreSQLConfig{TLSConfig: secure, LoginConfig: login}), []attempt{
		{"over TLS", within(greetsAfter(auth(authCleartext, "") + auth(authOK, "") + ready)), ""},
		{"no TLS", says("N"), "the server does not speak TLS"},
		{"an error instead", says("E"), `"E" is no answer of PostgreSQL`},
		{"words before TLS", says("S" + auth(authOK, "")), "the server said more before TLS began"},
		{"a handshake that hangs", says("S"), "TLS handshake: "},
	})
}

func TestScram(t *testing.T) { // the example of RFC 7677 section 3
	s := &scram{user: "user", password: "pencil", nonce: "rOprNGfwEbeRWgbNEkqO"}
	server := "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
	got, err := s.last(server)
	want := "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
	if err != nil || got != want || s.first() != "n,,n=user,r=rOprNGfwEbeRWgbNEkqO" {
		t.Errorf("got %q, %v", got, err)
	}
	if err := s.prove("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="); err == nil || s.proven {
		t.Error("a wrong proof is one")
	}
	if err := s.prove("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="); err != nil || !s.proven {
		t.Error(err)
	}
	for _, bad := range []string{"", "r=rOprNGfwEbeRWgbNEkqO,s=YQ==,i=1", "r=rOprNGfwEbeRWgbNEkqOx,s=,i=1", "r=rOprNGfwEbeRWgbNEkqOx,s=YQ==,i=0", "r=rOprNGfwEbeRWgbNEkqOx,s=YQ==,i=2147483647"} {
		if got, err := s.last(bad); err == nil {
			t.Errorf("%q is answered with %q", bad, got)
		}
	}
}

// packet is one of MySQL.
func packet(seq byte, body string) string {
	n := len(body)
	return string([]byte{byte(n), byte(n >> 8), byte(n >> 16), seq}) + body
}

// mysqlGreeting is that of a server with a plugin.
func mysqlGreeting(plugin string, flags uint32) string {
	b := "\x0a8.0.36\x00" + "\x01\x00\x00\x00" + "12345678\x00"
	b += string([]byte{byte(flags), byte(flags >> 8), 45, 2, 0, byte(flags >> 16), byte(flags >> 24), 21}) + strings.Repeat("\x00", 10)
	return packet(0, b+"abcdefghijkl\x00"+plugin+"\x00")
}

func TestMySQL(t *testing.T) {
	ask := func(m MySQLConfig) func(string) Config {
		return func(address string) Config {
			c := target("mysql", address)
			c.MySQL = &m
			return c
		}
	}
	const all = 0xffffffff
	hello := mysqlGreeting(nativePassword, all&^mysqlSSL)
	fails := func(seq byte, code uint16, text string) string {
		return packet(seq, "\xff"+string([]byte{byte(code), byte(code >> 8)})+text)
	}
	ok := packet(2, "\x00\x00\x00\x02\x00\x00\x00")
	// then answers the login with a text, and waits for the goodbye.
	then := func(begin, answer string) hostile { return greets(begin, greetsAfter(answer)) }
	try(t, ask(MySQLConfig{}), []attempt{
		{"refuses the stranger", then(hello, fails(2, 1045, "#28000Access denied")), ""},
		{"takes the stranger", then(hello, ok), ""},
		{"is full", then(hello, fails(2, 1040, "#08004Too many connections")), `"Too many connections" (1040)`},
		{"is full at once", greets(fails(0, 1040, "Too many connections"), silent), `the greeting: "Too many connections" (1040)`},
		{"has shut us out", greets(fails(0, 1129, "Host is blocked"), silent), `the greeting: "Host is blocked" (1129)`},
		{"silence", silent, "the greeting: no answer in time"},
		{"silence behind the greeting", greets(hello, silent), "no answer in time"},
		{"a reset", greets(hello, reset), "connection reset by peer"},
		{"hangs up", func(net.Conn) {}, "the greeting: the server hung up"},
		{"a greeting that breaks off", greets(packet(0, hello[4:40]), silent), "the greeting: "},
		{"an empty greeting", greets(packet(0, ""), silent), "is none of MySQL"},
		{"an old protocol", greets(packet(0, "\x095.0"), silent), "is none of MySQL"},
		{"another protocol", greets("SSH-2.0-OpenSSH_9.2\r\n", silent), "the greeting: "},
		{"garbage", garbage, "any"},
		{"a packet longer than all", greets("\xff\xff\xff\x00", silent), "is no packet of MySQL"},
		{"an error without a code", greets(packet(0, "\xff"), silent), "an error without a code"},
		{"an empty answer", then(hello, packet(2, "")), "an empty packet was not expected"},
		{"another answer", then(hello, packet(2, "\x05")), "a packet of the type 0x5 was not expected"},
		{"a login without end", then(hello, strings.Repeat(packet(2, "\xfe"+nativePassword+"\x00abc\x00"), 20)), "the login does not end"},
		{"a drip", drip(hello), "any"},
	})
	login := LoginConfig{Username: "probe", Password: passwordFile(t, "secret")}
	try(t, ask(MySQLConfig{LoginConfig: login}), []attempt{
		{"a login", then(hello, ok), ""},
		{"a wrong password", then(hello, fails(2, 1045, "#28000Access denied for user 'probe'")), `"Access denied for user 'probe'" (1045)`},
		{"another way", then(hello, packet(2, "\xfe"+cachingSHA2+"\x00abcdefghijklmnopqrst\x00")+packet(4, "\x01\x03")+packet(5, "\x00")), ""},
		{"a way that nobody knows", then(hello, packet(2, "\xfedialog\x00")), `proven by "dialog"`},
		{"the password as it is", then(mysqlGreeting(cachingSHA2, all&^mysqlSSL), packet(2, "\x01\x04")), errPlainPassword.Error()},
		{"a step that nobody knows", then(mysqlGreeting(cachingSHA2, all&^mysqlSSL), packet(2, "\x01\x09")), "asks for step 9"},
		{"more of what did not begin", then(hello, packet(2, "\x01\x04")), "goes on with what it did not begin"},
	})
	a := newAuthority(t)
	cert, key := a.issue(t, x509.Certificate{}, "db.example.com")
	secure := TLSConfig{TLS: true, ServerName: "db.example.com", CA: pemFile(t, a.cert)}
	within := func(answer string) hostile {
		return greets(mysqlGreeting(cachingSHA2, all), func(conn net.Conn) {
			_, _ = io.ReadFull(conn, make([]byte, 36))
			secures(t, cert, key, greetsAfter(answer))(conn)
		})
	}
	try(t, ask(MySQLConfig{TLSConfig: secure, LoginConfig: login}), []attempt{
		{"over TLS", within(packet(3, "\x01\x04") + packet(5, "\x00")), ""},
		{"no TLS", greets(hello, silent), "the server does not speak TLS"},
		{"words before TLS", greets(mysqlGreeting(cachingSHA2, all)+ok, silent), "the server said more before TLS began"},
	})
}

// greetsAfter answers the first thing that comes with a text, and takes the rest.
func greetsAfter(text string) hostile {
	return func(conn net.Conn) {
		_, _ = conn.Read(make([]byte, 4096))
		_, _ = io.WriteString(conn, text)
		silent(conn)
	}
}

// TestMySQLProofs holds one against a vector of go-sql-driver/mysql; MariaDB has judged the other (TestMySQLAgainstMariaDB).
func TestMySQLProofs(t *testing.T) {
	known := login{password: "secret", plugin: cachingSHA2, salt: []byte{10, 47, 74, 111, 75, 73, 34, 48, 88, 76, 114, 74, 37, 13, 3, 80, 82, 2, 23, 21}}
	if got, err := known.proof(); err != nil || hex.EncodeToString(got) != "f490e76f66d9d86665ce54d98c78d0acfe2fb0b08b423da807144873d30b312c" {
		t.Errorf("%s: %x, %v", cachingSHA2, got, err)
	}
	for plugin, size := range map[string]int{nativePassword: 20, cachingSHA2: 32} {
		l := login{password: "secret", plugin: plugin, salt: []byte("12345678abcdefghijkl")}
		one, err := l.proof()
		if err != nil || len(one) != size {
			t.Errorf("%s: %x, %v", plugin, one, err)
		}
		l.salt = []byte("12345678abcdefghijkm")
		if other, _ := l.proof(); bytes.Equal(one, other) {
			t.Errorf("%s: the salt does not matter", plugin)
		}
		l.password = ""
		if none, err := l.proof(); len(none) != 0 || err != nil {
			t.Errorf("%s: an empty password is proven by %x, %v", plugin, none, err)
		}
	}
}

// FuzzServers lets servers of data say anything.
func FuzzServers(f *testing.F) {
	f.Add([]byte(mysqlGreeting(nativePassword, 0xffffffff))[4:])
	f.Add([]byte("SFATAL\x00C57P03\x00Mstarting\x00\x00"))
	f.Add([]byte{0, 0, 0, 0, 2, 8, 1})
	f.Add([]byte("r=xyz,s=YQ==,i=2"))
	f.Fuzz(func(t *testing.T, said []byte) {
		if g, err := parseGreeting(said); err == nil && len(g.salt) > len(said) {
			t.Errorf("a salt of %d bytes in %d", len(g.salt), len(said))
		}
		if text := postgresError(said).Error(); len(text) > 1000 {
			t.Errorf("the error has %d bytes", len(text))
		}
		if _, err := parseHealth(said); err == nil && len(said) < 5 {
			t.Errorf("%x is a message", said)
		}
		if len(said) < 100 {
			s := &scram{password: "p", nonce: "x"}
			_, _ = s.last(string(said))
			if s.prove(string(said)) == nil {
				t.Errorf("%q proves something", said)
			}
		}
	})
}
