package enforcer

import (
	"testing"
	"time"

	"ha/vrrp"
)

// An interface has to stay down, or up, for its delay before that counts; what is seen first, and that it does not exist,
// counts at once.
func TestInterfacesAreDebounced(t *testing.T) {
	const s = time.Second
	down := linkFault{noLink("interface eth1 is down"), false}
	absent := linkFault{noLink("interface eth1 does not exist"), true}
	delay := vrrp.Debounce{Up: 10 * s, Down: 2 * s}
	type look struct {
		at    time.Duration
		raw   error
		works bool
		again time.Duration
	}
	tests := []struct {
		name  string
		delay vrrp.Debounce
		looks []look
	}{
		{"without delays all counts at once", vrrp.Debounce{}, []look{{s, nil, true, 0}, {2 * s, down, false, 0}, {3 * s, nil, true, 0}}},
		{"the first look counts", delay, []look{{s, down, false, 0}, {2 * s, down, false, 0}}},
		{"down counts after its delay", delay, []look{{s, nil, true, 0}, {2 * s, down, true, 4 * s}, {3 * s, down, true, 4 * s}, {4 * s, down, false, 0}}},
		{"a flap does not count", delay, []look{{s, nil, true, 0}, {2 * s, down, true, 4 * s}, {3 * s, nil, true, 0}, {4 * s, down, true, 6 * s}}},
		{"up counts after its delay", delay, []look{{s, down, false, 0}, {2 * s, nil, false, 12 * s}, {11 * s, nil, false, 12 * s}, {12 * s, nil, true, 0}}},
		{"a short life does not count", delay, []look{{s, down, false, 0}, {2 * s, nil, false, 12 * s}, {3 * s, down, false, 0}, {4 * s, nil, false, 14 * s}}},
		{"one that is gone counts at once", delay, []look{{s, nil, true, 0}, {2 * s, absent, false, 0}, {3 * s, nil, false, 13 * s}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var d debouncer
			for _, l := range tt.looks {
				again, err := d.judge("eth1", tt.delay, l.raw, l.at)
				if (err == nil) != l.works || again != l.again {
					t.Errorf("at %v: got %v, again at %v; want works %v, again at %v", l.at, err, again, l.works, l.again)
				}
			}
		})
	}
}
