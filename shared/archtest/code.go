package archtest

import (
	"go/ast"
	"go/token"
	"regexp"
	"strings"
)

// Limits of size.
const (
	fileLines      = 400 // a file has fewer
	mainLines      = 40  // a function's main.go has at most
	handlerLines   = 40  // a function of an HTTP adapter has at most
	interfaceTotal = 5   // an interface has at most so many methods
)

const (
	whyNow      = "now and chance are parameters (clock.Clock, io.Reader), or the clock cannot be turned and chance not repeated"
	whySleep    = "a test that sleeps is slow or flaky, mostly both: the clock is a parameter"
	whySkip     = "a test that can be skipped is skipped where it matters"
	whyInit     = "init runs in every test and every cold start, unseen and unordered; wiring is done in main"
	whyVariable = "package state is shared by requests and by tests; only errors, inventory records and immutable tables and regexps may be package variables"
	whySize     = "what does not fit in the head is not reviewed"
	whyMainBody = "a function's main only wires; what branches is tested in a package"
	whyName     = "the name says nothing: name it after what it does"
	whyDoc      = "a reader learns meaning, units and errors from the comment, not from the body"
)

// Code checks what f's declarations and statements may not hold.
func Code(f File) []Violation {
	var found []Violation
	if f.lines() >= fileLines {
		found = append(found, f.at(f.Syntax, whySize, "%d lines, fewer than %d are allowed", f.lines(), fileLines))
	}
	if f.isMain() && !f.test() {
		found = append(found, mainOnly(f)...)
	}
	for _, decl := range f.Syntax.Decls {
		switch decl := decl.(type) {
		case *ast.FuncDecl:
			found = append(found, function(f, decl)...)
		case *ast.GenDecl:
			found = append(found, declaration(f, decl)...)
		}
	}
	return append(found, calls(f)...)
}

func mainOnly(f File) []Violation {
	var found []Violation
	if f.lines() > mainLines {
		found = append(found, f.at(f.Syntax, whyMainBody, "%d lines, %d are allowed", f.lines(), mainLines))
	}
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		switch node := node.(type) {
		case *ast.ForStmt, *ast.RangeStmt, *ast.SwitchStmt, *ast.TypeSwitchStmt, *ast.SelectStmt, *ast.GoStmt:
			found = append(found, f.at(node, whyMainBody, "branches by something else than if err != nil"))
		case *ast.IfStmt:
			if !isErrCheck(node) {
				found = append(found, f.at(node, whyMainBody, "branches by something else than if err != nil"))
			}
		}
		return true
	})
	return found
}

func isErrCheck(statement *ast.IfStmt) bool {
	condition, ok := statement.Cond.(*ast.BinaryExpr)
	if !ok || condition.Op != token.NEQ || statement.Else != nil {
		return false
	}
	left, ok := condition.X.(*ast.Ident)
	right, ok2 := condition.Y.(*ast.Ident)
	return ok && ok2 && left.Name == "err" && right.Name == "nil"
}

func function(f File, decl *ast.FuncDecl) []Violation {
	var found []Violation
	if decl.Name.Name == "init" && decl.Recv == nil {
		found = append(found, f.at(decl, whyInit, "func init"))
	}
	if strings.HasSuffix(f.dir(), "http") && !f.test() && f.length(decl) > handlerLines {
		found = append(found, f.at(decl, whySize, "%s has %d lines, %d are allowed in an HTTP adapter", decl.Name.Name, f.length(decl), handlerLines))
	}
	if !f.test() && decl.Name.IsExported() && exportedReceiver(decl) && decl.Doc == nil {
		found = append(found, f.at(decl, whyDoc, "%s has no doc comment", decl.Name.Name))
	}
	return found
}

func exportedReceiver(decl *ast.FuncDecl) bool {
	if decl.Recv == nil || len(decl.Recv.List) == 0 {
		return true
	}
	exported := false
	ast.Inspect(decl.Recv.List[0].Type, func(node ast.Node) bool {
		if name, ok := node.(*ast.Ident); ok {
			exported = exported || name.IsExported()
			return false
		}
		return true
	})
	return exported
}

var emptyName = regexp.MustCompile(`(?i)(manager|util|utils|helper|helpers|common)$`)

func declaration(f File, decl *ast.GenDecl) []Violation {
	var found []Violation
	for _, spec := range decl.Specs {
		switch spec := spec.(type) {
		case *ast.TypeSpec:
			if emptyName.MatchString(spec.Name.Name) {
				found = append(found, f.at(spec, whyName, "type %s", spec.Name.Name))
			}
			if contract, ok := spec.Type.(*ast.InterfaceType); ok && contract.Methods.NumFields() > interfaceTotal {
				found = append(found, f.at(spec, "a narrow interface can be faked, wrapped and understood", "interface %s has %d methods, %d are allowed", spec.Name.Name, contract.Methods.NumFields(), interfaceTotal))
			}
			if undocumented(f, decl, spec.Doc, spec.Comment, spec.Name) {
				found = append(found, f.at(spec, whyDoc, "%s has no doc comment", spec.Name.Name))
			}
		case *ast.ValueSpec:
			for _, name := range spec.Names {
				if undocumented(f, decl, spec.Doc, spec.Comment, name) {
					found = append(found, f.at(spec, whyDoc, "%s has no doc comment", name.Name))
				}
			}
			// The engines of a package run are the one thing that tests share.
			if decl.Tok == token.VAR && !f.test() && !f.in("shared/awstest") && !immutable(decl, spec) {
				found = append(found, f.at(spec, whyVariable, "package variable %s", spec.Names[0].Name))
			}
		}
	}
	return found
}

