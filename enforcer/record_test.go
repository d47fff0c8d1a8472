package enforcer

import (
	"bytes"
	"fmt"
	"log/slog"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ha/planner"
	"ha/vrrp"
	"ha/vrrp/packet"
)

// sampleRecord is a record of one group of one, at 1000 s after the start of the kernel and 100 s after that of the elections.
func sampleRecord() *record {
	return &record{
		Program: "1.2", Boot: "b", PID: 17, Orderly: true, Heard: true, At: 1000 * time.Second, Clock: 900 * time.Second,
		Groups: map[string][]memberRecord{"vip.web/ipv4": {{
			Name: "vip.web/ipv4", Place: placeOf(testConfig().Instances[0]), Since: time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), Sent: 5,
			Member: vrrp.Member{
				Config: testConfig().Instances[0].Config, Ready: true,
				Election: vrrp.Election{
					State: vrrp.Active, Timer: 100*time.Second + 500*time.Millisecond, ActiveInterval: time.Second, Installed: true,
					Peer:   vrrp.Peer{Source: netip.MustParseAddr("192.0.2.12"), Priority: 90, Heard: 40 * time.Second},
					Reason: vrrp.Reason{Cause: vrrp.Silence, At: 50 * time.Second, Own: 100},
				},
			},
			Dropped: map[packet.Drop]uint64{packet.DropVersion: 3}, AH: 77,
			HMAC: &packet.Numbers{Sent: 9, Senders: map[netip.Addr]uint64{netip.MustParseAddr("192.0.2.12"): 12}},
		}}},
		Verdicts: map[string]planner.Verdict{"tcp1": planner.Down},
	}
}

func mustEncode(t testing.TB, r *record, history string) []byte {
	t.Helper()
	content, err := encodeRecord(r, []byte(history))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

func TestARecordIsReadAsItWasWritten(t *testing.T) {
	want := sampleRecord()
	content := mustEncode(t, want, `{"events":[{"seq":3,"message":"m"}]}`)
	got, rest, err := decodeRecord(content)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(*want, got, cmpopts.EquateComparable(netip.Addr{})); diff != "" {
		t.Error(diff)
	}
	h, err := decodeHistory(rest)
	if err != nil || len(h.Events) != 1 || h.Events[0].Seq != 3 {
		t.Errorf("got history %+v and %v", h, err)
	}
}

func TestADamagedRecordIsRefused(t *testing.T) {
	good := mustEncode(t, sampleRecord(), "{}")
	flipped := bytes.Clone(good)
	flipped[len(flipped)/2] ^= 1
	tests := []struct {
		name    string
		content []byte
		text    string
	}{
		{"empty", nil, "does not begin like one"},
		{"something else", []byte("{}\n"), "does not begin like one"},
		{"of another format", bytes.Replace(good, []byte("ha-record 1 "), []byte("ha-record 99 "), 1), `it has format "99", this version of ha knows 1`},
		{"truncated", good[:len(good)-1], "does not match its digest"},
		{"a flipped bit", flipped, "does not match its digest"},
		{"only its first line", good[:bytes.IndexByte(good, '\n')+1], "does not match its digest"},
		{"half of its first line", []byte("ha-record 1\n"), "its first line is damaged"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, _, err := decodeRecord(tt.content); err == nil || !strings.Contains(err.Error(), tt.text) {
				t.Errorf("got %v, want %q", err, tt.text)
			}
		})
	}
}

func TestARecordIsVoid(t *testing.T) {
	tests := []struct {
		name    string
		change  func(*record)
		boot    string
		now     time.Duration
		problem string // empty: it is not
	}{
		{"at once it is good", func(*record) {}, "b", 1000 * time.Second, ""},
		{"the machine has started anew", func(*record) {}, "c", 1000 * time.Second, "before the machine started"},
		{"nobody knows whether it has", func(r *record) { r.Boot = "" }, "", 1000 * time.Second, "before the machine started"},
		{"it took too long", func(*record) {}, "b", 1031 * time.Second, "good for 30s and is 31s old"},
		{"the record of a crash may be old, since its heartbeat is not", func(r *record) { r.Orderly = false }, "b", 9000 * time.Second, ""},
		{"another clock", func(*record) {}, "b", 999 * time.Second, "from the future"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r := sampleRecord()
			tt.change(r)
			got := fmt.Sprint(r.judge(tt.boot, tt.now))
			if tt.problem == "" && got != "<nil>" || !strings.Contains(got, tt.problem) {
				t.Errorf("got %s, want %q", got, tt.problem)
			}
		})
	}
}

