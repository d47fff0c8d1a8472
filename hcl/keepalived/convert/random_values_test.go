package convert_test

import (
	"fmt"
	"slices"
	"strings"

	"ha/hcl/keepalived/words"
)

// inside writes some of the keywords of a block, and always those that it needs.
func (w *writer) inside(depth int, block string) {
	var list []words.Word
	for _, word := range words.All() {
		if w.table.Find(block, word.Name) != nil && (word.Block == block || word.Block == "checker" || word.Block == "HTTP_GET" && block == "SSL_GET") &&
			*w.table.Find(block, word.Name) == word && !slices.Contains(neverRandom(), block+" "+word.Name) {
			list = append(list, word)
		}
	}
	w.rnd.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	needs := map[string][]string{
		"vrrp_instance": {"virtual_router_id", "interface", "virtual_ipaddress"}, "vrrp_script": {"script"}, "track_file": {"file"},
		"vrrp_track_process": {"process"}, "bfd_instance": {"neighbor_ip", "source_ip"}, "virtual_server": {"protocol", "lvs_sched", "lvs_method", "real_server", "real_server"},
		"HTTP_GET": {"url", "url"}, "SSL_GET": {"url"}, "url": {"path"}, "MISC_CHECK": {"misc_path"}, "BFD_CHECK": {"name"},
		"vrrp_sync_group": {"group"}, "authentication": {"auth_type", "auth_pass"}, "auth_hmac": {"key", "active_key"},
		"FILE_CHECK": {"track_file"}, "garp_group": {"garp_interval", "interface"}, "track_group": {"group"},
	}[block]
	for _, name := range needs {
		w.statement(depth, block, *w.table.Find(block, name))
	}
	share := 4
	if block == "global_defs" {
		share = 3
	}
	for _, word := range list {
		if word.Name == w.never || slices.Contains(needs, word.Name) || w.rnd.IntN(share) > 0 || block == "vrrp_instance" && word.Name == "authentication" && w.rnd.IntN(2) > 0 {
			continue
		}
		w.statement(depth, block, word)
	}
}

func (w *writer) statement(depth int, block string, word words.Word) {
	w.used[word.Block+" "+word.Name] = true
	inner, what, opens := w.table.Opens(block, word.Name)
	if !opens {
		w.line(depth, word.Name+w.args(word))
		return
	}
	head := word.Name
	if word.Name == "real_server" {
		w.n++
		head = fmt.Sprintf("real_server 10.8.%d.%d %d", w.n/250, w.n%250+1, 8000+w.n)
	}
	w.open(depth, head, inner, what)
}

func (w *writer) pick(list ...string) string { return list[w.rnd.IntN(len(list))] }

func (w *writer) address() string {
	w.n++
	return fmt.Sprintf("10.7.%d.%d", w.n/250, w.n%250+1)
}

func (w *writer) device() string { return w.pick("eth0", "eth1", "bond0.100") }

// ref is the name of something that was written before; "missing" where there is none.
func (w *writer) ref(kind string) string {
	if list := w.known[kind]; len(list) > 0 {
		return list[w.rnd.IntN(len(list))]
	}
	return "missing"
}

// entry writes an entry of a block of values.
func (w *writer) entry(block string) string {
	switch block {
	case "address":
		return w.address() + w.pick("", "/24", "/32") + w.options("address")
	case "route":
		w.n++
		dest := fmt.Sprintf("172.16.%d.0/24", w.n%250)
		if w.rnd.IntN(4) == 0 {
			kind := w.pick("blackhole", "unreachable", "prohibit", "throw", "unicast", "local", "broadcast", "brd", "anycast", "multicast", "nat", "xresolve")
			w.used["route "+kind] = true
			return kind + " " + dest + map[bool]string{true: "", false: " dev eth1"}[strings.Contains("blackhole unreachable prohibit throw", kind)]
		}
		if w.rnd.IntN(5) == 0 {
			w.used["route nexthop"] = true
			return dest + " nexthop via 10.7.0.1 dev eth1 weight 2 nexthop via 10.7.0.2 dev eth1"
		}
		w.used["route via"], w.used["route to"] = true, true
		return w.pick("", "to ") + dest + " via 10.7.0.254 dev eth1" + w.options("route")
	case "rule":
		w.n++
		return fmt.Sprintf("from 10.6.%d.0/24 table %d preference %d", w.n%250, 100+w.n, 1000+w.n) + w.options("rule")
	case "track entry":
		return w.pick("eth0", "eth1", "x3") + w.options("track entry")
	case "peer entry":
		return w.address() + w.options("peer entry")
	case "group entry":
		w.used["group entry fwmark"] = true
		return w.pick(w.address()+" 80", "10.5.0.1-3 8080", "fwmark 7")
	case "delay entry":
		return w.device() + " 2 3"
	case "instance name":
		return strings.Join(w.known["vrrp_instance"], " ")
	}
	return "eth0"
}

// options writes at most two options of an entry, each with a value.
func (w *writer) options(kind string) string {
	text := ""
	for range w.rnd.IntN(3) {
		var list []words.Word
		for _, word := range words.All() {
			skip := []string{
				"from", "to", "table", "lookup", "preference", "order", "priority", "goto", "nop", "blackhole", "unreachable", "prohibit", "l3mdev", "not", "via", "gw", "or",
				"dev", "oif", "nexthop", "encap", "inet", "inet6", "unicast", "local", "broadcast", "brd", "anycast", "multicast", "throw", "nat", "xresolve", "as",
			}
			if kind == "route" || kind == "rule" {
				if word.Block == kind {
					w.used[kind+" "+word.Name] = w.used[kind+" "+word.Name] || slices.Contains(skip, word.Name)
				}
				if slices.Contains(skip, word.Name) {
					continue
				}
			}
			if word.Block == kind && !strings.Contains(text, " "+word.Name+" ") {
				list = append(list, word)
			}
		}
		word := list[w.rnd.IntN(len(list))]
		w.used[kind+" "+word.Name] = true
		text += " " + word.Name + w.value(kind, word.Name) + " "
	}
	return strings.TrimRight(text, " ")
}

// value is what follows an option of an entry.
func (w *writer) value(kind, option string) string {
	switch option {
	case "dev", "oif", "iif", "vrf":
		return " eth1"
	case "scope":
		return " link"
	case "brd", "broadcast":
		return " +"
	case "label":
		return " eth0:web"
	case "peer", "src":
		return " 10.7.255.1"
	case "table":
		return " 100"
	case "protocol", "ipproto", "priority":
		return " 6"
	case "track_group":
		return " " + w.ref("track_group")
	case "home", "-nodad", "mngtmpaddr", "noprefixroute", "autojoin", "no_track", "use_vmac", "onlink", "add", "prepend", "append", "reverse", "noreverse":
		return ""
	case "preferred_lft", "expires":
		return " forever"
	case "features":
		return " ecn"
	case "congctl":
		return " reno"
	case "pref":
		return " high"
	case "ttl-propagate":
		return " enabled"
	case "fwmark":
		return " 7/0xff"
	case "uidrange", "sport", "dport":
		return " 1000-2000"
	case "realms":
		return " 3/4"
	case "tos", "dsfield":
		return " 16"
	case "rtt", "rttvar", "rto_min":
		return " 300ms"
	case "quickack", "fastopen_no_cookie":
		return " 1"
	}
	return " 8"
}
