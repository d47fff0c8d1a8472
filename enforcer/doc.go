// Package enforcer keeps a node equal to its plan: the resident core.
//
// It owns the facts and is the only writer of the kernel. Elections and checks report to it; one loop turns facts
// into changes:
//
//	elections ── Active? ──┐
//	checks ───── Up? ──────┼─► facts ─► planner.Resolve ─► planner.Diff ─► Kernel.Apply
//	kernel ───── events ───┘
//
// Elections run on one thread (engine.go): it hears their packets, keeps their timers and sends what falls due together.
// Other goroutines step them as well, with news of links, checks and addresses; the lock of its group guards an election.
// Locks are taken in the order elections, receiver of packets, station, group; those of engine, outbox, inbox and events
// are leaves, which nobody holds while he takes another of this list.
//
// BFD sessions (bfd*.go) tell elections by themselves, without the way through the loop, and the loop as checks do. Their
// lock comes before those of elections; who tells elections holds none.
//
// Elections never wait for the kernel, the disk or a client of the API: they leave their news in an inbox and go
// on.
//
// A process makes place for another program, or way for another process, without a transition: handover.go and inherit.go
// are the two ends, record.go is what passes between them, and keeper.go leaves one for the case of a crash. After a pause
// (nap.go) nothing that was believed before is acted upon.
//
// The package knows no HCL; it runs a compiled [Config], which it keeps on disk so that a node boots without
// the repository.
package enforcer
