// Command environment is what SAM's containers start, and starts the runtime
// emulator: it gives the function what Lambda's own environment would and SAM's
// does not, AWS credentials that are the function's alone, here its name; and the
// local cloud's clock, which is read when the container starts.
package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// clock is the file of the image that holds the address of the clock.
const clock = "/var/rapid/clock"

// emulator is where the image keeps Lambda's runtime emulator.
const emulator = "/var/rapid/emulator"

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	offset, err := offsetSeconds()
	if err != nil {
		return err
	}
	if err := os.Setenv("AWS_ACCESS_KEY_ID", os.Getenv("AWS_LAMBDA_FUNCTION_NAME")); err != nil {
		return err
	}
	if offset != "0" {
		if err := os.Setenv("CLOCK_OFFSET", offset); err != nil {
			return err
		}
	}
	return syscall.Exec(emulator, append([]string{emulator}, os.Args[1:]...), os.Environ())
}

// offsetSeconds asks for the clock.
func offsetSeconds() (string, error) {
	address, err := os.ReadFile(clock)
	if err != nil {
		return "", err
	}
	client := http.Client{Timeout: 5 * time.Second}
	answer, err := client.Get(strings.TrimSpace(string(address)))
	if err != nil {
		return "", err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	return strings.TrimSpace(string(text)), err
}
