package schema

import (
	"net"
	"net/mail"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/zclconf/go-cty/cty"
)

// notifyBlock says where it is told what happens.
func notifyBlock() *Block {
	on := notifyOn()
	on.Default = Default{Value: cty.TupleVal([]cty.Value{
		cty.StringVal("active"), cty.StringVal("backup"), cty.StringVal("fault"), cty.StringVal("stop"), cty.StringVal("deleted"),
		cty.StringVal("up"), cty.StringVal("down"),
	})}
	return &Block{
		Type:    "notify",
		Labels:  []Label{{Name: "name", Doc: "Name; used as `notify.name`."}},
		ForEach: true,
		Overlay: true,
		Doc: "Where people and programs are told what happens to the VIPs, sync groups and pools that name it in `notify`, or to all when `settings` does: " +
			"scripts, named pipes, mails and webhooks. Events of one object are told in their order, and nothing waits for who is told.",
		Args: []Arg{on},
		Blocks: []Nested{
			{Block: notifyScriptBlock("script")}, {Block: notifyFIFOBlock()}, {Block: notifyMailBlock()}, {Block: notifyWebhookBlock()},
		},
		Rules: []Rule{{Name: "tells somebody", Args: []string{"on"}, Doc: "A notify block holds at least one of the blocks script, fifo, mail and webhook."}},
		Example: "notify \"ops\" {\n  script {\n    command = [\"/usr/local/bin/vip-changed\"]\n    user    = \"ops\"\n  }\n\n" +
			"  mail {\n    on     = [\"fault\", \"down\"]\n    server = \"mail.example.com:587\"\n    from   = \"ha@example.com\"\n    to     = [\"ops@example.com\"]\n  }\n}\n\n" +
			"settings {\n  notify = [notify.ops]\n}\n",
	}
}

// notifyOn are the events that are told.
func notifyOn() Arg {
	return Arg{
		Name: "on", Kind: List{Elem: Enum{Values: []string{"active", "backup", "fault", "stop", "deleted", "lower_priority", "priority", "up", "down", "quorum_up", "quorum_down"}}, Unique: true},
		Default: Default{Text: "as in the notify block"},
		Doc: "Events that are told: of VIPs and sync groups the states `active` and `backup`, `fault` (takes no part in the election though it should), `stop` (the " +
			"enforcer ends), `deleted` (no longer configured), `lower_priority` (an Active router heard one of lower priority) and `priority` (tracking changed it); of " +
			"servers `up` and `down`; of pools `quorum_up` and `quorum_down`. A server that is there from the start is not told, a pool that has its quorum is.",
		Example: `["active", "fault"]`, Keepalived: "notify", Impact: "none",
	}
}

// notifyScriptBlock runs a program for each event; as "reader" it reads a pipe.
func notifyScriptBlock(name string) *Block {
	b := &Block{Type: name}
	command := Arg{
		Name: "command", Required: true, Kind: List{Elem: Text{Max: 4096, What: "a text on one line", Valid: oneLine}},
		Doc:     "Program with its path, and its arguments. No shell is involved: each element arrives as it is.",
		Example: `["/usr/local/bin/vip-changed", "--quiet"]`, Keepalived: "notify_master", Impact: "none",
	}
	as := []Arg{
		{
			Name: "user", Kind: Text{Max: 32, What: "the name or number of a user", Valid: accountName}, Default: value(cty.StringVal("nobody")),
			Doc: "User as whom the program runs. As `root`, or in a group of root, only what nobody else may write is run: the file, and each " +
				"folder and link on the way to it, belong to root.",
			Example: `"ops"`, Keepalived: "script_user", Impact: "none",
		},
		{
			Name: "group", Kind: Text{Max: 32, What: "the name or number of a group", Valid: accountName}, Default: Default{Text: "the first group of the user"},
			Doc: "The only group that the program has.", Example: `"adm"`, Impact: "none",
		},
	}
	if name == "reader" {
		command.Example, command.Keepalived = `["/usr/local/bin/read-events"]`, "notify_fifo_script"
		command.Doc += " The path of the pipe is added as the last one."
		b.Doc = "A program that reads the pipe. It is kept running: when it ends it is started again, after 1s at first and at most 1m."
		b.Args, b.Rules = append([]Arg{command}, as...), []Rule{commandRule()}
		return b
	}
	b.Doc = "A program that is run for each event, one after the other for events of one object. Its environment has PATH, LANG, HA_EVENT, HA_KIND (vip, sync_group, " +
		"server, pool), HA_OBJECT (vip.web), HA_NAME (web), HA_WHY, HA_NODE, HA_CLUSTER, HA_AT, HA_SEQ; of VIPs and groups HA_STATE (MASTER, BACKUP, FAULT, STOP as " +
		"keepalived names them) and HA_PRIORITY; of servers and pools HA_PROTOCOL and HA_LISTENERS, of servers HA_ADDRESS. Its exit status and the first line that it prints stand in the event log."
	b.Args = append([]Arg{notifyOn(), command}, as...)
	b.Args = append(b.Args, Arg{
		Name: "timeout", Kind: Duration{Min: 100 * time.Millisecond, Max: time.Hour, Step: time.Millisecond}, Default: value(cty.StringVal("30s")),
		Doc:     "After how long the program and what it started are ended, 100ms to 1h. What a program that ended by itself left running stays.",
		Example: `"1m"`, Impact: "none",
	}, Arg{
		Name: "arguments", Kind: Enum{Values: []string{"none", "keepalived"}}, Default: value(cty.StringVal("none")),
		Doc:     "Arguments that are added: with \"keepalived\" the four of its `notify`, INSTANCE or GROUP, the name, MASTER, BACKUP, FAULT or STOP, and the priority.",
		Example: `"keepalived"`, Keepalived: "notify", Impact: "none",
	})
	b.Rules = []Rule{commandRule()}
	return b
}

