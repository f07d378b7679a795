package main

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"jewelrydisplay.app/shared/local/hosts"
)

// image is the base image that functions run in. SAM looks for the tag that
// begins with "rapid-" and builds nothing when it is there.
const image = "jewelrydisplay/provided"

// engineStart is how long dockerd may take to answer.
const engineStart = 30 * time.Second

// docker is a Docker engine, ours or one that ran already.
type docker struct {
	host string // DOCKER_HOST; empty for the engine that ran already
	own  *exec.Cmd
}

// startDocker finds a running engine or starts one whose data lies in work.
func startDocker(ctx context.Context, work string) (*docker, error) {
	if _, err := exec.LookPath("docker"); err != nil {
		return nil, errors.New("docker is not installed")
	}
	d := &docker{}
	if _, err := d.command(ctx, "info"); err == nil {
		return d, nil
	}
	if os.Geteuid() != 0 {
		return nil, errors.New("no Docker engine runs, and only root may start one")
	}
	for _, program := range []string{"dockerd", "iptables"} {
		if _, err := exec.LookPath(program); err != nil {
			return nil, fmt.Errorf("no Docker engine runs, and %s is not installed", program)
		}
	}
	socket := filepath.Join(work, "docker.sock")
	var log bytes.Buffer
	d.host = "unix://" + socket
	d.own = exec.Command("dockerd", "--host", d.host, "--data-root", filepath.Join(work, "data"),
		"--exec-root", filepath.Join(work, "exec"), "--pidfile", filepath.Join(work, "docker.pid"))
	d.own.Stdout, d.own.Stderr = &log, &log
	d.own.SysProcAttr = hosts.DieWithParent()
	if err := d.own.Start(); err != nil {
		return nil, err
	}
	deadline := time.Now().Add(engineStart)
	for time.Now().Before(deadline) && ctx.Err() == nil {
		if _, err := d.command(ctx, "info"); err == nil {
			return d, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	d.stop()
	return nil, fmt.Errorf("dockerd did not start: %s", hosts.LastLines(log.Bytes(), 3))
}

// command runs the docker client and returns what it printed.
func (d *docker) command(ctx context.Context, args ...string) (string, error) {
	return d.feed(ctx, nil, args...)
}

func (d *docker) feed(ctx context.Context, in io.Reader, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "docker", args...)
	cmd.Env = append(os.Environ(), d.environment()...)
	cmd.Stdin = in
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, hosts.LastLines(out, 3))
	}
	return strings.TrimSpace(string(out)), nil
}

func (d *docker) environment() []string {
	if d.host == "" {
		return nil
	}
	return []string{"DOCKER_HOST=" + d.host}
}

// stop ends the engine if it is ours, with its containers.
func (d *docker) stop() {
	if d.own == nil {
		return
	}
	_ = d.own.Process.Signal(os.Interrupt)
	_ = d.own.Wait()
}

// importBase makes the base image: Lambda's runtime emulator, which comes with
// SAM CLI, certificates, the folders that a function expects, and the program
// that starts it with the clock of that address. The functions are static
// binaries and need no more.
func (d *docker) importBase(ctx context.Context, tools, work, clock string) error {
	found, err := filepath.Glob(filepath.Join(tools, "samcli/lib/python3*/site-packages/samcli/local/rapid/aws-lambda-rie-"+hosts.Architecture()))
	if err != nil || len(found) == 0 {
		return errors.New("SAM CLI's runtime emulator is not installed: run `make sam-test`")
	}
	emulator, err := os.ReadFile(found[0])
	if err != nil {
		return err
	}
	environment, err := static(ctx, filepath.Join(work, "environment"), "./shared/local/samtest/environment")
	if err != nil {
		return err
	}
	var layer bytes.Buffer
	w := tar.NewWriter(&layer)
	add := func(name string, mode int64, content []byte) {
		header := &tar.Header{Name: name, Mode: mode, Size: int64(len(content))}
		if strings.HasSuffix(name, "/") {
			header.Typeflag = tar.TypeDir
		}
		err = errors.Join(err, w.WriteHeader(header))
		if content != nil {
			_, failed := w.Write(content)
			err = errors.Join(err, failed)
		}
	}
	add("tmp/", 0o1777, nil)
	add("var/task/", 0o755, nil)
	add("var/rapid/", 0o755, nil)
	add("var/rapid/aws-lambda-rie", 0o755, environment)
	add("var/rapid/emulator", 0o755, emulator)
	add("var/rapid/clock", 0o644, []byte(clock))
	if certificates, missing := os.ReadFile("/etc/ssl/certs/ca-certificates.crt"); missing == nil {
		add("etc/ssl/certs/ca-certificates.crt", 0o644, certificates)
	}
	if err := errors.Join(err, w.Close()); err != nil {
		return err
	}
	_, err = d.feed(ctx, &layer, "import", "-", image+":rapid-"+hosts.Architecture())
	return err
}

// static builds a program for the containers and returns it.
func static(ctx context.Context, program, source string) ([]byte, error) {
	build := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", program, source)
	build.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux")
	if out, err := build.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("building %s: %s", source, hosts.LastLines(out, 5))
	}
	return os.ReadFile(program)
}

// listen opens a port at the address that the host has on Docker's bridge, by
// which containers reach it: what listens on loopback alone they do not see.
func (d *docker) listen(ctx context.Context) (net.Listener, error) {
	bridge, err := d.command(ctx, "network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}")
	if err != nil {
		return nil, err
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", net.JoinHostPort(bridge, "0"))
	if err != nil {
		return nil, fmt.Errorf("the bridge's address %s is not this machine's: %w", bridge, err)
	}
	context.AfterFunc(ctx, func() { listener.Close() })
	return listener, nil
}

// forward passes connections on to where target says, a host and a port.
func forward(ctx context.Context, listener net.Listener, target func() string) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go pipe(ctx, conn, target())
	}
}

// forget removes every container that SAM keeps warm.
func (d *docker) forget(ctx context.Context) error {
	found, err := d.command(ctx, "ps", "--all", "--quiet", "--filter", "ancestor="+image+":rapid-"+hosts.Architecture())
	if err != nil || found == "" {
		return err
	}
	_, err = d.command(ctx, append([]string{"rm", "--force"}, strings.Fields(found)...)...)
	return err
}

func pipe(ctx context.Context, from net.Conn, target string) {
	defer from.Close()
	to, err := (&net.Dialer{}).DialContext(ctx, "tcp", target)
	if err != nil {
		return
	}
	defer to.Close()
	go func() {
		_, _ = io.Copy(to, from)
		to.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(from, to)
}
