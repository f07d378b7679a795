package provision

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/local/stack"
)

func TestGeneratedSecrets(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for range 200 {
		value, err := generate(8, "\"@/\\ abcdefghijklmnopqrstuvwxy")
		if err != nil {
			t.Fatal(err)
		}
		if len(value) != 8 || strings.ContainsAny(value, "\"@/\\ abcdefghijklmnopqrstuvwxy") {
			t.Errorf("value %q", value)
		}
		// The one small letter that is left, a capital, a digit and a sign.
		if !strings.Contains(value, "z") || !strings.ContainsAny(value, kinds[1]) || !strings.ContainsAny(value, kinds[2]) || !strings.ContainsAny(value, kinds[3]) {
			t.Errorf("value %q misses a kind", value)
		}
		seen[value] = true
	}
	if len(seen) < 199 {
		t.Errorf("%d different values of 200", len(seen))
	}
	if _, err := generate(3, ""); err == nil {
		t.Error("three characters hold one of each of five kinds")
	}
}

func TestVaultKeepsTheLastTwoValues(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pepper := stack.Secret{LogicalID: "PepperSecret", Length: 64, Exclude: " "}
	fixed := stack.Secret{LogicalID: "Fixed", Value: "known"}
	open := func() *Vault {
		t.Helper()
		v, err := OpenVault(dir)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	values := func(v *Vault, s stack.Secret) []string {
		t.Helper()
		got, err := v.values(s)
		if err != nil {
			t.Fatal(err)
		}
		return got
	}
	first := values(open(), pepper)
	v := open()
	if again := values(v, pepper); len(again) != 1 || again[0] != first[0] {
		t.Error("a restart made another value")
	}
	if got := values(v, fixed); got[0] != "known" {
		t.Errorf("SecretString %q", got)
	}
	for _, id := range []string{"PepperSecret", stack.ARN("AWS::SecretsManager::Secret", "PepperSecret"), "of nobody"} {
		if err := v.Change(id, "new"); err != nil {
			t.Fatal(err)
		}
	}
	if err := v.Change("PepperSecret", "newer"); err != nil {
		t.Fatal(err)
	}
	got := values(open(), pepper)
	if len(got) != 2 || got[0] != "new" || got[1] != "newer" {
		t.Errorf("kept %q", got)
	}
	info, err := os.Stat(filepath.Join(dir, "secrets.json"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v: others may read the secrets", info, err)
	}
	if err := os.WriteFile(filepath.Join(dir, "secrets.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := OpenVault(dir); err == nil || !strings.Contains(err.Error(), "secrets.json") {
		t.Errorf("a broken file: %v", err)
	}
}
