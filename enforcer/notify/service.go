package notify

import (
	"fmt"
	"net"
	"strings"
)

// service writes an address as keepalived does: [192.0.2.1]:tcp:80. What is no address and port, as a firewall mark, stays
// as it is.
func service(protocol, address string) string {
	host, port, err := net.SplitHostPort(address)
	if err != nil {
		return strings.ToUpper(address)
	}
	return fmt.Sprintf("[%s]:%s:%s", host, protocol, port)
}
