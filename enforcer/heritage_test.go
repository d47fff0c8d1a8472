package enforcer

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// What the program before left is taken once, and only by the process that it was left to.
func TestTakeHeritage(t *testing.T) {
	refused := []struct {
		name, text string
		fails      bool
	}{
		{"of another process", "1 7 8", false},
		{"too short", fmt.Sprint(os.Getpid(), " 7"), false},
		{"nothing", "", false},
		{"no numbers", fmt.Sprint(os.Getpid(), " seven 8"), true},
		{"a negative number", fmt.Sprint(os.Getpid(), " -7 8"), true},
		{"descriptors that are not open", fmt.Sprint(os.Getpid(), " 1000000 1000001"), true},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv(heritageEnv, tt.text)
			h, err := TakeHeritage()
			if (err != nil) != tt.fails || h.words() != nil {
				t.Errorf("got %+v and %v", h, err)
			}
			if _, set := os.LookupEnv(heritageEnv); set {
				t.Error("children would get it, too")
			}
		})
	}

	path := filepath.Join(t.TempDir(), "s")
	old, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	defer old.Close()
	listener, err := keepListener(old)
	if err != nil {
		t.Fatal(err)
	}
	record, err := keepRecord([]byte("words"))
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv(heritageEnv, fmt.Sprintln(os.Getpid(), record, listener))
	h, err := TakeHeritage()
	if err != nil || string(h.words()) != "words" || len(h.socketsLeft()) != 0 {
		t.Fatalf("got %+v and %v", h, err)
	}
	if flags, err := unix.FcntlInt(uintptr(listener), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("children get the control socket: flags %d, %v", flags, err)
	}
	l, err := h.Listener()
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.Close(); err != nil {
		t.Error(err)
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("the socket stays behind (%v)", err)
	}
}
