package diag

import "slices"

// schemaCodes are HA2xxx: schema and types.
func schemaCodes() []Meaning {
	return slices.Concat(structureCodes(), wrongValueCodes(), ruleCodes(), addressRuleCodes(), virtualRuleCodes(), scriptRuleCodes(), checkRuleCodes(), routeRuleCodes(), trackRuleCodes(), notifyRuleCodes(), bfdRuleCodes(), serviceRuleCodes(), syncRuleCodes())
}

// structureCodes are HA21xx: what a block may hold.
func structureCodes() []Meaning {
	return []Meaning{
		{"HA2101", "missing argument", `A required argument is not set. null means "not set", too: a variable that may be null does not do for a required
argument. With overlays an argument may be set in the block itself or in the overlay of every node.

    vip "web" {
      vrid      = 51
      addresses = ["192.0.2.20/32"]
    }`},
		{"HA2102", "wrong number of labels", `Each type of block has a fixed number of labels. A check inside a pool or server has one, its kind; a check at the
top level has two, its kind and its name, because others refer to it:

    pool "web" {
      check "tcp" {
      }
    }
    check "tcp" "db" {
    }`},
		{"HA2103", "unknown block", `The block does not take a nested block of this type. Which it takes stands in the reference page of the language.`},
		{"HA2104", "unknown argument", `The block does not take an argument of this name. Words of keepalived.conf are recognised and translated in the
message: virtual_router_id is vrid, lb_algo is scheduler.`},
		{"HA2105", "block and argument confused", `Things with a name or several parts are blocks and written without "="; single values are arguments and written with
it:

    server "web1" {
      address = "192.0.2.31:80"
    }`},
		{"HA2106", "argument of another kind of check", `Each kind of check has arguments of its own besides those that all have: path, status and contains belong to "http",
command, user and group to "script". Which belong to which stands in the reference page of the language.`},
		{"HA2107", "block stands too often", `The block may stand once, like announce in a vip: two of them would contradict each other.`},
		{"HA2108", "block stands twice", `Two blocks of one type inside one block have the same name. Overlays and plans find them by it.`},
		{"HA2109", "bad label", `Names stand in logs, events and plans: 1 to 255 bytes without control characters.`},
		{"HA2110", "unknown kind of check", `The kind says what a check does: "tcp" connects, "http" asks for pages, "ping" sends an echo request, "script" runs a
program, and so on. All kinds stand in the reference page of the language.`},
		{"HA2111", "argument cannot differ between nodes", `An overlay, a node block inside another block, overrides arguments on one node. Some arguments say something about all
nodes, like the list of nodes itself, and stand in the block only.`},
		{"HA2112", "overlay for an unknown node", `An overlay names a node that no node block declares:

    node "lb1" {
      address = "192.0.2.11"
    }
    vip "web" {
      node "lb1" {
        priority = 150
      }
    }`},
	}
}

// wrongValueCodes are HA22xx: values that an argument cannot hold.
func wrongValueCodes() []Meaning {
	return []Meaning{
		{"HA2201", "wrong type", `The value is of another type than the argument: a list where a number is wanted, a number where a text is. Numbers
and booleans may be texts that read as such ("80", "true"), since variables often are; other conversions are not made,
because they hide slips.`},
		{"HA2202", "duration without unit", `Durations are texts with a unit: ms, s, m, h. A bare number would be seconds to some and milliseconds to others.

    interval = "1s"
    timeout  = "500ms"`},
		{"HA2203", "out of range", `The value is below or above what the argument takes. Ranges come from the protocol or the kernel and are named in the
reference page; nothing is rounded or cut silently.`},
		{"HA2204", "not one of the words", `The argument takes one of a few words, written exactly as listed.`},
		{"HA2205", "not a duration", `The text does not read as a duration, or is finer than the argument counts: VRRP 3 counts centiseconds, IPVS whole
seconds. A value that does not fit is refused rather than rounded, because two nodes that round differently disagree.

    interval = "100ms"
    persistence = "5m"`},
		{"HA2206", "not an address", `The text does not read as an IP address, prefix, or address with port:

    address   = "192.0.2.10"
    addresses = ["192.0.2.20/32", "2001:db8::20/128"]
    listen    = ["192.0.2.20:80", "[2001:db8::20]:80"]

Names are not looked up: what keeps addresses alive must not depend on DNS. Zones (%eth0) and IPv4 addresses in IPv6
notation are not taken.`},
		{"HA2207", "address where a network is wanted", `Routes lead to networks: the bits behind the prefix length are zero. 10.9.1.5/16 is an address in the network
10.9.0.0/16.`},
		{"HA2208", "not a possible name or text", `The text cannot be what the argument takes: the name of an interface has at most 15 bytes and no slash, a path begins
with "/", the name of a sysctl is dotted, a condition on versions has an operator.`},
		{"HA2209", "not a whole number", `The argument counts things, so fractions and infinity are refused. A division is often the cause; floor() and ceil()
make whole numbers.`},
		{"HA2210", "not a reference", `The argument refers to another block and takes its address, without quotes:

    checks = [check.http.login]
    nodes  = [node.lb1, node.lb2]`},
		{"HA2211", "reference in quotes", `References to blocks stand without quotes, so that a misspelt one is found:

    vips = [vip.inside, vip.outside]`},
		{"HA2212", "null in a collection", `null means "not set", and an element of a list is there or is not. A for expression leaves nulls out:

    addresses = [for a in var.addresses : a if a != null]`},
		{"HA2213", "twice in one collection", `An element or a name stands twice in one list or map. The language would silently take the last of two equal names in
a map; here it is an error.`},
		{"HA2215", "reference to a block with for_each", `A block with for_each is several blocks, one per key. A reference names one of them, or all by values():

    vips = [vip.web["a"], vip.web["b"]]
    vips = values(vip.web)`},
		{"HA2216", "secret instead of a reference", `Arguments for secrets take references; the node reads the secret itself, and no configuration, plan or log holds it:

    authentication {
      type = "pass"
      key  = secret("file:/etc/ha/web.key")
    }

secret("env:NAME") reads the environment of the enforcer, secret("cred:NAME") a systemd credential (LoadCredential=). Text
in quotes would be the secret itself, and so would a sensitive variable.`},
		{"HA2214", "secret in an ordinary argument", `The value is made from a variable with sensitive = true. Plans, events and logs print arguments, and no document
holds a secret.`},
	}
}

