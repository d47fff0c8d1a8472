package schema

import (
	"slices"
	"time"

	"github.com/zclconf/go-cty/cty"
)

func poolBlock() *Block {
	return &Block{
		Type:    "pool",
		Labels:  []Label{{Name: "name", Doc: "Name of the pool; used as `pool.name`."}},
		ForEach: true,
		Overlay: true,
		Doc: "Virtual servers of IPVS with the real servers behind them. Every server stands behind every listener; a server that " +
			"fails a check gets no connections until it passes again.",
		Args: slices.Concat([]Arg{
			{
				Name: "listen", Kind: List{Elem: Listen{}, Unique: true}, Default: Default{Text: "none; a pool has listeners or marks"},
				Doc: "Addresses and ports that clients connect to; a VIP should hold each of the addresses. IPv6 stands in brackets. Ranges of " +
					"addresses (`192.0.2.20-29:80`, `[2001:db8::10-1f]:80`, `192.0.2.20-192.0.3.5:80`) and ports (`192.0.2.20:8000-8010`) are " +
					"that many listeners; port 0 is every port without a listener of its own, and needs `persistence`.",
				Example: `["192.0.2.20:80", "[2001:db8::20]:80"]`, Keepalived: "virtual_server", Impact: "existing-connections",
			},
			{
				Name: "protocol", Kind: Enum{Values: []string{"tcp", "udp", "sctp"}}, Default: value(cty.StringVal("tcp")),
				Doc: "Protocol of the listeners.", Example: `"udp"`, Keepalived: "protocol", Impact: "existing-connections",
			},
			{
				Name: "scheduler", Default: value(cty.StringVal("wlc")),
				Kind: Enum{Values: []string{
					"rr", "wrr", "lc", "wlc", "lblc", "lblcr", "sh", "dh", "mh", "sed", "nq", "fo", "ovf", "twos",
				}},
				Doc: "How a server is chosen for a new connection, by the name that ipvsadm(8) uses: `rr` in turn, `wrr` in turn by weight, " +
					"`wlc` the fewest connections by weight, `sh` and `mh` by source address, and so on.",
				Example: `"rr"`, Keepalived: "lvs_sched", Impact: "new-connections",
			},
			{
				Name: "forwarding", Kind: forwardings(), Default: value(cty.StringVal("nat")),
				Doc: "How packets reach a server: `nat` rewrites addresses both ways, `dr` sends frames on to a server that holds the " +
					"address itself, `tunnel` wraps them into others for such a server.",
				Example: `"dr"`, Keepalived: "lvs_method", Impact: "existing-connections",
			},
			{
				Name: "persistence", Default: value(cty.StringVal("0s")),
				Kind: Duration{
					Min: time.Second, Max: 31 * 24 * time.Hour, Step: time.Second, Zero: true, Why: "IPVS counts whole seconds, up to 31 days.",
				},
				Doc:     "How long a client keeps its server, in whole seconds up to 744h; \"0s\" is off.",
				Example: `"50s"`, Keepalived: "persistence_timeout", Impact: "new-connections",
			},
			{
				Name: "checks", Kind: List{Elem: Ref{To: "check"}, Unique: true}, Default: Default{Text: "none"},
				Doc:     "Checks that every server of the pool must pass, besides the `check` blocks here.",
				Example: "[check.http.login]", Impact: "new-connections",
			},
			{
				Name: "nodes", Kind: List{Elem: Ref{To: "node"}, Unique: true}, Shared: true, Default: Default{Text: "all directors"},
				Doc: "Directors that balance this pool.", Example: "[node.lb1, node.lb2]", Impact: "outage",
			},
			preparedArg(),
			drainArg(value(cty.StringVal("0s"))), slowStartArg(value(cty.StringVal("0s"))),
			notifyArg("as in settings"),
			downAtStopArg(),
		}, serviceArgs(), balanceArgs()),
		Blocks: []Nested{
			{Block: tunnelBlock("the servers of the pool"), Max: 1, Switch: true},
			{Block: nestedCheckBlock()},
			{Block: serverBlock(), Key: "name"},
			{Block: quorumBlock(), Max: 1, Switch: true},
			{Block: sorryBlock(), Max: 1, Switch: true},
		},
		Rules: append([]Rule{{Name: "has listeners", Args: []string{"listen", "fwmark"}, Doc: "A pool needs at least one listener or mark."}}, serviceRules()...),
		Example: "vip \"shop\" {\n  vrid      = 80\n  addresses = [\"192.0.2.80/32\"]\n\n  node \"lb1\" {\n    priority = 150\n  }\n}\n\n" +
			"pool \"shop\" {\n  listen     = [\"192.0.2.80:80\"]\n  scheduler  = \"rr\"\n  forwarding = \"nat\"\n\n  check \"tcp\" {\n    interval = \"2s\"\n  }\n\n" +
			"  server \"web1\" {\n    address = \"192.0.2.31:80\"\n  }\n\n  server \"web2\" {\n    address = \"192.0.2.32:80\"\n    weight  = 2\n  }\n}\n",
	}
}

