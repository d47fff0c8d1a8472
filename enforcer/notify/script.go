package notify

import (
	"context"
	"fmt"
	"sync"
	"time"

	"ha/checks/program"
	"ha/planner"
)

const (
	// maxScripts is how many scripts of a channel run at once.
	maxScripts = 16
	// maxWaiting is how many events of one object wait for its script; older ones are dropped.
	maxWaiting = 64
)

// scripts runs a program for each event: those of one object one after the other, of several objects at the same time.
type scripts struct {
	pending
	name   string
	config planner.NotifyScript
	report func(Outcome)
	slots  chan struct{}
	bell   chan struct{} // holds one ring: there is a new lane

	mu    sync.Mutex
	lanes map[string][]Event // by object; the first one runs
	fresh []string           // lanes that nobody serves yet
}

func newScripts(name string, c planner.NotifyScript, report func(Outcome)) *scripts {
	return &scripts{
		name: name, config: c, report: report, slots: make(chan struct{}, maxScripts), bell: make(chan struct{}, 1),
		lanes: map[string][]Event{},
	}
}

func (s *scripts) tell(e Event) {
	lane := e.Object
	if e.Kind == Server {
		lane += " " + e.Name
	}
	s.add(1)
	s.mu.Lock()
	defer s.mu.Unlock()
	list, busy := s.lanes[lane]
	if len(list) > maxWaiting { // the first one runs
		dropped := list[1]
		list = append(list[:1:1], list[2:]...)
		s.report(Outcome{
			Channel: s.name, Object: dropped.Object, What: dropped.What, Events: 1, Dropped: 1,
			Err: fmt.Sprintf("%d events of it wait for their script already", maxWaiting),
		})
		s.add(-1)
	}
	s.lanes[lane] = append(list, e)
	if !busy {
		s.fresh = append(s.fresh, lane)
		ring(s.bell)
	}
}

func (s *scripts) run(ctx context.Context) {
	var tasks sync.WaitGroup
	defer tasks.Wait()
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.bell:
		}
		s.mu.Lock()
		fresh := s.fresh
		s.fresh = nil
		s.mu.Unlock()
		for _, lane := range fresh {
			tasks.Go(func() { s.serve(ctx, lane) })
		}
	}
}

// serve runs the events of a lane until there are none.
func (s *scripts) serve(ctx context.Context, lane string) {
	for {
		select {
		case s.slots <- struct{}{}:
		case <-ctx.Done():
			return
		}
		s.mu.Lock()
		e := s.lanes[lane][0]
		s.mu.Unlock()
		s.report(s.once(ctx, e))
		<-s.slots
		s.add(-1)
		s.mu.Lock()
		rest := s.lanes[lane][1:]
		if len(rest) == 0 {
			delete(s.lanes, lane)
			s.mu.Unlock()
			return
		}
		s.lanes[lane] = rest
		s.mu.Unlock()
	}
}

// once runs the program for an event.
func (s *scripts) once(ctx context.Context, e Event) Outcome {
	timeout := time.Duration(s.config.TimeoutMS) * time.Millisecond
	limited, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	p := programOf(s.config)
	p.Env = e.environment()
	if s.config.Arguments {
		p.Command = append(p.Command[:len(p.Command):len(p.Command)], e.keepalivedArguments()...)
	}
	began := time.Now()
	status, line, err := p.Run(limited)
	o := Outcome{Channel: s.name, Object: e.Object, What: e.What, Events: 1, Took: time.Since(began), Status: status, Said: line}
	if err != nil {
		o.Err = err.Error()
		if limited.Err() != nil && ctx.Err() == nil {
			o.Err = fmt.Sprintf("%s after %v", o.Err, timeout)
		}
	}
	return o
}

// programOf is the program of a script. What it leaves behind when it ends may stay: people start daemons that way.
func programOf(c planner.NotifyScript) program.Program {
	return program.Program{Command: c.Command, User: c.User, Group: c.Group, MayStay: true}
}

// ring rings a bell that holds one ring.
func ring(bell chan struct{}) {
	select {
	case bell <- struct{}{}:
	default:
	}
}
