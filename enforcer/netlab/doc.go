// Package netlab builds small networks out of network namespaces, veth pairs and bridges: for the tests that need a
// kernel, and for `ha lab`. It needs root and nothing installed.
//
//	namespace.go  a network namespace: made, opened, entered, closed
//	named.go      namespaces with a name under /run/netns, as `ip netns` shows them, and the sweep of leftovers
//	command.go    processes that run in a namespace
//	lan.go        a bridge with hosts around it: attach, cut, isolate, heal
//	address.go    the addresses of an interface, from outside the namespace
//	capture.go    the frames that pass an interface, with the kernel's time
//	need.go       what a test needs of its machine
//	testing.go    a LAN that ends with its test
//
// It never touches the interfaces of the namespace in which it was started: everything that it makes stands in
// namespaces of its own, and goes when these are closed.
package netlab
