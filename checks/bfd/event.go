package bfd

// Event is what may happen to a session: [Startup], [Shutdown], [Timeout], [Received] or [Retimed].
//
//sumtype:decl
type Event interface{ event() }

// Startup begins a session; ignored unless it is AdminDown.
type Startup struct {
	// Discriminator is random, not 0, and used by no other session of this host (RFC 5880 section 6.8.1). The jitter of
	// the session follows from it, too.
	Discriminator uint32
}

// Shutdown holds the session down on purpose: the peer is told with AdminDown for one detection time.
type Shutdown struct{}

// Timeout says that [Session.Deadline] has come.
type Timeout struct{}

// Received is a packet for the session that passed every check.
type Received struct{ Control }

// Retimed says that the timers of the configuration have changed (RFC 5880 section 6.8.3).
type Retimed struct{}

func (Startup) event()  {}
func (Shutdown) event() {}
func (Timeout) event()  {}
func (Received) event() {}
func (Retimed) event()  {}

// Actions is what the host must send now. The packets are those of [Config.Packet] after the step.
type Actions struct {
	Answer bool // one with the Final bit, outside the schedule
	Send   bool // one without; after Answer
}
