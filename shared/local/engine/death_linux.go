package engine

import "syscall"

// childAttributes put the child into a process group of its own, so that Ctrl-C
// reaches it through Stop alone, and let the kernel kill it with its parent.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
