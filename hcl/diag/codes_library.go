package diag

// libraryCodes are HA29xx and HA39xx: what the HCL library finds by itself while it decodes and evaluates.
func libraryCodes() []Meaning {
	return []Meaning{}
}