func notifyFIFOBlock() *Block {
	return &Block{
		Type: "fifo",
		Doc: "A named pipe into which each event is written as a line. It is made when it is not there, with mode 0600. Lines wait in it for a reader, some 64 KiB of them and 1,000 more; " +
			"then the oldest are lost, which is told.",
		Args: []Arg{
			notifyOn(),
			{
				Name: "path", Kind: Text{Max: 4000, What: "the path of a file, from the root on", Valid: filePath}, Required: true,
				Doc: "Path of the pipe. A file or link that stands there is left alone, and told.", Example: `"/run/ha/events"`, Keepalived: "notify_fifo", Impact: "none",
			},
			{
				Name: "user", Kind: Text{Max: 32, What: "the name or number of a user", Valid: accountName}, Default: value(cty.StringVal("root")),
				Doc: "User to whom the pipe belongs.", Example: `"ops"`, Keepalived: "notify_fifo", Impact: "none",
			},
			{
				Name: "group", Kind: Text{Max: 32, What: "the name or number of a group", Valid: accountName}, Default: Default{Text: "the first group of the user"},
				Doc: "Group of the pipe.", Example: `"adm"`, Keepalived: "notify_fifo", Impact: "none",
			},
			{
				Name: "format", Kind: Enum{Values: []string{"keepalived", "json"}}, Default: value(cty.StringVal("keepalived")),
				Doc: "How a line is written: as keepalived does, `INSTANCE \"web\" MASTER 100`, `GROUP \"edge\" BACKUP 0` or " +
					"`RS [198.51.100.5]:tcp:80 [192.0.2.1]:tcp:80 DOWN` and `VS [192.0.2.1]:tcp:80 UP` (without the NUL that it puts behind these), or all that is known as JSON.",
				Example: `"json"`, Impact: "none",
			},
		},
		Blocks: []Nested{{Block: notifyScriptBlock("reader"), Max: 1, Switch: true}},
	}
}

func notifyMailBlock() *Block {
	return &Block{
		Type: "mail",
		Doc: "A mail about the events that come within `digest` of each other. One that cannot be sent is tried again for an hour, after 1s at first and at most every 5m; " +
			"1,000 events wait, and the next mail says how many were lost.",
		Args: []Arg{
			notifyOn(),
			{
				Name: "server", Kind: Text{Max: 260, What: "a host and a port", Valid: hostAndPort}, Required: true,
				Doc: "Mail server with its port, by name or address.", Example: `"mail.example.com:587"`, Keepalived: "smtp_server", Impact: "none",
			},
			{
				Name: "tls", Kind: Enum{Values: []string{"starttls", "opportunistic", "implicit", "none"}}, Default: value(cty.StringVal("starttls")),
				Doc: "How the connection is protected: \"starttls\" insists on STARTTLS, \"opportunistic\" uses it where the server has it, \"implicit\" speaks TLS from the start " +
					"(port 465), \"none\" never does, as keepalived.",
				Example: `"none"`, Impact: "none",
			},
			caArg(),
			{
				Name: "from", Kind: Text{Max: 320, What: "a mail address", Valid: mailAddress}, Required: true,
				Doc: "Sender.", Example: `"ha@example.com"`, Keepalived: "notification_email_from", Impact: "none",
			},
			{
				Name: "to", Kind: List{Elem: Text{Max: 320, What: "a mail address", Valid: mailAddress}, Unique: true}, Required: true,
				Doc: "Recipients, one at least.", Example: `["Ops Team <ops@example.com>"]`, Keepalived: "notification_email", Impact: "none",
			},
			{
				Name: "helo", Kind: Text{Max: 255, What: "a text on one line", Valid: oneLine}, Default: Default{Text: "the node's host name"},
				Doc: "Name by which the node introduces itself.", Example: `"lb1.example.com"`, Keepalived: "smtp_helo_name", Impact: "none",
			},
			{
				Name: "user", Kind: Text{Max: 255, What: "a text on one line", Valid: oneLine}, Default: Default{Text: "none: no authentication"},
				Doc: "User at the mail server.", Example: `"ha"`, Impact: "none",
			},
			{
				Name: "password", Kind: Secret{}, Default: Default{Text: "none"},
				Doc: "The password of `user`; it is read for each mail, so that a new one needs no apply.", Example: `secret("file:/etc/ha/mail.password")`, Impact: "none",
			},
			digestArg("5s"),
		},
		Rules: []Rule{
			{Name: "mail has recipients", Args: []string{"to"}, Doc: "A mail needs somebody who reads it."},
			{Name: "user and password", Args: []string{"user", "password"}, Doc: "A user and a password go together; over a connection that is not protected they would be read by others."},
		},
	}
}

