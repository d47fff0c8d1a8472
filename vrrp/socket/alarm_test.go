package socket

import (
	"testing"
	"time"
)

func TestAlarm(t *testing.T) {
	a, err := NewAlarm()
	if err != nil {
		t.Fatal(err)
	}
	fired := make(chan time.Time, 10)
	served := make(chan error, 1)
	go func() { served <- a.Serve(func() { fired <- time.Now() }) }()
	goesOff := func(what string, after time.Duration) {
		t.Helper()
		start := time.Now()
		if err := a.Set(after); err != nil {
			t.Fatal(err)
		}
		select {
		case at := <-fired:
			if at.Sub(start) < after {
				t.Errorf("%s: went off after %v", what, at.Sub(start))
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("%s: did not go off", what)
		}
	}
	goesOff("a short time", 3*time.Millisecond)
	goesOff("no time", 0)
	goesOff("a time that has passed", -time.Hour)
	for _, set := range []func() error{
		func() error { return a.Set(time.Hour) }, // the one that counts is the last
		func() error { return a.Set(20 * time.Millisecond) },
		func() error { return a.Set(time.Hour) },
		func() error { return a.Set(20 * time.Millisecond) },
		a.Stop,
	} {
		if err := set(); err != nil {
			t.Fatal(err)
		}
	}
	goesOff("after it was stopped", 40*time.Millisecond)
	if len(fired) != 0 {
		t.Error("went off although it was set anew and stopped")
	}
	for range 2 {
		if err := a.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-served; err != nil {
		t.Errorf("Serve after Close: %v", err)
	}
	if err := a.Set(time.Second); err == nil {
		t.Error("a closed alarm was set")
	}
}
