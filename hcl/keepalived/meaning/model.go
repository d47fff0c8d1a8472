package meaning

import (
	"net/netip"
	"time"

	"ha/hcl/keepalived"
)

// Value is a value with the statement that set it; without one it is a default.
type Value[T any] struct {
	V  T
	At *keepalived.Statement
}

// Set tells whether a statement set the value.
func (v Value[T]) Set() bool { return v.At != nil }

// Config is what a file means.
type Config struct {
	Root      *keepalived.Block
	Globals   Globals
	Scripts   []*Script
	Files     []*File
	Processes []*Process
	Sessions  []*Session
	Instances []*Instance
	Groups    []*Group
	Services  []*Service
	Addresses []*Address // static
	Routes    []*Entry   // static
	Rules     []*Entry   // static
	Delays    []*Delay
	Paces     []*Pace
	Mail      *Mail // nil: no mail is sent
}

// Globals are the global_defs.
type Globals struct {
	RouterID         Value[string]
	ScriptUser       Value[User]
	ScriptSecurity   Value[bool]
	DefaultInterface Value[string]
	Flush            Value[bool]             // IPVS at the start
	FlushAtStop      Value[string]           // IPVS at the end: flush, remove
	Sync             *Sync                   // nil: connections are not told
	Timeouts         [3]Value[time.Duration] // of connections in IPVS: TCP, TCP after a FIN, UDP
	Version          Value[int]
	Groups           [2]Value[netip.Addr] // multicast groups: IPv4, IPv6
	Announce         Announce
	Pace             [2]Value[time.Duration] // between ARPs, between neighbour advertisements
	MinAnnounce      Value[bool]
	DownAdverts      Value[int]
	Silent           Value[bool] // vrrp_lower_prio_no_advert
	Strict           Value[bool]
	PlainChecksum    Value[bool] // v3_checksum_as_v2
	StartDelay       Value[time.Duration]
	NoLocalIGMP      Value[bool]
	MACPrefix        Value[string]
	Pipes            [3]Pipe     // of all, of VRRP, of servers
	Priorities       Value[bool] // pipes tell of changes of priorities
	Alert            Value[bool] // smtp_alert
	AlertVRRP        Value[bool]
	AlertChecker     Value[bool]
	Certificate      Value[string] // of SSL_GET
	CertificateKey   Value[string]
}

// Sync is how directors tell each other of connections.
type Sync struct {
	At        *keepalived.Statement
	Interface string
	Instance  string // whose state decides who tells; empty: all tell and hear
	ID        int    // -1: not set
	MaxLength int    // 0: not set, as those below
	Port, TTL int
	Group     netip.Addr
}

// User is as whom a program runs.
type User struct{ Name, Group string }

// Announce is how addresses are announced.
type Announce struct {
	Delay, Refresh, LowerDelay      Value[time.Duration]
	Count, RefreshCount, LowerCount Value[int]
	Elsewhere                       Value[time.Duration] // garp_extra_if
	ElsewhereAll                    bool
}

// Instance is a virtual router.
type Instance struct {
	At   *keepalived.Statement
	Name string

	Interface     Value[string]
	Version       Value[int]
	Source        Value[netip.Addr] // of adverts
	UnicastWord   Value[bool]       // the source was given as that of unicast
	Destination   Value[netip.Addr] // another multicast group
	Peers         []*Peer
	UnicastTTL    Value[int]
	PlainChecksum Value[bool]
	VirtualMAC    *VirtualMAC
	BaseTransmit  Value[bool] // vmac_xmit_base
	TrackPrimary  Value[bool] // V is whether the interface counts

	VRID         Value[int]
	State        Value[string]
	Priority     Value[int]
	Interval     Value[time.Duration]
	NoPreempt    Value[bool]
	PreemptDelay Value[time.Duration]
	DownAdverts  Value[int]
	Silent       Value[bool]
	Strict       Value[bool]
	Refuse       Value[bool] // no_accept
	StartDelay   Value[time.Duration]

	Addresses []*Address
	Excluded  []*Address
	Routes    []*Entry
	Rules     []*Entry
	Announce  Announce // what it says for itself
	Auth      *Auth
	Tracked   []*Tracked
	Calls     []*Call
	Alert     Value[bool] // it sends mail
	IPv6      bool        // the family, which the first address fixes
}

// Peer is a unicast peer.
type Peer struct {
	At             *keepalived.Statement
	Addr           netip.Addr
	MinTTL, MaxTTL int // 0: not checked
}

