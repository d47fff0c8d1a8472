package diag

// syntaxCodes are HA1xxx: loading and syntax.
func syntaxCodes() []Meaning {
	return []Meaning{}
}
