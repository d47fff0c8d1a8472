package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"ha/planner"
)

// maxRequest bounds the body of a request, as for plan files.
const maxRequest = 64 << 20

// sendWithin is how long a client may take to send a request.
const sendWithin = 2 * time.Minute

// Listen opens the control socket at path, replacing one that a dead process left behind. The socket can be opened
// by its owner only.
func Listen(path string) (net.Listener, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("making the folder of the control socket: %w", err)
	}
	if conn, err := net.DialTimeout("unix", path, time.Second); err == nil {
		return nil, errors.Join(fmt.Errorf("another enforcer answers on %s", path), conn.Close())
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("removing a stale control socket: %w", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		return nil, fmt.Errorf("opening the control socket: %w", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return nil, errors.Join(fmt.Errorf("closing the control socket to others: %w", err), l.Close())
	}
	return l, nil
}

// Serve answers on l until ctx ends.
func Serve(ctx context.Context, l net.Listener, core Core) error {
	s := &http.Server{
		Handler:           handler(core),
		ReadHeaderTimeout: 5 * time.Second,
		BaseContext:       func(net.Listener) context.Context { return ctx },
		ConnContext:       withPeer,
	}
	stop := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if s.Shutdown(grace) != nil { // a client that does not let go
			_ = s.Close()
		}
	})
	defer stop()
	if err := s.Serve(l); !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("serving the control socket: %w", err)
	}
	return nil
}

func handler(core Core) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /v1/status", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("checks") == "own" {
			answer(w, core.Report(r.Context()))
			return
		}
		answer(w, core.Status(r.Context()))
	})
	mux.HandleFunc("GET /v1/snapshot", func(w http.ResponseWriter, r *http.Request) {
		query, err := queryOf(r)
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		snapshot, err := core.Snapshot(r.Context(), query)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		answer(w, snapshot)
	})
	mux.HandleFunc("POST /v1/apply", func(w http.ResponseWriter, r *http.Request) { apply(w, r, core) })
	mux.HandleFunc("POST /v1/trial", func(w http.ResponseWriter, r *http.Request) { trial(w, r, core) })
	mux.HandleFunc("POST /v1/restart", func(w http.ResponseWriter, r *http.Request) { restart(w, r, core) })
	mux.HandleFunc("POST /v1/suspend", order(func(ctx context.Context, q SuspendRequest) (string, error) {
		q.By = person(ctx, q.By)
		return core.Suspend(ctx, q)
	}))
	mux.HandleFunc("POST /v1/resume", order(func(ctx context.Context, q ResumeRequest) (string, error) {
		q.By = person(ctx, q.By)
		return core.Resume(ctx, q)
	}))
	mux.HandleFunc("GET /v1/events", func(w http.ResponseWriter, r *http.Request) { events(w, r, core) })
	return mux
}

// queryOf reads the parameters of a snapshot.
func queryOf(r *http.Request) (Query, error) {
	var q Query
	for _, text := range r.URL.Query()["table"] {
		n, err := strconv.ParseUint(text, 10, 32)
		if err != nil {
			return q, fmt.Errorf("table is the number of a routing table, not %q", text)
		}
		q.Tables = append(q.Tables, uint32(n))
	}
	for _, name := range r.URL.Query()["sysctl"] {
		q.Sysctls = append(q.Sysctls, planner.SysctlKey(name))
	}
	return q, nil
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = http.NewResponseController(w).SetWriteDeadline(time.Now().Add(readWithin)) // where it cannot be set, only this client waits
	_ = json.NewEncoder(w).Encode(v)                                               // the client went away: nobody is left to tell
}

// apply runs to its end even when the client goes away: a lost connection must not leave half an apply.
func apply(w http.ResponseWriter, r *http.Request, core Core) {
	if r.ContentLength > maxRequest {
		http.Error(w, fmt.Sprintf("the request has %d bytes, more than the %d that it may have", r.ContentLength, maxRequest),
			http.StatusRequestEntityTooLarge)
		return
	}
	flow := http.NewResponseController(w)
	_ = flow.SetReadDeadline(time.Now().Add(sendWithin)) // where it cannot be set, only this client is waited for
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "reading the request: "+err.Error(), http.StatusBadRequest)
		return
	}
	_ = flow.SetReadDeadline(time.Time{}) // as above
	var request ApplyRequest
	if err := json.Unmarshal(body, &request); err != nil {
		http.Error(w, "the request is not understood: "+err.Error(), http.StatusBadRequest)
		return
	}
	lines := newStream(w)
	result := core.Apply(context.WithoutCancel(r.Context()), request, func(p Progress) { lines.put(p) })
	lines.put(Progress{Result: &result})
	lines.close()
}

// restart goes on when the client goes away, as an apply does.
func restart(w http.ResponseWriter, r *http.Request, core Core) {
	lines := newStream(w)
	result := ApplyResult{Outcome: Refused}
	if err := core.Restart(context.WithoutCancel(r.Context()), func(p Progress) { lines.put(p) }); err != nil {
		result.Lines = append(result.Lines, err.Error())
	}
	lines.put(Progress{Result: &result})
	lines.close()
}

func events(w http.ResponseWriter, r *http.Request, core Core) {
	var since uint64
	if text := r.FormValue("since"); text != "" {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil {
			http.Error(w, "since is a sequence number", http.StatusBadRequest)
			return
		}
		since = n
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	lines := json.NewEncoder(w)
	flush := http.NewResponseController(w)
	for {
		list, newer := core.Events(since)
		_ = flush.SetWriteDeadline(time.Now().Add(readWithin)) // as in answer
		for _, e := range list {
			if lines.Encode(e) != nil {
				return
			}
			since = e.Seq
		}
		if flush.Flush() != nil || r.FormValue("follow") == "" {
			return
		}
		select {
		case <-newer:
		case <-r.Context().Done():
			return
		}
	}
}
