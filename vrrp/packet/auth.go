package packet

import "crypto/subtle"

// Authentication types of version 2 (RFC 2338 section 5.3.6). RFC 3768 withdrew all but the first; peers still use
// them.
const (
	AuthNone     = 0
	AuthPassword = 1 // eight bytes in clear text: keeps out routers that are there by mistake, and nobody else
	AuthHeader   = 2 // an IP authentication header stands in front of the message, see [AH]
)

// PasswordLen is how many bytes of a password are sent; shorter ones are filled up with zeros, what is longer is cut.
const PasswordLen = authLen

// authentic judges the proof that version 2 carries. It is called for adverts of the type that we expect.
func (x *Expect) authentic(p Packet, a *Advert) Drop {
	switch a.AuthType {
	case AuthPassword:
		if subtle.ConstantTimeCompare(a.Auth[:], x.Password[:]) != 1 {
			return DropAuth
		}
	case AuthHeader:
		return x.AH.open(p, x.Unicast)
	}
	return Accepted
}
