package kerneltest

import (
	"context"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel"
	"ha/enforcer/kernel/nft"
	"ha/planner"
)

// changeFilter adds to the table and removes from it. It is told that something was, and not what.
func (f *Fake) changeFilter(a planner.Action, key planner.FilterKey) error {
	if f.state.NoFilters != "" {
		return nft.ErrAbsent
	}
	_, exists := f.state.Filters[key]
	switch {
	case a == planner.Create && exists:
		return unix.EEXIST
	case a == planner.Delete && !exists:
		return unix.ENOENT
	case a == planner.Delete:
		delete(f.state.Filters, key)
		delete(f.state.Marked, key)
	default:
		f.state.Filters[key] = planner.Filter{}
		f.state.Marked[key] = true // whoever adds to ha's table makes it ha's
	}
	f.tell(kernel.FiltersChanged{})
	return nil
}

// ReadFilters returns the filters.
func (f *Fake) ReadFilters(ctx context.Context) (planner.State, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	all := f.state.Clone()
	s := planner.State{Filters: all.Filters, NoFilters: all.NoFilters, Marked: map[planner.Key]bool{}}
	for key := range s.Filters {
		s.Marked[key] = true
	}
	f.withoutFilters(&s)
	return s, ctx.Err()
}

// withoutFilters empties what a kernel without nf_tables does not have.
func (f *Fake) withoutFilters(s *planner.State) {
	if f.state.NoFilters == "" {
		return
	}
	for key := range s.Filters {
		delete(s.Marked, key)
	}
	s.Filters = nil
}

// SetNoFilters makes a kernel without nf_tables, which says so in these words; empty gives it back, with what it held.
func (f *Fake) SetNoFilters(why string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.state.NoFilters = why
}
