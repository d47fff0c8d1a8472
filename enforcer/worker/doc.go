// Package worker is the second process: it runs what burns CPU, blocks or forks, so that the core, which holds the
// elections, stays quiet: checks, and telling the world (package notify).
//
// The core starts the worker (Start) from its own binary and restarts it when it dies; the worker (Main) ends when
// the core goes away. They talk over a socket pair, the worker's file descriptor FD, in frames: four bytes of length,
// most significant first, then one JSON message with one field set.
//
//	core                                  worker
//	  │ ◄──────────────────────── hello ──── │  its protocol version
//	  │ ──── set ─────────────────────────► │  all checks, and what was known of them
//	  │ ◄──────────────────────── results ── │  changes at once, the rest in batches
//	  │ ──── channels, tell ──────────────► │  how to tell what happened, and what did
//	  │ ◄───────────────────────── told ──── │  what became of it
//	  │ ──── drain ───────────────────────► │  what was told so far shall be done
//	  │ ◄────────────────────── drained ──── │
//	  │ ◄──────────────────────── pace ───── │  how late checks start, each second
//	  │ ──── ping ────────────────────────► │
//	  │ ◄──────────────────────── pong ───── │  or it is killed
//	  │ ──── try ─────────────────────────► │  a program, which will take the place of the core's
//	  │ ◄──────────────────────── tried ──── │
//
// The core ends the worker by saying nothing more (shutdown(2)); the worker then sends the results that it still has.
//
// What the worker sends is judged, not trusted: a frame that is too large or makes no sense costs the worker its life.
package worker
