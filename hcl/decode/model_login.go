package decode

import (
	"github.com/hashicorp/hcl/v2"

	"ha/hcl/schema"
)

// Login is how checks speak with servers of data.
type Login struct {
	Username Arg[string]
	Password Arg[schema.SecretRef]
	Database Arg[string]
	Role     Arg[string]
}

func bindLogin(o *Object) Login {
	return Login{
		Username: get[string](o, "username"), Password: get[schema.SecretRef](o, "password"), Database: get[string](o, "database"), Role: get[string](o, "role"),
	}
}

func loginsAreWhole(o *Object, why string) hcl.Diagnostics {
	l, kind := bindLogin(o), o.Labels[0]
	switch {
	case kind == "redis" && l.Username.Set && !l.Password.Set:
		return fault(o, "HA2353", "username", "username has no password", why, `Add for example `+"`password = secret(\"file:/etc/ha/probe.password\")`.")
	case kind != "redis" && l.Password.Set && !l.Username.Set:
		return fault(o, "HA2353", "password", "the password is of no user", why, `Add username.`)
	case kind == "postgresql" && l.Role.Set && !l.Username.Set:
		return fault(o, "HA2353", "role", "the role is told to users only", why, "Add username, of a user with no rights at all for instance.")
	}
	return nil
}
