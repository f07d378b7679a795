package journey

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jewelrydisplay.app/shared/local/built"
)

// startup bounds how long the local cloud may take until it is ready, the
// import of the sample catalogue included.
const startup = 3 * time.Minute

func TestJourneys(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	built.Functions(t, root)
	program := built.Program(t, root, "shared/local")
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Values[stateKey{}] = &state{root: root, program: program, people: map[string]*someone{}}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"cloud":  command((*state).start),
			"person": command((*state).person),
			"as":     command((*state).as),
			"call":   command((*state).call),
			"login":  command((*state).login),
			"code":   command((*state).code),
			"keep":   command((*state).keep),
			"want":   command((*state).want),
			"absent": command((*state).absent),
			"count":  command((*state).count),
			"invoke": command((*state).invoke),
			"put":    command((*state).put),
			"turn":   command((*state).turn),
			"pushed": command((*state).pushed),
			"rows":   command((*state).rows),
			"same":   command((*state).same),
			"forgot": command((*state).forgot),
			"leak":   command((*state).leak),
			// template.yaml grants every call that a function made.
			"granted": command((*state).granted),
			"names":   command((*state).names),
			"pages":   command((*state).pages),
			"records": command((*state).records),
			"stored":  command((*state).stored),
		},
	})
}

type stateKey struct{}

// state is what a script has built up so far.
type state struct {
	root, program     string
	api, aws, control string
	dataDir           string
	people            map[string]*someone
	who               *someone // nil: nobody is logged in
	answer            any      // the body of the last call or invocation
	snapshots         map[string]map[string]string
}

// someone is a person with a phone in their hand.
type someone struct {
	name, phone, device, pushToken string
	access, refresh, id            string
	known                          []string // every identifier this person ever had
}

// command fits a method to testscript: an error fails the script, or is what
// it expects when the command is negated.
func command(run func(*state, *testscript.TestScript, []string) error) func(*testscript.TestScript, bool, []string) {
	return func(ts *testscript.TestScript, negated bool, args []string) {
		err := run(ts.Value(stateKey{}).(*state), ts, args)
		switch {
		case err != nil && !negated:
			ts.Fatalf("%v", err)
		case err == nil && negated:
			ts.Fatalf("unexpected success")
		}
	}
}

// start runs the local cloud on free ports with data of its own and waits for
// the ready line.
func (s *state) start(ts *testscript.TestScript, _ []string) error {
	s.dataDir = ts.MkAbs("data")
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, s.program)
	cmd.Dir = s.root
	cmd.Env = append(os.Environ(), "API_PORT=0", "AWS_PORT=0", "CONTROL_PORT=0", "DATA_DIR="+s.dataDir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	progress, err := os.Create(ts.MkAbs("progress.log"))
	if err != nil {
		cancel()
		return err
	}
	cmd.Stderr = progress
	out, err := cmd.StdoutPipe()
	if err != nil {
		cancel()
		return err
	}
	if err := cmd.Start(); err != nil {
		cancel()
		return err
	}
	ts.Defer(func() {
		cancel()
		_ = cmd.Wait() // it was told to stop
		progress.Close()
	})
	timer := time.AfterFunc(startup, cancel)
	defer timer.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		text, _ := os.ReadFile(progress.Name())
		return fmt.Errorf("the local cloud did not become ready: %w\n%s", err, text)
	}
	for _, part := range strings.Fields(line) {
		name, address, _ := strings.Cut(part, "=")
		switch name {
		case "api":
			s.api = address
		case "aws":
			s.aws = address
		case "control":
			s.control = address
		}
	}
	if s.api == "" || s.aws == "" || s.control == "" {
		return fmt.Errorf("not a ready line: %q", line)
	}
	ts.Setenv("API", s.api)
	ts.Setenv("AWS", s.aws)
	ts.Setenv("CONTROL", s.control)
	return nil
}
