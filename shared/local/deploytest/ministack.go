package main

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"
	"time"

	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/hosts"
)

// ministackStart is how long MiniStack may take until it answers.
const ministackStart = time.Minute

// ministack is the running emulator.
type ministack struct {
	url  string
	port int
	cmd  *exec.Cmd
}

// startMinistack starts it on a free port of loopback, its files below work.
func startMinistack(ctx context.Context, tools, work string) (*ministack, error) {
	port, err := hosts.FreePort()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(filepath.Join(work, "ministack.log"))
	if err != nil {
		return nil, err
	}
	defer log.Close() // the child has its own
	m := &ministack{port: port, url: "http://127.0.0.1:" + strconv.Itoa(port)}
	m.cmd = exec.Command(filepath.Join(tools, "ministack/bin/ministack"))
	m.cmd.Dir = work
	m.cmd.Env = append(os.Environ(), "BIND_HOST=127.0.0.1", "GATEWAY_PORT="+strconv.Itoa(port), "TMPDIR="+work, "IOT_MTLS_PORT=0",
		"MINISTACK_ACCOUNT_ID="+engine.Account, "MINISTACK_REGION="+engine.Region, "MINISTACK_HOST=localhost")
	m.cmd.Stdout, m.cmd.Stderr = log, log
	m.cmd.SysProcAttr = hosts.DieWithParent()
	if err := m.cmd.Start(); err != nil {
		return nil, fmt.Errorf("%w: run `make deploy-test`", err)
	}
	deadline := time.Now().Add(ministackStart)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		if answer, err := http.Get(m.url + "/_ministack/health"); err == nil {
			answer.Body.Close()
			return m, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	m.stop()
	said, _ := os.ReadFile(log.Name()) // without it, the error says less
	return nil, fmt.Errorf("MiniStack did not start: %s", hosts.LastLines(said, 5))
}

// stop ends it with the processes of the functions.
func (m *ministack) stop() {
	_ = m.cmd.Process.Signal(syscall.SIGTERM)
	timer := time.AfterFunc(10*time.Second, func() { _ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGKILL) })
	defer timer.Stop()
	_ = m.cmd.Wait() // it was told to stop
	_ = syscall.Kill(-m.cmd.Process.Pid, syscall.SIGKILL)
}
