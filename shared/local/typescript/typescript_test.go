package typescript

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/local/built"
	"jewelrydisplay.app/shared/local/fresh"
)

func TestAGeneratedClientCompilesAndLogsIn(t *testing.T) {
	root, err := filepath.Abs("../../..")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	tools, at := filepath.Join(root, ".tools/typescript/node_modules"), t.TempDir()
	run := func(env []string, program string, args ...string) string {
		t.Helper()
		cmd := exec.CommandContext(ctx, program, args...)
		cmd.Dir, cmd.Env = at, append(os.Environ(), env...)
		said, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", program, err, said)
		}
		return string(said)
	}
	source, err := os.ReadFile("login.ts")
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		os.Symlink(tools, filepath.Join(at, "node_modules")),
		os.WriteFile(filepath.Join(at, "login.ts"), source, 0o600),
		os.WriteFile(filepath.Join(at, "package.json"), []byte(`{"type": "module"}`), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	run(nil, filepath.Join(tools, ".bin/openapi-typescript"), filepath.Join(root, "shared/contract/openapi.json"), "-o", "api.d.ts")
	run(nil, filepath.Join(tools, ".bin/tsc"), "--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess",
		"--target", "es2022", "--module", "nodenext", "--lib", "es2022,dom,dom.iterable", "login.ts")
	built.Functions(t, root)
	cloud, err := fresh.Start(ctx, root)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cloud.Stop(); err != nil {
			t.Error(err)
		}
	})
	if said := run([]string{"API_URL=" + cloud.API, "CONTROL_URL=" + cloud.Control}, "node", "login.js"); !strings.Contains(said, "logged in, refreshed and out") {
		t.Errorf("the client says %s", said)
	}
}
