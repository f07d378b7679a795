package hosts

import (
	"context"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

// SAM is a command of SAM CLI, which is installed below tools.
func SAM(ctx context.Context, tools string, settings []string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, filepath.Join(tools, "samcli/bin/sam"), args...)
	cmd.Env = append(os.Environ(), "SAM_CLI_TELEMETRY=0", "LAMBDA_ARCH="+Architecture(),
		"AWS_ACCESS_KEY_ID=local", "AWS_SECRET_ACCESS_KEY=local", "AWS_DEFAULT_REGION=us-east-1", "AWS_REGION=us-east-1")
	cmd.Env = append(cmd.Env, settings...)
	return cmd
}

// Architecture is this machine's in Lambda's words.
func Architecture() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "x86_64"
}

// FreePort finds a port of loopback that nobody listens on.
func FreePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// LastLines is the end of what a command said, in one line.
func LastLines(out []byte, count int) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return strings.Join(lines[max(0, len(lines)-count):], " | ")
}
