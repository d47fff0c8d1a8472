// Package vrrp is the election of RFC 9568 (and of RFC 3768 for version 2) as a function: events and time in,
// state and actions out. No socket, clock, goroutine, logger or lock.
//
// Time is a duration since an arbitrary start, monotonic by construction. Packet formats live in vrrp/packet, raw
// sockets in vrrp/socket, a simulated LAN for tests in vrrp/vrrptest.
//
//	┌────────────┐ Startup  ┌────────┐ Timeout: advert, acquire  ┌────────┐ Timeout: advert
//	│            ├─────────►│        ├──────────────────────────►│        ├──────┐
//	│ Initialize │          │ Backup │                           │ Active │◄─────┤
//	│            │◄─────────┤        │◄──────────────────────────┤        ├──────┘
//	└──┬─────────┘ Shutdown └────────┘ a winning advert: release └─┬──────┘ a losing advert: advert
//	   │      ▲      an advert of our priority or more restarts    │    ▲   Installed: announce
//	   │      │      the timer, priority 0 shortens it             │    │
//	   │      └────────────────────────────────────────────────────┘    │
//	   │                Shutdown: advert of priority 0, release         │
//	   └────────────────────────────────────────────────────────────────┘
//	                    Startup of the owner: advert, acquire
//
// Where the standard is (sections of RFC 9568; version 2 differs where RFC 3768 is named):
//
//	6.1          Skew_Time, Active_Down_Interval           Config.skew, Config.activeDown
//	6.2          Active_Down_Timer, Adver_Timer            Election.Timer
//	6.4.1        Initialize                                Config.initialize
//	6.4.2        Backup                                    Config.backup
//	6.4.3        Active                                    Config.active
//	6.4.3        which advert wins                         Config.loses
//	6.4.3        addresses outlast the advert that wins    Config.Linger, which no section forbids nor knows
//	RFC 3768 6.4.3, RFC 5798 6.4.3                         the losing advert that they leave unanswered is answered
//	                                                       at a bounded rate in both versions, as keepalived does
//	keepalived's vrrp_sync_group                           Group
//	keepalived's tracking weights, preempt_delay           Config.reweigh, Config.PreemptDelay
//
// Duties of the host, on which the laws of this package rest:
//
//   - Only adverts that packet.Expect.Receive accepted become [Received]; a dropped one has no effect at all.
//   - Adverts that wait in the socket are stepped before a [Timeout] (a Backup that was not scheduled must not take
//     over while adverts sit in its queue), but not without end: a bounded number per wakeup.
//   - [Timeout] is stepped when [Election.Deadline] has come. One that is early does nothing.
//   - Actions are carried out in their order. [SendAdvert] is done before [Acquire] begins, so that the old Active
//     router lets go first. [Release] first empties what is still queued to be announced.
//   - [Installed] is stepped when all addresses of the latest [Acquire] are in place, and again when one that was
//     missing is back. Nothing is announced before.
//   - [Succeeded] is stepped when all addresses were announced by another router, whatever the state; without it, Config.Linger
//     has to be 0.
//   - Config.Source is a real address of the interface, never a virtual one, and has no zone. Without one the
//     election must stay in Initialize.
package vrrp

//go:generate go run ../.ci/conform testdata/conformance.txt .. CONFORMANCE.md