// ruleCodes are HA23xx: arguments of one block that do not go together.
func ruleCodes() []Meaning {
	return []Meaning{
		{"HA2301", "interval does not fit the version", `VRRP 3 counts the interval in centiseconds in 12 bits: 10ms to 40.95s (RFC 9568 section 5.2.7). VRRP 2 counts whole
seconds in 8 bits: 1s to 255s (RFC 3768 section 5.3.7).`},
		{"HA2302", "IPv6 with version 2", `VRRP 2 carries IPv4 addresses only. A VIP with addresses of both families needs version 3.`},
		{"HA2303", "VIP without addresses", `A VIP needs at least one address that is advertised, in the list or as an address block, on every node where it is in force.`},
		{"HA2304", "address twice in one VIP", `An address stands once in a VIP, in the list or as an address block, whatever its prefix length: adverts carry
addresses without it.`},
		{"HA2305", "too many addresses", `An advert counts its addresses in one byte and must fit into one packet: 255 IPv4 or, at an MTU of 1500, 90 IPv6
addresses (RFC 9568 section 5.2.5). More are written as address blocks with ` + "`advertise = false`" + `, or spread over several VIPs of a sync_group.`},
		{"HA2308", "scope of IPv6", `The kernel derives the scope of IPv6 addresses from the address, and IPv6 routes have none.`},
		{"HA2309", "argument of TLS without tls", `Without TLS there is no certificate, so there is none to verify, not to verify or to show. Probably tls = true is missing.`},
		{"HA2310", "body of HEAD", `An answer to HEAD has no body (RFC 9110 section 9.3.2), so no text can be found in it, and it has no digest.`},
		{"HA2341", "argument of another type of authentication", `The types "pass" and "ah" take one key. Only "hmac" takes keys, active, mode, replay and window.`},
		{"HA2342", "authentication without a key", `The types "pass" and "ah" need key. The type "hmac" needs keys and, where they are several, the id of the active one:

    authentication {
      type   = "hmac"
      active = 2
      keys = {
        1 = secret("file:/etc/ha/web-1.key")
        2 = secret("file:/etc/ha/web-2.key")
      }
    }`},
		{"HA2344", "address that cannot be a group or a source", `Adverts go to one multicast group in each address family, and come from one address of the node in each.`},
		{"HA2345", "group beside unicast", `A VIP is advertised to a multicast group or to unicast peers. The group and the source of multicast stand in the adverts block,
the source and the peers of unicast in the unicast block.`},
		{"HA2346", "TTLs that accept nothing", `The TTL of an advert falls by one at each router. What is accepted, from min_ttl to max_ttl, must hold what the other nodes send
(ttl, 255 by default) less the routers between:

    unicast {
      min_ttl = 253
      max_ttl = 254
    }`},
		{"HA2343", "password with VRRP 3", `VRRP 3 has no authentication of its own (RFC 9568 section 9). The types "pass" and "ah" belong to version 2, "hmac" is an
extension that goes with both.`},
		{"HA2325", "hysteresis that is as much as the quorum", `A pool loses its quorum below the weight less the hysteresis. With a hysteresis as large as the weight it would only be
lost when nobody is up, whatever the weight is.`},
		{"HA2314", "pool without listeners", `A pool needs at least one listener, an address and a port that clients connect to, or a firewall mark. An empty list often
comes from a variable or a for expression.`},
	}
}
