//go:build linux

// Package roots gives the functions of a confined guest the certificates of the authorities that this machine trusts,
// whose files they cannot open. It is linked into programs whose code imports crypto/x509, as TLS does.
package roots

import (
	"crypto/x509"
	"io"
	"os"
	"syscall"

	"riffle/udfhost/guest/abi"
	_ "riffle/udfhost/guest/runtime" // which confines the process before this package is initialized
)

// init reads the certificates that the host has opened. Without any, functions can verify no server.
func init() {
	if _, allowed := syscall.Getenv(abi.NetworkVariable); !allowed {
		return
	}
	file := os.NewFile(abi.RootsFD, "certificates")
	defer file.Close()
	pem, err := io.ReadAll(file)
	if err != nil {
		return // this machine has none
	}
	pool := x509.NewCertPool()
	if pool.AppendCertsFromPEM(pem) {
		x509.SetFallbackRoots(pool)
	}
}
