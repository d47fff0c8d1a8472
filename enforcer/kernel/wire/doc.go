// Package wire is netlink as far as ha needs it: attributes, messages, requests, dumps and batches.
//
// The sockets are those of vishvananda/netlink/nl; the messages are ours, so that one strict decoder serves
// dumps, answers and events, and so that many requests fit into one datagram. The package knows neither
// addresses nor IPVS and logs nothing.
package wire
