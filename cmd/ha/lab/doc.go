// Package lab runs the whole cluster of a configuration on one machine: a network namespace per node joined by a
// bridge, an enforcer process per node, an embedded HTTP responder on each real server, and a client that probes
// every VIP and measures how long it is away.
//
//	lab.go        the cluster: built, started, taken away
//	node.go       one node: its process, its link, its responder
//	client.go     who probes, and what was lost
//	command.go    what a person or a script may ask for: fail lb1, restore lb1, wait …
//	view.go       what is seen, as text
//	terminal.go   the same, live
//
// It needs root and nothing installed, and leaves nothing behind: what an earlier run left when it was killed is
// removed at the next start.
package lab
