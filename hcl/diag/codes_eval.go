package diag

// evalCodes are HA3xxx: references and evaluation.
func evalCodes() []Meaning {
	return []Meaning{}
}
