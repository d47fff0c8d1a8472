package checks

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// RedisConfig holds the arguments that only check "redis" has.
type RedisConfig struct {
	TLSConfig
	LoginConfig
	Role string `json:"role,omitempty"` // primary, replica; empty: any
}

// Redis is healthy when a server of Redis, or of its like, answers PING and has the role that it should. It speaks RESP
// (redis.io/docs/latest/develop/reference/protocol-spec). Without a password, the wish for one is an answer, too.
type Redis struct {
	RedisConfig
	dialer Dialer
	secure *secured // nil without TLS
}

func newRedis(c Config) (Check, error) {
	r := c.Redis
	if r == nil {
		r = &RedisConfig{}
	}
	// A password alone is that of the user "default".
	if err := errors.Join(r.TLSConfig.wrong(), rightRole(r.Role), unless(r.Password != "" || r.Username == "", "username needs a password")); err != nil {
		return nil, err
	}
	check := &Redis{RedisConfig: *r, dialer: c.dialer()}
	if r.TLS {
		check.secure = newSecured(r.TLSConfig, c.hostName())
	}
	return check, nil
}

// Probe says PING, and asks for the role if that matters.
func (c *Redis) Probe(ctx context.Context) error {
	password, err := c.secret()
	if err != nil {
		return err
	}
	t, err := c.dialer.talk(ctx, c.secure)
	if err != nil {
		return err
	}
	defer t.close()
	if password != "" {
		login := []string{"AUTH", password}
		if c.Username != "" {
			login = []string{"AUTH", c.Username, password}
		}
		if err := c.simple(t, "OK", login...); err != nil {
			return err
		}
	}
	err = c.simple(t, "PONG", "PING")
	if locked := (*redisError)(nil); errors.As(err, &locked) && locked.word() == "NOAUTH" && password == "" && c.Role == "" {
		return nil // who asks for a password lives
	}
	if err != nil || c.Role == "" {
		return err
	}
	return c.role(t)
}

// role compares the role that the server says it has.
func (c *Redis) role(t *talk) error {
	if err := t.send(command("ROLE")); err != nil {
		return fmt.Errorf("ROLE: %w", err)
	}
	if _, err := redisLine(t, '*'); err != nil {
		return fmt.Errorf("ROLE: %w", err)
	}
	size, err := redisLine(t, '$')
	if err != nil {
		return fmt.Errorf("ROLE: %w", err)
	}
	n, err := strconv.ParseUint(size, 10, 16)
	if err != nil || n > 64 {
		return fmt.Errorf("ROLE: %s is no role", said(size))
	}
	word := make([]byte, n)
	if err := t.read(word); err != nil {
		return fmt.Errorf("ROLE: %w", err)
	}
	is := map[string]string{"master": rolePrimary, "slave": roleReplica}[string(word)]
	if is != c.Role {
		return fmt.Errorf("the role is %s, want %s", said(string(word)), c.Role)
	}
	return nil
}

// simple says a command and compares the answer.
func (c *Redis) simple(t *talk, want string, words ...string) error {
	if err := t.send(command(words...)); err != nil {
		return fmt.Errorf("%s: %w", words[0], err)
	}
	got, err := redisLine(t, '+')
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", words[0], err)
	case got != want:
		return fmt.Errorf("%s: %s, want %s", words[0], said(got), want)
	}
	return nil
}

// command is a command as RESP writes it: an array of texts.
func command(words ...string) []byte {
	b := fmt.Appendf(nil, "*%d\r\n", len(words))
	for _, w := range words {
		b = fmt.Appendf(b, "$%d\r\n%s\r\n", len(w), w)
	}
	return b
}

// redisLine reads the first line of an answer, which must be of a type.
func redisLine(t *talk, kind byte) (string, error) {
	line, err := t.line()
	switch {
	case err != nil:
		return "", err
	case strings.HasPrefix(line, "-"):
		return "", &redisError{line[1:]}
	case line == "" || line[0] != kind:
		return "", fmt.Errorf("%s is no answer that was expected", said(line))
	}
	return line[1:], nil
}

// redisError is an error that the server names.
type redisError struct{ text string }

func (e *redisError) Error() string { return said(e.text) }

// word is the first one, in capitals: NOAUTH, LOADING, MASTERDOWN.
func (e *redisError) word() string {
	word, _, _ := strings.Cut(e.text, " ")
	return word
}
