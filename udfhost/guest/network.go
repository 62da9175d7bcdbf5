package guest

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
)

// NetworkSetting is the setting of a session that lists the hosts and ports that functions in the jail can connect
// to.
const NetworkSetting = "riffle.functions.network"

// Network lists the hosts and ports that a confined guest can connect to by TCP. The zero value has none.
type Network struct {
	destinations []destination // each once
}

// destination is a host and its port. The host has either a name or an address.
type destination struct {
	name string // in lower case, without a dot at its end
	addr netip.Addr
	port uint16
}

func (d destination) String() string {
	host := d.name
	if host == "" {
		host = d.addr.String()
	}
	return net.JoinHostPort(host, strconv.Itoa(int(d.port)))
}

// ParseNetwork reads a value of NetworkSetting: "api.example.com:443, 127.0.0.1:8080". An empty text has no hosts.
func ParseNetwork(text string) (Network, error) {
	var n Network
	if strings.TrimSpace(text) == "" {
		return n, nil
	}
	for entry := range strings.SplitSeq(text, ",") {
		d, err := parseDestination(strings.TrimSpace(entry))
		if err != nil {
			return Network{}, err
		}
		if !slices.Contains(n.destinations, d) {
			n.destinations = append(n.destinations, d)
		}
	}
	return n, nil
}

// parseDestination reads an entry of the setting.
func parseDestination(entry string) (destination, error) {
	if entry == "" {
		return destination{}, fmt.Errorf("there is a comma without a host: write api.example.com:443, 127.0.0.1:8080")
	}
	if strings.Contains(entry, "*") {
		return destination{}, fmt.Errorf("%q: wildcards are not supported: list each host", entry)
	}
	if scheme, rest, found := strings.Cut(entry, "://"); found {
		return destination{}, fmt.Errorf("%q is a URL: write only its host and port, as in %s", entry, hostOfURL(scheme, rest))
	}
	if _, err := netip.ParseAddr(entry); err == nil && strings.Contains(entry, ":") {
		return destination{}, fmt.Errorf("%q has no port: write [%s]:443", entry, entry)
	}
	colon := strings.LastIndexByte(entry, ':')
	if colon < 0 || strings.HasSuffix(entry, "]") {
		return destination{}, fmt.Errorf("%q has no port: write %s:443", entry, entry)
	}
	host, digits := entry[:colon], entry[colon+1:]
	port, err := strconv.ParseUint(digits, 10, 16)
	if err != nil || port == 0 || digits[0] < '0' || digits[0] > '9' {
		return destination{}, fmt.Errorf("the port of %q is not a number from 1 to 65535", entry)
	}
	d := destination{port: uint16(port)}
	if inner, bracketed := strings.CutPrefix(host, "["); bracketed {
		host = strings.TrimSuffix(inner, "]")
		if addr, err := netip.ParseAddr(host); err != nil || !addr.Is6() || len(inner) != len(host)+1 {
			return destination{}, fmt.Errorf("%q: %s is not an IPv6 address", entry, host)
		}
	} else if strings.Contains(host, ":") {
		return destination{}, fmt.Errorf("%q: write an IPv6 address in brackets, as in [::1]:443", entry)
	}
	if addr, err := netip.ParseAddr(host); err == nil {
		d.addr = addr.Unmap()
		return d, checkAddress(entry, d.addr)
	}
	d.name = normalName(host)
	return d, checkName(entry, host)
}

// hostOfURL returns what to write for a URL.
func hostOfURL(scheme, rest string) string {
	host, _, _ := strings.Cut(rest, "/")
	switch {
	case host == "" || strings.Contains(host, ":"):
		return cmp.Or(host, "api.example.com:443")
	case strings.EqualFold(scheme, "http"):
		return host + ":80"
	}
	return host + ":443"
}

// checkAddress rejects addresses that are not those of one host.
func checkAddress(entry string, addr netip.Addr) error {
	switch {
	case addr.Zone() != "":
		return fmt.Errorf("%q: addresses with a zone are not supported", entry)
	case addr.IsUnspecified():
		return fmt.Errorf("%q: %s is not the address of a host; this machine is 127.0.0.1", entry, addr)
	case addr.IsMulticast():
		return fmt.Errorf("%q: %s is the address of a group, not of a host", entry, addr)
	}
	return nil
}

// normalName returns the form in which names are compared.
func normalName(name string) string { return strings.ToLower(strings.TrimSuffix(name, ".")) }

// checkName rejects what cannot be the name of a host.
func checkName(entry, host string) error {
	name := normalName(host)
	labels := strings.Split(name, ".")
	valid := len(name) <= 253
	for _, label := range labels {
		valid = valid && label != "" && len(label) <= 63 && strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
	}
	switch last := labels[len(labels)-1]; {
	case strings.ContainsFunc(name, func(r rune) bool { return r > 127 }):
		return fmt.Errorf("%q: write the name in ASCII, as DNS has it: xn--…", entry)
	case !valid, strings.Trim(last, "0123456789") == "": // 127.1 is 127.0.0.1 to some programs
		return fmt.Errorf("%q: %q is neither the name nor the address of a host", entry, host)
	}
	return nil
}

// String returns the list as the setting has it.
func (n Network) String() string {
	var entries []string
	for _, d := range n.destinations {
		entries = append(entries, d.String())
	}
	return strings.Join(entries, ", ")
}

// Empty reports whether the list has no hosts.
func (n Network) Empty() bool { return len(n.destinations) == 0 }

// Equal reports whether two lists have the same hosts and ports in the same order.
func (n Network) Equal(other Network) bool { return slices.Equal(n.destinations, other.destinations) }

// names reports whether the list has a host by its name.
func (n Network) names(name string) bool {
	name = normalName(name)
	return slices.ContainsFunc(n.destinations, func(d destination) bool { return d.name != "" && d.name == name })
}

// allows reports whether a guest can connect to an address and port. resolved reports whether the address is one
// of a name.
func (n Network) allows(to netip.AddrPort, resolved func(name string, addr netip.Addr) bool) bool {
	addr := to.Addr().Unmap()
	return slices.ContainsFunc(n.destinations, func(d destination) bool {
		if d.port != to.Port() {
			return false
		}
		if d.name != "" {
			return resolved(d.name, addr)
		}
		return d.addr == addr
	})
}
