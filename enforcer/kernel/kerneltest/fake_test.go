package kerneltest

import (
	"testing"
)

func TestFakeConforms(t *testing.T) {
	Conform(t, func(*testing.T) Kernel { return New() })
}

func TestFakeConformsIPVS(t *testing.T) {
	ConformIPVS(t, func(*testing.T) Kernel { return New() })
}

func TestFakeConformsNoIPVS(t *testing.T) {
	ConformNoIPVS(t, func(*testing.T) Kernel {
		f := New()
		f.SetNoIPVS("this kernel has no IPVS: load the module ip_vs")
		return f
	})
}
