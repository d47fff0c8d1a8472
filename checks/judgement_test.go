package checks

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strconv"
	"testing"
	"time"
)

// failing makes the probes of a key fail from now on: at once, or only when their time is over.
func (b *bench) failing(key string, silent bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.probes[key] = func(ctx context.Context) error {
		if silent {
			<-ctx.Done()
		}
		return errors.New("failed")
	}
}

// downAfter is how long after a moment a check turned down; 0: it has not.
func (b *bench) downAfter(key string, since time.Time) time.Duration {
	for _, r := range b.of(key) {
		if r.Verdict == Down {
			return r.At.Add(r.Took).Sub(since)
		}
	}
	return 0
}

// A server that refuses connections is found down half an interval after it died, in the middle of many; one that is silent
// two timeouts later. The numbers are those of issue 4.
func TestHowSoonAFailureIsFound(t *testing.T) {
	for _, test := range []struct {
		name        string
		silent      bool
		fall        int
		least, most time.Duration // of the median
	}{
		{"refused", false, 3, 400 * time.Millisecond, 600 * time.Millisecond},
		{"silent, two tries", true, 2, 2400 * time.Millisecond, 2600 * time.Millisecond},
	} {
		t.Run(test.name, func(t *testing.T) {
			onBench(t, Options{}, func(b *bench) {
				var found []time.Duration
				var all []Config
				for i := range 101 {
					c := config(string(rune('a' + i)))
					c.Fall = test.fall
					all = append(all, c)
				}
				b.set(all...)
				pass(5 * time.Second)
				died := time.Now()
				for _, c := range all {
					b.failing(c.Key, test.silent)
				}
				pass(10 * time.Second)
				for _, c := range all {
					found = append(found, b.downAfter(c.Key, died))
				}
				slices.Sort(found)
				if median := found[50]; median < test.least || median > test.most || found[0] == 0 {
					b.t.Errorf("found after %v to %v, in the median %v, want %v to %v", found[0], found[100], median, test.least, test.most)
				}
			})
		})
	}
}

func TestRetryDelayCountsFromTheEndOfTheFailure(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		c := config("a")
		c.Interval, c.Timeout, c.Fall, c.RetryDelay = 10*time.Second, time.Second, 3, 2*time.Second
		b.set(c)
		pass(time.Second)
		b.failing("a", true)
		b.mu.Lock()
		b.starts["a"] = nil
		b.mu.Unlock()
		pass(time.Minute)
		got := gaps(b.starts["a"])
		want := []time.Duration{3 * time.Second, 3 * time.Second, 10 * time.Second} // the third failure decides; then the interval again
		if len(got) < 3 || !slices.Equal(got[:3], want) {
			b.t.Errorf("gaps of %v, want %v", got, want)
		}
	})
}

func TestRetryDelayIsNeverLongerThanTheInterval(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		c := config("a")
		c.Fall, c.RetryDelay = 5, time.Minute
		b.set(c)
		pass(2 * time.Second)
		b.failing("a", false)
		pass(30 * time.Second)
		for _, gap := range gaps(b.starts["a"]) {
			if gap != time.Second {
				b.t.Errorf("a gap of %v, want the interval of 1s", gap)
			}
		}
	})
}

func TestIntervalWhileDown(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		c := config("a")
		c.IntervalDown = 4 * time.Second
		b.failing("a", false)
		b.set(c)
		pass(20 * time.Second)
		for _, gap := range gaps(b.starts["a"]) {
			if gap != 4*time.Second {
				b.t.Errorf("a gap of %v while down, want 4s", gap)
			}
		}
		b.mu.Lock()
		b.probes["a"], b.starts["a"] = nil, nil
		b.mu.Unlock()
		pass(20 * time.Second)
		got := gaps(b.starts["a"])
		if len(got) < 10 || slices.ContainsFunc(got, func(gap time.Duration) bool { return gap != time.Second }) {
			b.t.Errorf("gaps of %v after it came back, want 1s each", got)
		}
	})
}