// What a record holds is what another version of ha reads: a change here needs another RecordFormat.
func TestTheFormatOfRecords(t *testing.T) {
	var got []string
	for _, v := range []any{record{}, memberRecord{}, vrrp.Member{}, vrrp.Election{}, vrrp.Peer{}, vrrp.Reason{}, packet.Numbers{}} {
		for i := range reflect.TypeOf(v).NumField() {
			f := reflect.TypeOf(v).Field(i)
			got = append(got, f.Name+" "+f.Type.String())
		}
	}
	want := []string{
		"Program string", "Boot string", "PID int", "Orderly bool", "At time.Duration", "Clock time.Duration", "Heard bool",
		"Groups map[string][]enforcer.memberRecord", "Verdicts map[string]planner.Verdict", "Values map[string]int64", "Quorum map[string]planner.Verdict", "Sockets []enforcer.socketRecord",
		"BFD *enforcer.bfdRecord",
		"Name string", "Place string", "Member vrrp.Member", "Since time.Time", "History []control.Transition", "Sent uint64", "Received uint64",
		"Dropped map[packet.Drop]uint64", "Contests *enforcer.contestRecord", "AH uint32", "HMAC *packet.Numbers",
		"Config vrrp.Config", "Election vrrp.Election", "Ready bool", "Hold time.Duration", "Yield time.Duration",
		"State vrrp.State", "Priority uint8", "Timer time.Duration", "ActiveInterval time.Duration", "Wants bool",
		"Deaf time.Duration", "Delay time.Duration", "Installed bool", "Again time.Duration", "Block int", "Refresh time.Duration",
		"Elsewhere time.Duration", "Answer time.Duration", "Leaving time.Duration", "Claimed time.Duration", "Peer vrrp.Peer", "Reason vrrp.Reason",
		"Source netip.Addr", "Priority uint8", "Heard time.Duration", "Lost bool",
		"Cause vrrp.Cause", "At time.Duration", "Own uint8", "Source netip.Addr", "Peer vrrp.Peer", "Member int",
		"Sent uint64", "Senders map[netip.Addr]uint64",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the fields of format %d are others (a field that is added or removed needs no other format when its zero value "+
			"means what the version before did; one whose meaning changes does):\n%s", RecordFormat, diff)
	}
}

// Whatever a record says, taking it up neither panics nor makes a group that is half in one state.
func FuzzRecord(f *testing.F) {
	good := mustEncode(f, sampleRecord(), "{}")
	body := good[bytes.IndexByte(good, '\n')+1:]
	f.Add(good, false)
	f.Add(body[:len(body)-2], true)
	f.Add([]byte(`{"groups":{"vip.web/ipv4":[{"member":{"Election":{"State":2,"Timer":-1}}}]}}`), true)
	events := newEventLog(slog.New(slog.DiscardHandler))
	f.Fuzz(func(t *testing.T, content []byte, seal bool) {
		if seal {
			content = sealRecord(content, nil)
		}
		r, rest, err := decodeRecord(content)
		if err != nil {
			return
		}
		_, _ = decodeHistory(rest) // only that it does not panic
		e := newElections(events, newInbox())
		if r.judge(r.Boot, r.At) != nil {
			return
		}
		e.start = time.Now().Add(r.Clock - r.At)
		e.legacy = &legacy{record: r, owned: map[int]bool{}}
		instance := testConfig().Instances[0]
		g := &group{owner: e, members: []*member{{instance: &instance, dropped: map[packet.Drop]uint64{}, remarked: map[remark]bool{}}}, stopped: true}
		g.core = vrrp.NewGroup(instance.Config)
		g.bequest = e.legacy.of(instance.Name)
		if !g.resume(0) && g.core.State() != vrrp.Initialize {
			t.Fatalf("not resumed, and %v", g.core.State())
		}
		for range 3 {
			if at, i, ok := g.core.Deadline(); ok && at >= 0 {
				g.core.Step(i, max(at, e.now()), vrrp.Timeout{}, nil)
			}
		}
	})
}
