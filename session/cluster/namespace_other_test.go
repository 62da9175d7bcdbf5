//go:build !linux

package cluster_test

import (
	"errors"
	"testing"
)

// socketVariable is described in namespace_linux_test.go.
const socketVariable = "RIFFLE_TEST_REST_SOCKET"

func onlyREST(t *testing.T) { t.Log("network namespaces are Linux's") }

func forwardFromLoopback(string) (string, error) {
	return "", errors.New("network namespaces are Linux's")
}
