// Package path opens connections on the path that clients' packets take behind a director: to the address of a virtual
// server, by way of one real server, in a frame with that server's MAC (direct routing) or in its tunnel.
//
// The sockets of the kernel cannot do that where it matters. The active director holds the address itself, so the kernel
// delivers such packets to itself, and takes answers that come from one of its own addresses for forgeries (martians).
// The packets therefore go out through packet and raw sockets, answers are picked up before the kernel judges them, and
// the TCP and UDP between is netstack, the user-space network stack of gVisor: whoever gets a [net.Conn] from here need
// not know. One stack lives as long as one connection.
package path
