package schema

import (
	"time"

	"github.com/zclconf/go-cty/cty"
)

func clusterBlock() *Block {
	return &Block{
		Type:   "cluster",
		Single: true,
		Doc:    "What holds for the whole configuration. The block may be left out.",
		Args: []Arg{
			{
				Name: "name", Kind: Text{Max: 64, What: "a name without blanks", Valid: clusterName},
				Default: value(cty.StringVal("default")),
				Doc:     "Name of the cluster, shown in plans and by `ha status`; at most 64 bytes.",
				Example: `"edge"`, Impact: "none",
			},
			{
				Name: "required_version", Kind: VersionConstraint{},
				Default: Default{Text: "any version"},
				Doc:     "Versions of `ha` that may read these files; another one refuses them.",
				Example: `">= 0.1, < 2.0"`, Impact: "none",
			},
		},
		Example: "cluster {\n  name             = \"edge\"\n  required_version = \">= 0.1\"\n}\n",
	}
}

func nodeBlock() *Block {
	return &Block{
		Type:   "node",
		Labels: []Label{{Name: "name", Doc: "Name of the machine, as `ha apply --node` takes it."}},
		Doc: "One machine of the cluster. Directors run elections and balance; servers answer behind them, and are listed so " +
			"that their side of direct routing and of tunnels is set up: the listeners' addresses on `lo`, what keeps the machine silent about " +
			"them, and the end of the tunnel. A director that is also a server of another director's pool is set up likewise.",
		Args: []Arg{
			{
				Name: "address", Kind: Addr{},
				Default: Default{Text: "none; required for servers"},
				Doc: "The machine's own address. It must not move. Real servers are recognised by it, unicast and BFD send to it and " +
					"from it where nothing else is said, and a machine whose host name is none of the nodes finds itself by it.",
				Example: `"192.168.16.21"`, Impact: "none",
			},
			{
				Name: "interface", Kind: Interface(),
				Default: Default{Text: "none"},
				Doc:     "Interface for VIPs that name none themselves.",
				Example: `"eth0"`, Keepalived: "default_interface", Impact: "failover",
			},
			{
				Name: "role", Kind: Enum{Values: []string{"director", "server"}},
				Default: value(cty.StringVal("director")),
				Doc:     "What the machine is for: `director` holds VIPs and balances, `server` answers for pools.",
				Example: `"server"`, Impact: "outage",
			},
			vipInterfaceArg(),
			{
				Name: "connect", Kind: Text{Max: 100, What: "the place of the node's control socket", Valid: connectURI},
				Default: Default{Text: "none: the node is this machine"},
				Doc:     "How `ha plan` and `ha apply` reach the node: `unix://` and the path of its control socket.",
				Example: `"unix:///run/ha/ha.sock"`, Impact: "none",
			},
			{
				Name: "vars", Kind: Map{Elem: Any{}, KeyWords: "names"},
				Default: Default{Text: "empty"},
				Doc:     "Facts about the machine of your own choice, to be used as `node.lb1.vars.rack`.",
				Example: `{ rack = "a7" }`, Impact: "none",
			},
		},
		Example: "node \"lb3\" {\n  address   = \"192.0.2.13\"\n  interface = \"eth0\"\n}\n",
	}
}

func settingsBlock() *Block {
	return &Block{
		Type:    "settings",
		Single:  true,
		Overlay: true,
		Doc:     "Choices for the node as a whole. The block may be left out.",
		Args: []Arg{{
			Name: "read_back", Kind: Duration{Min: 100 * time.Millisecond, Max: 10 * time.Minute, Step: time.Millisecond},
			Default: value(cty.StringVal("2s")),
			Doc: "How often IPVS and sysctls are read and compared with what they should be: the kernel sends no events for " +
				"them. From 100ms to 10m; addresses, routes and links are watched all the time.",
			Example: `"5s"`, Impact: "none",
		}, {
			Name: "virtual_name", Kind: Interface(), Default: Default{Text: "vrrp"}, Shared: true,
			Doc:     "What the names of virtual interfaces begin with where the virtual_mac or ipvlan block of a vip does not say it, at most 10 bytes.",
			Example: `"ha"`, Keepalived: "vmac_prefix", Impact: "failover",
		}, notifyArg("nobody")},
		Blocks: []Nested{
			{Block: linkBlock(), Key: "interface"},
			{Block: checksBlock(), Max: 1, Switch: true},
			{Block: announceDefaultsBlock(), Max: 1, Switch: true},
			{Block: paceGroupBlock(), Key: "name"},
			{Block: ipvsBlock(), Max: 1, Switch: true},
		},
		Rules:   []Rule{{Name: "interface in one group", Args: []string{"read_back"}, Doc: "What leaves an interface keeps one pace."}},
		Example: "settings {\n  read_back = \"5s\"\n}\n",
	}
}

func variableBlock() *Block {
	return &Block{
		Type:   "variable",
		Labels: []Label{{Name: "name", Doc: "Name of the variable; used as `var.name`."}},
		ByEval: true,
		Doc:    "A value that is given from outside: by file (`*.auto.havars`, `--var-file`), environment (`HA_VAR_name`) or flag (`--var`).",
		Args: []Arg{
			{
				Name: "type", Kind: Any{}, Default: Default{Text: "any"},
				Doc: "Type of the value: `string`, `number`, `bool`, `list(…)`, `map(…)`, `object({…})`.", Example: "list(string)", Impact: "none",
			},
			{
				Name: "default", Kind: Any{}, Default: Default{Text: "none: a value must be given"},
				Doc: "Value when none is given.", Example: `["192.0.2.31"]`, Impact: "none",
			},
			{
				Name: "description", Kind: Text{What: "a text"}, Default: Default{Text: "none"},
				Doc: "What the variable is for.", Example: `"real servers"`, Impact: "none",
			},
			{
				Name: "sensitive", Kind: Bool{}, Default: value(cty.False),
				Doc: "Keeps the value out of everything that is printed.", Example: "true", Impact: "none",
			},
			{
				Name: "nullable", Kind: Bool{}, Default: value(cty.True),
				Doc: "Whether `null` may be given; if not, the default is taken instead.", Example: "false", Impact: "none",
			},
		},
		Blocks: []Nested{{Block: &Block{
			Type: "validation",
			Doc:  "A condition that the value must meet.",
			Args: []Arg{
				{Name: "condition", Kind: Bool{}, Required: true, Doc: "Must be true.", Example: "length(var.servers) > 0", Impact: "none"},
				{
					Name: "error_message", Kind: Text{What: "a text"}, Required: true,
					Doc: "What is said otherwise.", Example: `"at least one server is needed"`, Impact: "none",
				},
			},
		}}},
		Example: "variable \"servers\" {\n  type    = list(string)\n  default = [\"192.0.2.31\"]\n}\n",
	}
}

func localsBlock() *Block {
	return &Block{
		Type:    "locals",
		ByEval:  true,
		Free:    true,
		Doc:     "Names for expressions, used as `local.name`. The arguments are of your own choice; there may be several such blocks.",
		Example: "locals {\n  web_port = 80\n}\n",
	}
}

// value is a default that stands in the table as a value.
func value(v cty.Value) Default { return Default{Value: v} }
