package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// collect reads the output of a lane whose command ended with err.
func collect(t *testing.T, output string, err error) (tests []test, printed string) {
	t.Helper()
	var out bytes.Buffer
	c := newCollector(&out)
	if err := c.read(strings.NewReader(output)); err != nil {
		t.Fatal(err)
	}
	return c.finish("lint", err), out.String()
}

func TestOutcomes(t *testing.T) {
	failure := errors.New("exit status 1")
	tests := []struct {
		name, output string
		err          error
		want         []test
	}{
		{
			name: "a command without events is one test", output: "all is well\n",
			want: []test{{id{"lint", ""}, outcome{Verdict: pass}}},
		},
		{
			name: "a command without events that fails", output: "{not an event\n", err: failure,
			want: []test{{id{"lint", ""}, outcome{Verdict: fail}}},
		},
		{
			name: "a skipped test keeps its reason",
			output: `{"Action":"run","Package":"ha/a","Test":"TestX"}
{"Action":"output","Package":"ha/a","Test":"TestX","Output":"=== RUN   TestX\n"}
{"Action":"output","Package":"ha/a","Test":"TestX","Output":"    need_test.go:7: needs ipvs: no family\n"}
{"Action":"output","Package":"ha/a","Test":"TestX","Output":"--- SKIP: TestX (0.00s)\n"}
{"Action":"skip","Package":"ha/a","Test":"TestX"}
{"Action":"pass","Package":"ha/a","Elapsed":0.1}
{"Action":"skip","Package":"ha/no-tests"}
`,
			want: []test{{id{"ha/a", "TestX"}, outcome{Verdict: skip, Reason: "needs ipvs: no family"}}},
		},
		{
			name: "a failure stays one when the test passes later",
			output: `{"Action":"fail","Package":"ha/a","Test":"TestX"}
{"Action":"pass","Package":"ha/a","Test":"TestX"}
`,
			err:  failure,
			want: []test{{id{"ha/a", "TestX"}, outcome{Verdict: fail}}},
		},
		{
			name: "a package that does not build",
			output: `{"ImportPath":"ha/a","Action":"build-output","Output":"a.go:1: undefined: x\n"}
{"ImportPath":"ha/a","Action":"build-fail"}
{"Action":"fail","Package":"ha/a","FailedBuild":"ha/a"}
`,
			err:  failure,
			want: []test{{id{"ha/a", ""}, outcome{Verdict: fail}}},
		},
		{
			name: "a test that never ended has failed",
			output: `{"Action":"run","Package":"ha/a","Test":"TestX"}
{"Action":"fail","Package":"ha/a"}
`,
			err:  failure,
			want: []test{{id{"ha/a", "TestX"}, outcome{Verdict: fail}}},
		},
		{
			name:   "a command that fails although its tests passed",
			output: `{"Action":"pass","Package":"ha/a","Test":"TestX"}` + "\n", err: failure,
			want: []test{{id{"ha/a", "TestX"}, outcome{Verdict: pass}}, {id{"lint", ""}, outcome{Verdict: fail}}},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, _ := collect(t, tt.output, tt.err)
			if diff := cmp.Diff(got, tt.want, cmp.AllowUnexported(test{})); diff != "" {
				t.Errorf("got -, want +:\n%s", diff)
			}
		})
	}
}

func TestWhatFailedIsPrintedAndNothingElse(t *testing.T) {
	_, printed := collect(t, `noise
{"Action":"run","Package":"ha/a","Test":"TestGood"}
{"Action":"run","Package":"ha/a","Test":"TestBad"}
{"Action":"output","Package":"ha/a","Test":"TestGood","Output":"quiet\n"}
{"Action":"output","Package":"ha/a","Test":"TestBad","Output":"loud\n"}
{"Action":"pass","Package":"ha/a","Test":"TestGood"}
{"Action":"fail","Package":"ha/a","Test":"TestBad"}
{"Action":"output","Package":"ha/a","Output":"exit status 2\n"}
{"Action":"fail","Package":"ha/a","Elapsed":1.5}
`, errors.New("exit status 1"))
	if want := "noise\nloud\nexit status 2\nFAIL  ha/a                                 1.5 s\n"; printed != want {
		t.Errorf("got\n%s\nwant\n%s", printed, want)
	}
}

