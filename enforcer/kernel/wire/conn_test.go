package wire

import (
	"context"
	"encoding/binary"
	"errors"
	"net/netip"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/netlab"
)

// lab is a new namespace with nothing but lo.
func lab(t testing.TB) *netlab.Namespace {
	t.Helper()
	netlab.Need(t, "root")
	ns, err := netlab.New()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ns.Close() })
	return ns
}

func dial(t testing.TB, o Options) *Conn {
	t.Helper()
	c, err := Open(unix.NETLINK_ROUTE, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// loopback is a request about a numbered address of lo (struct ifaddrmsg).
func loopback(typ, flags uint16, number int) Message {
	b := []byte{unix.AF_INET, 32, 0, 0}
	b = binary.NativeEndian.AppendUint32(b, 1)
	return Message{Type: typ, Flags: flags, Body: Addr(b, unix.IFA_LOCAL, netip.AddrFrom4([4]byte{198, 18, byte(number >> 8), byte(number)}))}
}

func add(number int) Message {
	return loopback(unix.RTM_NEWADDR, unix.NLM_F_CREATE|unix.NLM_F_EXCL, number)
}
func del(number int) Message { return loopback(unix.RTM_DELADDR, 0, number) }

func list() Message {
	return Message{Type: unix.RTM_GETADDR, Body: []byte{unix.AF_INET, 0, 0, 0, 0, 0, 0, 0}}
}

// TestBatch: each request has its own answer, across datagrams, and a refused one does not stop the others.
func TestBatch(t *testing.T) {
	c := dial(t, Options{Namespace: lab(t).Path()})
	var requests []Message
	for i := range 300 {
		requests = append(requests, add(i))
	}
	requests[77], requests[299] = add(0), del(5000)
	errs := c.Batch(t.Context(), requests)
	for i, err := range errs {
		want := error(nil)
		switch i {
		case 77:
			want = unix.EEXIST
		case 299:
			want = unix.EADDRNOTAVAIL
		}
		if !errors.Is(err, want) {
			t.Errorf("request %d: got %v, want %v", i, err, want)
		}
	}
	if got, err := c.Dump(t.Context(), list()); len(got) != 1+298 || err != nil {
		t.Errorf("%d addresses, %v, want 127.0.0.1 and 298", len(got), err)
	}
}

// TestErrorText: the kernel's own words come along.
func TestErrorText(t *testing.T) {
	c := dial(t, Options{Namespace: lab(t).Path(), Strict: true})
	_, err := c.Dump(t.Context(), Message{Type: unix.RTM_GETADDR, Body: []byte{unix.AF_INET, 24, 0, 0, 0, 0, 0, 0}})
	if !errors.Is(err, unix.EINVAL) || !strings.Contains(err.Error(), "Invalid values in header") {
		t.Errorf("got %v, want %v with the kernel's text", err, unix.EINVAL)
	}
}

// TestDumpWhileChanging: lists are whole although another socket changes them all the time.
func TestDumpWhileChanging(t *testing.T) {
	ns := lab(t)
	reader, writer := dial(t, Options{Namespace: ns.Path()}), dial(t, Options{Namespace: ns.Path()})
	var stable []Message
	for i := range 1000 {
		stable = append(stable, add(i))
	}
	if err := errors.Join(writer.Batch(t.Context(), stable)...); err != nil {
		t.Fatal(err)
	}
	began := time.Now()
	if _, err := reader.Dump(t.Context(), list()); err != nil {
		t.Fatal(err)
	}
	pace := time.NewTicker(max(500*time.Microsecond, 2*time.Since(began))) // a slow machine gets a slow writer
	defer pace.Stop()
	var stop atomic.Bool
	var group sync.WaitGroup
	group.Go(func() {
		for ; !stop.Load(); <-pace.C {
			_ = writer.Batch(context.Background(), []Message{add(5000), del(5000)})
		}
	})
	for range 50 {
		bodies, err := reader.Dump(t.Context(), list())
		if err != nil || len(bodies) < 1001 {
			t.Errorf("%d addresses, %v, want at least 1001", len(bodies), err)
		}
	}
	stop.Store(true)
	group.Wait()
}

// TestConcurrentRequests: many goroutines on one socket each get their own answer.
func TestConcurrentRequests(t *testing.T) {
	c := dial(t, Options{Namespace: lab(t).Path()})
	var group sync.WaitGroup
	for worker := range 8 {
		group.Go(func() {
			for range 100 {
				if err := errors.Join(c.Do(t.Context(), add(worker)), c.Do(t.Context(), del(worker))); err != nil {
					t.Errorf("worker %d: %v", worker, err)
				}
				if _, err := c.Dump(t.Context(), list()); err != nil {
					t.Errorf("worker %d: %v", worker, err)
				}
			}
		})
	}
	group.Wait()
}

// TestTimeout: a kernel that stays silent does not hold anybody up, and the next request gets its own answer.
func TestTimeout(t *testing.T) {
	ns := lab(t)
	c := dial(t, Options{Namespace: ns.Path(), Timeout: 20 * time.Millisecond})
	// A message of type NOOP without NLM_F_ACK is never answered; answers waits for the end of a list.
	c.mu.Lock()
	_, err := c.answers(t.Context(), Message{Type: unix.NLMSG_NOOP})
	c.mu.Unlock()
	if !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v, want %v", err, ErrTimeout)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Nanosecond)
	defer cancel()
	if err := c.Do(ctx, add(1)); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, ErrTimeout) {
		t.Errorf("got %v, want the end of the context", err)
	}
	if err := c.Do(t.Context(), add(2)); err != nil {
		t.Errorf("the next request: %v", err)
	}
}

func TestNamespaceThatIsNone(t *testing.T) {
	if _, err := Open(unix.NETLINK_ROUTE, Options{Namespace: "/nowhere"}); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v", err, os.ErrNotExist)
	}
	if _, err := Subscribe("/nowhere", unix.NETLINK_ROUTE, 1<<20, unix.RTNLGRP_LINK); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("got %v, want %v", err, os.ErrNotExist)
	}
}

