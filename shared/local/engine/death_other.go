//go:build !linux

package engine

import "syscall"

// childAttributes put the child into a process group of its own, so that Ctrl-C
// reaches it through Stop alone.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
