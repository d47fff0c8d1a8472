package diag

// schemaCodes are HA2xxx: schema and types.
func schemaCodes() []Meaning {
	return []Meaning{}
}
