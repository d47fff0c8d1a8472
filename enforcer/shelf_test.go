package enforcer

import (
	"fmt"
	"reflect"
	"testing"

	"ha/planner"
)

// What is packed comes back as it was, and takes a fraction of its text.
func TestShelf(t *testing.T) {
	var intents []planner.Intent
	text := 0
	for i := range 100 {
		intent := planner.Intent{Name: fmt.Sprintf("vip.v%d", i), Source: planner.Source{File: "a.hcl", Line: 7 * i}}
		for _, path := range []string{"addresses", "announce.count", "announce.delay", "interface", "interval", "priority", "vrid"} {
			arg := planner.Arg{Path: path, Value: fmt.Sprint(path, " of ", i), Impact: planner.ImpactFailover, Deaf: path == "vrid", Source: intent.Source}
			intent.Args = append(intent.Args, arg)
			text += len(arg.Path) + len(arg.Value) + len(arg.Source.File)
		}
		intents = append(intents, intent)
	}
	packed, err := shelve(intents)
	if err != nil {
		t.Fatal(err)
	}
	if len(packed) > text/2 {
		t.Errorf("%d bytes for a text of %d", len(packed), text)
	}
	whole, err := packed.whole(Config{Plan: planner.Plan{Node: "lb1"}})
	if err != nil || whole.Plan.Node != "lb1" || !reflect.DeepEqual(whole.Plan.Intents, intents) {
		t.Errorf("got %+v, %v", whole, err)
	}
}

func TestShelfOfNothing(t *testing.T) {
	packed, err := shelve(nil)
	if packed != nil || err != nil {
		t.Errorf("got %v, %v", packed, err)
	}
	if whole, err := packed.whole(Config{}); whole.Plan.Intents != nil || err != nil {
		t.Errorf("got %+v, %v", whole, err)
	}
	if _, err := shelf("no such thing").intents(); err == nil {
		t.Error("something else was unpacked")
	}
}
