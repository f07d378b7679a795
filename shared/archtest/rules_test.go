package archtest_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/archtest"
)

// Each rule is shown a file that breaks it and one that does not.
func TestRulesCanFail(t *testing.T) {
	const domain, adapter, main = "shared/login/login.go", "shared/login/logindynamo/store.go", "functions/sms-login/main.go"
	cases := []struct {
		name, path, source string
		broken             string // part of the violation; empty: none
	}{
		{"domain imports the kernel", domain, `import _ "jewelrydisplay.app/shared/fault"`, ""},
		{"domain imports an adapter's kernel", domain, `import _ "jewelrydisplay.app/shared/dynamo"`, "imports shared/dynamo"},
		{"domain imports another domain", domain, `import _ "jewelrydisplay.app/shared/catalog"`, "imports shared/catalog"},
		{"domain imports a library", domain, `import _ "github.com/aws/aws-sdk-go-v2/aws"`, "imports github.com"},
		{"domain imports a granted library", domain, `import _ "github.com/nyaruka/phonenumbers"`, ""},
		{"adapter imports its domain", adapter, `import _ "jewelrydisplay.app/shared/login"`, ""},
		{"adapter imports another adapter", adapter, `import _ "jewelrydisplay.app/shared/login/loginhttp"`, "imports shared/login/loginhttp"},
		{"adapter imports another context", adapter, `import _ "jewelrydisplay.app/shared/account"`, "imports shared/account"},
		{"adapter imports the client", adapter, `import _ "github.com/aws/aws-sdk-go-v2/service/dynamodb/types"`, "service/dynamodb/types"},
		{"handle imports the client", "shared/dynamo/table.go", `import _ "github.com/aws/aws-sdk-go-v2/service/dynamodb"`, ""},
		{"kernel imports a context", "shared/fault/fault.go", `import _ "jewelrydisplay.app/shared/login"`, "imports shared/login"},
		{"main wires contexts", main, `import _ "jewelrydisplay.app/shared/account/accountdynamo"`, ""},
		{"main imports the local cloud", main, `import _ "jewelrydisplay.app/shared/local/engine"`, "imports shared/local"},
		{"domain reads the time", domain, "import \"time\"\nfunc f() { _ = time.Now() }", "time.Now"},
		{"domain reads the time by another name", domain, "import clock \"time\"\nfunc f() { _ = clock.Since }", "time.Since"},
		{"domain draws chance", domain, "import \"crypto/rand\"\nfunc f() { _ = rand.Reader }", "crypto/rand.Reader"},
		{"main reads the time", main, "import \"time\"\nfunc f() { _ = time.Now() }", ""},
		{"test sleeps", "shared/login/login_test.go", "import \"time\"\nfunc f() { time.Sleep(1) }", "time.Sleep"},
		{"test skips", "shared/login/login_test.go", "import \"testing\"\nfunc f(t *testing.T) { t.Skip() }", "t.Skip"},
		{"init", domain, "func init() {}", "func init"},
		{"mutable variable", domain, "var count int", "package variable count"},
		{"pointer variable", domain, "var store = &struct{}{}", "package variable store"},
		{"error variable", domain, "import \"errors\"\nvar errGone = errors.New(\"gone\")", ""},
		{"table variable", domain, "var days = map[string]int{\"a\": 1}", ""},
		{"interface assertion", domain, "var _ error = (*fault)(nil)", ""},
		{"main branches", main, "func f(a int) { if a > 1 { return } }", "branches"},
		{"main loops", main, "func f() { for { } }", "branches"},
		{"main checks an error", main, "func f(err error) { if err != nil { panic(err) } }", ""},
		{"long main", main, strings.Repeat("//\n", 41), "lines, 40 are allowed"},
		{"long file", domain, strings.Repeat("//\n", 400), "lines"},
		{"long handler", "shared/login/loginhttp/codes.go", "func f() {\n" + strings.Repeat("\n", 40) + "}", "f has 42 lines"},
		{"wide interface", domain, "type store interface { A(); B(); C(); D(); E(); F() }", "6 methods"},
		{"empty name", domain, "type sessionManager struct{}", "type sessionManager"},
		{"undocumented function", domain, "func Login() {}", "Login has no doc comment"},
		{"undocumented type", domain, "type Login struct{}", "Login has no doc comment"},
		{"documented group", domain, "// The states.\nconst (\n\tOpen = 1\n)", ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			file, err := archtest.Parse(c.path, []byte("// Package p.\npackage p\n"+c.source+"\n"))
			if err != nil {
				t.Fatal(err)
			}
			var all []string
			for _, violation := range append(archtest.Imports(file), archtest.Code(file)...) {
				all = append(all, violation.String())
			}
			switch got := strings.Join(all, "\n"); {
			case c.broken == "" && got != "":
				t.Errorf("unexpected violation: %s", got)
			case !strings.Contains(got, c.broken):
				t.Errorf("no violation with %q, got %q", c.broken, got)
			}
		})
	}
}

func TestUndocumentedPackage(t *testing.T) {
	file, err := archtest.Parse("shared/login/login.go", []byte("package login\n"))
	if err != nil {
		t.Fatal(err)
	}
	if got := archtest.Documented([]archtest.File{file}); len(got) != 1 {
		t.Errorf("%d violations, want 1", len(got))
	}
}
