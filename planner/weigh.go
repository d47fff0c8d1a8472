package planner

import "math"

// Weigh lets the number that a check reports move the weight of a server. What several say is added up.
type Weigh struct {
	Check string  `json:"check"` // its key
	By    WeighBy `json:"by"`
	// Factor is what the number is multiplied with; only [WeighAdd] has one.
	Factor int64 `json:"factor,omitempty"`
	// Least and Most bound the weight that this check alone would give, whatever it reports.
	Least uint16 `json:"least"`
	Most  uint16 `json:"most"`
}

// WeighBy is what a number means for a weight.
type WeighBy string

// The ways in which a number weighs.
const (
	WeighValue   WeighBy = "value"   // it is the weight
	WeighPercent WeighBy = "percent" // it is a share of the configured weight, in per cent
	WeighExit    WeighBy = "exit"    // it is an exit status: 0 leaves the weight, from 2 on it is the weight and two more
	WeighAdd     WeighBy = "add"     // it is added, times the factor
)

// weighed is the weight of a server after what its checks report. One that takes no connections on purpose stays so; a check
// that has reported nothing yet says nothing.
func (s *PoolServer) weighed(f Facts) uint16 {
	if s.Weight == 0 || len(s.Weighs) == 0 {
		return s.Weight
	}
	sum := int64(s.Weight)
	for _, w := range s.Weighs {
		if value, reported := f.Values[w.Check]; reported {
			sum += w.alone(s.Weight, value) - int64(s.Weight)
		}
	}
	return uint16(min(max(sum, 0), math.MaxUint16))
}

// alone is the weight that this check by itself gives a server.
func (w Weigh) alone(configured uint16, value int64) int64 {
	value = min(max(value, math.MinInt32), math.MaxInt32) // room for the arithmetic below
	weight := int64(configured)
	switch w.By {
	case WeighValue:
		weight = value
	case WeighPercent:
		weight = (weight*value + 99) / 100 // upwards: a small share is not none
	case WeighExit:
		if value >= 2 {
			weight = value - 2
		}
	case WeighAdd:
		weight += value * min(max(w.Factor, math.MinInt16), math.MaxInt16)
	}
	return min(max(weight, int64(w.Least)), int64(w.Most))
}
