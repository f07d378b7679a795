package main_test

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// programs are the local cloud and a function, built once a run.
var programs = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "local-cloud")
	if err != nil {
		return "", err
	}
	for program, source := range map[string]string{"local-cloud": ".", "bootstrap": "./lambda/testdata/bootstrap"} {
		cmd := exec.Command("go", "build", "-tags", "lambda.norpc", "-o", filepath.Join(dir, program), source)
		if said, err := cmd.CombinedOutput(); err != nil {
			return dir, fmt.Errorf("build %s: %w\n%s", source, err, said)
		}
	}
	return dir, nil
})

func TestMain(m *testing.M) {
	code := m.Run()
	if dir, _ := programs(); dir != "" {
		_ = os.RemoveAll(dir)
	}
	os.Exit(code)
}

// home is a folder with a template, tools and a built function.
func home(tb testing.TB) string {
	tb.Helper()
	dir, err := programs()
	if err != nil {
		tb.Fatal(err)
	}
	tools, err := filepath.Abs("../../.tools")
	if err != nil {
		tb.Fatal(err)
	}
	template, err := os.ReadFile("testdata/template.yaml")
	if err != nil {
		tb.Fatal(err)
	}
	at := tb.TempDir()
	for _, err := range []error{
		os.MkdirAll(filepath.Join(at, ".build", "probe"), 0o755),
		os.Symlink(tools, filepath.Join(at, ".tools")),
		os.Link(filepath.Join(dir, "bootstrap"), filepath.Join(at, ".build", "probe", "bootstrap")),
		os.WriteFile(filepath.Join(at, "template.yaml"), template, 0o644),
	} {
		if err != nil {
			tb.Fatal(err)
		}
	}
	return at
}

// program is a running local cloud.
type program struct {
	tb                testing.TB
	cmd               *exec.Cmd
	log               *bytes.Buffer
	api, aws, control string
}

func command(ctx context.Context, tb testing.TB, home string, env ...string) *exec.Cmd {
	tb.Helper()
	dir, err := programs()
	if err != nil {
		tb.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, filepath.Join(dir, "local-cloud"))
	cmd.Env = append(os.Environ(), "TEMPLATE="+filepath.Join(home, "template.yaml"), "API_PORT=0", "AWS_PORT=0", "CONTROL_PORT=0", "NO_BUILD=1")
	cmd.Env = append(cmd.Env, env...)
	return cmd
}

// run starts a local cloud and waits for its ready line.
func run(tb testing.TB, home string, env ...string) *program {
	tb.Helper()
	p := &program{tb: tb, cmd: command(context.Background(), tb, home, env...), log: &bytes.Buffer{}}
	p.cmd.Stderr = p.log
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		tb.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		_ = p.cmd.Process.Kill() // it has ended where the test ended it
		_ = p.cmd.Wait()
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		_ = p.cmd.Wait()
		tb.Fatalf("no ready line: %v\n%s", err, p.log)
	}
	if _, err := fmt.Sscanf(line, "ready api=%s aws=%s control=%s\n", &p.api, &p.aws, &p.control); err != nil {
		tb.Fatalf("the line is %q", line)
	}
	return p
}

func (p *program) do(method, url, body string, header ...string) string {
	p.tb.Helper()
	req, err := http.NewRequestWithContext(p.tb.Context(), method, url, strings.NewReader(body))
	if err != nil {
		p.tb.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		p.tb.Fatalf("%s %s: %v", method, url, err)
	}
	text, err := io.ReadAll(res.Body)
	if err := errors.Join(err, res.Body.Close()); err != nil {
		p.tb.Fatal(err)
	}
	return fmt.Sprintf("%d %s", res.StatusCode, bytes.TrimSpace(text))
}

func (p *program) expect(want, method, url, body string, header ...string) {
	p.tb.Helper()
	if got := p.do(method, url, body, header...); got != want {
		p.tb.Errorf("%s %s: %s, want %s", method, url, got, want)
	}
}

// children are the process ids below the local cloud.
func (p *program) children() []string {
	p.tb.Helper()
	return below(p.tb, fmt.Sprint(p.cmd.Process.Pid))
}

func below(tb testing.TB, pid string) []string {
	tb.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		tb.Fatal(err)
	}
	var all []string
	for line := range strings.Lines(string(out)) {
		if f := strings.Fields(line); len(f) == 2 && f[1] == pid {
			all = append(all, f[0])
		}
	}
	return all
}

// gone waits until none of the processes is left.
func gone(t *testing.T, pids []string) {
	t.Helper()
	deadline := time.Now().Add(10 * time.Second)
	for _, pid := range pids {
		for exec.Command("ps", "-p", pid).Run() == nil {
			if time.Now().After(deadline) {
				t.Errorf("process %s is left", pid)
				return
			}
		}
	}
}

const probed = `200 {"Do":"","Name":"","Size":0}`