func undocumented(f File, decl *ast.GenDecl, doc, comment *ast.CommentGroup, name *ast.Ident) bool {
	return !f.test() && name.IsExported() && decl.Doc == nil && doc == nil && comment == nil
}

// immutable reports whether a package variable is an error, an inventory
// record, an immutable table or regexp (also one made at its first use), an
// embedded file, or the assertion that a type satisfies an interface.
func immutable(decl *ast.GenDecl, spec *ast.ValueSpec) bool {
	if spec.Names[0].Name == "_" {
		return true
	}
	for _, doc := range []*ast.CommentGroup{decl.Doc, spec.Doc} {
		if doc != nil && strings.Contains(doc.List[len(doc.List)-1].Text, "//go:embed") {
			return true
		}
	}
	if len(spec.Values) != len(spec.Names) {
		return false
	}
	for _, value := range spec.Values {
		if !constantValue(value) {
			return false
		}
	}
	return true
}

func constantValue(value ast.Expr) bool {
	switch value := value.(type) {
	case *ast.CompositeLit, *ast.BasicLit:
		return true
	case *ast.CallExpr:
		called := value.Fun
		if generic, ok := called.(*ast.IndexExpr); ok {
			called = generic.X
		}
		selector, ok := called.(*ast.SelectorExpr)
		if !ok {
			return false
		}
		switch owner := selector.X.(type) {
		case *ast.Ident:
			return immutableMaker(owner.Name, selector.Sel.Name)
		case *ast.CallExpr: // base32.NewEncoding(…).WithPadding(…)
			return constantValue(owner)
		}
	}
	return false
}

// immutableMaker reports whether pkg.name makes a value that nothing changes
// afterwards.
func immutableMaker(pkg, name string) bool {
	switch pkg + "." + name {
	case "errors.New", "fmt.Errorf", "regexp.MustCompile", "strings.NewReplacer", "time.FixedZone", "time.Date",
		"sync.OnceValue", "reflect.TypeFor", "reflect.TypeOf", "base32.NewEncoding", "base64.NewEncoding",
		"language.NewMatcher", "language.MustParse", "netip.MustParsePrefix", "netip.MustParseAddr":
		return true
	default:
		return pkg == "fault" || pkg == "inventory"
	}
}

// calls finds what reads the time, draws chance, sleeps or skips.
func calls(f File) []Violation {
	var found []Violation
	imports := f.imports()
	free := f.in("shared/clock", "shared/config", "shared/local", "shared/awstest") || f.isMain()
	ast.Inspect(f.Syntax, func(node ast.Node) bool {
		selector, ok := node.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		owner, ok := selector.X.(*ast.Ident)
		if !ok {
			return true
		}
		name := selector.Sel.Name
		switch target := imports[owner.Name]; {
		case target == "time" && name == "Sleep" && f.test():
			found = append(found, f.at(node, whySleep, "time.Sleep"))
		case target == "testing" && name == "Short", imports["testing"] != "" && (name == "Skip" || name == "Skipf" || name == "SkipNow"):
			found = append(found, f.at(node, whySkip, "%s.%s", owner.Name, name))
		case free || f.test():
		case target == "time" && clockReader(name):
			found = append(found, f.at(node, whyNow, "time.%s", name))
		case target == "math/rand" || target == "math/rand/v2" || target == "crypto/rand":
			found = append(found, f.at(node, whyNow, "%s.%s", target, name))
		}
		return true
	})
	return found
}

func clockReader(name string) bool {
	switch name {
	case "Now", "Since", "Until", "After", "AfterFunc", "Sleep", "Tick", "NewTicker", "NewTimer":
		return true
	default:
		return false
	}
}

// Documented checks that every package of the files has a doc comment.
func Documented(files []File) []Violation {
	documented := map[string]bool{}
	first := map[string]File{}
	for _, f := range files {
		if f.test() {
			continue
		}
		if _, ok := first[f.dir()]; !ok {
			first[f.dir()] = f
		}
		documented[f.dir()] = documented[f.dir()] || f.Syntax.Doc != nil
	}
	var found []Violation
	for dir, f := range first {
		if !documented[dir] {
			found = append(found, f.at(f.Syntax, whyDoc, "package %s has no doc comment", f.Syntax.Name.Name))
		}
		if name := f.Syntax.Name.Name; emptyName.MatchString(name) || name == "types" {
			found = append(found, f.at(f.Syntax, whyName, "package %s", name))
		}
	}
	return found
}
