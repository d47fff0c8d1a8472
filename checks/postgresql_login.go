package checks

import (
	"crypto/md5"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Ways in which PostgreSQL asks for a password.
const (
	authOK           = 0
	authCleartext    = 3
	authMD5          = 5
	authSASL         = 10
	authSASLContinue = 11
	authSASLFinal    = 12
)

// authenticate answers one request for a password, or learns that no more is needed.
func (s *session) authenticate(body []byte) error {
	if len(body) < 4 {
		return errors.New("the request for a password is too short")
	}
	way, body := binary.BigEndian.Uint32(body), body[4:]
	if way != authOK && s.password == "" {
		return fmt.Errorf("the server wants a password of %q, and none is configured", s.config.Username)
	}
	switch way {
	case authOK:
		if s.scram != nil && !s.scram.proven {
			return errors.New("the server has not proven that it knows the password")
		}
		return nil
	case authCleartext:
		if s.config.secure == nil {
			return errPlainPassword
		}
		return s.answer([]byte(s.password + "\x00"))
	case authMD5:
		inner := md5.Sum([]byte(s.password + s.config.Username))
		outer := md5.Sum(append([]byte(hex.EncodeToString(inner[:])), body...))
		return s.answer([]byte("md5" + hex.EncodeToString(outer[:]) + "\x00"))
	case authSASL:
		if !slices.Contains(strings.Split(string(body), "\x00"), scramName) {
			return fmt.Errorf("the server offers %s, not "+scramName, said(strings.ReplaceAll(string(body), "\x00", " ")))
		}
		s.scram = newScram(s.password)
		first := s.scram.first()
		message := binary.BigEndian.AppendUint32([]byte(scramName+"\x00"), uint32(len(first)))
		return s.answer(append(message, first...))
	case authSASLContinue, authSASLFinal:
		if s.scram == nil {
			return errors.New("the server goes on with what it did not begin")
		}
		if way == authSASLFinal {
			return s.scram.prove(string(body))
		}
		last, err := s.scram.last(string(body))
		if err != nil {
			return err
		}
		return s.answer([]byte(last))
	}
	return fmt.Errorf("the server wants another proof than a password (%d)", way)
}

// answer sends PasswordMessage or one of SASL.
func (s *session) answer(body []byte) error {
	m := binary.BigEndian.AppendUint32([]byte{'p'}, uint32(len(body)+4))
	return s.talk.send(append(m, body...))
}
