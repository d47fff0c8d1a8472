package checks

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"errors"
	"fmt"
)

// Ways in which MySQL has a password proven.
const (
	nativePassword = "mysql_native_password"
	cachingSHA2    = "caching_sha2_password"
)

// maxSteps bounds the packets of one login.
const maxSteps = 8

// login is the part of the handshake that follows the greeting.
type login struct {
	talk     *talk
	seq      byte // of the last packet
	password string
	secure   bool // over TLS
	plugin   string
	salt     []byte
}

// begin sends Protocol::HandshakeResponse41.
func (l *login) begin(flags uint32, user string) error {
	if user == "" {
		user = stranger
	}
	if l.plugin != cachingSHA2 { // others the server may ask for afterwards
		l.plugin = nativePassword
	}
	proof, err := l.proof()
	if err != nil {
		return err
	}
	b := append(mysqlHead(flags), user+"\x00"...)
	b = append(b, byte(len(proof)))
	b = append(b, proof...)
	return l.send(append(b, l.plugin+"\x00"...))
}

// finish answers what the server asks, until it says yes or no.
func (l *login) finish() error {
	for range maxSteps {
		seq, b, err := mysqlPacket(l.talk)
		if err != nil {
			return err
		}
		l.seq = seq
		if len(b) == 0 {
			return errors.New("an empty packet was not expected")
		}
		switch b[0] {
		case mysqlOK:
			return nil
		case mysqlErr:
			return parseMySQLError(b)
		case mysqlSwitch:
			err = l.change(b[1:])
		case mysqlMore:
			err = l.more(b[1:])
		default:
			return fmt.Errorf("a packet of the type %#x was not expected", b[0])
		}
		if err != nil {
			return err
		}
	}
	return errors.New("the login does not end")
}

// change proves the password in another way.
func (l *login) change(b []byte) error {
	name, salt, _ := bytes.Cut(b, []byte{0})
	l.plugin, l.salt = string(name), bytes.TrimSuffix(salt, []byte{0})
	proof, err := l.proof()
	if err != nil {
		return err
	}
	return l.send(proof)
}

// more goes on with caching_sha2_password: 3 says that the proof was enough, 4 that the server needs the password itself.
func (l *login) more(b []byte) error {
	switch {
	case l.plugin != cachingSHA2 || len(b) != 1:
		return errors.New("the server goes on with what it did not begin")
	case b[0] == 3:
		return nil
	case b[0] != 4:
		return fmt.Errorf("the server asks for step %d of %s", b[0], cachingSHA2)
	case !l.secure:
		return errPlainPassword
	}
	return l.send([]byte(l.password + "\x00"))
}

// proof is what proves the password; nothing for an empty one.
func (l *login) proof() ([]byte, error) {
	if l.password == "" {
		return nil, nil
	}
	switch l.plugin {
	case nativePassword:
		once := sha1.Sum([]byte(l.password))
		twice := sha1.Sum(once[:])
		mask := sha1.Sum(append(bytes.Clone(l.salt), twice[:]...))
		return xor(once[:], mask[:]), nil
	case cachingSHA2:
		once := sha256.Sum256([]byte(l.password))
		twice := sha256.Sum256(once[:])
		mask := sha256.Sum256(append(twice[:], l.salt...))
		return xor(once[:], mask[:]), nil
	}
	return nil, fmt.Errorf("the server wants the password proven by %s, not by %s or %s", said(l.plugin), nativePassword, cachingSHA2)
}

func (l *login) send(body []byte) error { return sendPacket(l.talk, l.seq+1, body) }

// xor changes a where mask has bits.
func xor(a, mask []byte) []byte {
	for i := range a {
		a[i] ^= mask[i]
	}
	return a
}