func TestReport(t *testing.T) {
	kept, rests, breaks := id{"ha/a", "TestKept"}, id{"ha/a", "TestRests"}, id{"ha/b", "TestBreaks"}
	root := lane{Name: "root", Began: time.Unix(1, 0), Seconds: 2, Tests: []test{
		{kept, outcome{Verdict: skip, Reason: "needs ipvs"}}, {rests, outcome{Verdict: skip, Reason: "needs luck"}}, {breaks, outcome{Verdict: pass}},
	}}
	vm := lane{Name: "vm", Began: time.Unix(2, 0), Seconds: 3, Tests: []test{{kept, outcome{Verdict: pass}}, {breaks, outcome{Verdict: fail}}}}
	tests := []struct {
		name    string
		lanes   []lane
		wantErr error
		want    []string
	}{
		{"what another lane kept is no skip", []lane{
			{Name: "root", Tests: []test{{kept, outcome{Verdict: skip}}}}, {Name: "vm", Tests: []test{{kept, outcome{Verdict: pass}}}},
		}, nil, []string{"\n1 passed, 0 failed, 0 skipped\n"}},
		{"what failed once failed, what rested everywhere is named", []lane{root, vm}, errVerdict, []string{
			"failed in lane vm: ha/b TestBreaks\n", "rested in every lane: ha/a TestRests: needs luck\n",
			"\n1 passed, 1 failed, 1 skipped\n",
		}},
		{"a rest alone is no success", []lane{{Tests: []test{{rests, outcome{Verdict: skip}}}}}, errVerdict, []string{
			"\n0 passed, 0 failed, 1 skipped\n",
		}},
		{"a second try is told", []lane{{Name: "root", Tests: []test{{breaks, outcome{Verdict: pass, Again: true}}}}}, nil, []string{
			"passed at its second try in lane root: ha/b TestBreaks\n", "\n1 passed, 0 failed, 0 skipped\n",
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, l := range tt.lanes {
				if err := l.save(dir); err != nil {
					t.Fatal(err)
				}
			}
			var out bytes.Buffer
			if err := run([]string{"report", dir}, &out); !errors.Is(err, tt.wantErr) {
				t.Errorf("got %v, want %v", err, tt.wantErr)
			}
			for _, want := range tt.want {
				if !strings.Contains(out.String(), want) {
					t.Errorf("no %q in\n%s", want, &out)
				}
			}
		})
	}
}

func TestReportOfNothingIsAnError(t *testing.T) {
	if err := run([]string{"report", t.TempDir()}, &bytes.Buffer{}); err == nil {
		t.Error("no lane ran and all is well")
	}
}

