package checks

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"
)

// PostgreSQLConfig holds the arguments that only check "postgresql" has.
type PostgreSQLConfig struct {
	TLSConfig
	LoginConfig
	Database string `json:"database,omitempty"` // empty: that of the user's name
	Role     string `json:"role,omitempty"`     // primary, replica; empty: any; needs a login
}

// Numbers of the protocol in place of a version (postgresql.org/docs/current/protocol-message-formats.html).
const (
	protocolVersion = 3 << 16
	sslRequest      = 80877103
)

// stranger is the user of whom nobody has heard where none is configured.
const stranger = "ha_check"

// PostgreSQL is healthy when a server takes connections: with a login, when it succeeds; without, as soon as the server asks who
// we are or refuses the stranger, as pg_isready(1) has it.
type PostgreSQL struct {
	PostgreSQLConfig
	dialer Dialer
	secure *secured // nil without TLS
}

func newPostgreSQL(c Config) (Check, error) {
	p := c.PostgreSQL
	if p == nil {
		p = &PostgreSQLConfig{}
	}
	if err := errors.Join(
		p.TLSConfig.wrong(), p.LoginConfig.wrong(), rightRole(p.Role),
		unless(p.Role == "" || p.Username != "", "role needs username: only who has logged in is told"),
		unless(!strings.Contains(p.Username+p.Database, "\x00"), "username or database has a zero byte"),
	); err != nil {
		return nil, err
	}
	check := &PostgreSQL{PostgreSQLConfig: *p, dialer: c.dialer()}
	if p.TLS {
		check.secure = newSecured(p.TLSConfig, c.hostName())
	}
	return check, nil
}

// Probe begins a session, and ends it.
func (c *PostgreSQL) Probe(ctx context.Context) error {
	password, err := c.secret()
	if err != nil {
		return err
	}
	t, err := c.dialer.talk(ctx, nil)
	if err != nil {
		return err
	}
	defer t.close()
	if c.secure != nil {
		if err := c.startTLS(ctx, t); err != nil {
			return err
		}
	}
	if err := t.send(c.startup()); err != nil {
		return err
	}
	s := session{config: c, talk: t, password: password}
	for done := false; !done; {
		kind, body, err := postgresMessage(t)
		if err != nil {
			return err
		}
		if done, err = s.take(kind, body); err != nil {
			return err
		}
	}
	if s.ready {
		_ = t.send([]byte{'X', 0, 0, 0, 4}) // Terminate: good manners, no part of the result
	}
	return nil
}

// startTLS asks for TLS, and begins it.
func (c *PostgreSQL) startTLS(ctx context.Context, t *talk) error {
	if err := t.send(binary.BigEndian.AppendUint32([]byte{0, 0, 0, 8}, sslRequest)); err != nil {
		return err
	}
	var answer [1]byte
	if err := t.read(answer[:]); err != nil {
		return err
	}
	switch answer[0] {
	case 'S':
		return t.startTLS(ctx, c.secure)
	case 'N':
		return errors.New("the server does not speak TLS")
	}
	return fmt.Errorf("%s is no answer of PostgreSQL", said(string(answer[:])))
}

// startup is StartupMessage.
func (c *PostgreSQL) startup() []byte {
	user := c.Username
	if user == "" {
		user = stranger
	}
	b := binary.BigEndian.AppendUint32(make([]byte, 4), protocolVersion)
	b = append(b, "user\x00"+user+"\x00application_name\x00ha-check\x00"...)
	if c.Database != "" {
		b = append(b, "database\x00"+c.Database+"\x00"...)
	}
	b = append(b, 0)
	binary.BigEndian.PutUint32(b, uint32(len(b)))
	return b
}

// postgresMessage reads one message: a type, a length that counts itself, and the body.
func postgresMessage(t *talk) (kind byte, body []byte, err error) {
	var head [5]byte
	if err := t.read(head[:]); err != nil {
		return 0, nil, err
	}
	size := binary.BigEndian.Uint32(head[1:])
	if size < 4 || size > talkLimit {
		return 0, nil, fmt.Errorf("%s is no answer of PostgreSQL", said(string(head[:])))
	}
	body = make([]byte, size-4)
	return head[0], body, t.read(body)
}

// session is what was learned of a server since it was greeted.
type session struct {
	config   *PostgreSQL
	talk     *talk
	password string
	scram    *scram
	role     string
	ready    bool
}

// take takes one message; done tells that it was enough.
func (s *session) take(kind byte, body []byte) (done bool, err error) {
	known := s.config.Username != ""
	switch kind {
	case 'R': // Authentication
		if !known {
			return true, nil
		}
		return false, s.authenticate(body)
	case 'E': // ErrorResponse
		e := postgresError(body)
		if !known && (strings.HasPrefix(e.code, "28") || strings.HasPrefix(e.code, "3D")) {
			return true, nil // it lives, and does not know us
		}
		return true, e
	case 'S': // ParameterStatus
		name, value, _ := strings.Cut(strings.TrimSuffix(string(body), "\x00"), "\x00")
		if name == "in_hot_standby" { // told since version 14
			s.role = map[string]string{"off": rolePrimary, "on": roleReplica}[value]
		}
		return false, nil
	case 'Z': // ReadyForQuery
		s.ready = true
		return true, s.rightRole()
	case 'K', 'N', 'v': // BackendKeyData, NoticeResponse, NegotiateProtocolVersion
		return false, nil
	}
	return true, fmt.Errorf("a message of the type %q was not expected", kind)
}

// rightRole compares the role of the server.
func (s *session) rightRole() error {
	switch want := s.config.Role; {
	case want == "" || want == s.role:
		return nil
	case s.role == "":
		return errors.New("the server does not say its role: only version 14 and later do")
	default:
		return fmt.Errorf("the role is %s, want %s", s.role, want)
	}
}

// pgError is an error that the server names.
type pgError struct{ code, text string }

func (e *pgError) Error() string { return fmt.Sprintf("%s (%s)", said(e.text), shorten(e.code)) }

// postgresError reads ErrorResponse: fields of a letter and a text each.
func postgresError(body []byte) *pgError {
	e := &pgError{}
	for field := range bytes.SplitSeq(body, []byte{0}) {
		if len(field) == 0 {
			break
		}
		switch field[0] {
		case 'C':
			e.code = string(field[1:])
		case 'M':
			e.text = string(field[1:])
		}
	}
	if len(e.code) != 5 {
		e.code = "no code"
	}
	return e
}
