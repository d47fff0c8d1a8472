package notify

import (
	"time"

	"ha/planner"
)

// Outcome is what became of telling.
type Outcome struct {
	Channel string            `json:"channel"`
	Object  string            `json:"object,omitempty"` // of the first event
	What    planner.Happening `json:"event,omitempty"`
	Events  int               `json:"events,omitempty"`  // how many it was about
	Dropped int               `json:"dropped,omitempty"` // how many were given up
	Took    time.Duration     `json:"took,omitempty"`
	Said    string            `json:"said,omitempty"`   // the first line that a script printed, the answer of a server
	Status  int               `json:"status,omitempty"` // exit status, status of HTTP
	Err     string            `json:"err,omitempty"`
}
