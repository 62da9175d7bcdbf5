//go:build !linux

package clustertest

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }
