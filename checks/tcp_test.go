package checks

import (
	"context"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"
)

func TestTCP(t *testing.T) {
	for _, address := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", address)
		if err != nil {
			t.Skipf("no loopback %s: %v", address, err)
		}
		check, err := New(target("tcp", l.Addr().String()))
		if err != nil {
			t.Fatal(err)
		}
		if err := check.Probe(t.Context()); err != nil {
			t.Errorf("a listener: %v", err)
		}
		conn, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("the probe sent something or left the connection open: %d, %v", n, err)
		}
		if err := errors.Join(conn.Close(), l.Close()); err != nil {
			t.Fatal(err)
		}

		err = check.Probe(t.Context())
		want := "connect to " + l.Addr().String() + ": connection refused"
		if err == nil || err.Error() != want || !errors.Is(err, syscall.ECONNREFUSED) {
			t.Errorf("nobody listens: got %v, want %s", err, want)
		}
	}
}

func TestTCPWithoutAnswer(t *testing.T) {
	// A listener whose queue is full leaves new connections without an answer.
	fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer syscall.Close(fd)
	if err := errors.Join(syscall.Bind(fd, &syscall.SockaddrInet4{Addr: [4]byte{127, 0, 0, 1}}), syscall.Listen(fd, 0)); err != nil {
		t.Fatal(err)
	}
	name, err := syscall.Getsockname(fd)
	if err != nil {
		t.Fatal(err)
	}
	addr := net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: name.(*syscall.SockaddrInet4).Port}
	check, err := New(target("tcp", addr.String()))
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; ; i++ {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", addr.String())
		cancel()
		if err != nil {
			break
		}
		defer conn.Close()
		if i > 100 {
			t.Fatal("the queue does not fill")
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	err = check.Probe(ctx)
	if want := "connect to " + addr.String() + ": no answer in time"; err == nil || err.Error() != want {
		t.Errorf("got %v, want %s", err, want)
	}
}
