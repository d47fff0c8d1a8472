package notify

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ha/checks/program"
	"ha/planner"
)

// maxLines is how many lines wait while nobody reads: the pipe of the kernel holds some 64 KiB before that.
const maxLines = 1000

// reopenEvery is how often a pipe that cannot be used, or that nobody empties, is tried again.
const reopenEvery = 200 * time.Millisecond

// pipe writes a line for each event into a named pipe. Lines are never torn: one is written whole or not at all (pipe(7)).
type pipe struct {
	pending
	name   string
	config planner.NotifyFIFO
	report func(Outcome)
	bell   chan struct{}

	mu    sync.Mutex
	lines []line
	lost  int // since somebody last read
}

// line is an event as it is written.
type line struct {
	text  []byte
	event Event
}

func newPipe(name string, c planner.NotifyFIFO, report func(Outcome)) *pipe {
	return &pipe{name: name, config: c, report: report, bell: make(chan struct{}, 1)}
}

func (p *pipe) tell(e Event) {
	text := []byte(e.keepalivedLines())
	if p.config.JSON {
		var err error
		if text, err = json.Marshal(e); err != nil {
			return // an event is made of texts and numbers
		}
		text = append(text, '\n')
	}
	p.add(1)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.lines = append(p.lines, line{text, e})
	if len(p.lines) > maxLines {
		if p.lost == 0 {
			o := outcomeOf(p.name, p.lines[0].event, "nobody reads "+p.config.Path+": its oldest lines are lost")
			o.Dropped = 1
			p.report(o)
		}
		p.lost++
		p.lines = p.lines[1:]
		p.add(-1)
	}
	ring(p.bell)
}

func (p *pipe) run(ctx context.Context) {
	var tasks sync.WaitGroup
	defer tasks.Wait()
	read := p.config.Reader == nil // or its reader runs
	fd, said := -1, ""
	defer func() {
		if fd >= 0 {
			_ = unix.Close(fd) // nothing is buffered
		}
	}()
	again := time.NewTicker(reopenEvery)
	defer again.Stop()
	for {
		if fd < 0 {
			var err error
			if fd, err = p.open(); err != nil && err.Error() != said {
				said = err.Error()
				p.report(Outcome{Channel: p.name, Err: said})
			} else if err == nil {
				said = ""
			}
		}
		if fd >= 0 {
			p.write(fd)
			if !read { // not before: the pipe may not have been there, or not its own
				read = true
				tasks.Go(func() { p.keepReading(ctx) })
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-p.bell:
		case <-again.C:
		}
	}
}

// write writes lines until there are none, or the pipe is full.
func (p *pipe) write(fd int) {
	for {
		p.mu.Lock()
		if len(p.lines) == 0 {
			p.mu.Unlock()
			return
		}
		next := p.lines[0]
		p.mu.Unlock()
		if _, err := unix.Write(fd, next.text); err != nil {
			return // EAGAIN: full
		}
		p.mu.Lock()
		if len(p.lines) > 0 && &p.lines[0].text[0] == &next.text[0] {
			p.lines = p.lines[1:]
			p.add(-1)
		} else {
			p.lost-- // it was taken for lost meanwhile
		}
		lost := p.lost
		p.lost = 0
		p.mu.Unlock()
		if lost > 0 {
			p.report(Outcome{Channel: p.name, Dropped: lost, Err: fmt.Sprintf("%s is read again; %d lines were lost", p.config.Path, lost)})
		}
	}
}

// open makes the pipe when there is none, and opens it for reading as well, so that it outlives its readers and lines wait
// for the next one. What is there must be a pipe of root or of its user.
func (p *pipe) open() (fd int, err error) {
	path := p.config.Path
	uid, gid, err := program.Owner(p.config.User, p.config.Group)
	if err != nil {
		return -1, fmt.Errorf("%s: %w", path, err)
	}
	made := unix.Mkfifo(path, 0o600)
	if made != nil && !errors.Is(made, unix.EEXIST) {
		return -1, fmt.Errorf("make the pipe %s: %w", path, made)
	}
	fd, err = unix.Open(path, unix.O_RDWR|unix.O_NONBLOCK|unix.O_CLOEXEC|unix.O_NOFOLLOW, 0)
	if err != nil {
		return -1, fmt.Errorf("open the pipe %s: %w", path, err)
	}
	defer func() {
		if err != nil {
			_ = unix.Close(fd) // nothing was written
			fd = -1
		}
	}()
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return fd, fmt.Errorf("look at %s: %w", path, err)
	}
	switch me := uint32(os.Geteuid()); {
	case stat.Mode&unix.S_IFMT != unix.S_IFIFO:
		return fd, fmt.Errorf("%s is no named pipe; remove it, or choose another path", path)
	case stat.Uid != me && stat.Uid != uid:
		return fd, fmt.Errorf("%s belongs to user %d, neither root nor %s; remove it", path, stat.Uid, p.config.User)
	}
	if stat.Uid != uid || stat.Gid != gid {
		if err := unix.Fchown(fd, int(uid), int(gid)); err != nil {
			return fd, fmt.Errorf("give %s to %s: %w", path, p.config.User, err)
		}
	}
	return fd, nil
}

// keepReading keeps the program alive that reads the pipe; its path is the last argument.
func (p *pipe) keepReading(ctx context.Context) {
	reader := programOf(*p.config.Reader)
	reader.Command = append(reader.Command[:len(reader.Command):len(reader.Command)], p.config.Path)
	for wait := time.Second; ; wait = min(2*wait, time.Minute) {
		began := time.Now()
		_, said, err := reader.Run(ctx)
		if ctx.Err() != nil {
			return
		}
		if time.Since(began) > time.Minute {
			wait = time.Second
		}
		text := fmt.Sprintf("the reader of %s ended; it is started again in %v", p.config.Path, wait)
		if err != nil {
			text += ": " + err.Error()
		}
		p.report(Outcome{Channel: p.name, Said: said, Err: text})
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// outcomeOf is an outcome of one event that could not be told.
func outcomeOf(channel string, e Event, err string) Outcome {
	return Outcome{Channel: channel, Object: e.Object, What: e.What, Events: 1, Err: err}
}
