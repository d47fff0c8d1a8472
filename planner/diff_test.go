package planner

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"testing"
)

// seeds is how many random pairs of states each law is held to.
const seeds = 3000

// TestDiffLaws holds Diff to what must be true of any two states.
func TestDiffLaws(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed)
		desired, live := w.state(), w.state()
		checkLaws(t, seed, desired, live, w.claims(&live), nil)
		if t.Failed() {
			return
		}
	}
}

// TestDiffLawsOfPlans holds Diff to the same laws for what plans resolve to.
func TestDiffLawsOfPlans(t *testing.T) {
	for seed := range uint64(seeds) {
		w := newWorld(seed)
		ix := NewIndex(w.plan()).After(NewIndex(w.plan()))
		desired := ix.Resolve(w.facts())
		if twice(desired) {
			continue // the language refuses one IPv6 address with two lengths
		}
		live := w.state()
		checkLaws(t, seed, desired, live, w.claims(&live), ix)
		if t.Failed() {
			return
		}
	}
}

func FuzzDiff(f *testing.F) {
	f.Add(uint64(1), uint64(2))
	f.Fuzz(func(t *testing.T, a, b uint64) {
		wa, wb := newWorld(a), newWorld(b)
		live := wb.state()
		checkLaws(t, a, wa.state(), live, wb.claims(&live), nil)
	})
}

func checkLaws(t *testing.T, seed uint64, desired, live State, claims Claims, ix *Index) {
	t.Helper()
	changes, conflicts := Diff(desired, live, claims, ix)
	again, _ := Diff(desired, live, claims, ix)
	if !reflect.DeepEqual(changes, again) {
		t.Errorf("seed %d: the same states twice give different changes", seed)
	}

	after := live.Clone()
	for i, c := range changes {
		if len(c.Reasons) == 0 || len(c.Reasons[0].Fields) == 0 || c.Name == "" || c.When != Now {
			t.Errorf("seed %d: change %d says too little: %+v", seed, i, c)
		}
		if err := Apply(&after, c); err != nil {
			t.Fatalf("seed %d: change %d: %v", seed, i, err)
		}
	}
	checkForeign(t, seed, desired, live, after, claims)

	record := ClaimsAfter(changes, live, claims)
	left, still := Diff(desired, after, record, ix)
	if len(left) > 0 {
		t.Errorf("seed %d: %d changes are left after all were applied, first %s %s of\n%+v", seed, len(left), left[0].Action, left[0].Name, changes)
	}
	if !reflect.DeepEqual(still, conflicts) {
		t.Errorf("seed %d: conflicts were %v and are %v", seed, conflicts, still)
	}
	checkWanted(t, seed, desired, after, record, conflicts)

	for _, c := range slices.Backward(changes) {
		if err := Apply(&after, Undo(c)); err != nil {
			t.Fatalf("seed %d: undo: %v", seed, err)
		}
	}
	after.Marked, live.Marked = nil, nil // what was put back carries ha's mark
	if got, want := fmt.Sprint(after), fmt.Sprint(live); got != want {
		t.Errorf("seed %d: undone is\n%s, was\n%s", seed, got, want)
	}
	checkOrder(t, seed, changes)
}

// checkForeign: what is nobody's business of ours is the same before and after. Sysctls have no owner.
func checkForeign(t *testing.T, seed uint64, desired, live, after State, claims Claims) {
	t.Helper()
	for _, k := range keysOf(live) {
		if _, sysctl := k.(SysctlKey); sysctl && !slices.Contains(keysOf(desired), k) && claims.Objects[k] != Foreign {
			continue
		} else if sysctl && slices.Contains(keysOf(desired), k) {
			continue
		}
		if claims.Of(k, live) == Foreign && after.Value(k) != live.Value(k) {
			t.Errorf("seed %d: the foreign %s was %v and is %v", seed, k, live.Value(k), after.Value(k))
		}
	}
}

// checkWanted: what is wanted stands, unless a conflict says why not. Of addresses of others options that nobody asked for stay.
func checkWanted(t *testing.T, seed uint64, desired, after State, claims Claims, conflicts []Conflict) {
	t.Helper()
	excused := map[Key]bool{}
	for _, c := range conflicts {
		excused[c.Key] = true
	}
	for _, k := range keysOf(desired) {
		if server, ok := k.(RealServerKey); excused[k] || ok && excused[server.Service] {
			continue
		}
		have, want := after.Value(k), desired.Value(k)
		if address, ok := have.(Address); ok && claims.Of(k, after) != Owned {
			have = address.tolerating(want.(Address))
		}
		if len(fieldsOf(k, have, want)) > 0 || after.Value(k) == nil {
			t.Errorf("seed %d: %s is %v, wanted %v", seed, k, after.Value(k), desired.Value(k))
		}
	}
}

