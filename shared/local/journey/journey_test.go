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
	seeded := filepath.Join(t.TempDir(), "data")
	first, err := launch(program, root, seeded, filepath.Join(t.TempDir(), "progress.log"))
	if err != nil {
		t.Fatal(err)
	}
	first.stop()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata",
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			env.Values[stateKey{}] = &state{root: root, program: program, seeded: seeded, people: map[string]*someone{}}
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
	seeded            string // what a local cloud keeps after its first start
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

// start runs the local cloud on the data of one that ran before, the sample
// catalogue in it, so that each script does not import it again.
func (s *state) start(ts *testscript.TestScript, _ []string) error {
	s.dataDir = ts.MkAbs("data")
	if err := os.CopyFS(s.dataDir, os.DirFS(s.seeded)); err != nil {
		return err
	}
	cloud, err := launch(s.program, s.root, s.dataDir, ts.MkAbs("progress.log"))
	if err != nil {
		return err
	}
	ts.Defer(cloud.stop)
	s.api, s.aws, s.control = cloud.at["api"], cloud.at["aws"], cloud.at["control"]
	ts.Setenv("API", s.api)
	ts.Setenv("AWS", s.aws)
	ts.Setenv("CONTROL", s.control)
	return nil
}

// cloud is a local cloud that runs.
type cloud struct {
	at   map[string]string // its addresses by name: api, aws, control
	stop func()
}

// launch runs the local cloud on free ports and waits for its ready line.
func launch(program, root, dataDir, progress string) (cloud, error) {
	log, err := os.Create(progress)
	if err != nil {
		return cloud{}, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	cmd := exec.CommandContext(ctx, program)
	cmd.Dir, cmd.Stderr = root, log
	cmd.Env = append(os.Environ(), "API_PORT=0", "AWS_PORT=0", "CONTROL_PORT=0", "DATA_DIR="+dataDir)
	cmd.Cancel = func() error { return cmd.Process.Signal(syscall.SIGTERM) }
	cmd.WaitDelay = 20 * time.Second
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		cancel()
		return cloud{}, err
	}
	c := cloud{at: map[string]string{}, stop: func() {
		cancel()
		_ = cmd.Wait() // it was told to stop
		log.Close()
	}}
	timer := time.AfterFunc(startup, cancel)
	defer timer.Stop()
	line, err := bufio.NewReader(out).ReadString('\n')
	for _, part := range strings.Fields(line) {
		name, address, _ := strings.Cut(part, "=")
		c.at[name] = address
	}
	if err != nil || c.at["api"] == "" || c.at["aws"] == "" || c.at["control"] == "" {
		c.stop()
		text, _ := os.ReadFile(progress)
		return cloud{}, fmt.Errorf("the local cloud did not become ready: %q, %w\n%s", line, err, text)
	}
	return c, nil
}
