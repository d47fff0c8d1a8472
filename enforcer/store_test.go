package enforcer

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ha/planner"
)

func openStore(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := OpenStore(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	return s
}

func commit(t *testing.T, s *Store, numbers ...int) {
	t.Helper()
	for _, n := range numbers {
		g := Generation{Number: n, AppliedBy: fmt.Sprint("person ", n), Config: Config{Plan: planner.Plan{Node: "lb1"}}}
		if err := s.Commit(g); err != nil {
			t.Fatal(err)
		}
	}
}

func TestStoreReturnsWhatWasCommitted(t *testing.T) {
	s := openStore(t, t.TempDir())
	if g, _, err := s.Latest(); err != nil || g.Number != 0 {
		t.Fatalf("an empty directory: got generation %d, %v, want 0", g.Number, err)
	}
	want := Generation{Number: 1, AppliedBy: "ann", Config: testConfig(), Claims: planner.Claims{
		Objects: map[planner.Key]planner.Claim{webKey: planner.Owned},
		Before:  map[planner.SysctlKey]planner.Sysctl{"net.ipv4.ip_forward": "0"},
	}}
	if err := s.Commit(want); err != nil {
		t.Fatal(err)
	}
	got, remarks, err := s.Latest()
	if err != nil || len(remarks) > 0 {
		t.Fatal(remarks, err)
	}
	if diff := cmp.Diff(fmt.Sprintf("%+v", want), fmt.Sprintf("%+v", got)); diff != "" {
		t.Errorf("what was committed reads back differently (-want +got):\n%s", diff)
	}
}

// A file that a crash, a full disk or a person has damaged is passed over, and that is said.
func TestStoreUsesThePreviousGenerationWhenTheLatestIsDamaged(t *testing.T) {
	damages := map[string]func(content string) string{
		"empty":       func(string) string { return "" },
		"truncated":   func(c string) string { return c[:len(c)/2] },
		"one byte":    func(c string) string { return strings.Replace(c, "person 2", "person 3", 1) },
		"binary":      func(string) string { return "\x00\xff\x00\xff" },
		"other magic": func(c string) string { return strings.Replace(c, "ha-state 1", "ha-state 9", 1) },
		"no body":     func(c string) string { return strings.SplitAfter(c, "\n")[0] },
	}
	for name, damage := range damages {
		t.Run(name, func(t *testing.T) {
			s := openStore(t, t.TempDir())
			commit(t, s, 1, 2)
			content, err := os.ReadFile(s.path(2))
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(s.path(2), []byte(damage(string(content))), 0o600); err != nil {
				t.Fatal(err)
			}
			g, remarks, err := s.Latest()
			if err != nil || g.Number != 1 {
				t.Fatalf("got generation %d, %v, want the one before", g.Number, err)
			}
			if len(remarks) != 1 || !strings.Contains(remarks[0], "generation 2 cannot be used") {
				t.Errorf("got remarks %q, want one about generation 2", remarks)
			}
		})
	}
}

// What is old goes when 20 newer ones are there; what is young stays.
func TestStoreKeepsTwentyGenerations(t *testing.T) {
	s := openStore(t, t.TempDir())
	old := time.Now().Add(-keepFor - time.Hour)
	for n := 1; n <= keepGenerations+3; n++ {
		commit(t, s, n)
		if n == keepGenerations+2 {
			if numbers, err := s.generations(); err != nil || len(numbers) != n {
				t.Errorf("young ones were dropped: %v, %v", numbers, err)
			}
			for young := 1; young <= n; young++ {
				if err := os.Chtimes(s.path(young), old, old); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	numbers, err := s.generations()
	if err != nil {
		t.Fatal(err)
	}
	if len(numbers) != keepGenerations || numbers[0] != 4 {
		t.Errorf("got %v, want 4 to 23", numbers)
	}
}

func TestASecondProcessIsRefused(t *testing.T) {
	dir := t.TempDir()
	first := openStore(t, dir)
	if _, err := OpenStore(dir); !errors.Is(err, ErrLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got %v, want ErrLocked with the path", err)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	openStore(t, dir)
}

func TestJournalIsThereUntilTheCommit(t *testing.T) {
	s := openStore(t, t.TempDir())
	if _, open, err := s.Journal(); open || err != nil {
		t.Fatalf("got %v, %v, want none", open, err)
	}
	if err := s.OpenJournal(Generation{Number: 7}); err != nil {
		t.Fatal(err)
	}
	if g, open, err := s.Journal(); !open || err != nil || g.Number != 7 {
		t.Fatalf("got %d, %v, %v, want journal 7", g.Number, open, err)
	}
	commit(t, s, 7)
	if _, open, _ := s.Journal(); open {
		t.Error("the commit left the journal open")
	}
}

func TestLeftoversOfAWriteAreNoGenerations(t *testing.T) {
	s := openStore(t, t.TempDir())
	commit(t, s, 3)
	for _, name := range []string{".00000004.json123", "00000005.json~", "notes.txt", "5.json"} {
		if err := os.WriteFile(filepath.Join(s.dir, "generations", name), []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if g, remarks, err := s.Latest(); g.Number != 3 || len(remarks) > 0 || err != nil {
		t.Errorf("got %d, %q, %v, want 3", g.Number, remarks, err)
	}
}
