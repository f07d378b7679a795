//go:build !linux

package hosts

import "syscall"

// DieWithParent keeps Ctrl-C for the parent, which ends its children itself.
func DieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}
