package bfd

import "net/netip"

// Path is where a packet came along: how a session is found while the peer does not know our discriminator.
type Path struct {
	Peer   netip.Addr // its source, without zone
	Local  netip.Addr // its destination; counts between multihop sessions
	Device int        // the index of the interface it came in by; counts between single-hop sessions
	// Multihop tells by which of the two ports it came.
	Multihop bool
}

// Demux finds the session that a packet is for (RFC 5880 section 6.3). Use NewDemux.
type Demux[S any] struct {
	discriminators map[uint32]S
	paths          map[Path]S
}

// NewDemux makes a Demux without sessions.
func NewDemux[S any]() *Demux[S] {
	return &Demux[S]{discriminators: map[uint32]S{}, paths: map[Path]S{}}
}

// Add makes a session known. A path whose Local is not valid, or whose Device is 0, is that of packets with any.
func (d *Demux[S]) Add(local uint32, path Path, session S) {
	d.discriminators[local] = session
	d.paths[path.key()] = session
}

// Remove forgets what Add was told.
func (d *Demux[S]) Remove(local uint32, path Path) {
	delete(d.discriminators, local)
	delete(d.paths, path.key())
}

// Taken tells whether a session has the discriminator. Nobody may have 0.
func (d *Demux[S]) Taken(local uint32) bool {
	_, taken := d.discriminators[local]
	return taken || local == 0
}

// Find returns the session of a packet: that of Your Discriminator alone where it is set; else, for single hop, that of
// the interface and the source (RFC 5881 section 3), for multihop that of source and destination (RFC 5883 section 3).
func (d *Demux[S]) Find(yours uint32, path Path) (session S, found bool) {
	if yours != 0 {
		session, found = d.discriminators[yours]
		return session, found
	}
	if session, found = d.paths[path.key()]; found {
		return session, true
	}
	path.Local, path.Device = netip.Addr{}, 0
	session, found = d.paths[path]
	return session, found
}

// key leaves out what does not count.
func (p Path) key() Path {
	if p.Multihop {
		p.Device = 0
	} else {
		p.Local = netip.Addr{}
	}
	return p
}
