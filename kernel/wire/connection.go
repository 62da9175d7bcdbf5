package wire

import (
	"encoding/json"
	"fmt"
	"net"
	"os"
	"strconv"
)

// Connection is the content of the connection file, with which a client says how to connect to the kernel.
type Connection struct {
	Transport       string `json:"transport"`
	IP              string `json:"ip"`
	Shell           int    `json:"shell_port"`
	IOPub           int    `json:"iopub_port"`
	Stdin           int    `json:"stdin_port"`
	Control         int    `json:"control_port"`
	Heartbeat       int    `json:"hb_port"`
	SignatureScheme string `json:"signature_scheme"`
	Key             string `json:"key"`
}

// ReadConnection reads a connection file.
func ReadConnection(path string) (Connection, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return Connection{}, err
	}
	var c Connection
	if err := json.Unmarshal(text, &c); err != nil {
		return Connection{}, fmt.Errorf("read the connection file %s: %w", path, err)
	}
	if err := c.check(); err != nil {
		return Connection{}, fmt.Errorf("connection file %s: %w", path, err)
	}
	return c, nil
}

func (c Connection) check() error {
	const scheme = "hmac-sha256"
	switch {
	case c.Transport != "tcp" && c.Transport != "ipc":
		return fmt.Errorf("the transport is tcp or ipc, not %q", c.Transport)
	case c.Key == "":
		return fmt.Errorf("there is no key: anybody on this machine could run statements")
	case c.SignatureScheme != scheme:
		return fmt.Errorf("the signature scheme is %s, not %q", scheme, c.SignatureScheme)
	}
	for _, port := range []int{c.Shell, c.IOPub, c.Stdin, c.Control, c.Heartbeat} {
		if port <= 0 || port > 65535 {
			return fmt.Errorf("%d is no port", port)
		}
	}
	return nil
}

// Address returns the address of one of the ports, for package net.
func (c Connection) Address(port int) (network, address string) {
	if c.Transport == "ipc" {
		return "unix", fmt.Sprintf("%s-%d", c.IP, port)
	}
	return "tcp", net.JoinHostPort(c.IP, strconv.Itoa(port))
}
