package kernel

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"maps"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"

	"ha/enforcer/kernel/wire"
	"ha/planner"
)

// Event is news of the kernel: what it holds now, or no longer.
//
//sumtype:decl
type Event interface{ event() }

// Changed says that an address, a route or a rule exists and what it looks like, new or edited.
type Changed struct {
	Key    planner.Key // [planner.AddressKey], [planner.RouteKey] or [planner.RuleKey]
	Value  any         // [planner.Address], [planner.Route] or [planner.Rule]
	Marked bool        // carries ha's mark
}

// Gone says that an address, a route or a rule is no longer there. Routes of one key (IPv4 routes by type of service, for example)
// are told apart by the kernel only: read again before believing that none is left.
type Gone struct{ Key planner.Key }

// LinkChanged says that a link exists and in which state; its addresses are not told. When Up or Running changed, the
// kernel may have dropped IPv4 routes without a word: read the routes again.
type LinkChanged struct {
	Name string
	Link planner.Link
}

// LinkGone says that a link is no longer there, or has another name. Its addresses and routes follow, or came before.
type LinkGone struct{ Name string }

// Overflow says that news was lost. What else is known may be wrong from then on: read everything again. The news
// goes on.
type Overflow struct{}

func (Changed) event()     {}
func (Gone) event()        {}
func (LinkChanged) event() {}
func (LinkGone) event()    {}
func (Overflow) event()    {}

const (
	// watchBuffer holds about 20,000 events while the reader is busy. In bytes.
	watchBuffer = 16 << 20
	// watchQueue is how many decoded events wait for the consumer; the socket's buffer holds the rest.
	watchQueue = 256
)

// Watch tells addresses, routes, rules and links as they change, from now on, in the kernel's order, and beside them that filters do. The channel closes when
// ctx ends or the socket fails; everything that Watch started has ended then. A slow consumer loses nothing until the
// kernel's buffer is full, and then is told so by [Overflow].
//
// Watch first and read then: what changes in between is told twice, never missed.
func (k *Kernel) Watch(ctx context.Context) (<-chan Event, error) {
	sub, err := wire.Subscribe(k.options.Namespace, unix.NETLINK_ROUTE, watchBuffer,
		unix.RTNLGRP_LINK, unix.RTNLGRP_IPV4_IFADDR, unix.RTNLGRP_IPV6_IFADDR,
		unix.RTNLGRP_IPV4_ROUTE, unix.RTNLGRP_IPV6_ROUTE, unix.RTNLGRP_IPV4_RULE, unix.RTNLGRP_IPV6_RULE)
	if err != nil {
		return nil, err
	}
	links, err := k.links(ctx)
	if err != nil {
		return nil, errors.Join(err, sub.Close())
	}
	events := make(chan Event, watchQueue)
	w := watcher{names: names(links), links: k.links}
	// A kernel without nf_tables has no such news, and no filters.
	filters, _ := wire.Subscribe(k.options.Namespace, unix.NETLINK_NETFILTER, filterBuffer, filterNews)
	stop := func() {
		_ = sub.Close() // ends Receive
		if filters != nil {
			_ = filters.Close()
		}
	}
	unstop := context.AfterFunc(ctx, stop)
	var all sync.WaitGroup
	all.Go(func() { w.run(ctx, sub, events) })
	if filters != nil {
		all.Go(func() {
			hearFilters(filters, func() {
				select {
				case events <- FiltersChanged{}:
				case <-ctx.Done():
				}
			})
		})
	}
	go func() {
		all.Wait()
		if unstop() {
			stop()
		}
		close(events)
	}()
	return events, nil
}

// watcher knows the names of links by index, those of deleted ones too: addresses and routes of a link may be told
// after the link itself is gone.
type watcher struct {
	names map[uint32]string
	links func(context.Context) (map[string]planner.Link, error)
}

// run passes events on until the socket or the context ends.
func (w *watcher) run(ctx context.Context, sub *wire.Subscription, events chan<- Event) {
	for {
		messages, err := sub.Receive()
		var news []Event
		lost := errors.Is(err, wire.ErrOverflow)
		if err != nil && !lost {
			return
		}
		for _, m := range messages {
			more, err := w.decode(m)
			lost = lost || err != nil // what cannot be read is lost too
			news = append(news, more...)
		}
		if lost {
			if w.learn(ctx) != nil {
				return
			}
			news = append(news, Overflow{})
		}
		for _, e := range news {
			select {
			case events <- e:
			case <-ctx.Done():
				return
			}
		}
	}
}

// learn reads the names of links again.
func (w *watcher) learn(ctx context.Context) error {
	links, err := w.links(ctx)
	if err != nil {
		return err
	}
	maps.Copy(w.names, names(links))
	return nil
}

// decode turns a message into events; none for what is not about the model.
func (w *watcher) decode(m syscall.NetlinkMessage) ([]Event, error) {
	switch m.Header.Type {
	case unix.RTM_NEWADDR, unix.RTM_DELADDR:
		return w.address(m)
	case unix.RTM_NEWROUTE, unix.RTM_DELROUTE:
		return w.route(m)
	case unix.RTM_NEWRULE, unix.RTM_DELRULE:
		return ruleNews(m)
	case unix.RTM_NEWLINK, unix.RTM_DELLINK:
		return w.link(m)
	case unix.NLMSG_OVERRUN:
		return []Event{Overflow{}}, nil
	}
	return nil, nil
}

func (w *watcher) address(m syscall.NetlinkMessage) ([]Event, error) {
	o, err := decodeAddress(m.Data)
	if err != nil {
		return nil, err
	}
	device, ok := w.names[o.index]
	if !ok {
		return nil, fmt.Errorf("address %v on an unknown link %d", o.prefix, o.index)
	}
	if m.Header.Type == unix.RTM_DELADDR {
		return []Event{Gone{Key: o.key(device)}}, nil
	}
	return []Event{Changed{Key: o.key(device), Value: o.on(device), Marked: o.marked}}, nil
}

func (w *watcher) route(m syscall.NetlinkMessage) ([]Event, error) {
	o, ok, err := decodeRoute(m.Data)
	if err != nil || !ok {
		return nil, err
	}
	if m.Header.Type == unix.RTM_DELROUTE {
		return []Event{Gone{Key: o.key}}, nil
	}
	return []Event{Changed{Key: o.key, Value: o.on(w.names), Marked: o.marked}}, nil
}

func ruleNews(m syscall.NetlinkMessage) ([]Event, error) {
	o, err := decodeRule(m.Data)
	if err != nil || !o.known {
		return nil, err
	}
	if m.Header.Type == unix.RTM_DELRULE {
		return []Event{Gone{Key: o.key}}, nil
	}
	return []Event{Changed{Key: o.key, Value: planner.Rule{}, Marked: o.protocol == Mark}}, nil
}

// link also notices a link that changed its name: the old one is gone.
func (w *watcher) link(m syscall.NetlinkMessage) ([]Event, error) {
	if len(m.Data) > 0 && m.Data[0] == unix.AF_BRIDGE {
		return nil, nil // a port's own news of its bridge, not of the link
	}
	name, l, err := decodeLink(m.Data)
	if err != nil {
		return nil, err
	}
	if m.Header.Type == unix.RTM_DELLINK {
		return []Event{LinkGone{Name: name}}, nil
	}
	index := binary.NativeEndian.Uint32(m.Data[4:])
	var news []Event
	if old, ok := w.names[index]; ok && old != name {
		news = append(news, LinkGone{Name: old})
	}
	w.names[index] = name
	return append(news, LinkChanged{Name: name, Link: l}), nil
}
