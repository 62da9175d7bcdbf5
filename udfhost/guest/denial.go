package guest

import (
	"fmt"
	"regexp"
	"strings"

	"riffle/udfhost/guest/abi"
)

// explainDenial adds the next step to a message about something that the jail has denied. Without the jail it returns
// the message.
func (o *Options) explainDenial(message string) string {
	if o.NoJail {
		return message
	}
	refused := strings.Contains(message, abi.RefusedHost)
	if !refused && !strings.Contains(message, denied) {
		return message
	}
	// Go's resolver names a server that does not exist.
	host := hostIn(message)
	message = noServer.ReplaceAllString(message, "")
	switch {
	case host == "", !refused && !o.Network.Empty(): // the second is not about the host: a local address, UDP
		return fmt.Sprintf("%s (functions run without files, network and other programs; SET '%s' = 'off' allows them)", message, JailSetting)
	case o.Network.Empty():
		return fmt.Sprintf("%s (functions run without network; SET '%s' = '%s' lets them connect)", message, NetworkSetting, host)
	}
	return fmt.Sprintf("%s (SET '%s' = '%s, %s' adds it)", message, NetworkSetting, o.Network, host)
}

var (
	// noServer is how Go's resolver names its server where it can read no configuration.
	noServer = regexp.MustCompile(` on (?:127\.0\.0\.1|\[::1\]):53(?:: dial udp (?:127\.0\.0\.1|\[::1\]):53: socket)?`)
	dialed   = regexp.MustCompile(`dial tcp[46]? (?:\S+->)?(\S+:\d+): `)
	lookedUp = regexp.MustCompile(`lookup (\S+?):? `)
)

// hostIn returns the host and port of the TCP connection that a message is about, or "". The port of a name is known
// if the message has the URL.
func hostIn(message string) string {
	if m := dialed.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	m := lookedUp.FindStringSubmatch(message)
	if m == nil {
		return ""
	}
	name := m[1]
	url := regexp.MustCompile(`(https?)://` + regexp.QuoteMeta(name) + `(?::(\d+))?`).FindStringSubmatch(message)
	switch {
	case url == nil:
		return name + ":PORT"
	case url[2] != "":
		return name + ":" + url[2]
	case url[1] == "http":
		return name + ":80"
	}
	return name + ":443"
}
