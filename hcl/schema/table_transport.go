package schema

import (
	"strconv"
	"time"

	"github.com/zclconf/go-cty/cty"
)

func authenticationBlock() *Block {
	return &Block{
		Type: "authentication",
		Doc: "How adverts prove that they come from a member: \"pass\" (a password in clear text, which keeps out routers that are there " +
			"by mistake) and \"ah\" (HMAC-MD5, as keepalived speaks it) belong to version 2, \"hmac\" (HMAC-SHA256, keepalived 2.4.2 and " +
			"later) goes with both. Secrets are references: `secret(\"file:/etc/ha/web.key\")`, `secret(\"env:NAME\")` or " +
			"`secret(\"cred:NAME\")` for a systemd credential. They are read on the node when an election starts and when a plan with changes " +
			"is applied. A plan compares the references: it does not show that the content of a file changed, so give a new secret a new " +
			"name.",
		Args: []Arg{
			{
				Name: "type", Kind: Enum{Values: []string{"pass", "ah", "hmac"}}, Required: true,
				Doc: "Kind of authentication, the same on all nodes.", Example: `"hmac"`, Keepalived: "auth_type", Impact: "failover", Deaf: true,
			},
			{
				Name: "key", Kind: Secret{}, Default: Default{Text: "none"},
				Doc:     "Password of \"pass\" and \"ah\"; VRRP carries its first 8 bytes.",
				Example: `secret("file:/etc/ha/web.key")`, Keepalived: "auth_pass", Impact: "failover", Deaf: true,
			},
			{
				Name: "keys", Kind: Map{Elem: Secret{}, Key: keyID, KeyWords: "key ids from 1 to 255"}, Default: Default{Text: "none"},
				Doc: "Keys of \"hmac\" by id, each of 32 to 64 bytes; a file may begin with `hex:`. All are accepted, so a new key is added on " +
					"all nodes before it becomes the active one.",
				Example: `{ 1 = secret("file:/etc/ha/web-1.key") }`, Keepalived: "auth_hmac key", Impact: "none",
			},
			{
				Name: "active", Kind: Int{Min: 1, Max: 255, Why: "A key id is a byte and 0 is not used (draft-cassen-vrrp-auth-hmac)."},
				Default: Default{Text: "the only key"},
				Doc:     "Id of the key that signs.", Example: "1", Keepalived: "active_key", Impact: "none",
			},
			{
				Name: "mode", Kind: Enum{Values: []string{"enforce", "permissive", "receive-only"}}, Default: Default{Text: "enforce, with \"hmac\""},
				Doc: "How far \"hmac\" is rolled out: \"receive-only\" on all nodes, then \"permissive\", which signs, then \"enforce\", which " +
					"accepts nothing unsigned.",
				Example: `"permissive"`, Keepalived: "auth_hmac mode", Impact: "none",
			},
			{
				Name: "replay", Kind: Enum{Values: []string{"time", "monotonic"}}, Default: Default{Text: "time, with \"hmac\""},
				Doc: "What keeps recorded adverts out: \"time\" wants numbers that grow and are of now, so clocks must agree within the window; " +
					"\"monotonic\" wants numbers that grow.",
				Example: `"monotonic"`, Keepalived: "anti_replay", Impact: "none",
			},
			{
				Name: "window", Kind: Duration{Min: time.Second, Max: 300 * time.Second, Step: time.Second},
				Default: Default{Text: "three intervals, 5s at least and 5m at most"},
				Doc:     "How far the clocks of nodes may be apart with \"time\".", Example: `"10s"`, Keepalived: "time_window", Impact: "none",
			},
		},
		Rules: []Rule{{
			Name: "authentication is whole", Args: []string{"type", "key", "keys", "active"},
			Doc: "\"pass\" and \"ah\" take a key and nothing else; \"hmac\" takes keys, and names the active one of several.",
		}},
	}
}

func unicastBlock() *Block {
	return &Block{
		Type: "unicast",
		Doc: "Sends adverts to each peer instead of the multicast group, for networks that carry no multicast. The block alone is enough " +
			"where the addresses of the nodes are of the VIP's family. For addresses of both families list the peers of both: of those, a node " +
			"sends from the ones that are its own.",
		Args: []Arg{
			{
				Name: "source", Kind: Addr{}, Default: Default{Text: "the node's address; in the other family the peer that is its own"},
				Doc:     "Address on the VIP's interface from which adverts of its family are sent, and by which peers know the node.",
				Example: `"192.0.2.11"`, Keepalived: "unicast_src_ip", Impact: "failover", Deaf: true,
			},
			{
				Name: "peers", Kind: List{Elem: Addr{}, Unique: true}, Default: Default{Text: "the other nodes of the VIP"},
				Doc:     "Addresses to which adverts are sent, and from which they are accepted; the node's own is passed over.",
				Example: `["192.0.2.11", "192.0.2.12"]`, Keepalived: "unicast_peer", Impact: "failover", Deaf: true,
			},
			{
				Name: "min_ttl", Kind: Int{Min: 1, Max: 255}, Default: Default{Text: "not checked"},
				Doc:     "Lowest TTL or hop limit that is accepted: 255 when no router is between the nodes.",
				Example: "255", Keepalived: "min_ttl", Impact: "none",
			},
			{
				Name: "max_ttl", Kind: Int{Min: 1, Max: 255}, Default: Default{Text: "not checked"},
				Doc:     "Highest TTL or hop limit that is accepted: together with min_ttl it says how many routers are between the nodes.",
				Example: "253", Keepalived: "max_ttl", Impact: "none",
			},
			{
				Name: "ttl", Kind: Int{Min: 1, Max: 255}, Default: value(cty.NumberIntVal(255)),
				Doc:     "TTL or hop limit that adverts are sent with, 1 to 255.",
				Example: "64", Keepalived: "unicast_ttl", Impact: "none",
			},
		},
		Rules: []Rule{{
			Name: "ttls are a range", Args: []string{"min_ttl", "max_ttl"},
			Doc: "min_ttl is not above max_ttl, and neither leaves out what the other nodes send.",
		}},
	}
}

// keyID checks the id of a key.
func keyID(name string) *ValueError {
	if n, err := strconv.Atoi(name); err == nil && n >= 1 && n <= 255 && strconv.Itoa(n) == name {
		return nil
	}
	return wrong(CodeOutOfRange, "%s is no key id: a whole number from 1 to 255", quote(name))
}
