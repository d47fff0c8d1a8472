package packet

// Drop is why a received packet has no effect; [Accepted] is the absence of a reason. The names are those of counters,
// so they never change.
type Drop uint8

// The reasons.
const (
	Accepted           Drop = iota
	DropShort               // below 24 bytes
	DropVersion             // another version than 1
	DropLength              // its length is below 24, or 26 with authentication, or more than there is
	DropMultiplier          // Detect Mult 0
	DropMultipoint          // the M bit is set
	DropDiscriminator       // My Discriminator 0
	DropState               // Your Discriminator 0 although the sender must know it
	DropAuthentication      // it is authenticated, which no session here is
	DropUnknown             // no session has its discriminator, or is between its addresses
	DropTTL                 // it crossed more routers than the session allows, or the kernel did not say

	drops // how many there are
)

// String returns the name of the counter: "short", "ttl", ...
func (d Drop) String() string {
	names := [drops]string{
		"accepted", "short", "version", "length", "multiplier", "multipoint", "discriminator", "state", "authentication", "unknown", "ttl",
	}
	if d < drops {
		return names[d]
	}
	return "unheard of"
}

// Drops lists every reason, without [Accepted].
func Drops() []Drop {
	all := make([]Drop, 0, drops-1)
	for d := Accepted + 1; d < drops; d++ {
		all = append(all, d)
	}
	return all
}
