// Package notify tells people and programs what happened: by scripts, named pipes, mail and webhooks.
//
//	core ── Event, names of channels ──► Teller ──► an outlet each ──► the world
//	core ◄───────────── Outcome ───────────┘
//
// It runs in the worker, so that neither an election nor a check waits for a script, a mail server or a full pipe. Events
// of one object are told in the order in which they happened, by each channel; events of several objects do not wait for
// each other. What cannot be told is kept for a time, within bounds, and then given up, which is an Outcome too.
package notify
