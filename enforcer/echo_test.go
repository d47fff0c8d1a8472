package enforcer

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"testing"
	"time"

	"ha/enforcer/kernel"
	"ha/planner"
)

// newWriter is a writer of a plan on a fake kernel, with what it told elections.
func newWriter(t *testing.T, c Config) *writer {
	t.Helper()
	w := &writer{
		kernel: newFake(), events: newEventLog(slog.New(slog.DiscardHandler)), installed: func(...string) {},
		urgent: func() map[string]bool { return nil },
	}
	w.adopt(&Generation{Number: 1, Config: c})
	if err := w.reread(t.Context()); err != nil {
		t.Fatal(err)
	}
	return w
}

func eventTypes(w *writer) (types []string) {
	for _, e := range w.events.tail(keepEvents) {
		types = append(types, e.Type)
	}
	return types
}

// The kernel tells of an address as it was before our own write, later than that: nothing is corrected, nobody is blamed.
// What somebody else does right after our write is put right all the same.
func TestNewsOlderThanAWriteOfOurs(t *testing.T) {
	w := newWriter(t, testConfig())
	stands := kernel.Changed{Key: vipKey, Marked: true}
	is := func(standing bool) {
		t.Helper()
		live, err := w.kernel.Read(t.Context(), kernel.Query{})
		if err != nil {
			t.Fatal(err)
		}
		if has(live.Addresses, vipKey) != standing {
			t.Errorf("the address stands: %v, want %v", !standing, standing)
		}
	}
	w.activity(t.Context(), map[string]bool{"vip.web": true})
	is(true)
	stands.Value = w.live.Value(vipKey)
	w.activity(t.Context(), map[string]bool{"vip.web": false})
	is(false)
	w.observe(t.Context(), []kernel.Event{stands}) // of the first write
	w.activity(t.Context(), map[string]bool{"vip.web": true})
	w.observe(t.Context(), []kernel.Event{kernel.Gone{Key: vipKey}}) // of the second
	is(true)
	if types := eventTypes(w); w.corrections != 0 || slices.Contains(types, "correction") || slices.Contains(types, "problem") {
		t.Errorf("%d corrections, events %q, want none", w.corrections, types)
	}
	if err := w.kernel.Apply(t.Context(), planner.Change{Action: planner.Delete, Key: vipKey, Before: w.live.Value(vipKey)}); err != nil {
		t.Fatal(err)
	}
	w.observe(t.Context(), []kernel.Event{kernel.Gone{Key: vipKey}})
	is(true)
	if w.corrections != 1 {
		t.Errorf("%d corrections of what somebody else did, want one", w.corrections)
	}
}

// What we wrote is forgotten when no news can be older any more.
func TestEchoesFade(t *testing.T) {
	var e echoes
	now := time.Now()
	created := planner.Change{Action: planner.Create, Key: vipKey, After: planner.Address{}}
	e.note(created, now)
	gone := kernel.Gone{Key: vipKey}
	if !e.doubtful(gone, now.Add(time.Second)) || e.doubtful(gone, now.Add(2*echoLife)) {
		t.Error("news is doubtful for a while, and then no longer")
	}
	if e.doubtful(kernel.Changed{Key: vipKey, Value: planner.Address{}}, now) || e.doubtful(kernel.Gone{Key: otherKey}, now) {
		t.Error("what we wrote, and what we did not, is no contradiction")
	}
	e.note(planner.Change{Action: planner.Create, Key: otherKey, After: planner.Address{}}, now.Add(2*echoLife))
	if len(e.written) != 1 {
		t.Errorf("%d objects are remembered, want the last one", len(e.written))
	}
}

// News of an election that comes during long work on other things overtakes it: what that still had to do for the VIP is left.
func TestNewsOvertakesLongWork(t *testing.T) {
	w := newWriter(t, testConfig())
	w.facts.Active["vip.web"] = true
	var changes []planner.Change
	for i := range chunk {
		k := planner.AddressKey{Device: "eth0", Prefix: netip.PrefixFrom(netip.AddrFrom4([4]byte{10, 0, 0, byte(i)}), 32)}
		changes = append(changes, planner.Change{Layer: planner.Kernel, Action: planner.Create, Key: k, After: planner.Address{}})
	}
	changes = append(changes, planner.Change{Layer: planner.Kernel, Action: planner.Create, Key: vipKey, After: planner.Address{}})
	w.urgent = func() map[string]bool {
		w.urgent = func() map[string]bool { return nil }
		return map[string]bool{"vip.web": false}
	}
	if !w.carry(t.Context(), changes, byStart) {
		t.Fatal(w.problems)
	}
	if has(w.live.Addresses, vipKey) {
		t.Error("the address of a VIP that is no longer Active was added")
	}
	for _, c := range changes[:chunk] {
		if w.live.Value(c.Key) == nil {
			t.Errorf("%v was left out, too", c.Key)
		}
	}
}

// Who cannot read the kernel because it stops has no problem.
func TestStoppingIsNoProblem(t *testing.T) {
	w := newWriter(t, testConfig())
	w.kernel = mute{w.kernel}
	over, cancel := context.WithCancel(t.Context())
	cancel()
	for ctx, problems := range map[context.Context]int{over: 0, t.Context(): 1} {
		w.stale, w.problems = true, nil
		if w.refreshed(ctx) || len(w.problems) != problems {
			t.Errorf("the problems are %v, want %d", w.problems, problems)
		}
	}
}

// mute is a kernel that tells nothing.
type mute struct{ Kernel }

func (mute) Read(ctx context.Context, _ kernel.Query) (planner.State, error) {
	return planner.State{}, errors.Join(errors.New("no answer"), ctx.Err())
}
