package schema

import "github.com/zclconf/go-cty/cty"

// weightBlock lets the answer to a check set the weight of a server.
func weightBlock() *Block {
	return &Block{
		Type: "weight",
		Doc: "The answer says how much the server can take, and its weight in the pool follows: for `http` a number in a header or at the beginning of the " +
			"body, for `tcp` a line that the server sends when it is connected to, such as \"75%\" of HAProxy's agents, for `script` the exit status, of which 0 leaves " +
			"the configured weight, 1 is failure, and from 2 on the weight is two less; for `file` its number, which is added. An answer without a weight is a " +
			"failure. A server with weight 0 takes no connections on purpose, and stays so.",
		Args: []Arg{
			{
				Name: "header", Kind: Text{Max: 256, What: "the name of a header", Valid: headerName}, Default: Default{Text: "the body"},
				Doc: "Header of the answer in which the weight stands; of `http`.", Example: `"X-Weight"`, Impact: "new-connections",
			},
			{
				Name: "unit", Kind: Enum{Values: []string{"weight", "percent"}}, Default: Default{Text: "weight; percent for `tcp`"},
				Doc: "Whether the number is the weight, or a share of the configured one; of `http` and `tcp`. With `percent`, words are understood, too: up, ready, " +
					"drain, and down, stopped, failed and maint, which are failures.",
				Example: `"percent"`, Impact: "new-connections",
			},
			{
				Name: "factor", Kind: Int{Min: -254, Max: 254}, Default: value(cty.NumberIntVal(1)),
				Doc: "What the number of a file is multiplied with before it is added, -254 to 254; of `file`.", Example: "-1", Keepalived: "weight", Impact: "new-connections",
			},
			{
				Name: "min", Kind: Int{Min: 0, Max: 65535}, Default: value(cty.NumberIntVal(0)),
				Doc: "Least weight, whatever the answer says, 0 to 65535.", Example: "1", Impact: "new-connections",
			},
			{
				Name: "max", Kind: Int{Min: 0, Max: 65535}, Default: value(cty.NumberIntVal(65535)),
				Doc: "Greatest weight, whatever the answer says, 0 to 65535.", Example: "100", Impact: "new-connections",
			},
		},
	}
}

// weightRule is about what the answer to a check can say.
func weightRule() Rule {
	return Rule{
		Name: "weight fits the check", Args: []string{"kind"},
		Doc: "A weight stands in the answers of http and tcp, in the exit status of a script, and in a file that holds a number.",
	}
}
