package enforcer

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/gofrs/flock"
	"github.com/google/renameio/v2"

	"ha/planner"
)

// Applied plans stay on disk: the newest 20, those of the last 30 days, and of these not more than 500.
const (
	keepGenerations = 20
	keepFor         = 30 * 24 * time.Hour
	mostGenerations = 500
)

// maxStateFile bounds what is read back: 10,000 pools of four servers are about 30 MB.
const maxStateFile = 256 << 20

// Generation is one applied plan with what ha had on record about the kernel when it was applied.
type Generation struct {
	Number    int       `json:"generation"` // from 1
	AppliedAt time.Time `json:"applied_at"`
	AppliedBy string    `json:"applied_by"`
	PlanID    string    `json:"plan_id,omitempty"`
	// Content is the generation of which this one has the content: it takes one back, or puts one in its place. 0: a new one.
	Content int `json:"content_of,omitempty"`
	// Note says in words what became of it, or why it is there: on trial, confirmed, taken back.
	Note   string         `json:"note,omitempty"`
	Config Config         `json:"config"`
	Claims planner.Claims `json:"claims"`
}

// ErrLocked says that another enforcer works on the same state directory.
var ErrLocked = errors.New("the state directory is in use")

// Store is the state directory: the applied plan with its history and the open journal. Each file is written
// atomically and carries the digest of its content, so a torn or edited file is noticed and the one before is used.
type Store struct {
	dir  string
	lock *flock.Flock
}

// OpenStore takes the state directory for this process, making it if needed. It fails with [ErrLocked] while
// another process has it.
func OpenStore(dir string) (*Store, error) {
	if err := os.MkdirAll(filepath.Join(dir, "generations"), 0o700); err != nil {
		return nil, fmt.Errorf("making the state directory: %w", err)
	}
	s := &Store{dir: dir, lock: flock.New(filepath.Join(dir, "lock"))}
	taken, err := s.lock.TryLock()
	if err != nil {
		return nil, fmt.Errorf("locking the state directory: %w", err)
	}
	if !taken {
		return nil, fmt.Errorf("%w: another ha process holds %s; stop it, or give this one its own with --state-dir",
			ErrLocked, s.lock.Path())
	}
	return s, nil
}

// Close gives the state directory back.
func (s *Store) Close() error { return s.lock.Close() }

// Latest returns the newest intact generation, the zero Generation when there is none, and a remark for every
// newer file that could not be used.
func (s *Store) Latest() (Generation, []string, error) {
	numbers, err := s.generations()
	if err != nil {
		return Generation{}, nil, err
	}
	var remarks []string
	for _, n := range slices.Backward(numbers) {
		g, err := s.Load(n)
		if err == nil {
			return g, remarks, nil
		}
		remarks = append(remarks, fmt.Sprintf("generation %d cannot be used (%v); the one before it is", n, err))
	}
	return Generation{}, remarks, nil
}

// Load reads one generation. The error wraps fs.ErrNotExist when it is not kept.
func (s *Store) Load(number int) (Generation, error) {
	var g Generation
	err := readSealed(s.path(number), &g)
	if err == nil && g.Number != number {
		err = fmt.Errorf("it says that it is generation %d", g.Number)
	}
	return g, err
}

// Commit writes a generation, after which it is the one that a start enforces, then closes the journal and drops
// generations beyond the history kept.
func (s *Store) Commit(g Generation) error {
	if err := writeSealed(s.path(g.Number), g); err != nil {
		return fmt.Errorf("writing generation %d: %w", g.Number, err)
	}
	if err := s.CloseJournal(); err != nil {
		return err
	}
	numbers, err := s.generations()
	if err != nil {
		return err
	}
	for len(numbers) > keepGenerations && (len(numbers) > mostGenerations || s.older(numbers[0], keepFor)) {
		if err := os.Remove(s.path(numbers[0])); err != nil {
			return fmt.Errorf("dropping an old generation: %w", err)
		}
		numbers = numbers[1:]
	}
	return nil
}

// older tells whether a generation was written longer ago than a time.
func (s *Store) older(number int, than time.Duration) bool {
	info, err := os.Stat(s.path(number))
	return err == nil && time.Since(info.ModTime()) > than
}

