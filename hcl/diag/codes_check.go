package diag

// checkRuleCodes are HA235x: arguments of checks over the network that do not go together.
func checkRuleCodes() []Meaning {
	return []Meaning{
		{"HA2350", "page that does not fit", `A check of the kind "http" asks for one page, or for several that have a block each. Then each says its path itself:

    check "http" "shop" {
      host = "shop.example.com"

      page "front" {
        path     = "/"
        contains = "Welcome"
      }
      page "cart" {
        path   = "/cart"
        status = ["200", "302"]
      }
    }`},
		{"HA2351", "certificates that do not fit", `The certificate that is shown to a server and its private key belong together. The authorities of ca say which servers are
believed, so with skip_verify they have no meaning:

    check "http" "api" {
      tls         = true
      ca          = "/etc/ha/ca.pem"
      certificate = "/etc/ha/client.pem"
      key         = "/etc/ha/client.key"
    }`},
		{"HA2352", "datagram that does not fit", `A ping goes to an address and has no port. A reply to a datagram is looked at only where there must be one; saying how it
begins or how long it is requires it:

    check "udp" "game" {
      payload   = "ffffffff54"
      reply     = "ffffffff49"
      reply_min = 20
    }
    check "ping" "router" {
      address = "192.0.2.1"
    }`},
		{"HA2353", "login that is not whole", `A password is that of a user; Redis alone has one without a name. PostgreSQL tells its role to whoever has logged in:

    check "postgresql" "writable" {
      port     = 5432
      username = "probe"
      password = secret("file:/etc/ha/probe.password")
      role     = "primary"
    }`},
	}
}
