//go:build !linux

package lambda

import "syscall"

// childAttributes put the process into a group of its own. Without its parent
// its poll of the Runtime API fails, and it ends by itself.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true}
}

// peak is not known here.
func (i *instance) peak() int { return 0 }
