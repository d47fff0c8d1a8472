// Package bfd is Bidirectional Forwarding Detection as a function: events and time in, state and what to send out. No
// socket, clock, goroutine, logger or lock; asynchronous mode of RFC 5880 without authentication and echo.
//
// Time is a duration since an arbitrary start, monotonic by construction and never 0, which means never. Packet formats
// live in bfd/packet, sockets in bfd/socket, a simulated link for tests in bfd/bfdtest.
//
//	     hears Down               hears Init or Up
//	  ┌────────────► Init ──────────────────────┐
//	  │               │ silence, AdminDown      ▼
//	Down ◄────────────┴──────────────────────── Up
//	  │  hears Init     silence, Down, AdminDown ▲
//	  └──────────────────────────────────────────┘
//
// Where the standard is (sections of RFC 5880):
//
//	4.1          the control packet                        Control
//	6.1, 6.2     active and passive role, state machine    Config.heard
//	6.3          which session a packet is for             Demux (RFC 5881 section 3, RFC 5883 section 3)
//	6.5          poll sequences                            Config.retime, Config.answered
//	6.6          demand mode of the peer                   Config.periodic
//	6.8.1        state variables                           Session
//	6.8.3        changes of timers                         Config.retime
//	6.8.4        detection time                            Session.Detection
//	6.8.6        reception of packets                      Config.received
//	6.8.7        transmission                              Config.schedule, Config.gap
//	6.8.16       administrative control                    Config.leave
//	RFC 5882 4.2 AdminDown of the peer is no failure       Verdict
//
// Duties of the host, on which the laws of this package rest:
//
//   - Only packets that packet.Parse accepted, that [Demux] found a session for, and that came with at least
//     [Config.MinTTL] become [Received].
//   - Packets that wait in the socket are stepped before a [Timeout]: a process that was not scheduled must not call
//     its peer dead while packets sit in its queue. A bounded number per wakeup.
//   - [Timeout] is stepped when [Session.Deadline] has come. One that is early does nothing.
//   - What [Actions] ask for is sent before the next step, Answer before Send.
package bfd
