package netlab

import (
	"bytes"
	"encoding/binary"
	"net"
	"testing"
	"time"
)

func TestCaptureSeesFramesWithTheirTime(t *testing.T) {
	l := NewTestLAN(t)
	a, b := l.MustAdd(t, "a", "192.0.2.1/24"), l.MustAdd(t, "b", "192.0.2.2/24")
	c := b.MustCapture(t)
	before := time.Now()
	if err := a.Do(func() error {
		conn, err := net.Dial("udp", "192.0.2.2:9")
		if err != nil {
			return err
		}
		defer conn.Close()
		_, err = conn.Write([]byte("hello, capture"))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	f, ok := c.Wait(5*time.Second, func(f Frame) bool { return bytes.HasSuffix(f.Data, []byte("hello, capture")) })
	if !ok {
		t.Fatal("the datagram was not captured")
	}
	if f.At.Before(before) || f.At.After(time.Now()) {
		t.Errorf("captured at %v, sent after %v", f.At, before)
	}
	if _, ok := c.Wait(time.Millisecond, func(Frame) bool { return false }); ok {
		t.Error("a frame matched nothing")
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	var pcap bytes.Buffer
	if err := c.WritePcap(&pcap); err != nil {
		t.Fatal(err)
	}
	size := 24
	for _, f := range c.Frames() {
		size += 16 + len(f.Data)
	}
	if pcap.Len() != size || binary.LittleEndian.Uint32(pcap.Bytes()) != 0xa1b23c4d {
		t.Errorf("pcap of %d bytes, want %d, beginning %x", pcap.Len(), size, pcap.Bytes()[:24])
	}
}
