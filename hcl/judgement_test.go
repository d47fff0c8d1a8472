package hcl

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ha/checks"
	"ha/planner"
)

// What the settings say holds for checks that say nothing; equal checks stay one, and files do not fail by chance.
func TestDefaultsOfChecks(t *testing.T) {
	c := mustLoad(t, twoNodes+`
settings {
  checks {
    interval      = "2s"
    interval_down = "10s"
    fall          = 2
    retry_delay   = "500ms"
    warmup        = "3s"
    initial       = "down"
  }
}
check "tcp" "db" {
  fall    = 5
  initial = null
}
pool "db" {
  listen = ["192.0.2.20:5432"]
  checks = [check.tcp.db]
  check "script" {
    command = ["/usr/local/bin/check-lag"]
  }
  check "file" {
    file = "/run/app/weight"
  }
  check "tcp" {
    interval = "2s"
    fall     = 5
    initial  = "unknown"
  }
  server "db1" {
    address = "192.0.2.31:5432"
  }
}
`)
	compiled := compileNode(t, c, "lb1")
	type judgement struct {
		interval, down, retry, warmup time.Duration
		fall                          int
		initial                       checks.Verdict
	}
	want := map[string]judgement{
		"tcp":    {2 * time.Second, 10 * time.Second, 500 * time.Millisecond, 3 * time.Second, 5, checks.Unknown},
		"script": {2 * time.Second, 10 * time.Second, 500 * time.Millisecond, 3 * time.Second, 2, checks.Down},
		"file":   {2 * time.Second, 10 * time.Second, 2 * time.Second, 3 * time.Second, 1, checks.Down},
	}
	if len(compiled.Checks) != len(want) {
		t.Errorf("%d checks, want %d: the two of tcp are equal", len(compiled.Checks), len(want))
	}
	for _, k := range compiled.Checks {
		got := judgement{k.Interval, k.IntervalDown, k.RetryDelay, k.Warmup, k.Fall, k.Initial}
		if got != want[k.Kind] {
			t.Errorf("%s: got %+v, want %+v", k.Key, got, want[k.Kind])
		}
	}
	var b strings.Builder
	if err := c.Explain(&b, "check.tcp.db"); err != nil {
		t.Fatal(err)
	}
	if text := b.String(); !strings.Contains(text, "retry_delay") || !strings.Contains(text, "500ms") {
		t.Errorf("the effective values are not explained:\n%s", text)
	}
}

// What a check says of the weight reaches the server that it is about.
func TestCompileWeights(t *testing.T) {
	c := mustLoad(t, twoNodes+`
pool "db" {
  listen = ["192.0.2.20:5432"]
  check "tcp" {
    port = 9999
    weight {
      min = 1
    }
  }
  check "http" {
    weight {
      header = "X-Weight"
      max    = 100
    }
  }
  server "db1" {
    address = "192.0.2.31:5432"
    check "script" {
      command = ["/usr/local/bin/load"]
      weight {}
    }
    check "file" {
      file = "/run/load"
      weight {
        factor = -2
      }
    }
    check "tcp" {}
  }
}
`)
	compiled := compileNode(t, c, "lb1")
	server := compiled.Plan.Pools[0].Servers[0]
	keys := map[string]checks.Config{}
	for _, k := range compiled.Checks {
		keys[k.Key] = k
	}
	var got []planner.Weigh
	for _, w := range server.Weighs {
		k := keys[w.Check]
		if (k.Weight != nil) != (k.Kind != "file") || k.Kind == "tcp" && !k.Weight.Percent || k.Kind == "http" && k.Weight.Header != "X-Weight" {
			t.Errorf("%s reports %+v", k.Key, k.Weight)
		}
		w.Check = k.Kind
		got = append(got, w)
	}
	want := []planner.Weigh{
		{Check: "tcp", By: planner.WeighPercent, Least: 1, Most: 65535},
		{Check: "http", By: planner.WeighValue, Most: 100},
		{Check: "script", By: planner.WeighExit, Most: 65535},
		{Check: "file", By: planner.WeighAdd, Factor: -2, Most: 65535},
	}
	if !slices.Equal(got, want) || len(server.Checks) != 5 {
		t.Errorf("got %+v and %d checks, want %+v and 5", got, len(server.Checks), want)
	}
}
