package hosts

import "syscall"

// DieWithParent lets the kernel end a child whose parent died without ending it.
func DieWithParent() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
}
