package enforcer

import (
	"encoding/json"

	"golang.org/x/sys/unix"

	"ha/vrrp/socket"
)

// String names a station in a record: by how its socket is opened.
func (k stationKey) String() string {
	text, err := json.Marshal(k.options())
	if err != nil {
		return "" // nothing in it can fail to be written
	}
	return string(text)
}

// keep makes the receiving socket of every station outlive exec(2). Called with the lock.
func (e *elections) keep() ([]socketRecord, error) {
	var kept []socketRecord
	for key, s := range e.stations {
		fd, err := s.conn.Keep()
		if err != nil {
			forsake(kept)
			return nil, err
		}
		kept = append(kept, socketRecord{Key: key.String(), FD: fd})
	}
	return kept, nil
}

// forsake closes what was kept for nothing.
func forsake(kept []socketRecord) {
	for _, s := range kept {
		_ = unix.Close(s.FD) // the socket itself lives on
	}
}

// give hands a new station the socket of the process before, if it had the same: what waits in it is heard first.
func (l *legacy) give(s *station) {
	if l == nil {
		return
	}
	for _, kept := range l.Sockets {
		if kept.Key != s.key.String() || !l.owned[kept.FD] {
			continue
		}
		delete(l.owned, kept.FD)
		conn, err := socket.Heirloom(kept.FD, s.key.options())
		if err != nil {
			s.events.warn("problem", s.key.device, err.Error())
			return
		}
		s.heirloom.Store(conn)
	}
}

// drainHeirloom hears what arrived between two processes.
func (s *station) drainHeirloom() {
	conn := s.heirloom.Load()
	if conn == nil {
		return
	}
	if err := conn.Drain(s.hear); err != nil {
		s.events.error("problem", s.key.device, err.Error())
	}
}

// closeHeirloom hears what is left and closes the socket.
func (s *station) closeHeirloom() {
	s.drainHeirloom()
	if conn := s.heirloom.Swap(nil); conn != nil {
		_ = conn.Close() // nothing was sent through it
	}
}