// TestOverflow: a full buffer is told once, and the subscription goes on.
func TestOverflow(t *testing.T) {
	ns := lab(t)
	c := dial(t, Options{Namespace: ns.Path()})
	s, err := Subscribe(ns.Path(), unix.NETLINK_ROUTE, 4096, unix.RTNLGRP_IPV4_IFADDR)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 100 {
		if err := c.Do(t.Context(), add(i)); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Receive(); !errors.Is(err, ErrOverflow) {
		t.Fatalf("got %v, want %v", err, ErrOverflow)
	}
	// What happens from now on is told, and nothing older.
	if err := c.Do(t.Context(), del(7)); err != nil {
		t.Fatal(err)
	}
	messages, err := s.Receive()
	if err != nil || len(messages) != 1 || messages[0].Header.Type != unix.RTM_DELADDR {
		t.Fatalf("got %+v, %v, want the news of the deletion", messages, err)
	}
	ended := make(chan error)
	go func() {
		_, err := s.Receive()
		ended <- err
	}()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err == nil || errors.Is(err, ErrOverflow) {
		t.Errorf("Receive after Close returns %v, want a final error", err)
	}
}

// FuzzRefusal takes any bytes for an acknowledgement.
func FuzzRefusal(f *testing.F) {
	f.Add(uint16(unix.NLMSG_ERROR), uint16(unix.NLM_F_CAPPED|unix.NLM_F_ACK_TLVS), append(make([]byte, 20), String(nil, unix.NLMSGERR_ATTR_MSG, "no")...))
	f.Add(uint16(unix.NLMSG_DONE), uint16(unix.NLM_F_ACK_TLVS), append([]byte{234, 255, 255, 255}, String(nil, unix.NLMSGERR_ATTR_MSG, "no")...))
	f.Add(uint16(unix.NLMSG_ERROR), uint16(unix.NLM_F_ACK_TLVS), []byte{234, 255, 255, 255, 255, 255, 255, 255})
	f.Fuzz(func(t *testing.T, typ, flags uint16, b []byte) {
		m := syscall.NetlinkMessage{Header: syscall.NlMsghdr{Type: typ, Flags: flags}, Data: b}
		if len(b) >= 4 && binary.NativeEndian.Uint32(b) == 0 && refusal(m) != nil {
			t.Errorf("0 is %v", refusal(m))
		}
		_ = refusal(m)
	})
}
