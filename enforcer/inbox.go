package enforcer

import (
	"maps"
	"sync"

	"ha/checks"
	"ha/enforcer/kernel"
)

// inbox is where elections, checks, the kernel and the API leave their news for the one loop that writes. Leaving
// news never blocks; news about the same thing merge, because what to do follows from the newest fact alone.
type inbox struct {
	mu   sync.Mutex
	mail mail
	bell bell // who heard it takes everything
}

// mail is everything that arrived since the loop last looked.
type mail struct {
	active   map[string]bool          // VIP name: must this node answer for it
	verdicts map[string]checks.Result // check key: its newest result
	events   []kernel.Event           // in order
	commands []command                // in order
	readBack *readBack                // the newest reading of IPVS
	due      due

	connections *connectionCount // the newest count
}

// command is work that an API call waits for.
type command func()

// due is what the time has come for.
type due struct {
	retry    bool // of what could not be done
	renew    bool // of lifetimes
	readBack bool // of what has no events
	trial    bool // of a generation that nobody confirmed
	turn     bool // of what only the change of a role needs
	tend     bool // of servers that stand otherwise than configured
}

func newInbox() *inbox { return &inbox{} }

// put changes the mail under the lock and rings.
func (b *inbox) put(change func(*mail)) {
	b.mu.Lock()
	change(&b.mail)
	b.mu.Unlock()
	b.bell.ring()
}

func (b *inbox) activity(vip string, active bool) {
	b.put(func(m *mail) {
		if m.active == nil {
			m.active = map[string]bool{}
		}
		m.active[vip] = active
	})
}

func (b *inbox) result(r checks.Result) {
	b.put(func(m *mail) {
		if m.verdicts == nil {
			m.verdicts = map[string]checks.Result{}
		}
		if earlier, ok := m.verdicts[r.Key]; ok && earlier.Changed {
			r.Changed = true // merged news must not hide a change
		}
		m.verdicts[r.Key] = r
	})
}

// take empties the inbox.
func (b *inbox) take() mail {
	b.mu.Lock()
	defer b.mu.Unlock()
	m := b.mail
	b.mail = mail{}
	return m
}

// takeActivity takes only news about VIPs: they go before long work on pools.
func (b *inbox) takeActivity() map[string]bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	active := maps.Clone(b.mail.active)
	b.mail.active = nil
	return active
}