// Annotate says of a generation what became of it.
func (s *Store) Annotate(number int, note string) error {
	g, err := s.Load(number)
	if err != nil {
		return fmt.Errorf("reading generation %d: %w", number, err)
	}
	g.Note = note
	if err := writeSealed(s.path(number), g); err != nil {
		return fmt.Errorf("writing generation %d: %w", number, err)
	}
	return nil
}

// OpenJournal records what is about to be applied, before anything is changed: should the process die, the next
// start knows which objects the unfinished apply may have made.
func (s *Store) OpenJournal(g Generation) error {
	if err := writeSealed(s.journal(), g); err != nil {
		return fmt.Errorf("writing the journal: %w", err)
	}
	return nil
}

// Journal returns the unfinished apply, if there is one. A journal that cannot be read was torn before anything
// was changed, since it is written first; the error says so.
func (s *Store) Journal() (Generation, bool, error) {
	var g Generation
	err := readSealed(s.journal(), &g)
	if errors.Is(err, fs.ErrNotExist) {
		return g, false, nil
	}
	return g, err == nil, err
}

// CloseJournal says that nothing is unfinished.
func (s *Store) CloseJournal() error {
	if err := os.Remove(s.journal()); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("closing the journal: %w", err)
	}
	return syncDir(s.dir)
}

func (s *Store) journal() string { return filepath.Join(s.dir, "journal.json") }

func (s *Store) path(number int) string {
	return filepath.Join(s.dir, "generations", fmt.Sprintf("%08d.json", number))
}

// generations lists the numbers that have a file, ascending.
func (s *Store) generations() ([]int, error) {
	entries, err := os.ReadDir(filepath.Join(s.dir, "generations"))
	if err != nil {
		return nil, fmt.Errorf("reading the state directory: %w", err)
	}
	var numbers []int
	for _, e := range entries {
		var n int
		if _, err := fmt.Sscanf(e.Name(), "%08d.json", &n); err == nil && e.Name() == fmt.Sprintf("%08d.json", n) {
			numbers = append(numbers, n)
		}
	}
	slices.Sort(numbers)
	return numbers, nil
}

// sealMagic begins the first line of every state file; the digest of the rest follows.
const sealMagic = "ha-state 1 sha256:"

func writeSealed(path string, v any) error {
	body, err := json.Marshal(v)
	if err != nil {
		return err
	}
	sum := sha256.Sum256(body)
	content := append([]byte(sealMagic+hex.EncodeToString(sum[:])+"\n"), body...)
	if err := renameio.WriteFile(path, content, 0o600, renameio.IgnoreUmask()); err != nil {
		return err
	}
	return syncDir(filepath.Dir(path))
}

func readSealed(path string, v any) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.Size() > maxStateFile {
		return fmt.Errorf("it has %d bytes, more than a state file can have (%d)", info.Size(), maxStateFile)
	}
	content, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	head, body, _ := strings.Cut(string(content), "\n")
	digest, ok := strings.CutPrefix(head, sealMagic)
	if !ok {
		return errors.New("it does not begin like a state file of this version")
	}
	if sum := sha256.Sum256([]byte(body)); digest != hex.EncodeToString(sum[:]) {
		return errors.New("its content does not match its digest: it is truncated or was changed")
	}
	if err := json.Unmarshal([]byte(body), v); err != nil {
		return fmt.Errorf("its content is not understood: %w", err)
	}
	return nil
}

// syncDir makes a rename or removal in dir last through a power cut.
func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	err = d.Sync()
	return errors.Join(err, d.Close())
}

// ReadLatest returns the newest intact generation of a state directory without taking it, the zero Generation when
// there is none or no directory.
func ReadLatest(dir string) (Generation, error) {
	g, _, err := (&Store{dir: dir}).Latest()
	if errors.Is(err, fs.ErrNotExist) {
		return Generation{}, nil
	}
	return g, err
}

// ReadGeneration returns one generation of a state directory without taking it; number 0 is the newest intact one.
func ReadGeneration(dir string, number int) (Generation, error) {
	if number == 0 {
		return ReadLatest(dir)
	}
	return (&Store{dir: dir}).Load(number)
}