func TestOneCommandServesTheTemplate(t *testing.T) {
	at := home(t)
	p := run(t, at)
	p.expect(probed, "GET", p.api+"/probe/1", "")
	p.expect(`404 {"message":"Not Found"}`, "GET", p.api+"/other", "")
	p.expect(`200 "Privacy"`, "POST", p.aws+"/2015-03-31/functions/Probe/invocations", `{"Do":"env","Name":"TABLE_PRIVACY"}`,
		"Authorization", "AWS4-HMAC-SHA256 Credential=operator/20260309/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0")
	p.expect(`200 {"status":"ok"}`, "GET", p.control+"/health", "")
	p.expect(`200 ""`, "POST", p.control+"/schedules/ProbeTick/run", "")
	p.expect(`200 {"offset_seconds":7200}`, "PUT", p.control+"/clock", `{"offset_seconds":7200}`)
	p.expect(`200 "7200"`, "POST", p.control+"/schedules/ProbeTick/run", "")

	if said, err := command(t.Context(), t, at).CombinedOutput(); err == nil || !strings.Contains(string(said), "another local cloud keeps its data") {
		t.Errorf("a second one on the same data: %v: %s", err, said)
	}

	children := p.children()
	if len(children) < 3 {
		t.Errorf("the engines and a function run as %q", children)
	}
	if err := p.cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Wait(); err != nil {
		t.Errorf("Ctrl-C: %v\n%s", err, p.log)
	}
	for _, pid := range children {
		if exec.Command("ps", "-p", pid).Run() == nil {
			t.Errorf("process %s is left after Ctrl-C", pid)
		}
	}

	again := run(t, at)
	again.expect(`200 {"offset_seconds":7200}`, "GET", again.control+"/clock", "")
	again.expect(`200 "7200"`, "POST", again.control+"/schedules/ProbeTick/run", "")
}

func TestAKillLeavesNoProcess(t *testing.T) {
	p := run(t, home(t))
	p.expect(probed, "GET", p.api+"/probe/1", "")
	children := p.children()
	if err := p.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = p.cmd.Wait() // killed, as asked
	gone(t, children)
}

// make does not tell the program that it starts when it is killed.
func TestAKillOfMakeLeavesNoProcess(t *testing.T) {
	cmd := command(context.Background(), t, home(t), "MAKELEVEL=1")
	cmd.Args = []string{"sh", "-c", `"$0" & wait`, cmd.Path}
	cmd.Path = "/bin/sh"
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p := &program{tb: t, cmd: cmd}
	_, ready := bufio.NewReader(out).ReadString('\n')
	all := p.children()
	for _, pid := range p.children() {
		all = append(all, below(t, pid)...)
	}
	if err := cmd.Process.Kill(); err != nil || ready != nil || len(all) < 3 {
		t.Fatalf("%v, ready %v, %d processes", err, ready, len(all))
	}
	_ = cmd.Wait() // it was killed
	gone(t, all)
}

func TestWhatIsWrongIsOneLine(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = taken.Close() }()
	_, port, err := net.SplitHostPort(taken.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	change := func(old, new string) func(t *testing.T, home string) {
		return func(t *testing.T, home string) {
			path := filepath.Join(home, "template.yaml")
			text, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, bytes.ReplaceAll(text, []byte(old), []byte(new)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, c := range []struct {
		name   string
		change func(t *testing.T, home string)
		env    []string
		want   []string
	}{
		{"a taken port", nil, []string{"CONTROL_PORT=" + port}, []string{"port " + port + " is taken", "CONTROL_PORT"}},
		{"a port that is none", nil, []string{"API_PORT=http"}, []string{"API_PORT=http"}},
		{"no tools", func(t *testing.T, home string) {
			if err := os.Remove(filepath.Join(home, ".tools")); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{"make tools"}},
		{"no template", func(t *testing.T, home string) {
			if err := os.Remove(filepath.Join(home, "template.yaml")); err != nil {
				t.Fatal(err)
			}
		}, nil, []string{"template.yaml"}},
		{"an unknown resource", change("AWS::SQS::Queue", "AWS::Kinesis::Stream"), nil, []string{"Erasures", "AWS::Kinesis::Stream"}},
		{"an unknown schedule", change("rate(1 hour)", "at(2027-01-01T00:00:00)"), nil, []string{"ProbeTick", "at(2027-01-01T00:00:00)"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := home(t)
			if c.change != nil {
				c.change(t, at)
			}
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			cmd := command(ctx, t, at, c.env...)
			var out, log bytes.Buffer
			cmd.Stdout, cmd.Stderr = &out, &log
			var exit *exec.ExitError
			if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 || out.Len() > 0 {
				t.Errorf("%v, stdout %q", err, out.String())
			}
			lines := slices.DeleteFunc(strings.Split(strings.TrimSpace(log.String()), "\n"), func(l string) bool {
				return strings.HasSuffix(l, " …") || strings.Contains(l, ": done in ") // progress of a slow machine
			})
			if len(lines) != 1 {
				t.Errorf("it said %q, want one line", lines)
			}
			for _, want := range c.want {
				if !strings.Contains(lines[len(lines)-1], want) {
					t.Errorf("it said %q, want %q in it", lines, want)
				}
			}
		})
	}
}

func TestItStopsWhileItStarts(t *testing.T) {
	cmd := command(t.Context(), t, home(t))
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	// Before the program listens for signals it just ends; after, it ends well.
	if err := cmd.Wait(); err != nil && !strings.Contains(err.Error(), "terminated") || out.Len() > 0 {
		t.Errorf("%v, stdout %q", err, out.String())
	}
}

// BenchmarkWarmStart is the time from the program's start to its ready line.
func BenchmarkWarmStart(b *testing.B) {
	at := home(b)
	stop := func(p *program) {
		_ = p.cmd.Process.Signal(os.Interrupt)
		if err := p.cmd.Wait(); err != nil {
			b.Fatal(err)
		}
	}
	stop(run(b, at))
	for b.Loop() {
		p := run(b, at)
		b.StopTimer()
		stop(p)
		b.StartTimer()
	}
}

// BenchmarkWarmRequest is an HTTP request through the gateway to a warm function.
func BenchmarkWarmRequest(b *testing.B) {
	p := run(b, home(b))
	p.expect(probed, "GET", p.api+"/probe/1", "")
	var all []time.Duration
	for b.Loop() {
		began := time.Now()
		p.do("GET", p.api+"/probe/1", "")
		all = append(all, time.Since(began))
	}
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-µs")
}
