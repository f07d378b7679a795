package archtest_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/archtest"
)

func repository(t *testing.T) (root string, files []archtest.File) {
	t.Helper()
	root, err := archtest.Root()
	if err != nil {
		t.Fatal(err)
	}
	files, err = archtest.Files(root)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) < 10 {
		t.Fatalf("found %d Go files: not the repository", len(files))
	}
	return root, files
}

func report(t *testing.T, violations []archtest.Violation) {
	t.Helper()
	for _, violation := range violations {
		t.Error(violation)
	}
}

func TestLayers(t *testing.T) {
	_, files := repository(t)
	for _, file := range files {
		report(t, archtest.Imports(file))
	}
}

func TestCode(t *testing.T) {
	_, files := repository(t)
	for _, file := range files {
		report(t, archtest.Code(file))
	}
}

func TestPackagesAreDocumented(t *testing.T) {
	_, files := repository(t)
	report(t, archtest.Documented(files))
}

// What is written to last must not call itself temporary.
func TestNothingIsLeftForLater(t *testing.T) {
	_, files := repository(t)
	later := regexp.MustCompile(`(?i)\b(to` + `do|fix` + `me|simpli` + `fied)\b|//.*\bfor n` + `ow\b`)
	for _, file := range files {
		for number, line := range strings.Split(string(file.Source), "\n") {
			if later.MatchString(line) {
				t.Errorf("%s:%d: %s", file.Path, number+1, strings.TrimSpace(line))
			}
		}
	}
}

// Hosts of registries and paths of one machine have no place in the repository.
func TestNothingNamesAMachine(t *testing.T) {
	root, files := repository(t)
	foreign := regexp.MustCompile(`registry\.npm` + `js|py` + `pi\.org|pythonho` + `sted|proxy\.go` + `lang|goproxy\.|docker\.i` + `o/|public\.ec` + `r|"/wo` + `rk/|"/ro` + `ot/`)
	sources := map[string][]byte{}
	for _, file := range files {
		sources[file.Path] = file.Source
	}
	for _, name := range []string{"Makefile", "template.yaml", "samconfig.toml", "README.md", ".ci/run", ".gitignore"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		sources[name] = content
	}
	for name, content := range sources {
		if at := foreign.Find(content); at != nil {
			t.Errorf("%s names %s", name, at)
		}
	}
}