func serverBlock() *Block {
	return &Block{
		Type:   "server",
		Labels: []Label{{Name: "name", Doc: "Name of the server within the pool."}},
		Doc:    "A real server.",
		Args: slices.Concat([]Arg{
			{
				Name: "address", Kind: HostPort{Portless: true}, Required: true,
				Doc: "Address and port that connections are sent to; without a port (IPv6 in brackets, too) it is the one that the client connects to. With " +
					"`dr` and `tunnel` it cannot be another.",
				Example: `"192.0.2.31:80"`, Keepalived: "real_server", Impact: "existing-connections",
			},
			{
				Name: "weight", Kind: Int{Min: 0, Max: 65535}, Default: value(cty.NumberIntVal(1)),
				Doc:     "Share of new connections relative to the other servers, 0 to 65535; 0 takes no new ones.",
				Example: "10", Keepalived: "weight", Impact: "new-connections",
			},
			{
				Name: "checks", Kind: List{Elem: Ref{To: "check"}, Unique: true}, Default: Default{Text: "none"},
				Doc:     "Checks that this server must pass, besides those of the pool.",
				Example: "[check.tcp.db]", Impact: "new-connections",
			},
			tierArg(),
			inhibitArg("as in the pool"),
			serverNodeArg(),
			serverBFDArg(),
			drainArg(Default{Text: "as in the pool"}), slowStartArg(Default{Text: "as in the pool"}),
			notifyArg("as in the pool"),
		}, serverServiceArgs()),
		Rules:  []Rule{thresholdsRule()},
		Blocks: []Nested{{Block: tunnelBlock("this server"), Max: 1, Switch: true}, {Block: nestedCheckBlock()}},
	}
}

func checkBlock() *Block {
	b := nestedCheckBlock()
	b.Labels = append(b.Labels, Label{Name: "name", Doc: "Name of the check; used as `check.tcp.name`."})
	b.ForEach = true
	b.Args = append(b.Args, Arg{
		Name: "target", Kind: HostPort{}, Default: Default{Text: "what refers to the check: a server of a pool, a track block"},
		Doc:     "Address and port that are probed where no server says so: for `track`, `require` and `prefer`.",
		Example: `"192.0.2.31:80"`, Impact: "failover",
	})
	b.Doc = "A health check that pools and servers refer to. " + b.Doc
	b.Example = "check \"http\" \"login\" {\n  path   = \"/health\"\n  status = [\"200\"]\n  fall   = 2\n}\n\ncheck \"tcp\" \"db\" {\n  port = 5432\n}\n\n" +
		"check \"script\" \"replica\" {\n  command = [\"/usr/local/bin/check-replica\", \"--lag\", \"30\"]\n  user    = \"postgres\"\n}\n\n" +
		"check \"file\" \"load\" {\n  file = \"/run/app/weight\"\n}\n\ncheck \"process\" \"proxy\" {\n  process = [\"haproxy\"]\n}\n\n" +
		"check \"ping\" \"router\" {\n  address = \"192.0.2.1\"\n}\n\ncheck \"dns\" \"resolver\" {\n  name   = \"www.example.com\"\n  type   = \"A\"\n  answer = \"192.0.2.80\"\n}\n\n" +
		"check \"postgresql\" \"writable\" {\n  username = \"probe\"\n  password = secret(\"file:/etc/ha/probe.password\")\n  role     = \"primary\"\n}\n"
	return b
}

func nestedCheckBlock() *Block {
	const http, smtp, dns, udp, script, file, process = "http", "smtp", "dns", "udp", "script", "file", "process"
	const grpc, redis, postgresql, mysql = "grpc", "redis", "postgresql", "mysql"
	return &Block{
		Type:   "check",
		Labels: []Label{{Name: "kind", OneOf: []string{"tcp", http, grpc, smtp, dns, udp, "ping", redis, postgresql, mysql, script, file, process}, Doc: "`tcp` connects; `http` asks for pages; `grpc` for health; `smtp` greets a mail server; `dns` asks a name server; `udp` sends a datagram; `ping` an echo request; `redis`, `postgresql` and `mysql` (MariaDB, too) begin a session; `script` runs a program; `file` looks into a file; `process` counts processes."}},
		Doc: "Equal checks of one target run once, whoever asks for them. The first probe decides at once; from then on `rise` and " +
			"`fall` count. A script that runs longer than its `timeout` fails, gets SIGTERM and two seconds later SIGKILL, with all of its " +
			"process group; it runs in `/`, with PATH, LANG and, where there is a target, HA_TARGET_ADDRESS and HA_TARGET_PORT in its environment. " +
			"A file is watched: a change is seen at once, and the interval only makes sure. So are processes, where the kernel tells of them: to " +
			"root in the first network namespace; elsewhere the interval finds them.",
		Args: slices.Concat(checkArgs(), httpArgs(http, grpc), grpcArgs(grpc), smtpArgs(smtp),
			tlsArgs(http, grpc, smtp, redis, postgresql, mysql), dnsArgs(dns), udpArgs(udp), loginArgs(redis, postgresql, mysql), scriptArgs(script), fileArgs(file), processArgs(process)),
		Rules: []Rule{
			tlsRule(),
			{Name: "contains needs a body", Args: append(BodyArgs(), "method"), Doc: "An answer to HEAD has no body (RFC 9110 section 9.3.2)."},
			pageRule(),
			datagramRule(),
			loginRule(),
			commandRule(),
			fileRule(),
			processRule(),
			fromRule(),
			dataPathRule(),
			weightRule(),
		},
		Blocks: []Nested{{Block: fromBlock(), Max: 1, Switch: true}, {Block: weightBlock(), Max: 1, Switch: true}, {Block: pageBlock(), Key: "name"}},
	}
}
