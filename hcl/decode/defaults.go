package decode

import "slices"

// takeDefaults remembers what the settings say of checks.
func (d *decoder) takeDefaults(settings *Object) {
	for _, k := range settings.Blocks("checks") {
		d.checks = k
	}
}

// inherit gives a check what the settings say of all checks, where it says nothing itself: its place is then that in the settings.
func (d *decoder) inherit(o *Object) {
	if d.checks == nil || o.Schema.Type != "check" {
		return
	}
	watched := (&Check{Kind: o.Labels[0]}).Watched()
	for i, cell := range d.checks.Cells {
		name := d.checks.Arg(i).Name
		if cell.State != Set || watched && slices.Contains([]string{"fall", "retry_delay"}, name) {
			continue
		}
		if own := o.Cell(name); own != nil && own.State == Unset {
			*own = cell
		}
	}
}