func TestWarmupSpreadsFirstProbes(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		var all []Config
		for i := range 200 {
			c := config(string(rune('a' + i)))
			c.Warmup = 20 * time.Second
			all = append(all, c)
		}
		begin := time.Now()
		b.set(all...)
		pass(20 * time.Second)
		early, late := 0, 0
		for _, c := range all {
			switch first := b.starts[c.Key][0].Sub(begin); {
			case first < 5*time.Second:
				early++
			case first >= 15*time.Second:
				late++
			}
		}
		if early < 25 || late < 25 {
			b.t.Errorf("%d of 200 began in the first quarter of the warm-up and %d in the last, want about 50 each", early, late)
		}
	})
}

func TestWhatIsAssumedFirst(t *testing.T) {
	for _, assumed := range []Verdict{Unknown, Up, Down} {
		onBench(t, Options{}, func(b *bench) {
			good, bad := config("good"), config("bad")
			good.Initial, bad.Initial = assumed, assumed
			good.Rise, bad.Fall = 3, 3
			b.failing("bad", false)
			b.set(good, bad)
			pass(time.Second)
			for key, want := range map[string]Verdict{"good": Up, "bad": Down} {
				first := b.of(key)[0]
				if first.Verdict != want || first.Changed != (want != assumed) {
					b.t.Errorf("assumed %v, the first result of %s gave %v, changed: %v; the first result decides", assumed, key, first.Verdict, first.Changed)
				}
			}
		})
	}
}

func TestAProbeThatCouldNotAskSaysNothing(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		c := config("a")
		c.Rise = 2
		b.set(c)
		pass(3 * time.Second)
		before := b.of("a")
		last := before[len(before)-1]
		b.mu.Lock()
		b.probes["a"] = func(context.Context) error { return &Unable{"no buffer space available", nil} }
		b.mu.Unlock()
		pass(10 * time.Second)
		for _, r := range b.of("a")[len(before):] {
			if !r.Unable || r.Verdict != Up || r.Streak != last.Streak || r.Changed || r.Err == "" {
				b.t.Errorf("got %+v, want the verdict and the streak of before, unchanged, with the reason", r)
			}
		}
		for _, gap := range gaps(b.starts["a"]) {
			if gap != time.Second {
				b.t.Errorf("a gap of %v, want the interval: there is nothing to confirm", gap)
			}
		}
		b.failing("a", false)
		pass(time.Second)
		if r := b.of("a"); r[len(r)-1].Verdict != Down || r[len(r)-1].Unable {
			b.t.Errorf("got %+v once it could ask and was refused", r[len(r)-1])
		}
	})
}

func TestHeirs(t *testing.T) {
	probe := func(key, address string) Config {
		c := config(key)
		c.Target = netip.MustParseAddrPort(address)
		return c
	}
	old := []Config{probe("one", "192.0.2.1:80"), probe("two", "192.0.2.2:80"), probe("three", "192.0.2.3:80")}
	two := probe("two interval=2s", "192.0.2.2:80")
	two.Interval = 2 * time.Second
	three := probe("three from", "192.0.2.3:80")
	three.From.Mark = 7
	got := Heirs(old, []Config{old[0], two, three, probe("one, too", "192.0.2.1:80"), probe("new", "192.0.2.4:80")})
	if want := map[string]string{"two interval=2s": "two", "one, too": "one"}; len(got) != 2 || got["two interval=2s"] != "two" || got["one, too"] != "one" {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestScriptsTakeNoPlacesOfOthers(t *testing.T) {
	onBench(t, Options{}, func(b *bench) {
		all := []Config{config("quick")}
		for i := range 2 * maxPrograms {
			c := config("script " + strconv.Itoa(i))
			c.Kind, c.Timeout = "script", 5*time.Second
			b.failing(c.Key, true)
			all = append(all, c)
		}
		b.set(all...)
		pass(4 * time.Second)
		if b.most > maxPrograms+1 || b.Pace().Waiting == 0 {
			b.t.Errorf("%d ran at once and %d waited, want no more than %d scripts", b.most, b.Pace().Waiting, maxPrograms)
		}
		if n := len(b.of("quick")); n < 3 {
			b.t.Errorf("the other check has %d results after 4s", n)
		}
	})
}