// VirtualMAC is use_vmac, or use_ipvlan.
type VirtualMAC struct {
	At      *keepalived.Statement
	IPVLAN  bool
	Name    string // of the interface; empty for one that is made up
	MAC     string
	Group   string
	Mode    string       // of ipvlan
	Address netip.Prefix // of ipvlan
}

// Auth is an authentication.
type Auth struct {
	At       *keepalived.Statement
	Type     Value[string] // pass, ah, hmac
	Password Value[string]
	Keys     []Key
	Active   Value[int]
	Replay   Value[string]
	Window   Value[time.Duration]
	Mode     Value[string]
}

// Key is a key of hmac.
type Key struct {
	At    *keepalived.Statement
	ID    int
	Value string // hex:…, file:… or text
}

// Kind is what is tracked.
type Kind string

// The kinds of what is tracked.
const (
	Interface Kind = "interface"
	OfScript  Kind = "script"
	OfFile    Kind = "file"
	OfProcess Kind = "process"
	OfSession Kind = "bfd"
)

// Tracked is an entry of a track block, with the weight that holds.
type Tracked struct {
	At      *keepalived.Statement
	Kind    Kind
	Name    string
	Weight  int
	Reverse bool
	weighed bool // the entry has a weight of its own
	turned  bool // the entry says reverse or noreverse
}

// Group is a sync group.
type Group struct {
	At      *keepalived.Statement
	Name    string
	Members []Value[string] // instances that exist
	Tracked []*Tracked
	Calls   []*Call
	Alert   Value[bool]
	Weights Value[bool] // members may have weights
}

// Script is a vrrp_script.
type Script struct {
	At       *keepalived.Statement
	Name     string
	Command  Value[Command]
	Interval Value[time.Duration]
	Timeout  Value[time.Duration]
	Weight   Value[int]
	Reverse  bool
	Rise     Value[int]
	Fall     Value[int]
	User     Value[User]
}

// Command is a program with its arguments.
type Command struct {
	Argv []string
	Text string // before it was split into arguments
}

// File is a track_file.
type File struct {
	At      *keepalived.Statement
	Name    string
	Path    Value[string]
	Weight  Value[int]
	Reverse bool
}

// Process is a vrrp_track_process.
type Process struct {
	At        *keepalived.Statement
	Name      string
	Command   Value[[]string]
	Match     Value[string] // "", initial, partial
	Full      Value[bool]
	Weight    Value[int]
	Reverse   bool
	Quorum    Value[int]
	QuorumMax Value[int]
	UpDelay   Value[time.Duration]
	DownDelay Value[time.Duration]
}

// Session is a bfd_instance.
type Session struct {
	At           *keepalived.Statement
	Name         string
	Peer, Source Value[netip.Addr]
	MinRX, MinTX Value[time.Duration]
	IdleTX       Value[time.Duration]
	Multiplier   Value[int]
	Passive      Value[bool]
	TTL          Value[int]
	MaxHops      Value[int]
	Multihop     Value[bool]
	Weight       Value[int]
	Reverse      bool
}

// Address is an address with its options.
type Address struct {
	At        *keepalived.Statement
	Prefix    netip.Prefix
	Device    string
	Label     string
	Scope     string
	Broadcast netip.Addr
	Peer      netip.Prefix
	Flags     []string // home, mngtmpaddr, noprefixroute
	Lifetime  string   // preferred_lft
}

// Entry is a route or a rule: its words in order.
type Entry struct {
	At      *keepalived.Statement
	Dest    netip.Prefix // of a route
	IPv6    bool
	Type    string // of a route: unicast, blackhole …
	Options []Option
	Hops    []Hop // of a route with several ways
	Encap   *Encap
}

// Encap is how packets of a route are wrapped.
type Encap struct {
	Kind   string // ip, mpls
	Labels []string
	Words  []Option // of ip: id, dst, src, tos, ttl, flags
}

// Hop is one of several ways of a route.
type Hop struct {
	Gateway, Device, Weight, Realms string
	Onlink                          bool
	Encap                           *Encap
}

// Option is a word of an entry by its current name, with what follows it.
type Option struct {
	Word, Value string
	Lock        bool
}

// Get returns the value of an option.
func (e *Entry) Get(word string) (string, bool) {
	for _, o := range e.Options {
		if o.Word == word {
			return o.Value, true
		}
	}
	return "", false
}

