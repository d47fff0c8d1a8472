package checks

import (
	"errors"

	"ha/checks/secret"
)

// LoginConfig is as whom a check logs in; the zero value does not.
type LoginConfig struct {
	Username string `json:"username,omitempty"`
	Password string `json:"password,omitempty"` // a reference to a secret, read on the node by each probe
}

// The roles that a server of data may have among its like.
const (
	rolePrimary = "primary" // takes writes
	roleReplica = "replica" // follows one that does
)

// wrong says what does not fit together; nil when all does.
func (c LoginConfig) wrong() error {
	return unless(c.Username != "" || c.Password == "", "a password needs username")
}

// secret is the password; empty where there is none.
func (c LoginConfig) secret() (string, error) {
	if c.Password == "" {
		return "", nil
	}
	password, _, err := secret.Read(c.Password)
	if err != nil {
		return "", &Unable{err.Error(), err}
	}
	return string(password), nil
}

// rightRole checks a word of the configuration.
func rightRole(role string) error {
	return unless(role == "" || role == rolePrimary || role == roleReplica, "role %q is not one of primary, replica", role)
}

// errPlainPassword is a server that wants a password where others could read it.
var errPlainPassword = errors.New("the server wants the password as it is, and the connection has no TLS")
