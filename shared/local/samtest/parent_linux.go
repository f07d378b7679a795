package main

import "syscall"

// dieWithParent lets the kernel end a child whose parent died without ending it.
func dieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
