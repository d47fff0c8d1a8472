package enforcer

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestAgenda plays thousands of moves with a list that is sorted each time as the model.
func TestAgenda(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	var a agenda
	tasks := make([]task, 200)
	for step := range 20_000 {
		one := &tasks[random.IntN(len(tasks))]
		switch random.IntN(4) {
		case 0:
			a.remove(one)
		default:
			a.put(one, time.Duration(random.IntN(1000)), time.Duration(random.IntN(50)))
		}
		var waiting []*task
		for i := range tasks {
			if tasks[i].place > 0 {
				waiting = append(waiting, &tasks[i])
			}
		}
		if len(waiting) != len(a) {
			t.Fatalf("step %d: %d tasks wait, %d are in the agenda", step, len(waiting), len(a))
		}
		due, ok := a.next()
		if ok != (len(waiting) > 0) {
			t.Fatalf("step %d: next is %v", step, ok)
		}
		if ok {
			first := slices.MinFunc(waiting, func(x, y *task) int { return int(x.latest - y.latest) })
			if due != first.latest {
				t.Fatalf("step %d: the first can wait until %v, not %v", step, first.latest, due)
			}
		}
	}
}

func TestAgendaTakesWhatIsDue(t *testing.T) {
	var a agenda
	tasks := make([]task, 3)
	for i, due := range []time.Duration{30, 10, 20} {
		a.put(&tasks[i], due, 0)
	}
	a.put(&tasks[1], 40, 0) // later than before
	for _, want := range []struct {
		now  time.Duration
		task *task
	}{{19, nil}, {20, &tasks[2]}, {20, nil}, {100, &tasks[0]}, {100, &tasks[1]}, {100, nil}} {
		if got := a.take(want.now); got != want.task {
			t.Errorf("at %v: got %v, want %v", want.now, got, want.task)
		}
	}
	a.remove(&tasks[0]) // not there
	if _, ok := a.next(); ok {
		t.Error("something is left")
	}
}

// What may wait is done with what may not, once both are due.
func TestAgendaLetsTasksWaitForOthers(t *testing.T) {
	var a agenda
	var patient, other, prompt task
	a.put(&patient, 10, 20)
	a.put(&other, 15, 20)
	if at, _ := a.next(); at != 30 {
		t.Errorf("the first can wait until %v", at)
	}
	a.put(&prompt, 20, 0)
	if at, _ := a.next(); at != 20 {
		t.Errorf("the first can wait until %v", at)
	}
	for _, want := range []*task{&prompt, &patient, &other, nil} {
		if got := a.take(20); got != want {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}
