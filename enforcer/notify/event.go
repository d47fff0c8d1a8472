package notify

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"ha/planner"
)

// Kind is what an event is about.
type Kind string

// The kinds.
const (
	VIP    Kind = "vip"
	Group  Kind = "sync_group"
	Server Kind = "server"
	Pool   Kind = "pool"
)

// Event is something that happened to an object, with its cause. Its JSON is what webhooks and pipes of that format carry.
type Event struct {
	Seq       uint64            `json:"seq"` // of this node, since its enforcer started
	At        time.Time         `json:"at"`
	Cluster   string            `json:"cluster"`
	Node      string            `json:"node"`
	Kind      Kind              `json:"kind"`
	Object    string            `json:"object"` // vip.web, sync_group.edge, pool.web
	Name      string            `json:"name"`   // web; of a server its name in the pool
	What      planner.Happening `json:"event"`
	Active    bool              `json:"active,omitempty"`   // of a VIP: it is Active when this happens
	Priority  uint8             `json:"priority,omitempty"` // of a VIP
	Why       string            `json:"why,omitempty"`
	Address   string            `json:"address,omitempty"`   // of a server: 198.51.100.5:80
	Listeners []string          `json:"listeners,omitempty"` // of a pool, or of that of a server: 192.0.2.1:80, fwm 7
	Protocol  string            `json:"protocol,omitempty"`  // tcp, udp, sctp
}

// Subject is the event in a few words: the subject of a mail.
func (e Event) Subject() string {
	switch e.Kind {
	case Server:
		return fmt.Sprintf("%s server %s is %s", e.Object, e.Name, e.What)
	case VIP, Group, Pool:
	}
	switch e.What {
	case planner.BecameActive:
		return e.Object + " is Active"
	case planner.BecameBackup:
		return e.Object + " is Backup"
	case planner.Faulted:
		return e.Object + " takes no part in the election"
	case planner.Stopped:
		return e.Object + " stops"
	case planner.Deleted:
		return e.Object + " is no longer configured"
	case planner.HeardLower:
		return e.Object + " heard a router of lower priority"
	case planner.PriorityChanged:
		return fmt.Sprintf("%s has priority %d", e.Object, e.Priority)
	case planner.GainedQuorum:
		return e.Object + " has its quorum"
	case planner.LostQuorum:
		return e.Object + " has lost its quorum"
	case planner.WentUp, planner.WentDown:
	}
	return fmt.Sprintf("%s: %s", e.Object, e.What)
}

// keepalivedState is the word of keepalived for what happened.
func (e Event) keepalivedState() string {
	switch e.What {
	case planner.BecameActive:
		return "MASTER"
	case planner.BecameBackup:
		return "BACKUP"
	case planner.Faulted:
		return "FAULT"
	case planner.Stopped:
		return "STOP"
	case planner.Deleted:
		return "DELETED"
	case planner.HeardLower:
		return "MASTER_RX_LOWER_PRI"
	case planner.PriorityChanged:
		if e.Active {
			return "MASTER_PRIORITY"
		}
		return "BACKUP_PRIORITY"
	case planner.WentUp, planner.GainedQuorum:
		return "UP"
	case planner.WentDown, planner.LostQuorum:
		return "DOWN"
	}
	return ""
}

// keepalivedLines are the lines that keepalived writes into its pipe, each with its line break: of a server or a pool one for each
// listener.
//
//	INSTANCE "web" MASTER 100
//	GROUP "edge" BACKUP 0
//	RS [198.51.100.5]:tcp:80 [192.0.2.1]:tcp:80 DOWN
//	VS [192.0.2.1]:tcp:80 UP
func (e Event) keepalivedLines() string {
	if e.Kind != Server && e.Kind != Pool {
		return fmt.Sprintf("%s %q %s %d\n", e.keepalivedKind(), e.Name, e.keepalivedState(), e.Priority)
	}
	var lines strings.Builder
	for _, listener := range e.Listeners {
		if e.Kind == Pool {
			fmt.Fprintf(&lines, "VS %s %s\n", service(e.Protocol, listener), e.keepalivedState())
			continue
		}
		fmt.Fprintf(&lines, "RS %s %s %s\n", service(e.Protocol, e.Address), service(e.Protocol, listener), e.keepalivedState())
	}
	return lines.String()
}

func (e Event) keepalivedKind() string {
	if e.Kind == Group {
		return "GROUP"
	}
	return "INSTANCE"
}

// keepalivedArguments are what keepalived adds to the command line of a script: INSTANCE web MASTER 100.
func (e Event) keepalivedArguments() []string {
	return []string{e.keepalivedKind(), e.Name, e.keepalivedState(), strconv.Itoa(int(e.Priority))}
}

// environment is what a script finds in its environment.
func (e Event) environment() []string {
	env := []string{
		"HA_SEQ=" + strconv.FormatUint(e.Seq, 10), "HA_AT=" + e.At.UTC().Format(time.RFC3339Nano),
		"HA_CLUSTER=" + e.Cluster, "HA_NODE=" + e.Node,
		"HA_KIND=" + string(e.Kind), "HA_OBJECT=" + e.Object, "HA_NAME=" + e.Name, "HA_EVENT=" + string(e.What), "HA_WHY=" + e.Why,
	}
	switch e.Kind {
	case Pool:
		return append(env, "HA_LISTENERS="+strings.Join(e.Listeners, " "), "HA_PROTOCOL="+e.Protocol)
	case Server:
		return append(env, "HA_ADDRESS="+e.Address, "HA_LISTENERS="+strings.Join(e.Listeners, " "), "HA_PROTOCOL="+e.Protocol)
	case VIP, Group:
	}
	return append(env, "HA_PRIORITY="+strconv.Itoa(int(e.Priority)), "HA_STATE="+e.keepalivedState())
}
