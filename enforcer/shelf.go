package enforcer

import (
	"bufio"
	"bytes"
	"compress/flate"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"ha/planner"
)

// shelf is the intents of a plan, packed. They are compared with those of the next plan and shown to who asks, and nothing else
// here reads them; unpacked they are most of what a plan takes in memory: 2.5 kB for a VIP that says little.
type shelf []byte

// shelve packs intents; nil for none.
func shelve(intents []planner.Intent) (shelf, error) {
	if len(intents) == 0 {
		return nil, nil
	}
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, flate.BestSpeed)
	if err != nil {
		return nil, err
	}
	encoder := json.NewEncoder(w)
	for i := range intents { // one by one: all of them as text are megabytes
		if err := encoder.Encode(&intents[i]); err != nil {
			return nil, fmt.Errorf("packing %s: %w", intents[i].Name, err)
		}
	}
	if err := w.Close(); err != nil {
		return nil, fmt.Errorf("packing intents: %w", err)
	}
	return bytes.Clone(packed.Bytes()), nil // without the room to grow
}

// intents unpacks them.
func (s shelf) intents() ([]planner.Intent, error) {
	if len(s) == 0 {
		return nil, nil
	}
	var list []planner.Intent
	for d := json.NewDecoder(bufio.NewReader(flate.NewReader(bytes.NewReader(s)))); ; {
		var i planner.Intent
		switch err := d.Decode(&i); {
		case errors.Is(err, io.EOF):
			return list, nil
		case err != nil:
			return nil, fmt.Errorf("unpacking what is applied: %w", err)
		}
		list = append(list, i)
	}
}

// light is a generation without its intents.
func (g Generation) light() Generation {
	g.Config.Plan.Intents = nil
	return g
}

// whole is a configuration with its intents again.
func (s shelf) whole(c Config) (Config, error) {
	intents, err := s.intents()
	c.Plan.Intents = intents
	return c, err
}
