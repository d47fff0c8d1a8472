package diag

// addressRuleCodes are about what an address cannot be told.
func addressRuleCodes() []Meaning {
	return []Meaning{
		{"HA2306", "label does not fit the address", `Labels belong to IPv4 addresses. ip-address(8) wants them to begin with the name of the device, or ifconfig(8) does not
find them:

    address "192.0.2.20/32" {
      device = "eth0"
      label  = "eth0:web"
    }`},
		{"HA2307", "broadcast does not fit the address", `Broadcast addresses belong to IPv4 addresses and are IPv4 themselves.`},
		{"HA2317", "peer does not fit the address", `With a peer the kernel keeps one prefix length, that of the peer, and makes a route to it. The address itself is a /32 or
/128, and the peer is another address of the same family:

    address "192.0.2.20/32" {
      peer = "198.51.100.1/32"
    }`},
		{"HA2328", "option of IPv6 addresses", `IPv4 addresses have no preferred lifetime, are no home addresses and have no temporary ones beside them. Which IPv4 address is a
source is decided by routes: their argument source names it.`},
		{"HA2329", "temporary addresses without a network", `Temporary addresses (RFC 8981) are made from a /64 whose own address is preferred:

    address "2001:db8::20/64" {
      mngtmpaddr = true
    }`},
	}
}
