package diag

// clusterCodes are HA4xxx: cluster consistency.
func clusterCodes() []Meaning {
	return []Meaning{}
}