func notifyWebhookBlock() *Block {
	return &Block{
		Type: "webhook",
		Doc: "A POST of JSON with the events that come within `digest` of each other: `version` (1), `text` for chats, and `events`, a list in their order with seq, at, cluster, node, kind, " +
			"object, name, event, priority, why, and of servers address, protocol and listeners. Any 2xx is success; other answers than 408, 429 and 5xx are final, all else is tried " +
			"again for an hour. Redirects are not followed.",
		Args: []Arg{
			notifyOn(),
			{
				Name: "url", Kind: Text{Max: 2000, What: "a URL", Valid: webURL}, Default: Default{Text: "none"},
				Doc: "Where to post, http or https.", Example: `"https://hooks.example.com/ha"`, Impact: "none",
			},
			{
				Name: "secret_url", Kind: Secret{}, Default: Default{Text: "none"},
				Doc: "The same where the URL itself is a secret, as those of chats are.", Example: `secret("file:/etc/ha/chat.url")`, Impact: "none",
			},
			{
				Name: "headers", Kind: Map{Elem: Text{Max: 1024, What: "a text on one line", Valid: oneLine}, Key: headerName, KeyWords: "names of headers"},
				Default: Default{Text: "none"},
				Doc:     "Further headers.", Example: `{ X-Team = "net" }`, Impact: "none",
			},
			{
				Name: "token", Kind: Secret{}, Default: Default{Text: "none"},
				Doc: "Sent as `Authorization: Bearer`.", Example: `secret("file:/etc/ha/hook.token")`, Impact: "none",
			},
			{
				Name: "key", Kind: Secret{}, Default: Default{Text: "none: no signature"},
				Doc:     "Key of the signature: `X-Ha-Signature: sha256=` and the HMAC-SHA256, in hexadecimal digits, of the header X-Ha-Timestamp (seconds since 1970), a dot and the body.",
				Example: `secret("file:/etc/ha/hook.key")`, Impact: "none",
			},
			caArg(), digestArg("1s"),
		},
		Rules: []Rule{{Name: "webhook has one URL", Args: []string{"url", "secret_url"}, Doc: "A webhook has either url or secret_url."}},
	}
}

func caArg() Arg {
	return Arg{
		Name: "ca", Kind: Text{Max: 4000, What: "the path of a file, from the root on", Valid: filePath}, Default: Default{Text: "the authorities of the system"},
		Doc: "File with the certificates of the authorities that are trusted (PEM).", Example: `"/etc/ssl/corp.pem"`, Impact: "none",
	}
}

func digestArg(normal string) Arg {
	return Arg{
		Name: "digest", Kind: Duration{Min: 100 * time.Millisecond, Max: time.Hour, Step: time.Millisecond, Zero: true}, Default: value(cty.StringVal(normal)),
		Doc:     "How long the first event waits for others that go with it, 100ms to 1h; \"0s\" waits for none. A takeover of 200 VIPs is one message then.",
		Example: `"30s"`, Impact: "none",
	}
}

// notifyArg is the argument of who is told about.
func notifyArg(normal string) Arg {
	return Arg{
		Name: "notify", Kind: List{Elem: Ref{To: "notify"}, Unique: true}, Default: Default{Text: normal},
		Doc: "Who is told what happens.", Example: "[notify.ops]", Keepalived: "notify", Impact: "none",
	}
}

// hostAndPort checks the name or address of a machine with a port.
func hostAndPort(s string) *ValueError {
	host, port, err := net.SplitHostPort(s)
	n, numeric := strconv.ParseUint(port, 10, 16)
	if err == nil && host != "" && numeric == nil && n > 0 && !strings.ContainsAny(host, " /@") {
		return oneLine(s)
	}
	e := wrong(CodeName, "%s is not a host and a port", quote(shorten(s)))
	e.Help = `Write for example "mail.example.com:587", or "[2001:db8::25]:25".`
	return e
}

// mailAddress checks an address as mails have it (RFC 5322).
func mailAddress(s string) *ValueError {
	if _, err := mail.ParseAddress(s); err != nil {
		e := wrong(CodeName, "%s is not a mail address", quote(shorten(s)))
		e.Help = `Write for example "ops@example.com" or "Ops Team <ops@example.com>".`
		return e
	}
	return oneLine(s)
}

// webURL checks a URL of http or https.
func webURL(s string) *ValueError {
	u, err := url.Parse(s)
	if err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" && u.User == nil {
		return oneLine(s)
	}
	e := wrong(CodeName, "%s is not a URL of http or https", quote(shorten(s)))
	e.Help = `Write for example "https://hooks.example.com/ha"; a password in it belongs into secret_url.`
	return e
}
