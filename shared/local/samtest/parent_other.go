//go:build !linux

package main

import "syscall"

// dieWithParent keeps Ctrl-C for the parent, which ends its children itself.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
