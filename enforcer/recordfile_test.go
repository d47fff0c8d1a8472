package enforcer

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/netip"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ha/planner"
	"ha/vrrp"
)

// A record that is written group by group is the one that would be written at once; while elections move none is written, unless it
// has to be.
func TestARecordIsWrittenGroupByGroup(t *testing.T) {
	store, err := OpenStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	defer store.Close()
	e := newElections(newEventLog(slog.New(slog.DiscardHandler)), newInbox())
	for i := range 3*recordTurn + 1 {
		instance := testConfig().Instances[0]
		instance.Name, instance.Tracks = fmt.Sprintf(`vip.v["%d é"]/ipv4`, i), []vrrp.Track{{Check: "tcp1", Factor: 1}}
		e.groups[instance.Name] = newGroup(e, instance.Name, []*vrrp.Instance{&instance}, nil, nil)
	}
	e.tracking.facts.Verdicts["tcp1"], e.tracking.values["tcp1"] = planner.Down, 7
	k := &keeper{store: store, events: e.events, elections: e, program: "1.2"}
	e.note()
	if done, err := k.write(false); done || err != nil {
		t.Errorf("it is written (%v) although elections move, %v", done, err)
	}
	if _, err := store.Record(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a record, %v", err)
	}
	if done, err := k.write(true); !done || err != nil {
		t.Errorf("it is not written (%v), %v", done, err)
	}
	content, err := store.Record()
	if err != nil {
		t.Fatal(err)
	}
	got, rest, err := decodeRecord(content)
	if err != nil || len(rest) != 0 {
		t.Fatalf("%v, %d bytes are left", err, len(rest))
	}
	want := record{Program: "1.2", PID: pid()}
	e.bequeath(&want)
	if diff := cmp.Diff(want, got, cmpopts.EquateComparable(netip.Addr{}), cmpopts.EquateEmpty(), cmpopts.IgnoreFields(record{}, "At", "Clock")); diff != "" {
		t.Error(diff)
	}
	if got.At == 0 || len(got.Groups) != 3*recordTurn+1 || got.Verdicts["tcp1"] != planner.Down || got.Values["tcp1"] != 7 {
		t.Errorf("got %d groups, %v, %v, of %v", len(got.Groups), got.Verdicts, got.Values, got.At)
	}
}