// Pace is a garp_group.
type Pace struct {
	At      *keepalived.Statement
	Devices []string
	Pace    [2]Value[time.Duration] // between ARPs, between neighbour advertisements
}

// Delay is how long an interface must have changed.
type Delay struct {
	At       *keepalived.Statement
	Device   string
	Down, Up time.Duration
}

// Service is a virtual server.
type Service struct {
	At     *keepalived.Statement
	Listen []netip.AddrPort // more than one for a group; port 0 is every port
	Marks  []uint32         // firewall marks
	Family Value[string]    // ipv4, ipv6: of the marks; unset: that of the servers

	Set         string        // the virtual_server_group, empty for one address
	Protocol    Value[string] // tcp, udp, sctp
	Scheduler   Value[string]
	Forwarding  Value[string] // nat, dr, tunnel
	Tunnel      *Tunnel       // nil: IP in IP
	Persistence Value[time.Duration]
	Spread      Spread
	Omega       Value[bool]
	Weight      Value[int]
	Defaults    Defaults
	Servers     []*Server
	Balance
}

// Defaults are what checks inherit.
type Defaults struct {
	Interval   Value[time.Duration]
	Timeout    Value[time.Duration]
	Retry      Value[int]
	RetryDelay Value[time.Duration]
	Warmup     Value[time.Duration]
	Alpha      Value[bool]
	Host       Value[string]
}

func over[T any](outer, inner Value[T]) Value[T] {
	if inner.Set() {
		return inner
	}
	return outer
}

// over returns the defaults with those of an inner block laid over them.
func (d Defaults) over(inner Defaults) Defaults {
	return Defaults{
		Interval: over(d.Interval, inner.Interval), Timeout: over(d.Timeout, inner.Timeout), Retry: over(d.Retry, inner.Retry),
		RetryDelay: over(d.RetryDelay, inner.RetryDelay), Warmup: over(d.Warmup, inner.Warmup), Alpha: over(d.Alpha, inner.Alpha),
		Host: over(d.Host, inner.Host),
	}
}

// Server is a real server.
type Server struct {
	At     *keepalived.Statement
	Addr   netip.AddrPort
	Weight Value[int]
	Upper  Value[int] // thresholds
	Lower  Value[int]

	Forwarding Value[string] // unset: as the virtual server
	Tunnel     *Tunnel
	Defaults   Defaults
	Checks     []*Check
	Session    Value[string] // BFD_CHECK
	Calls      []*Call
	Alert      Value[bool]
	Inhibit    Value[bool] // set: not as the virtual server

	// ProbePort is where checks go that say no port, where connections go to whichever port they came for; 0: that of the address.
	ProbePort int

	portless bool // it has the port of the virtual server, whichever that is
}

// Check is a check of a real server, with what it inherits.
type Check struct {
	At       *keepalived.Statement
	Kind     string // TCP_CHECK
	Defaults Defaults
	From     From

	URLs       []*URL        // HTTP_GET, SSL_GET
	Protocol   Value[string] // 1.0, 1.1
	ServerName Value[string]
	Helo       Value[string] // SMTP_CHECK
	Hosts      []*Host
	Type       Value[string] // DNS_CHECK
	Name       Value[string]
	Payload    Value[string] // UDP_CHECK: hexadecimal digits
	Reply      Value[string] // set: there must be one; with x for any digit
	ReplyMin   Value[int]
	ReplyMax   Value[int]
	Command    Value[Command]       // MISC_CHECK
	Limit      Value[time.Duration] // misc_timeout
	User       Value[User]
	Dynamic    Value[bool] // misc_dynamic
	File       *File       // FILE_CHECK
	Weight     Value[int]
	Reverse    bool
}

// From is where a probe goes, and where it comes from.
type From struct {
	To         Value[netip.Addr]
	Port       Value[int]
	Source     Value[netip.Addr]
	Device     Value[string]
	SourcePort Value[int]
	Mark       Value[int]
}

// Host is a block host of SMTP_CHECK.
type Host struct {
	At       *keepalived.Statement
	From     From
	Defaults Defaults
}

// URL is a page that is asked for.
type URL struct {
	At           *keepalived.Statement
	Path         Value[string]
	Digest       Value[string]
	Status       Value[[]string]
	Host         Value[string]
	Regex        Value[string]
	NoMatch      Value[bool]
	RegexOptions Value[[]string]
}
