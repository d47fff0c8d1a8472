// Package socket sends and receives BFD control packets over UDP (RFC 5881 sections 4 and 5, RFC 5883 section 5).
//
//	listener.go   what arrives at one of the two ports in one address family: Listen, Serve, Drain
//	sender.go     the packets of one session: Open, Send
//	source.go     the address next to a peer
//	options.go    socket options
//
// It judges nothing: bfd/packet does, and who runs the sessions. Sockets belong to the network namespace of the thread
// that opens them, and may be used from any goroutine afterwards.
package socket
