package enforcer

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"ha/vrrp"
	"ha/vrrp/socket"
)

// wireTap is announcers that write down what is sent, and when.
type wireTap struct {
	start time.Time

	mu     sync.Mutex
	said   []string                 // 10ms eth0 192.0.2.1
	open   int                      // sockets
	refuse map[string]error         // by device, what sending gives
	stuck  map[string]chan struct{} // by device, what sending waits for
}

func newTap(t *testing.T) (*wireTap, *lanes) {
	t.Helper()
	tap := &wireTap{start: time.Now(), refuse: map[string]error{}, stuck: map[string]chan struct{}{}}
	l := newLanes(newEventLog(slog.New(slog.DiscardHandler)))
	l.open = func(device string) (announcer, error) {
		tap.mu.Lock()
		defer tap.mu.Unlock()
		tap.open++
		return &tapped{tap, device}, nil
	}
	return tap, l
}

type tapped struct {
	tap    *wireTap
	device string
}

func (a *tapped) AnnounceAll(list []socket.Announcement) (sent int, err error) {
	for _, f := range list {
		what := f.Address.String()
		if f.Reply {
			what += " reply"
		}
		if err := a.send(what); err != nil {
			return sent, err
		}
		sent++
	}
	return sent, nil
}

func (a *tapped) send(what string) error {
	a.tap.mu.Lock()
	wait, err := a.tap.stuck[a.device], a.tap.refuse[a.device]
	a.tap.mu.Unlock()
	if wait != nil {
		<-wait
	}
	if err != nil {
		return fmt.Errorf("announce %s on %s: %w", what, a.device, err)
	}
	a.tap.mu.Lock()
	a.tap.said = append(a.tap.said, fmt.Sprintf("%v %s %s", time.Since(a.tap.start), a.device, what))
	a.tap.mu.Unlock()
	return nil
}

func (a *tapped) Close() error {
	a.tap.mu.Lock()
	defer a.tap.mu.Unlock()
	a.tap.open--
	return nil
}

// heard returns what was sent on a device; all for "".
func (w *wireTap) heard(device string) []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(w.said), func(line string) bool { return device != "" && !strings.Contains(line, " "+device+" ") })
}

func (w *wireTap) expect(t *testing.T, device string, want ...string) {
	t.Helper()
	if got := w.heard(device); !slices.Equal(got, want) {
		t.Errorf("on %q was said\n%s\nwant\n%s", device, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func always() bool { return true }

// loadOf is count rounds of addresses 192.0.2.N.
func loadOf(count int, pace time.Duration, hosts ...byte) *load {
	ld := &load{name: "vip.test/ipv4", count: count, pace: pace, current: always}
	for _, n := range hosts {
		ld.frames = append(ld.frames, socket.Announcement{Address: netip.AddrFrom4([4]byte{192, 0, 2, n})})
	}
	return ld
}

// Frames of a lane leave in order at their pace; a load is announced once before another one is repeated; other lanes do not wait.
//
// conform: N06
func TestALaneIsAnOrderedQueue(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		tap, l := newTap(t)
		eth0, eth1 := lane{"eth0", false}, lane{"eth1", false}
		l.add(eth0, loadOf(3, 10*ms, 1, 2))
		l.add(eth0, loadOf(2, 10*ms, 3))
		l.add(eth1, loadOf(1, 10*ms, 9))
		time.Sleep(35 * ms)
		l.add(eth0, loadOf(1, 10*ms, 4))
		time.Sleep(time.Second)
		synctest.Wait()
		tap.expect(t, "eth1", "0s eth1 192.0.2.9")
		tap.expect(t, "eth0", "0s eth0 192.0.2.1", "10ms eth0 192.0.2.2", "20ms eth0 192.0.2.3", "30ms eth0 192.0.2.1", "40ms eth0 192.0.2.2",
			"50ms eth0 192.0.2.3", "60ms eth0 192.0.2.4", "70ms eth0 192.0.2.1", "80ms eth0 192.0.2.2")
		if len(l.queues) != 0 || tap.open != 0 {
			t.Errorf("%d lanes and %d sockets are left over", len(l.queues), tap.open)
		}
		l.stop()
	})
}

// Nothing starves: however often others come, each load has its turn after at most one round of those that were there.
func TestNothingStarvesInALane(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		tap, l := newTap(t)
		eth0 := lane{"eth0", false}
		l.add(eth0, loadOf(1000, 10*ms, 1))
		for range 50 {
			l.add(eth0, loadOf(3, 10*ms, 2)) // three frames come in the time of three
			time.Sleep(30 * ms)
		}
		synctest.Wait()
		ones := 0
		for _, line := range tap.heard("eth0") {
			if strings.HasSuffix(line, ".1") {
				ones++
			}
		}
		if ones < 20 {
			t.Errorf("the long load had %d turns of 150", ones)
		}
		l.stop()
		if len(l.queues) > 1 || tap.open != 0 {
			t.Errorf("after the end %d sockets are open", tap.open)
		}
	})
}

