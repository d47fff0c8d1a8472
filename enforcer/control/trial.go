package control

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// The shortest and the longest trial.
const (
	MinTrial = time.Second
	MaxTrial = 24 * time.Hour
)

// Trial is a generation that is taken back unless somebody confirms it in time.
type Trial struct {
	ID         string    `json:"id"`         // 7-3f2a: the generation, and the beginning of the digest of its content
	Generation int       `json:"generation"` // on trial
	Base       int       `json:"base"`       // that comes back; 0: nothing was applied
	Until      time.Time `json:"until"`
	By         string    `json:"by"` // who applied it
}

// TrialRequest says what is to become of the generation that is on trial.
type TrialRequest struct {
	Action TrialAction `json:"action"`
	ID     string      `json:"id,omitempty"` // must be that of the trial; empty: whichever there is
	By     string      `json:"by"`
	// Extend is how long the trial goes on from now; for [Extend] only.
	Extend time.Duration `json:"extend,omitempty"`
}

// TrialAction is what is to become of a trial.
type TrialAction string

// What may become of a trial.
const (
	Confirm TrialAction = "confirm" // it stays
	Cancel  TrialAction = "cancel"  // it is taken back now
	Extend  TrialAction = "extend"  // it goes on for longer
)

// Trial asks for something to become of the generation that is on trial.
func (c *Client) Trial(ctx context.Context, request TrialRequest) (ApplyResult, error) {
	body, err := json.Marshal(request)
	if err != nil {
		return ApplyResult{}, fmt.Errorf("encoding the request: %w", err)
	}
	answer, err := c.do(ctx, http.MethodPost, "/v1/trial", body)
	if err != nil {
		return ApplyResult{}, err
	}
	defer answer.Close()
	var result ApplyResult
	if err := json.NewDecoder(answer).Decode(&result); err != nil {
		return result, fmt.Errorf("the enforcer stopped answering (%w); `ha status` tells whether the trial goes on", err)
	}
	return result, nil
}

// trial goes on when the client goes away, as an apply does.
func trial(w http.ResponseWriter, r *http.Request, core Core) {
	const most = 64 << 10
	var request TrialRequest
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, most))
	if err == nil {
		err = json.Unmarshal(body, &request)
	}
	if err != nil {
		http.Error(w, "the request is not understood: "+err.Error(), http.StatusBadRequest)
		return
	}
	answer(w, core.Trial(context.WithoutCancel(r.Context()), request))
}
