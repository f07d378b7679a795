package coldstart

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/built"
	"jewelrydisplay.app/shared/local/engine"
	"jewelrydisplay.app/shared/local/provision"
	"jewelrydisplay.app/shared/local/stack"
)

const root = "../../.."

// functions builds all functions with the template's flags and returns them.
func functions(tb testing.TB) []stack.Function {
	tb.Helper()
	built.Functions(tb, root)
	parameters := provision.Parameters()
	parameters["AwsEndpointUrl"] = "http://127.0.0.1:1"
	st, err := stack.Load(context.Background(), stack.Options{
		Template: filepath.Join(root, "template.yaml"), Parameters: parameters,
		Tools: engine.Find(filepath.Join(root, ".tools")), Cache: tb.TempDir(),
	})
	if err != nil {
		tb.Fatal(err)
	}
	return st.Functions
}

func TestArchivesStaySmall(t *testing.T) {
	weighed := map[string]bool{}
	for _, f := range functions(t) {
		if weighed[f.Folder] {
			continue
		}
		weighed[f.Folder] = true
		limit := 7 << 20
		if f.Folder == "sms-login" { // the phone metadata
			limit = 8 << 20
		}
		binary := filepath.Join(root, ".build", f.Folder, "bootstrap")
		size := archived(t, binary, flate.BestSpeed)
		if size > limit {
			size = archived(t, binary, flate.DefaultCompression)
		}
		t.Logf("%-24s %.1f MB", f.Folder, float64(size)/(1<<20))
		if size > limit {
			t.Errorf("%s: the archive has %d bytes, at most %d are allowed", f.Folder, size, limit)
		}
	}
}

// archived returns the size of a function's archive. What is small enough packed
// in the fastest way need not be packed as it is deployed, which takes longer.
func archived(t *testing.T, binary string, level int) int {
	t.Helper()
	content, err := os.ReadFile(binary)
	if err != nil {
		t.Fatal(err)
	}
	var archive bytes.Buffer
	w := zip.NewWriter(&archive)
	w.RegisterCompressor(zip.Deflate, func(out io.Writer) (io.WriteCloser, error) {
		return flate.NewWriter(out, level)
	})
	entry, err := w.Create("bootstrap")
	if err == nil {
		_, err = entry.Write(content)
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return archive.Len()
}

// runtime is a Runtime API that notes the first poll, and an AWS endpoint that
// answers with secrets at once, so that only the function's own work counts.
func runtime(polled chan<- time.Time) *httptest.Server {
	return httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasSuffix(r.URL.Path, "/invocation/next") {
			polled <- time.Now()
			<-r.Context().Done()
			return
		}
		var in struct{ SecretIdList []string }
		_ = json.NewDecoder(r.Body).Decode(&in) // what asks for no secrets gets none
		var out struct{ SecretValues []map[string]string }
		for _, id := range in.SecretIdList {
			out.SecretValues = append(out.SecretValues, map[string]string{"SecretString": strings.Repeat("s", 64), "Name": id, "VersionId": "v"})
		}
		w.Header().Set("Content-Type", "application/x-amz-json-1.1")
		_ = json.NewEncoder(w).Encode(out)
	}))
}

// startOnce returns the time from process start to the first poll.
func startOnce(tb testing.TB, binary string, environment map[string]string) time.Duration {
	tb.Helper()
	polled := make(chan time.Time, 1)
	server := runtime(polled)
	defer server.CloseClientConnections()
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, binary)
	cmd.Env = []string{
		"AWS_LAMBDA_RUNTIME_API=" + strings.TrimPrefix(server.URL, "http://"), "AWS_REGION=us-east-1",
		"AWS_ACCESS_KEY_ID=k", "AWS_SECRET_ACCESS_KEY=s", "AWS_LAMBDA_FUNCTION_NAME=f", "_HANDLER=f", "GOMAXPROCS=2",
	}
	for name, value := range environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.Env = append(cmd.Env, "AWS_ENDPOINT_URL="+server.URL)
	var log bytes.Buffer
	cmd.Stderr = &log
	began := time.Now()
	if err := cmd.Start(); err != nil {
		tb.Fatal(err)
	}
	defer func() {
		cancel()
		_ = cmd.Wait() // it was killed
	}()
	select {
	case at := <-polled:
		return at.Sub(began)
	case <-ctx.Done():
		tb.Fatalf("%s never polled: %s", binary, log.String())
		return 0
	}
}

func median(d []time.Duration) time.Duration {
	slices.Sort(d)
	return d[len(d)/2]
}

// BenchmarkColdStart prints, for each function, the median time to its first
// poll and its ratio to the baseline's, measured in turn.
func BenchmarkColdStart(b *testing.B) {
	all := functions(b)
	baseline := filepath.Join(b.TempDir(), "baseline")
	build := exec.Command("go", "build", "-tags", "lambda.norpc", "-trimpath", "-ldflags", "-s -w", "-o", baseline, "./testdata/baseline")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		b.Fatalf("build the baseline: %v\n%s", err, out)
	}
	for _, f := range all {
		binary := filepath.Join(root, ".build", f.Folder, "bootstrap")
		b.Run(fmt.Sprint(f.LogicalID), func(b *testing.B) {
			var own, base []time.Duration
			for range max(b.N, 15) {
				base = append(base, startOnce(b, baseline, nil))
				own = append(own, startOnce(b, binary, f.Environment))
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(median(own).Microseconds())/1000, "ms")
			b.ReportMetric(float64(median(own))/float64(median(base)), "x-baseline")
		})
	}
}
