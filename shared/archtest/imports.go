package archtest

import (
	"go/ast"
	"path"
	"strconv"
	"strings"
)

// The kernel that a domain may stand on, and what adapters have besides.
var (
	kernel        = []string{"shared/fault", "shared/inventory", "shared/clock", "shared/person"}
	adapterKernel = []string{"shared/dynamo", "shared/lambdahttp", "shared/lambdaevent", "shared/problem", "shared/config", "shared/keys", "shared/metric"}
)

// hosts start, wire or test the whole: no context's code is among them.
var hosts = []string{"shared/local", "shared/register", "shared/contract", "shared/archtest", "shared/awstest"}

// granted lists what a package may import against the rules, each with its reason.
var granted = map[string]map[string]string{
	"shared/search": {
		"shared/catalog":                 "the index is the catalogue's read model, in the catalogue's own table",
		"golang.org/x/text/unicode/norm": "full-width letters are folded by Unicode's own tables",
		"shared/search/text":             "how texts are read and marked is a rule of search, in a folder of its own",
		"shared/search/index":            "the index is search's own technology, in a folder of its own, where libraries may be used",
	},
	"shared/catalog": {
		"golang.org/x/text/unicode/norm": "full-width letters are folded by Unicode's own tables",
	},
	"shared/login/loginwire": {
		"shared/login/logindynamo": "nearly every main wires the same authenticator: it is put together once, and nothing else is done here",
		"shared/login/loginhttp":   "its settings are read where all of login's are",
		"shared/login/loginkeys":   "nearly every main wires the same authenticator: it is put together once, and nothing else is done here",
	},
	"shared/login/loginsenders": {
		"shared/login/loginsns":      "the template chooses the senders: they are put together here, and nothing else is done",
		"shared/login/loginwebhook":  "the template chooses the senders: they are put together here, and nothing else is done",
		"shared/login/loginfailover": "the template chooses the senders: they are put together here, and nothing else is done",
	},
	"shared/login": {
		"github.com/nyaruka/phonenumbers": "numbering plans are the library's data, not rules of ours",
	},
	"shared/person": {
		"github.com/nyaruka/phonenumbers": "numbering plans are the library's data, not rules of ours",
	},
}

// databaseClient is everything that speaks to DynamoDB without the inventory.
var databaseClient = []string{
	"github.com/aws/aws-sdk-go-v2/service/dynamodb",
	"github.com/aws/aws-sdk-go-v2/service/dynamodbstreams",
	"github.com/aws/aws-sdk-go-v2/feature/dynamodb",
}

const (
	whyKernel  = "the kernel is what everything stands on; whatever it imports, everything imports"
	whyDomain  = "a domain says what the product knows, and is read and tested without AWS or HTTP: only the standard library and the kernel"
	whyAdapter = "adapters know one context and its technology; contexts meet through a port, wired in a function's main"
	whyMain    = "the local cloud and test engines must not reach a deployed function"
	whyClient  = "only shared/dynamo speaks to DynamoDB: it writes nothing that the inventory does not declare, and hides what has expired"
)

// Imports checks what f imports against the layers of the house.
func Imports(f File) []Violation {
	var found []Violation
	for _, spec := range f.Syntax.Imports {
		target, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			continue
		}
		local := strings.TrimPrefix(target, module)
		// A test may look at the bytes that lie in a table.
		if within(target, databaseClient...) && !f.test() && !f.in("shared/dynamo", "shared/awstest", "shared/local") {
			found = append(found, f.at(spec, whyClient, "imports %s", target))
			continue
		}
		if f.test() {
			continue
		}
		if reason, ok := f.allowed(spec, target, local); !ok {
			found = append(found, f.at(spec, reason, "imports %s", local))
		}
	}
	return found
}

func (f File) allowed(_ ast.Node, target, local string) (reason string, ok bool) {
	ours := local != target
	standard := !ours && !strings.Contains(strings.Split(target, "/")[0], ".")
	if standard || f.in(hosts...) {
		return "", true
	}
	if f.isMain() {
		return whyMain, !within(local, hosts...) || local == "shared/register"
	}
	if grants := granted[f.dir()]; grants[local] != "" {
		return "", true
	}
	switch {
	case f.in(kernel...):
		return whyKernel, ours && within(local, kernel...)
	case f.in(adapterKernel...):
		return whyKernel, !ours || within(local, append(kernel, adapterKernel...)...)
	case path.Dir(f.dir()) == "shared":
		return whyDomain, ours && within(local, kernel...)
	}
	if !ours || within(local, append(kernel, adapterKernel...)...) {
		return "", true
	}
	return whyAdapter, local == f.context() || granted[f.context()][local] != ""
}

// context is the folder of the context that the file belongs to: "shared/login"
// for shared/login/logindynamo.
func (f File) context() string {
	parts := strings.SplitN(f.dir(), "/", 3)
	if len(parts) < 2 {
		return f.dir()
	}
	return parts[0] + "/" + parts[1]
}
