package checks

import (
	"context"
	"fmt"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// Hundreds of files are watched by one descriptor; each hears of its own changes, also when others no longer watch, and the last one
// closes it.
func TestFilesShareADescriptor(t *testing.T) {
	const n = 200
	dir, shared := t.TempDir(), &folders{}
	woken := make(chan int, 10*n)
	var all sync.WaitGroup
	cancels := make([]context.CancelFunc, n)
	path := func(i int) string { return filepath.Join(dir, fmt.Sprint("weight", i)) }
	for i := range n {
		f := &File{FileConfig: FileConfig{Path: path(i)}}
		f.share(shared)
		ctx, cancel := context.WithCancel(t.Context())
		cancels[i] = cancel
		all.Go(func() {
			if err := f.Watch(ctx, func() { woken <- i }); err != nil {
				t.Errorf("file %d: %v", i, err)
			}
		})
	}
	await := func(what string, files map[int]bool) {
		t.Helper()
		late := time.After(30 * time.Second)
		for len(files) > 0 {
			select {
			case i := <-woken:
				delete(files, i)
			case <-late:
				t.Fatalf("%s: %d files were not woken", what, len(files))
			}
		}
	}
	every := map[int]bool{}
	for i := range n {
		every[i] = true
	}
	await("watched", every)
	shared.mu.Lock()
	if shared.file == nil || len(shared.users) != n {
		t.Errorf("%d files have the descriptor, want %d", len(shared.users), n)
	}
	shared.mu.Unlock()
	put(t, path(7), "1")
	await("made", map[int]bool{7: true})
	for _, cancel := range cancels[100:] {
		cancel()
	}
	put(t, path(7), "2")
	put(t, path(8), "1")
	await("written when others have gone", map[int]bool{7: true, 8: true})
	for len(woken) > 0 {
		if i := <-woken; i != 7 && i != 8 {
			t.Errorf("file %d was woken, and nobody touched it", i)
		}
	}
	for _, cancel := range cancels {
		cancel()
	}
	all.Wait()
	if shared.file != nil || len(shared.users) > 0 {
		t.Error("the descriptor stays open")
	}
}
