package notify

import (
	"slices"
	"strings"
	"testing"
	"time"

	"ha/planner"
)

func vipEvent(seq uint64, name string, what planner.Happening) Event {
	return Event{
		Seq: seq, At: time.Unix(1_700_000_000, 0), Cluster: "edge", Node: "lb1", Kind: VIP, Object: "vip." + name, Name: name, What: what, Priority: 100,
		Why: "its own priority 100 is the highest",
	}
}

func TestTheLinesOfKeepalived(t *testing.T) {
	server := Event{Kind: Server, Object: "pool.web", Name: "web1", What: planner.WentDown, Protocol: "tcp", Address: "198.51.100.5:80", Listeners: []string{"192.0.2.1:80"}}
	v6 := server
	v6.Address, v6.Listeners, v6.Protocol, v6.What = "[2001:db8::5]:53", []string{"fwm 7", "[2001:db8::1]:53"}, "udp", planner.WentUp
	pool := Event{Kind: Pool, Object: "pool.web", Name: "web", What: planner.GainedQuorum, Protocol: "tcp", Listeners: []string{"192.0.2.1:80", "fwm 7"}}
	raised := vipEvent(1, "web", planner.PriorityChanged)
	active := raised
	active.Active = true
	tests := []struct {
		event Event
		want  string
	}{
		{vipEvent(1, "web", planner.BecameActive), `INSTANCE "web" MASTER 100`},
		{vipEvent(1, "web", planner.BecameBackup), `INSTANCE "web" BACKUP 100`},
		{vipEvent(1, "web", planner.Faulted), `INSTANCE "web" FAULT 100`},
		{vipEvent(1, "web", planner.Stopped), `INSTANCE "web" STOP 100`},
		{vipEvent(1, "web", planner.Deleted), `INSTANCE "web" DELETED 100`},
		{vipEvent(1, "web", planner.HeardLower), `INSTANCE "web" MASTER_RX_LOWER_PRI 100`},
		{raised, `INSTANCE "web" BACKUP_PRIORITY 100`},
		{active, `INSTANCE "web" MASTER_PRIORITY 100`},
		{Event{Kind: Group, Name: "edge", What: planner.BecameActive}, `GROUP "edge" MASTER 0`},
		{server, "RS [198.51.100.5]:tcp:80 [192.0.2.1]:tcp:80 DOWN"},
		{v6, "RS [2001:db8::5]:udp:53 FWM 7 UP\nRS [2001:db8::5]:udp:53 [2001:db8::1]:udp:53 UP"},
		{pool, "VS [192.0.2.1]:tcp:80 UP\nVS FWM 7 UP"},
	}
	for _, tt := range tests {
		if got := tt.event.keepalivedLines(); got != tt.want+"\n" {
			t.Errorf("got %s, want %s", got, tt.want)
		}
	}
	if got, want := vipEvent(1, "web", planner.BecameActive).keepalivedArguments(), []string{"INSTANCE", "web", "MASTER", "100"}; !slices.Equal(got, want) {
		t.Errorf("arguments %q, want %q", got, want)
	}
}

// Each happening has words for people and a state for scripts: a new one must not come out as nothing.
func TestEveryHappeningHasWords(t *testing.T) {
	for _, what := range planner.Happenings() {
		e := vipEvent(1, "web", what)
		if what == planner.WentUp || what == planner.WentDown {
			e.Kind = Server
		}
		if what == planner.GainedQuorum || what == planner.LostQuorum {
			e.Kind = Pool
		}
		if e.keepalivedState() == "" || !strings.HasPrefix(e.Subject(), "vip.web") || strings.HasSuffix(e.Subject(), ": "+string(what)) {
			t.Errorf("%s: state %q, subject %q", what, e.keepalivedState(), e.Subject())
		}
		if env := e.environment(); !slices.Contains(env, "HA_EVENT="+string(what)) || !slices.Contains(env, "HA_OBJECT=vip.web") {
			t.Errorf("%s: environment %q", what, env)
		}
	}
}
