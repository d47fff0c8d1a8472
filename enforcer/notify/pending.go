package notify

import "sync"

// pending counts what is still to be told, for those who wait until that is nothing. Its zero value is ready.
type pending struct {
	mu    sync.Mutex
	count int
	done  chan struct{}
}

// add changes the count by n.
func (p *pending) add(n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.count += n
	if p.count == 0 && p.done != nil {
		close(p.done)
		p.done = nil
	}
}

// idle returns a channel that is closed when the count is 0.
func (p *pending) idle() <-chan struct{} {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.count == 0 {
		none := make(chan struct{})
		close(none)
		return none
	}
	if p.done == nil {
		p.done = make(chan struct{})
	}
	return p.done
}
