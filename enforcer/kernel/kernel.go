package kernel

import (
	"context"
	"errors"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/ipvs"
	"ha/enforcer/kernel/wire"
)

// Mark is the protocol number of ha's addresses (IFA_PROTO), routes (rtm_protocol) and rules (FRA_PROTOCOL): 112, VRRP's own number among IP
// protocols (RFC 9568 section 5.1.1.4). Neither the kernel nor iproute2's rt_protos gives it to anyone else, so
// `ip address show proto 112` and `ip route show proto 112` list what is ha's.
const Mark = 112

// Options choose which kernel is meant and how long to wait for it.
type Options struct {
	// Namespace is the path of a network namespace (/run/netns/lb1, /proc/self/fd/7); empty is the process's own.
	Namespace string
	// Timeout bounds the wait for each answer of the kernel; 0 is 5 s.
	Timeout time.Duration
}

// Kernel is the live kernel of one network namespace. It is safe for concurrent use.
type Kernel struct {
	options Options
	strict  *wire.Conn // lists that the kernel filters
	plain   *wire.Conn // everything else
	indices sync.Map   // the number of an interface by its name, as it was last

	mu     sync.Mutex // guards the two below
	ipvs   *ipvs.Conn // nil until IPVS was found
	noIPVS error      // why the last search found none; nil before the first
}

// New opens the sockets. It succeeds without IPVS, which is looked for when it is needed. The caller closes.
func New(o Options) (*Kernel, error) {
	w := wire.Options{Namespace: o.Namespace, Timeout: o.Timeout}
	plain, err := wire.Open(unix.NETLINK_ROUTE, w)
	if err != nil {
		return nil, err
	}
	w.Strict = true
	strict, err := wire.Open(unix.NETLINK_ROUTE, w)
	if err != nil {
		return nil, errors.Join(err, plain.Close())
	}
	return &Kernel{options: o, strict: strict, plain: plain}, nil
}

// Close closes the sockets. Watches end with their own contexts.
func (k *Kernel) Close() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	err := errors.Join(k.strict.Close(), k.plain.Close())
	if k.ipvs != nil {
		err = errors.Join(err, k.ipvs.Close())
	}
	return err
}

// balancer returns the connection to IPVS. Where there is none it looks whether somebody has loaded it; the first time, and
// when it is to be asked for again, the kernel is made to load the module, which starts a process.
func (k *Kernel) balancer(ctx context.Context, again bool) (*ipvs.Conn, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.ipvs != nil {
		return k.ipvs, nil
	}
	conn, err := ipvs.Open(ctx, ipvs.Options{
		Namespace: k.options.Namespace, Timeout: k.options.Timeout, Quiet: k.noIPVS != nil && !again,
	})
	k.ipvs, k.noIPVS = conn, err
	return conn, err
}
