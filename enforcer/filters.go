package enforcer

import (
	"context"
	"maps"

	"ha/planner"
)

// filtering tells whether there are filters to read back: those of the plan, or what is left of a former one.
func (w *writer) filtering() bool {
	if plan := w.index.Plan(); plan != nil {
		for i := range plan.Statics {
			if len(plan.Statics[i].Filters) > 0 {
				return true
			}
		}
	}
	return len(w.live.Filters) > 0
}

// seeFilters takes a reading of the filters as what the kernel holds. All of them are marked, since only ha's own table is read.
func (w *writer) seeFilters(s planner.State) {
	for k := range w.live.Filters {
		delete(w.live.Marked, k)
	}
	w.live.Filters, w.live.NoFilters = s.Filters, s.NoFilters
	for k := range s.Filters {
		w.live.Marked = with(w.live.Marked, planner.Key(k), true)
	}
	w.filtersStand()
}

// filtersStand ends the problems of filters that could not be and now are.
func (w *writer) filtersStand() {
	for k := range w.live.Filters {
		delete(w.problems, k.String())
	}
}

// rereadFilters reads the filters because somebody changed their table, and reports whether they are not what they were: our own
// writes come back as news, too.
func (w *writer) rereadFilters(ctx context.Context) (changed bool) {
	w.takeTurn(ctx)
	defer w.silent.Unlock()
	s, err := w.kernel.ReadFilters(ctx)
	if err != nil || s.NoFilters == w.live.NoFilters && maps.Equal(s.Filters, w.live.Filters) {
		return false // reading back tells of an error
	}
	w.silent.epoch++ // a reading that began before is older
	w.seeFilters(s)
	return true
}
