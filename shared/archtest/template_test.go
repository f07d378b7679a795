package archtest_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/contract"
	"jewelrydisplay.app/shared/local/engine"
)

func toolsOf(root string) engine.Tools { return engine.Find(filepath.Join(root, ".tools")) }

// Each function of the template is a folder, and each folder a function.
func TestFoldersAreFunctions(t *testing.T) {
	root, _ := repository(t)
	declared := map[string]bool{}
	for _, function := range templateOf(t, root).Functions {
		declared[function.Folder] = true
		if _, err := os.Stat(filepath.Join(root, "functions", function.Folder, "main.go")); err != nil {
			t.Errorf("%s has no functions/%s/main.go", function.LogicalID, function.Folder)
		}
	}
	folders, err := os.ReadDir(filepath.Join(root, "functions"))
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		if !declared[folder.Name()] {
			t.Errorf("functions/%s is no function of template.yaml", folder.Name())
		}
	}
}

// The clock is turned by the local cloud alone; a template that could set
// CLOCK_OFFSET could shorten every promise.
func TestTheTemplateCannotTurnTheClock(t *testing.T) {
	root, _ := repository(t)
	for _, name := range []string{"template.yaml", "samconfig.toml"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(content), "CLOCK_OFFSET") {
			t.Errorf("%s names CLOCK_OFFSET", name)
		}
	}
}

// Under sam local every other intrinsic comes out wrong.
func TestEnvironmentUsesRefAlone(t *testing.T) {
	root, _ := repository(t)
	content, err := os.ReadFile(filepath.Join(root, "template.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	variable := regexp.MustCompile(`^ +[A-Z][A-Z0-9_]+: `)
	ref := regexp.MustCompile(`^ +[A-Z][A-Z0-9_]+: !Ref [A-Za-z]+$`)
	found := 0
	for number, line := range strings.Split(string(content), "\n") {
		if !variable.MatchString(line) {
			continue
		}
		found++
		if !ref.MatchString(line) {
			t.Errorf("template.yaml:%d: %s is not by !Ref", number+1, strings.TrimSpace(line))
		}
	}
	if found < 50 {
		t.Fatalf("found %d variables: the pattern does not fit the template", found)
	}
}

// What the template routes, what the code serves and what the document says
// are one list.
func TestRoutesAreTheCodes(t *testing.T) {
	root, _ := repository(t)
	routed := map[string]bool{}
	for _, route := range templateOf(t, root).Routes {
		routed[route.Key] = true
	}
	delete(routed, "$default")
	api := contract.API(nil, slog.New(slog.DiscardHandler))
	for _, operation := range api.Operations() {
		key := operation.Method + " " + operation.Path
		if !routed[key] {
			t.Errorf("%s is served by the code and not routed by template.yaml", key)
		}
		delete(routed, key)
		if item := api.Document().Paths[operation.Path]; item == nil {
			t.Errorf("%s is not in the document", key)
		}
	}
	for key := range routed {
		t.Errorf("%s is routed by template.yaml and not served by the code", key)
	}
}