// A real module goes through a real go test, so that a change of its events is noticed.
func TestGoTest(t *testing.T) {
	module, results := t.TempDir(), t.TempDir()
	for name, text := range map[string]string{
		"go.mod": "module sample\n\ngo 1.26\n",
		"a_test.go": `package sample

import "testing"

func TestGood(t *testing.T) { t.Run("inner", func(t *testing.T) {}) }
func TestRests(t *testing.T) { t.Skip("no reason") }
func TestBad(t *testing.T) { t.Error("as expected") }
`,
		"broken/a_test.go": "package broken\n\nvar x = y\n",
		"panics/a_test.go": "package panics\n\nimport \"testing\"\n\nfunc TestPanics(*testing.T) { panic(\"as expected\") }\n",
		"empty/a.go":       "package empty\n",
	} {
		path := filepath.Join(module, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := run([]string{"run", results, "sample", goTool, "test", "-C", module, "-json", "./..."}, &out); err != nil {
		t.Fatal(err)
	}
	lanes, err := load(results)
	if err != nil || len(lanes) != 1 {
		t.Fatalf("got %d lanes, %v", len(lanes), err)
	}
	want := []test{
		{id{"sample", "TestBad"}, outcome{Verdict: fail}},
		{id{"sample", "TestGood"}, outcome{Verdict: pass}},
		{id{"sample", "TestGood/inner"}, outcome{Verdict: pass}},
		{id{"sample", "TestRests"}, outcome{Verdict: skip, Reason: "no reason"}},
		{id{"sample/broken", ""}, outcome{Verdict: fail}},
		{id{"sample/panics", "TestPanics"}, outcome{Verdict: fail, Reason: "panic: "}},
	}
	if diff := cmp.Diff(lanes[0].Tests, want, cmp.AllowUnexported(test{})); diff != "" {
		t.Errorf("got -, want +:\n%s\n%s", diff, &out)
	}
	for _, text := range []string{"a_test.go:7: as expected", "undefined: y", "panic: as expected"} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in\n%s", text, &out)
		}
	}
}

// What may be tried again, and what it comes to: a test that leaves a file behind passes when it finds it.
func TestRetry(t *testing.T) {
	const (
		unsteady = `
func TestUnsteady(t *testing.T) {
	t.Run("inner", func(t *testing.T) {
		if os.Mkdir("been", 0o700) == nil {
			t.Error("as expected")
		}
	})
}
`
		broken = "func TestBroken(t *testing.T) { t.Error(`as expected`) }\n"
		panics = "func TestPanics(*testing.T) { panic(`as expected`) }\n"
		racy   = "func TestRacy(t *testing.T) { t.Error(`WARNING: DATA RACE`); _ = os.Getpid }\n"
		steady = "func TestSteady(t *testing.T) { if _, err := os.Stat(`been`); err == nil { t.Error(`tried again too`) } }\n"
	)
	tests := []struct {
		name, tests string
		want        map[string]verdict
	}{
		{"once unsteady", steady + unsteady, map[string]verdict{"TestUnsteady": pass, "TestUnsteady/inner": pass, "TestSteady": pass}},
		{"broken beside it", unsteady + broken, map[string]verdict{"TestUnsteady": pass, "TestBroken": fail}},
		{"a race beside it", unsteady + racy, map[string]verdict{"TestUnsteady": fail, "TestRacy": fail}},
		{"a panic after it", unsteady + panics, map[string]verdict{"TestUnsteady": fail, "TestPanics": fail}},
		{"too many", unsteady + broken + strings.ReplaceAll(broken, "Broken", "B2") + strings.ReplaceAll(broken, "Broken", "B3") +
			strings.ReplaceAll(broken, "Broken", "B4"), map[string]verdict{"TestUnsteady": fail, "TestB4": fail}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			module, results := t.TempDir(), t.TempDir()
			for name, text := range map[string]string{
				"go.mod": "module sample\n\ngo 1.26\n", "a_test.go": "package sample\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n" + tt.tests,
			} {
				if err := os.WriteFile(filepath.Join(module, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			t.Chdir(module)
			if err := run([]string{"retry", results, "root", "go", "test", "-json", "./..."}, &bytes.Buffer{}); err != nil {
				t.Fatal(err)
			}
			lanes, err := load(results)
			if err != nil {
				t.Fatal(err)
			}
			got := map[string]verdict{}
			for _, r := range lanes[0].Tests {
				got[r.Test] = r.Verdict
				if r.Again != (r.Verdict == pass && strings.HasPrefix(r.Test, "TestUnsteady")) {
					t.Errorf("%s: again is %v", r.Test, r.Again)
				}
			}
			for name, want := range tt.want {
				if got[name] != want {
					t.Errorf("%s: %s, want %s", name, got[name], want)
				}
			}
		})
	}
}
