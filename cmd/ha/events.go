package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ha/enforcer/control"
)

// wanted says which events are shown.
type wanted struct {
	types  []string
	object string
	since  time.Time
}

func newEvents(m *machine) *cobra.Command {
	var via, object string
	var since time.Duration
	var follow, asJSON bool
	var types []string
	cmd := &cobra.Command{
		Use:   "events",
		Short: "Show what happened on this node, and why",
		Long: `Show what happened on this node, the oldest first: transitions with the packet, silence, interface, check or person that caused
them, verdicts of checks, corrections of what others changed, applies, notifications. The enforcer remembers the last 5,000 events, also
across "ha restart"; older ones are in its log.`,
		Args: usage(cobra.NoArgs),
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, err := m.dial(via)
			if err != nil {
				return err
			}
			w := wanted{types: types, object: object}
			if cmd.Flags().Changed("since") {
				if since < 0 {
					return leave(exitUsage, "--since %v is before its own beginning", since)
				}
				s, err := client.Report(cmd.Context()) // the clock of the node counts
				if err != nil {
					return m.unreachable(err)
				}
				w.since = s.Now.Add(-since)
			}
			err = client.Events(cmd.Context(), 0, follow, func(e control.Event) {
				if !w.has(e) {
					return
				}
				if asJSON {
					_ = json.NewEncoder(m.stdout).Encode(e) // who reads it went away: the connection ends with the command
					return
				}
				fmt.Fprintln(m.stdout, eventLine(e))
			})
			if errors.Is(err, control.ErrNoEnforcer) {
				return m.unreachable(err)
			}
			return err
		},
	}
	addVia(cmd, &via)
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on with what happens from now on")
	cmd.Flags().DurationVar(&since, "since", 0, "only what happened in this time, such as 15m (default: all that is remembered)")
	cmd.Flags().StringArrayVar(&types, "type", nil, "only events of this type: transition, check, server, change, apply, restart, state, problem, …; may be given again")
	cmd.Flags().StringVar(&object, "object", "", "only events about this thing and what belongs to it, as vip.web or pool.web")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print each event as a line of JSON")
	return cmd
}

// has tells whether an event is wanted.
func (w wanted) has(e control.Event) bool {
	if len(w.types) > 0 && !slices.Contains(w.types, e.Type) {
		return false
	}
	if w.object != "" && e.Object != w.object && !strings.HasPrefix(e.Object, w.object+" ") && !strings.HasPrefix(e.Object, w.object+"/") && !strings.HasPrefix(e.Object, w.object+".") {
		return false
	}
	return w.since.IsZero() || !e.At.Before(w.since)
}

// eventLine is an event for people: when, how bad, about what, and what.
func eventLine(e control.Event) string {
	level := ""
	switch e.Level {
	case "warning":
		level = "! "
	case "error":
		level = "!! "
	}
	return fmt.Sprintf("%s  %s%s: %s", e.At.Local().Format("2006-01-02 15:04:05.000"), level, clean(e.Object), clean(e.Message))
}
