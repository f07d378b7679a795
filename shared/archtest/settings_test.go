package archtest_test

import (
	"go/ast"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/archtest"
)

// setting is the name of a variable that the template gives a function.
var setting = regexp.MustCompile(`^(BUCKET|IMAGE|QUEUE|SECRET|PLATFORM|SMS|CONTACT|MIN_VERSION)_[A-Z_]+$`)

// A function may read only what the template declares for it: SAM passes no
// other variable, and a missing one stops the function at its start. And the
// template declares nothing that no code behind the function reads.
func TestSettingsAreDeclared(t *testing.T) {
	root, files := repository(t)
	for _, function := range templateOf(t, root).Functions {
		folder := "functions/" + function.Folder
		for name := range settingsOf(files, func(dir string) bool { return dir == folder }) {
			if _, ok := function.Environment[name]; !ok {
				t.Errorf("%s reads %s, which template.yaml does not give %s", folder, name, function.LogicalID)
			}
		}
		behind := reach(files, folder)
		if !behind[folder] {
			continue // TestFoldersAreFunctions tells
		}
		read := settingsOf(files, func(dir string) bool { return behind[dir] })
		for name := range function.Environment {
			if setting.MatchString(name) && !read[name] {
				t.Errorf("template.yaml gives %s %s, which nothing behind %s reads", function.LogicalID, name, folder)
			}
		}
	}
}

// settingsOf finds the names of settings that the folders' code holds.
func settingsOf(files []archtest.File, in func(dir string) bool) map[string]bool {
	found := map[string]bool{}
	for _, file := range files {
		if strings.HasSuffix(file.Path, "_test.go") || !in(folderOf(file.Path)) {
			continue
		}
		ast.Inspect(file.Syntax, func(node ast.Node) bool {
			if literal, ok := node.(*ast.BasicLit); ok {
				if name, err := strconv.Unquote(literal.Value); err == nil && setting.MatchString(name) {
					found[name] = true
				}
			}
			return true
		})
	}
	return found
}

// reach gives the folders that a folder imports, itself and theirs included.
func reach(files []archtest.File, from string) map[string]bool {
	imports := map[string][]string{}
	for _, file := range files {
		if strings.HasSuffix(file.Path, "_test.go") {
			continue
		}
		dir := folderOf(file.Path)
		imports[dir] = append(imports[dir], "")
		for _, spec := range file.Syntax.Imports {
			if target, ok := strings.CutPrefix(strings.Trim(spec.Path.Value, `"`), "jewelrydisplay.app/"); ok {
				imports[dir] = append(imports[dir], target)
			}
		}
	}
	reached := map[string]bool{}
	next := []string{from}
	for len(next) > 0 {
		dir := next[0]
		next = next[1:]
		if reached[dir] || imports[dir] == nil {
			continue
		}
		reached[dir] = true
		next = append(next, imports[dir]...)
	}
	return reached
}

func folderOf(path string) string { return path[:strings.LastIndex(path, "/")] }
