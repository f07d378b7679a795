package lambda

import (
	"bytes"
	"os"
	"strconv"
	"syscall"
)

// childAttributes put the process into a group of its own, so that Ctrl-C does
// not reach it, and let the kernel kill it with its parent.
func childAttributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}

// peak returns the most memory that the process has held, in MB, or 0 when that is not known.
func (i *instance) peak() int {
	status, err := os.ReadFile("/proc/" + strconv.Itoa(i.pid) + "/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(status) {
		if fields := bytes.Fields(line); len(fields) > 1 && string(fields[0]) == "VmHWM:" {
			kb, err := strconv.Atoi(string(fields[1]))
			if err != nil {
				return 0
			}
			return kb >> 10
		}
	}
	return 0
}
