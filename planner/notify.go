package planner

import "fmt"

// Happening is what channels tell of.
type Happening string

// Happenings: of VIPs and sync groups, of real servers, of pools.
const (
	BecameActive    Happening = "active"
	BecameBackup    Happening = "backup"
	Faulted         Happening = "fault"          // takes no part in the election although it should
	Stopped         Happening = "stop"           // the enforcer ends
	Deleted         Happening = "deleted"        // no longer configured
	HeardLower      Happening = "lower_priority" // while Active, an advert of lower priority came
	PriorityChanged Happening = "priority"
	WentUp          Happening = "up"
	WentDown        Happening = "down"
	GainedQuorum    Happening = "quorum_up"   // a pool has the weight that it needs, from the start on
	LostQuorum      Happening = "quorum_down" // it has not
)

// Happenings returns all of them, in the order of the constants.
func Happenings() []Happening {
	return []Happening{BecameActive, BecameBackup, Faulted, Stopped, Deleted, HeardLower, PriorityChanged, WentUp, WentDown, GainedQuorum, LostQuorum}
}

// Channel is one way of telling people and programs what happened to some objects. Exactly one of Script, FIFO, Mail and
// Webhook is set.
type Channel struct {
	Name    string         `json:"name"`  // notify.ops/script
	On      []Happening    `json:"on"`    // what it tells of
	About   []string       `json:"about"` // vip.web, sync_group.edge, pool.web, pool.web.server.web1
	Script  *NotifyScript  `json:"script,omitempty"`
	FIFO    *NotifyFIFO    `json:"fifo,omitempty"`
	Mail    *NotifyMail    `json:"mail,omitempty"`
	Webhook *NotifyWebhook `json:"webhook,omitempty"`
	Source  Source         `json:"source"`
}

// NotifyScript runs a program for each event, without a shell.
type NotifyScript struct {
	Command   []string `json:"command"`
	User      string   `json:"user"`
	Group     string   `json:"group,omitempty"`
	TimeoutMS int64    `json:"timeout_ms"`          // then its process group is ended
	Arguments bool     `json:"arguments,omitempty"` // add what keepalived adds: INSTANCE web MASTER 100
}

// NotifyFIFO writes a line for each event into a named pipe.
type NotifyFIFO struct {
	Path   string        `json:"path"`
	User   string        `json:"user"` // who owns it
	Group  string        `json:"group,omitempty"`
	JSON   bool          `json:"json,omitempty"` // else the lines of keepalived
	Reader *NotifyScript `json:"reader,omitempty"`
}

// NotifyMail sends events by SMTP, those that come within a time of each other in one mail.
type NotifyMail struct {
	Server   string   `json:"server"` // host:port
	TLS      string   `json:"tls"`    // starttls, opportunistic, implicit, none
	CA       string   `json:"ca,omitempty"`
	From     string   `json:"from"`
	To       []string `json:"to"`
	Helo     string   `json:"helo,omitempty"` // empty: the name of the host
	User     string   `json:"user,omitempty"`
	Password string   `json:"password,omitempty"` // a reference to a secret
	DigestMS int64    `json:"digest_ms"`
}

// NotifyWebhook posts events as JSON.
type NotifyWebhook struct {
	URL       string            `json:"url,omitempty"`
	SecretURL string            `json:"secret_url,omitempty"` // a reference to the URL, where that is a secret itself
	Headers   map[string]string `json:"headers,omitempty"`
	Token     string            `json:"token,omitempty"` // a reference to the secret of Authorization: Bearer
	Key       string            `json:"key,omitempty"`   // a reference to the secret of the signature
	CA        string            `json:"ca,omitempty"`
	DigestMS  int64             `json:"digest_ms"`
}

// Kind is the word for how a channel tells.
func (c Channel) Kind() string {
	switch {
	case c.Script != nil:
		return "script"
	case c.FIFO != nil:
		return "fifo"
	case c.Mail != nil:
		return "mail"
	case c.Webhook != nil:
		return "webhook"
	}
	return ""
}

// Validate reports a channel that cannot tell anything.
func (c Channel) Validate() error {
	ways := 0
	for _, set := range []bool{c.Script != nil, c.FIFO != nil, c.Mail != nil, c.Webhook != nil} {
		if set {
			ways++
		}
	}
	if ways != 1 {
		return fmt.Errorf("%s has %d ways of telling, want 1", c.Name, ways)
	}
	return nil
}
