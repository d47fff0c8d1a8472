package checks

import (
	"crypto/hmac"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

const (
	scramName = "SCRAM-SHA-256" // RFC 7677
	// maxRounds bounds the work that a server may ask of us; PostgreSQL asks for 4096.
	maxRounds = 100_000
)

// scram proves the knowledge of a password without telling it (RFC 5802), and has the server prove it, too. The user is named
// before, by the protocol around it.
type scram struct {
	user     string // empty for PostgreSQL, which has been told
	password string
	nonce    string
	want     []byte // proof of the server
	proven   bool
}

func newScram(password string) *scram { return &scram{password: password, nonce: rand.Text()} }

// bare is the first message without its header.
func (s *scram) bare() string { return "n=" + s.user + ",r=" + s.nonce }

// first is the first message of the client.
func (s *scram) first() string { return "n,," + s.bare() }

// last is the second message of the client, after the first of the server.
func (s *scram) last(server string) (string, error) {
	fields := scramFields(server)
	salt, err := base64.StdEncoding.DecodeString(fields["s"])
	rounds, badRounds := strconv.Atoi(fields["i"])
	switch {
	case !strings.HasPrefix(fields["r"], s.nonce) || len(fields["r"]) == len(s.nonce):
		return "", errors.New("the server answers another login")
	case err != nil || len(salt) == 0 || badRounds != nil || rounds < 1:
		return "", fmt.Errorf("%s is no message of "+scramName, said(server))
	case rounds > maxRounds:
		return "", fmt.Errorf("the server asks for %d rounds, more than %d", rounds, maxRounds)
	}
	salted, err := pbkdf2.Key(sha256.New, s.password, salt, rounds, sha256.Size)
	if err != nil {
		return "", err
	}
	without := "c=biws,r=" + fields["r"]
	message := s.bare() + "," + server + "," + without
	client := mac(salted, "Client Key")
	stored := sha256.Sum256(client)
	proof := mac(stored[:], message)
	for i := range proof {
		proof[i] ^= client[i]
	}
	s.want = mac(mac(salted, "Server Key"), message)
	return without + ",p=" + base64.StdEncoding.EncodeToString(proof), nil
}

// prove checks the last message of the server.
func (s *scram) prove(server string) error {
	got, err := base64.StdEncoding.DecodeString(scramFields(server)["v"])
	if err != nil || len(s.want) == 0 || !hmac.Equal(got, s.want) {
		return errors.New("the server has not proven that it knows the password")
	}
	s.proven = true
	return nil
}

// scramFields reads a message: letters and values.
func scramFields(message string) map[string]string {
	fields := map[string]string{}
	for part := range strings.SplitSeq(message, ",") {
		if name, value, ok := strings.Cut(part, "="); ok && len(name) == 1 {
			fields[name] = value
		}
	}
	return fields
}

func mac(key []byte, message string) []byte {
	h := hmac.New(sha256.New, key)
	_, _ = h.Write([]byte(message)) // never fails
	return h.Sum(nil)
}
