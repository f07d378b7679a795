// Package archtest holds the rules of the house as tests: what may import
// what, where now and chance come from, how large a file may be. Each rule
// gives its reason with the violation, so that who breaks one learns why it
// is there.
package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

const module = "jewelrydisplay.app/"

// A File is one Go file of the repository.
type File struct {
	Path   string // from the root, with slashes: "shared/login/login.go"
	Source []byte
	Syntax *ast.File
	set    *token.FileSet
}

// Parse reads src as the Go file at path.
func Parse(path string, src []byte) (File, error) {
	set := token.NewFileSet()
	syntax, err := parser.ParseFile(set, path, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return File{}, err
	}
	return File{Path: path, Source: src, Syntax: syntax, set: set}, nil
}

// Files parses every Go file under root's functions and shared folders.
func Files(root string) ([]File, error) {
	var files []File
	for _, top := range []string{"functions", "shared"} {
		err := filepath.WalkDir(filepath.Join(root, top), func(name string, entry fs.DirEntry, err error) error {
			if os.IsNotExist(err) {
				return nil
			}
			if err != nil {
				return err
			}
			if entry.IsDir() && entry.Name() == "testdata" {
				return fs.SkipDir
			}
			if entry.IsDir() || !strings.HasSuffix(name, ".go") {
				return nil
			}
			src, err := os.ReadFile(name)
			if err != nil {
				return err
			}
			rel, err := filepath.Rel(root, name)
			if err != nil {
				return err
			}
			file, err := Parse(filepath.ToSlash(rel), src)
			if err != nil {
				return err
			}
			files = append(files, file)
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// Root finds the repository's root from the working directory upwards.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if parent := filepath.Dir(dir); parent != dir {
			dir = parent
			continue
		}
		return "", fmt.Errorf("no go.mod above the working directory")
	}
}

// A Violation is one place that breaks a rule.
type Violation struct {
	Where  string // "shared/login/login.go:12"
	What   string
	Reason string // why the rule is there
}

// String is the violation as a line of test output.
func (v Violation) String() string {
	return v.Where + ": " + v.What + "\n\twhy: " + v.Reason
}

func (f File) at(node ast.Node, reason, format string, args ...any) Violation {
	return Violation{
		Where:  f.Path + ":" + strconv.Itoa(f.set.Position(node.Pos()).Line),
		What:   fmt.Sprintf(format, args...),
		Reason: reason,
	}
}

func (f File) dir() string  { return path.Dir(f.Path) }
func (f File) test() bool   { return strings.HasSuffix(f.Path, "_test.go") }
func (f File) isMain() bool { return strings.HasPrefix(f.Path, "functions/") }

// in reports whether the file lies in one of the folders or below it.
func (f File) in(folders ...string) bool {
	return within(f.dir(), folders...)
}

func within(dir string, folders ...string) bool {
	for _, folder := range folders {
		if dir == folder || strings.HasPrefix(dir, folder+"/") {
			return true
		}
	}
	return false
}

// imports gives the path of each import by the name it has in the file.
func (f File) imports() map[string]string {
	names := map[string]string{}
	for _, spec := range f.Syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		name := path.Base(target)
		if strings.HasPrefix(name, "v") && strings.Trim(name[1:], "0123456789") == "" {
			name = path.Base(path.Dir(target))
		}
		if spec.Name != nil {
			name = spec.Name.Name
		}
		names[name] = target
	}
	return names
}

func (f File) lines() int { return strings.Count(string(f.Source), "\n") }

// length is how many lines a node takes.
func (f File) length(node ast.Node) int {
	return f.set.Position(node.End()).Line - f.set.Position(node.Pos()).Line + 1
}
