package check

import "testing"

func TestFreeListsWhatIsLeft(t *testing.T) {
	all := map[int64]bool{}
	for id := int64(1); id <= 255; id++ {
		all[id] = true
	}
	tests := []struct {
		name  string
		taken map[int64]bool
		want  string
	}{
		{"nothing is taken", nil, "1-255"},
		{"one in the middle", map[int64]bool{51: true}, "1-50, 52-255"},
		{"the ends", map[int64]bool{1: true, 255: true}, "2-254"},
		{"a single one between two", map[int64]bool{2: true, 4: true, 6: true}, "1, 3, 5"},
		{"all are taken", all, "none"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := free(tt.taken); got != tt.want {
				t.Errorf("got %s, want %s", got, tt.want)
			}
		})
	}
}

// TestBetterIsFreeAndNoOwner: the priority that a message proposes is another one, and never 0 or 255.
func TestBetterIsFreeAndNoOwner(t *testing.T) {
	for prio := int64(1); prio <= 254; prio++ {
		taken := map[int64]string{prio: "lb1", prio + 50: "lb3"}
		got := better(prio, taken)
		if got < 1 || got >= owner || got == prio || taken[got] != "" {
			t.Errorf("for %d: got %d", prio, got)
		}
	}
}
