package checks

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// MySQLConfig holds the arguments that only check "mysql" has.
type MySQLConfig struct {
	TLSConfig
	LoginConfig
}

// MySQL is healthy when a server of MySQL or MariaDB takes connections: with a login, when it succeeds; without, when the server
// refuses the stranger by name. The handshake is always brought to its end: a server that counts broken ones shuts out the
// host after a hundred (max_connect_errors).
type MySQL struct {
	MySQLConfig
	dialer Dialer
	secure *secured // nil without TLS
}

// Capabilities of a client (dev.mysql.com/doc/dev/mysql-server/latest/group__group__cs__capabilities__flags.html).
const (
	mysqlLongPassword = 1 << 0
	mysqlProtocol41   = 1 << 9
	mysqlSSL          = 1 << 11
	mysqlSecure       = 1 << 15
	mysqlPluginAuth   = 1 << 19
)

// First bytes of what the server answers to a login.
const (
	mysqlOK     = 0x00
	mysqlMore   = 0x01
	mysqlSwitch = 0xfe
	mysqlErr    = 0xff
)

func newMySQL(c Config) (Check, error) {
	m := c.MySQL
	if m == nil {
		m = &MySQLConfig{}
	}
	if err := errors.Join(m.TLSConfig.wrong(), m.LoginConfig.wrong(), unless(!strings.Contains(m.Username, "\x00"), "username has a zero byte")); err != nil {
		return nil, err
	}
	check := &MySQL{MySQLConfig: *m, dialer: c.dialer()}
	if m.TLS {
		check.secure = newSecured(m.TLSConfig, c.hostName())
	}
	return check, nil
}

// Probe logs in, and out.
func (c *MySQL) Probe(ctx context.Context) error {
	password, err := c.secret()
	if err != nil {
		return err
	}
	t, err := c.dialer.talk(ctx, nil)
	if err != nil {
		return err
	}
	defer t.close()
	seq, packet, err := mysqlPacket(t)
	if err != nil {
		return fmt.Errorf("the greeting: %w", err)
	}
	g, err := parseGreeting(packet)
	if err != nil {
		return fmt.Errorf("the greeting: %w", err)
	}
	flags := uint32(mysqlLongPassword | mysqlProtocol41 | mysqlSecure | mysqlPluginAuth)
	if c.secure != nil {
		if g.flags&mysqlSSL == 0 {
			return errors.New("the server does not speak TLS")
		}
		flags |= mysqlSSL
		seq++
		if err := sendPacket(t, seq, mysqlHead(flags)); err != nil {
			return err
		}
		if err := t.startTLS(ctx, c.secure); err != nil {
			return err
		}
	}
	l := login{talk: t, seq: seq, password: password, secure: c.secure != nil, plugin: g.plugin, salt: g.salt}
	if err := l.begin(flags, c.Username); err != nil {
		return err
	}
	err = l.finish()
	if e := (*mysqlError)(nil); errors.As(err, &e) && c.Username == "" && e.stranger() {
		return nil // it lives, and does not know us
	}
	if err != nil {
		return err
	}
	_ = sendPacket(t, 0, []byte{0x01}) // COM_QUIT: good manners, no part of the result
	return nil
}

// mysqlHead is how the answer to the greeting begins, and all of the request for TLS.
func mysqlHead(flags uint32) []byte {
	b := binary.LittleEndian.AppendUint32(nil, flags)
	b = binary.LittleEndian.AppendUint32(b, talkLimit) // the largest packet that we take
	return append(append(b, 45), make([]byte, 23)...)  // utf8mb4
}

// greeting is what matters of the first packet of a server.
type greeting struct {
	flags  uint32
	plugin string // how it would like to have the password proven
	salt   []byte
}

// parseGreeting reads Protocol::HandshakeV10.
func parseGreeting(b []byte) (greeting, error) {
	if len(b) > 0 && b[0] == mysqlErr {
		return greeting{}, parseMySQLError(b)
	}
	_, rest, ok := bytes.Cut(b[min(1, len(b)):], []byte{0}) // the version of the server
	if len(b) == 0 || b[0] != 10 || !ok || len(rest) < 31 {
		return greeting{}, fmt.Errorf("%s is none of MySQL", said(string(b)))
	}
	g := greeting{
		flags: uint32(binary.LittleEndian.Uint16(rest[13:])) | uint32(binary.LittleEndian.Uint16(rest[18:]))<<16,
		salt:  bytes.Clone(rest[4:12]),
	}
	size, more := max(13, int(rest[20])-8), rest[31:]
	if len(more) < size {
		return greeting{}, errors.New("it breaks off")
	}
	g.salt = append(g.salt, bytes.TrimSuffix(more[:size], []byte{0})...)
	name, _, _ := bytes.Cut(more[size:], []byte{0})
	g.plugin = string(name)
	return g, nil
}

// mysqlPacket reads one packet: its length in three bytes, its number, and the body.
func mysqlPacket(t *talk) (seq byte, body []byte, err error) {
	var head [4]byte
	if err := t.read(head[:]); err != nil {
		return 0, nil, err
	}
	size := int(head[0]) | int(head[1])<<8 | int(head[2])<<16
	if size > talkLimit {
		return 0, nil, fmt.Errorf("%s is no packet of MySQL", said(string(head[:])))
	}
	body = make([]byte, size)
	return head[3], body, t.read(body)
}

// sendPacket sends a packet of a number.
func sendPacket(t *talk, seq byte, body []byte) error {
	n := len(body)
	return t.send(append([]byte{byte(n), byte(n >> 8), byte(n >> 16), seq}, body...))
}

// mysqlError is an error that the server names.
type mysqlError struct {
	code uint16
	text string
}

func (e *mysqlError) Error() string { return fmt.Sprintf("%s (%d)", said(e.text), e.code) }

// stranger tells whether the server refuses the user, and would take another: ER_ACCESS_DENIED_ERROR,
// ER_ACCESS_DENIED_NO_PASSWORD_ERROR and ER_NOT_SUPPORTED_AUTH_MODE.
func (e *mysqlError) stranger() bool { return e.code == 1045 || e.code == 1698 || e.code == 1251 }

// parseMySQLError reads an ERR packet: a code, after a # the state of SQL, and a text.
func parseMySQLError(b []byte) error {
	if len(b) < 3 {
		return errors.New("an error without a code")
	}
	text := string(b[3:])
	if strings.HasPrefix(text, "#") && len(text) >= 6 {
		text = text[6:]
	}
	return &mysqlError{binary.LittleEndian.Uint16(b[1:]), text}
}
