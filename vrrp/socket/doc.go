// Package socket sends and receives VRRP advertisements, and announces addresses, through raw sockets.
//
//	conn.go       one interface and address family: Open, Close
//	receive.go    what arrives: Serve, Drain, Take
//	receiver.go   several packets by one system call
//	send.go       adverts out of the interface
//	batch.go      many of them by one system call: Render, Queue, Flush
//	loop.go       one thread that waits for many Conns and a timer
//	multicast.go  membership in the group; addresses for the kernel
//	filter.go     classic BPF in front of the sockets
//	link.go       an interface by its name
//	source.go     the primary address from which adverts are sent
//	alarm.go      a timer that is on time
//	announce.go   gratuitous ARP and unsolicited neighbour advertisements out of an interface
//	arp.go ndp.go the frames of these two
//
// It judges nothing: vrrp/packet does, with what Serve hands over. It decides nothing: vrrp does.
//
// Sockets belong to the network namespace of the thread that opens them, and may be used from any goroutine
// afterwards. They are bound to an interface by its index: when the interface is deleted and made again, open anew.
package socket
