package worker

import (
	"context"
	"os"

	"ha/enforcer/notify"
	"ha/planner"
)

// maxTidings is how many events wait for a worker that is not there or does not listen; older ones are dropped.
const maxTidings = 10_000

// maxTellings is how many events go into one frame.
const maxTellings = 200

// herald is what the worker shall tell the world. The client's lock guards it.
type herald struct {
	news    chan struct{}     // holds one ring
	known   []planner.Channel // that are in force before the first of the tidings
	tidings []tiding
	lost    int
	drains  uint64
	waits   map[uint64]chan struct{} // by number
}

// tiding is an event, or a new set of channels for those after it.
type tiding struct {
	telling
	channels *channels
}

func newHerald() herald {
	return herald{news: make(chan struct{}, 1), waits: map[uint64]chan struct{}{}}
}

func (c *Client) ringHerald() {
	select {
	case c.herald.news <- struct{}{}:
	default:
	}
}

// Channels replaces the channels, for the events after it. It does not block; a worker that comes later gets the newest ones.
func (c *Client) Channels(list []planner.Channel) { c.put(tiding{channels: &channels{list}}) }

// Tell gives an event to channels, by their names. It does not block. Events wait for a worker that is about to come.
func (c *Client) Tell(channels []string, e notify.Event) {
	c.put(tiding{telling: telling{channels, e}})
}

func (c *Client) put(t tiding) {
	c.mu.Lock()
	h := &c.herald
	h.tidings = append(h.tidings, t)
	if len(h.tidings) > maxTidings {
		if oldest := h.tidings[0]; oldest.channels != nil {
			h.known = oldest.channels.List
		} else {
			h.lost++
		}
		h.tidings = h.tidings[1:]
	}
	c.mu.Unlock()
	c.ringHerald()
}

// Drain waits until the worker has told everything, or gave it up, or ctx ends.
func (c *Client) Drain(ctx context.Context) {
	c.mu.Lock()
	h := &c.herald
	h.drains++
	number, done := h.drains, make(chan struct{})
	h.waits[number] = done
	c.mu.Unlock()
	c.ringHerald()
	select {
	case <-done:
	case <-c.done:
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(h.waits, number)
}

// introduceChannels tells a new worker the channels, and lets it have what waited for it.
func (c *Client) introduceChannels(conn *os.File) error {
	c.mu.Lock()
	known := c.herald.known
	c.mu.Unlock()
	if err := send(conn, message{Channels: &channels{known}}, maxToWorker, c.timing.silence); err != nil {
		return err
	}
	return c.sendTidings(conn)
}

// sendTidings sends channels and events in their order, and who waits for their end.
func (c *Client) sendTidings(conn *os.File) error {
	c.mu.Lock()
	h := &c.herald
	list, drains, lost, asked := h.tidings, h.drains, h.lost, len(h.waits) > 0
	for _, t := range list {
		if t.channels != nil {
			h.known = t.channels.List
		}
	}
	h.tidings, h.lost = nil, 0
	c.mu.Unlock()
	if lost > 0 {
		c.options.OnTold(notify.Outcome{Channel: "notify", Dropped: lost, Err: "no worker took them in time"})
	}
	for len(list) > 0 {
		if next := list[0].channels; next != nil {
			if err := send(conn, message{Channels: next}, maxToWorker, c.timing.silence); err != nil {
				return err
			}
			list = list[1:]
			continue
		}
		var events []telling
		for len(list) > 0 && list[0].channels == nil && len(events) < maxTellings {
			events = append(events, list[0].telling)
			list = list[1:]
		}
		if err := send(conn, message{Tell: events}, maxToWorker, c.timing.silence); err != nil {
			return err
		}
	}
	if !asked {
		return nil
	}
	return send(conn, message{Drain: drains}, maxToWorker, c.timing.silence)
}

// answered notes that everything before a drain is told.
func (c *Client) answered(number uint64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for n, done := range c.herald.waits {
		if n <= number {
			close(done)
			delete(c.herald.waits, n)
		}
	}
}
