package decode

import "slices"

// takeDefaults remembers what the settings say of checks and of virtual interfaces.
func (d *decoder) takeDefaults(settings *Object) {
	d.virtualName = settings.Cell("virtual_name")
	for _, k := range settings.Blocks("checks") {
		d.checks = k
	}
}

// inherit gives a block what the settings say of all like it, where it says nothing itself: its place is then that in the settings.
func (d *decoder) inherit(o *Object) {
	if t := o.Schema.Type; (t == "virtual_mac" || t == "ipvlan") && d.virtualName != nil && d.virtualName.State == Set {
		if own := o.Cell("name"); own != nil && own.State == Unset {
			*own = *d.virtualName
		}
	}
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
