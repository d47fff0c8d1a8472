package decode

// SMTP is what only checks "smtp" have.
type SMTP struct {
	Helo     Arg[string]
	StartTLS Arg[bool]
}

// DNS is what only checks "dns" have.
type DNS struct {
	Question  Arg[string]
	Type      Arg[string]
	Rcodes    []Arg[string]
	Answer    Arg[string]
	Transport Arg[string]
}

// UDP is what only checks "udp" have.
type UDP struct {
	Payload      Arg[string]
	RequireReply bool
	Reply        Arg[string]
	ReplyMin     Arg[int64]
	ReplyMax     Arg[int64] // unset: any number
}

func bindDNS(o *Object) DNS {
	return DNS{
		Question: get[string](o, "name"), Type: get[string](o, "type"), Rcodes: list[string](o, "rcodes"),
		Answer: get[string](o, "answer"), Transport: get[string](o, "transport"),
	}
}

func bindUDP(o *Object) UDP {
	u := UDP{
		Payload: get[string](o, "payload"), Reply: get[string](o, "reply"), ReplyMin: get[int64](o, "reply_min"), ReplyMax: get[int64](o, "reply_max"),
	}
	u.RequireReply = get[bool](o, "require_reply").Val || u.Reply.Set || u.ReplyMin.Set || u.ReplyMax.Set
	return u
}
