package enforcer

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"
)

// Past is what history tells of a generation.
type Past struct {
	Number    int       `json:"generation"`
	AppliedAt time.Time `json:"applied_at"`
	AppliedBy string    `json:"applied_by"`
	PlanID    string    `json:"plan_id,omitempty"`
	Content   int       `json:"content_of,omitempty"` // the generation whose content it has; 0: a new one
	Note      string    `json:"note,omitempty"`
	Damaged   string    `json:"damaged,omitempty"` // why the file cannot be used
}

// ReadHistory lists the generations of a state directory, the oldest first, without taking it. The error wraps fs.ErrNotExist
// where nothing was ever applied.
func ReadHistory(dir string) ([]Past, error) {
	s := &Store{dir: dir}
	numbers, err := s.generations()
	if err != nil {
		return nil, err
	}
	list := make([]Past, 0, len(numbers))
	for _, n := range numbers {
		g, err := s.Load(n)
		p := Past{Number: n, AppliedAt: g.AppliedAt, AppliedBy: g.AppliedBy, PlanID: g.PlanID, Content: g.Content, Note: g.Note}
		if errors.Is(err, fs.ErrNotExist) {
			continue // dropped meanwhile
		}
		if err != nil {
			p = Past{Number: n, Damaged: err.Error()}
		}
		list = append(list, p)
	}
	return list, nil
}

// GenerationBefore is the number of the newest intact generation before another; 0 when there is none.
func GenerationBefore(dir string, number int) (int, error) {
	numbers, err := (&Store{dir: dir}).generations()
	if err != nil {
		return 0, fmt.Errorf("reading the history: %w", err)
	}
	for _, n := range slices.Backward(numbers) {
		if n >= number {
			continue
		}
		if _, err := (&Store{dir: dir}).Load(n); err == nil {
			return n, nil
		}
	}
	return 0, nil
}
