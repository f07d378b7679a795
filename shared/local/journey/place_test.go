package journey

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"jewelrydisplay.app/shared/local/built"
	"jewelrydisplay.app/shared/local/hosts"
)

// startup bounds how long the local cloud may take until it is ready, the
// import of the sample catalogue included.
const startup = 3 * time.Minute

// place is where the journeys happen: the local cloud, or the host whose address
// the environment names.
type place struct {
	host          string // address; empty for the local cloud
	cannot        map[string]string
	root, program string
	seeded        string // what a local cloud keeps after its first start
}

// here finds the host, or builds the local cloud and lets it import the sample
// catalogue, so that no script does it again.
func here(t *testing.T, root string) (place, error) {
	if host := os.Getenv(hosts.Variable); host != "" {
		p := place{host: host}
		return p, p.ask(http.MethodGet, "/cannot", &p.cannot)
	}
	built.Functions(t, root)
	p := place{root: root, program: built.Program(t, root, "shared/local"), seeded: filepath.Join(t.TempDir(), "data")}
	first, err := launch(p.program, root, p.seeded, filepath.Join(t.TempDir(), "progress.log"))
	if err != nil {
		return p, err
	}
	first.stop()
	return p, nil
}

// scripts are the files that the host can do something of.
func (p place) scripts(t *testing.T) []string {
	all, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(all) == 0 {
		t.Fatalf("no scripts: %v", err)
	}
	var can []string
	for _, file := range all {
		if why := p.refuses(filepath.Base(file), nil); why != "" {
			t.Logf("%s is not for this host: %s", filepath.Base(file), why)
			continue
		}
		can = append(can, file)
	}
	return can
}

// refuses says why the host cannot do a script or a command, or nothing.
func (p place) refuses(name string, args []string) string {
	line := strings.Join(append([]string{name}, args...), " ") + " "
	for what, why := range p.cannot {
		if strings.HasPrefix(line, what+" ") {
			return why
		}
	}
	return ""
}

// fresh gives a script a cloud of its own.
func (p place) fresh(ts *testscript.TestScript) (hosts.Cloud, error) {
	var at hosts.Cloud
	if p.host != "" {
		return at, p.ask(http.MethodPost, "/cloud", &at)
	}
	at.Data = ts.MkAbs("data")
	if err := os.CopyFS(at.Data, os.DirFS(p.seeded)); err != nil {
		return at, err
	}
	cloud, err := launch(p.program, p.root, at.Data, ts.MkAbs("progress.log"))
	if err != nil {
		return at, err
	}
	ts.Defer(cloud.stop)
	at.API, at.AWS, at.Control = cloud.at["api"], cloud.at["aws"], cloud.at["control"]
	return at, nil
}

// ask calls the host.
func (p place) ask(method, path string, into any) error {
	r, err := http.NewRequest(method, p.host+path, nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		return err
	}
	if answer.StatusCode != http.StatusOK {
		return errors.New(string(text))
	}
	return json.Unmarshal(text, into)
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

// encoded writes what is no ASCII as clients do: a host need not take it bare.
func encoded(query string) string {
	var out strings.Builder
	for _, b := range []byte(query) {
		if b < 0x80 {
			out.WriteByte(b)
		} else {
			fmt.Fprintf(&out, "%%%02X", b)
		}
	}
	return out.String()
}
