package vrrp

// Action is what the host must do: [SendAdvert], [Acquire], [Hush], [Release], [SendAnnouncements] or
// [AnnounceElsewhere]. The order of actions is part of the contract.
//
//sumtype:decl
type Action interface{ action() }

// SendAdvert sends one advertisement with our interval and addresses and this priority; 0 says that we leave.
type SendAdvert struct{ Priority uint8 }

// Acquire installs the addresses. [Installed] must follow when they are in place.
type Acquire struct{}

// Hush forgets queued announcements: another router takes over. The addresses stay until [Release].
type Hush struct{}

// Release forgets queued announcements, then removes the addresses.
type Release struct{}

// SendAnnouncements sends gratuitous ARP or unsolicited neighbour advertisements, Count for every address, round robin over
// the addresses, no faster than the pace that the host keeps.
type SendAnnouncements struct{ Count int }

// AnnounceElsewhere sends one announcement on each interface from which no adverts leave, for the first address there: so
// that switches remember where its MAC address is. See [Announce] for which interfaces.
type AnnounceElsewhere struct{}

func (SendAdvert) action()        {}
func (Acquire) action()           {}
func (Hush) action()              {}
func (Release) action()           {}
func (SendAnnouncements) action() {}
func (AnnounceElsewhere) action() {}
