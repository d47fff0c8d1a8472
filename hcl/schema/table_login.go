package schema

// loginArgs are the arguments of checks that speak with servers of data: redis, postgresql and mysql.
func loginArgs(redis, postgresql, mysql string) []Arg {
	name := Text{Max: 128, What: "a name on one line", Valid: oneLine}
	return []Arg{
		{
			Name: "username", Only: []string{redis, postgresql, mysql}, Kind: name, Default: Default{Text: "none"},
			Doc: "User as whom the check logs in, which must then succeed. Without, it is enough that the server asks who we are or refuses the " +
				"user `ha_check`; that stands in its log.",
			Example: `"probe"`, Impact: "none",
		},
		{
			Name: "password", Only: []string{redis, postgresql, mysql}, Kind: Secret{}, Default: Default{Text: "none"},
			Doc: "Reference to the password, which is read on the node at each probe; needs `username`, except with redis. It is sent as it is over TLS only, " +
				"but with redis.",
			Example: `secret("file:/etc/ha/probe.password")`, Impact: "none",
		},
		{
			Name: "database", Only: []string{postgresql}, Kind: name, Default: Default{Text: "that of the user's name"},
			Doc: "Database that the check logs in to.", Example: `"postgres"`, Impact: "none",
		},
		{
			Name: "role", Only: []string{redis, postgresql}, Kind: Enum{Values: []string{"primary", "replica"}}, Default: Default{Text: "any"},
			Doc:     "Role that the server must have: the one that takes writes, or one that follows it. PostgreSQL tells it since version 14, to who has logged in.",
			Example: `"primary"`, Impact: "none",
		},
	}
}

// loginRule is about what belongs to a login.
func loginRule() Rule {
	return Rule{
		Name: "logins are whole", Args: []string{"username", "password", "role"},
		Doc: "A password is that of a user, and PostgreSQL tells its role to users only.",
	}
}

// grpcArgs are the arguments that only checks of the kind "grpc" have.
func grpcArgs(only string) []Arg {
	return []Arg{
		{
			Name: "service", Only: []string{only}, Kind: Text{Max: 255, What: "the name of a service", Valid: oneLine}, Default: Default{Text: "the server as a whole"},
			Doc: "Service whose health is asked for.", Example: `"shop.Orders"`, Impact: "none",
		},
	}
}