// checkOrder: what comes stands before what leaves goes, except where the kernel has no room for both.
func checkOrder(t *testing.T, seed uint64, changes []Change) {
	t.Helper()
	deleting, lowered := "", ""
	for _, c := range changes {
		switch {
		case c.Action == Delete && !hasReason(c, ReasonDependency):
			deleting = c.Name
		case c.Action == Create && deleting != "":
			t.Errorf("seed %d: %s comes after %s went", seed, c.Name, deleting)
		case c.Action == Update && !hasReason(c, ReasonRemoved) && deleting != "":
			t.Errorf("seed %d: %s is changed after %s went", seed, c.Name, deleting)
		}
		before, isServer := c.Before.(RealServer)
		if after, _ := c.After.(RealServer); c.Action == Update && isServer {
			if after.Weight < before.Weight {
				lowered = c.Name
			} else if after.Weight > before.Weight && lowered != "" {
				t.Errorf("seed %d: %s is raised after %s was lowered", seed, c.Name, lowered)
			}
		}
	}
}

func sortedKeys[K interface {
	comparable
	Compare(K) int
}, V any](m map[K]V) []K {
	return slices.SortedFunc(maps.Keys(m), K.Compare)
}

// twice tells whether a state holds one IPv6 address with two lengths on one interface.
func twice(s State) bool {
	for k := range s.Addresses {
		for other := range s.Addresses {
			if inTheWay(k, other) {
				return true
			}
		}
	}
	return false
}

// TestApplyIsStrict holds the model to what the kernel refuses.
func TestApplyIsStrict(t *testing.T) {
	for seed := range uint64(300) {
		w := newWorld(seed)
		s := w.state()
		for _, k := range slices.Backward(keysOf(s)) { // real servers go before their services
			v := s.Value(k)
			if err := Apply(&s, Change{Action: Create, Key: k, After: v}); !errors.Is(err, fs.ErrExist) {
				t.Errorf("seed %d: a second create of %s: got %v, want %v", seed, k, err, fs.ErrExist)
			}
			gone := Change{Action: Delete, Key: k, Before: v}
			if err := Apply(&s, gone); err != nil {
				t.Errorf("seed %d: %v", seed, err)
			}
			for _, c := range []Change{gone, {Action: Update, Key: k, After: v}, {Action: Adopt, Key: k}} {
				if err := Apply(&s, c); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("seed %d: %s of the absent %s: got %v, want %v", seed, c.Action, k, err, fs.ErrNotExist)
				}
			}
		}
	}
}

// TestServiceTakesItsServers: the kernel deletes what stands behind a service along with it.
func TestServiceTakesItsServers(t *testing.T) {
	s := newWorld(4).state()
	for _, k := range sortedKeys(s.VirtualServers) {
		if err := Apply(&s, Change{Action: Delete, Key: k}); err != nil {
			t.Fatal(err)
		}
	}
	if len(s.RealServers) > 0 {
		t.Errorf("%d real servers outlive their services", len(s.RealServers))
	}
}

func BenchmarkDiff(b *testing.B) {
	b.Run("reals=40000/unchanged", func(b *testing.B) {
		ix := NewIndex(bigPlan(10000, 4))
		desired := ix.Resolve(Facts{})
		claims := Claims{Objects: map[Key]Claim{}}
		for _, k := range keysOf(desired) {
			claims.Objects[k] = Owned
		}
		live := desired.Clone()
		b.ReportAllocs()
		for b.Loop() {
			if changes, _ := Diff(desired, live, claims, ix); len(changes) > 0 {
				b.Fatal(changes[0])
			}
		}
	})
	b.Run("reals=40000/one_pool", func(b *testing.B) {
		ix := NewIndex(bigPlan(10000, 4))
		live := ix.Resolve(Facts{})
		claims := Claims{Objects: map[Key]Claim{}}
		for _, k := range keysOf(live) {
			claims.Objects[k] = Owned
		}
		f := Facts{Verdicts: map[string]Verdict{"tcp 77": Down}}
		b.ReportAllocs()
		for b.Loop() {
			changes, _ := Diff(ix.ResolvePool("pool.p77", f), ix.LivePool("pool.p77", live), claims, ix)
			if len(changes) != 4 {
				b.Fatal(changes)
			}
		}
	})
	b.Run("reals=40000/all_new", func(b *testing.B) {
		ix := NewIndex(bigPlan(10000, 4))
		desired := ix.Resolve(Facts{})
		b.ReportAllocs()
		for b.Loop() {
			if changes, _ := Diff(desired, State{}, Claims{}, ix); len(changes) != 50000 {
				b.Fatal(len(changes))
			}
		}
	})
}