// A device that takes nothing holds up no other, nor who announces; one that has gone is emptied, and told once.
func TestABadDeviceDelaysNoOther(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		tap, l := newTap(t)
		l.regroup([]vrrp.PaceGroup{{Name: "edge", Interfaces: []string{"stuck0", "eth0"}, Pace: 10 * ms}})
		tap.stuck["stuck0"] = make(chan struct{})
		tap.refuse["gone0"] = unix.ENODEV
		tap.refuse["full0"] = unix.ENOBUFS
		l.add(lane{"stuck0", false}, loadOf(2, 0, 1, 2))
		l.add(lane{"gone0", false}, loadOf(100, 0, 1, 2))
		l.add(lane{"full0", false}, loadOf(2, 0, 1, 2))
		synctest.Wait()
		l.add(lane{"eth0", false}, loadOf(2, 0, 1))
		time.Sleep(time.Second)
		synctest.Wait()
		tap.expect(t, "", "10ms eth0 192.0.2.1", "20ms eth0 192.0.2.1")
		var told []string
		for _, e := range l.events.tail(10) {
			told = append(told, e.Message)
		}
		slices.Sort(told)
		want := []string{
			"announce 192.0.2.1 on full0: no buffer space available",
			"announce 192.0.2.1 on gone0: no such device; 200 announcements are dropped that waited for gone0",
		}
		if !slices.Equal(told, want) {
			t.Errorf("told was\n%s\nwant\n%s", strings.Join(told, "\n"), strings.Join(want, "\n"))
		}
		close(tap.stuck["stuck0"])
		time.Sleep(time.Second)
		synctest.Wait()
		if n := len(tap.heard("stuck0")); n != 4 {
			t.Errorf("%d frames left when the device took them again, want 4", n)
		}
		l.stop()
	})
}

// Addresses that were given up are announced no more, wherever they wait; a device that is not there is told.
func TestWhatIsGivenUpIsForgotten(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		tap, l := newTap(t)
		eth0 := lane{"eth0", false}
		var lostIt atomic.Bool
		lost := loadOf(5, 10*ms, 1)
		lost.current = func() bool { return !lostIt.Load() }
		l.add(eth0, lost)
		l.add(eth0, loadOf(2, 10*ms, 2))
		time.Sleep(15 * ms)
		synctest.Wait()
		lostIt.Store(true)
		time.Sleep(time.Second)
		synctest.Wait()
		tap.expect(t, "eth0", "0s eth0 192.0.2.1", "10ms eth0 192.0.2.2", "20ms eth0 192.0.2.2")
		l.open = func(string) (announcer, error) {
			return nil, errors.New("open announcer on eth0: no such network interface")
		}
		l.add(eth0, loadOf(1, 0, 3, 4))
		synctest.Wait()
		if all := l.events.tail(10); len(all) != 1 || !strings.Contains(all[0].Message, "; 2 announcements are dropped") {
			t.Errorf("told was %+v, want one event", all)
		}
		l.stop()
		l.add(eth0, loadOf(1, 0, 5)) // after the end nothing happens
		if l.hasten(eth0, loadOf(1, 0, 6), nil) {
			t.Error("it says that something was sent")
		}
	})
}

// The first round of an urgent load leaves before hasten returns; with a pace, or behind others, nothing does.
func TestHaste(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		tap, l := newTap(t)
		eth0 := lane{"eth0", false}
		l.hasten(eth0, loadOf(1, 0, 1, 2), nil)
		tap.expect(t, "", "0s eth0 192.0.2.1", "0s eth0 192.0.2.2")
		synctest.Wait() // another goroutine closes the socket
		l.hasten(eth0, loadOf(2, 0, 1, 2), nil)
		synctest.Wait()
		if n := len(tap.heard("")); n != 6 || tap.open != 0 {
			t.Errorf("%d frames, %d sockets; want 6 and 0", n, tap.open)
		}
		borrowed := &tapped{tap, "eth1"}
		tap.open++
		l.hasten(lane{"eth1", false}, loadOf(1, 0, 7), borrowed)
		if tap.open != 1 || len(l.queues) != 0 {
			t.Errorf("what was borrowed was closed, or something waits: %d sockets, %d lanes", tap.open, len(l.queues))
		}
		eth2 := lane{"eth2", false}
		if l.hasten(eth2, loadOf(1, 50*ms, 8, 9), nil) {
			t.Error("what has a pace was hastened")
		}
		l.add(eth2, loadOf(1, 50*ms, 8, 9))
		if l.hasten(eth2, loadOf(1, 0, 10), nil) {
			t.Error("it passed others")
		}
		time.Sleep(time.Second)
		synctest.Wait()
		tap.expect(t, "eth2", "0s eth2 192.0.2.8", "50ms eth2 192.0.2.9")
		l.stop()
	})
}

// Without a pace many frames leave by one call, in their order; what has a pace ends that, and is waited for by all that come after.
func TestAPaceEndsABurst(t *testing.T) {
	const ms = time.Millisecond
	synctest.Test(t, func(t *testing.T) {
		tap, l := newTap(t)
		eth0 := lane{"eth0", false}
		many, want := loadOf(1, 0), []string{}
		for n := range byte(2*mostTogether + 1) {
			many.frames = append(many.frames, socket.Announcement{Address: netip.AddrFrom4([4]byte{192, 0, 2, n})})
			want = append(want, fmt.Sprintf("0s eth0 192.0.2.%d", n))
		}
		l.add(eth0, many)
		l.add(eth0, loadOf(1, 10*ms, 101, 102))
		l.add(eth0, loadOf(1, 0, 103))
		time.Sleep(time.Second)
		synctest.Wait()
		tap.expect(t, "", append(want, "0s eth0 192.0.2.101", "10ms eth0 192.0.2.102", "20ms eth0 192.0.2.103")...)
		l.stop()
	})
}
