package flink

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os/user"
	"strconv"
	"strings"
	"time"

	"riffle/session/gateway"
)

// leaveTimeout bounds how long the end of a session waits until the cluster has accepted the
// cancellation of its queries. Without it the cluster cancels them within two minutes.
const leaveTimeout = 5 * time.Second

// ClusterAddress returns the address of a cluster's REST endpoint as this package takes it:
// http://host:port. The scheme and the port can be left out of text.
func ClusterAddress(text string) (string, error) {
	const form = "write http://HOST:PORT, the address of its REST endpoint (rest.port, usually 8081)"
	port := "80"
	if !strings.Contains(text, "://") {
		text, port = "http://"+text, "8081"
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "":
		return "", fmt.Errorf("%q is not the address of a cluster: %s", text, form)
	case u.Scheme == "https":
		return "", fmt.Errorf("%s: TLS is not supported yet: %s", text, form)
	case u.Scheme != "http" || u.User != nil || strings.Trim(u.Path, "/") != "" || u.RawQuery != "" || u.Fragment != "":
		return "", fmt.Errorf("%s is not the address of a cluster: %s", text, form)
	}
	if u.Port() == "" {
		u.Host += ":" + port
	}
	if _, err := strconv.ParseUint(u.Port(), 10, 16); err != nil {
		return "", fmt.Errorf("%s is not the address of a cluster: a port is at most 65535", text)
	}
	return "http://" + u.Host, nil
}

// resolve checks that the host of a cluster's address is known here. Flink's client does not start otherwise, and its
// JVM ends.
func resolve(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil {
		return err
	}
	if _, err := net.DefaultResolver.LookupHost(ctx, u.Hostname()); err != nil && ctx.Err() == nil {
		return &gateway.Fault{Trace: err.Error(), Diagnosis: gateway.Diagnosis{
			Message: fmt.Sprintf("the host %s of the cluster is unknown here", u.Hostname()),
			Hint:    "check the address, and the name service of this machine",
		}}
	}
	return ctx.Err()
}

// RowsAddress checks an address at which riffle receives rows: a host of this machine, as TaskManagers reach it, and a
// port, which can be 0.
func RowsAddress(text string) (string, error) {
	host, port, err := net.SplitHostPort(text)
	number, notNumber := strconv.ParseUint(port, 10, 16)
	if ip := net.ParseIP(host); err != nil || notNumber != nil || host == "" || ip.IsUnspecified() {
		return "", fmt.Errorf("%q is not an address for rows: write HOST:PORT, with a host name or an address of this machine that the TaskManagers can reach", text)
	}
	return net.JoinHostPort(host, strconv.FormatUint(number, 10)), nil
}

// userName returns the name under which jobs appear on a cluster that others use too.
func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "unknown user"
}

// leave cancels the queries of a session on a cluster that goes on.
func (g *Gateway) leave() {
	ctx, cancel := context.WithTimeoutCause(g.ctx, leaveTimeout, errors.New("no answer"))
	defer cancel()
	if err := g.control(ctx, nil, "leave"); err != nil && !g.process.hasExited() {
		g.log.Warn("queries may go on for two minutes", "error", err)
	}
}
