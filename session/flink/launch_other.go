//go:build !unix

package flink

import "syscall"

func attributes() *syscall.SysProcAttr { return nil }
