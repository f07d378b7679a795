package contract_test

import (
	"encoding/json"
	"log/slog"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/contract"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/problem"
)

// openAPI is the document as its readers see it.
type openAPI struct {
	Info       struct{ Title, Description string }
	Servers    []struct{ URL string }
	Tags       []struct{ Name, Description string }
	Paths      map[string]map[string]operation
	Components struct {
		Responses map[string]response
		Schemas   map[string]any
	}
}

type operation struct {
	OperationID string
	Summary     string
	Tags        []string
	Security    []map[string][]string
	Parameters  []struct {
		Name, In string
		Example  any
	}
	RequestBody *response
	Responses   map[string]response
}

type response struct {
	Ref     string `json:"$ref"`
	Headers map[string]any
	Links   map[string]struct{ OperationID string }
	Content map[string]struct {
		Example  any
		Examples map[string]struct{ Value struct{ Code string } }
	}
}

func document(t *testing.T) (openAPI, string) {
	t.Helper()
	b, err := contract.Document()
	if err != nil {
		t.Fatal(err)
	}
	var d openAPI
	if err := json.Unmarshal(b, &d); err != nil {
		t.Fatal(err)
	}
	return d, string(b)
}

func TestEveryOperationIsDocumentedWhole(t *testing.T) {
	d, text := document(t)
	var tags []string
	for _, tag := range d.Tags {
		tags = append(tags, tag.Name)
	}
	for _, op := range contract.API(nil, slog.New(slog.DiscardHandler)).Operations() {
		o, ok := d.Paths[op.Path][strings.ToLower(op.Method)]
		if !ok || o.OperationID != op.ID || o.Summary == "" || len(o.Tags) != 1 || !slices.Contains(tags, o.Tags[0]) {
			t.Errorf("%s: %+v", op.ID, o)
		}
		open := len(o.Security) == 2 && len(o.Security[0]) == 0
		if len(o.Security) == 0 || open != (op.Access == lambdahttp.Open) || o.Security[len(o.Security)-1]["token"] == nil {
			t.Errorf("%s: security %v", op.ID, o.Security)
		}
		for _, p := range o.Parameters {
			if p.Example == nil && p.Name != "cursor" {
				t.Errorf("%s: %s has no example", op.ID, p.Name)
			}
		}
		if o.RequestBody != nil && o.RequestBody.Content["application/json"].Example == nil {
			t.Errorf("%s: the body has no example", op.ID)
		}
		refuses(t, d, op, o)
	}
	for _, librarys := range []string{"ErrorModel", "ErrorDetail", "application/problem+json\": {\n              \"schema\": {\n                \"$ref\""} {
		if strings.Contains(text, librarys) {
			t.Errorf("the document says %s", librarys)
		}
	}
}

// refuses shows that each refusal of the operation is documented at its status,
// with an example, and no other.
func refuses(t *testing.T, d openAPI, op lambdahttp.Operation, o operation) {
	t.Helper()
	var said, want []string
	for status, r := range o.Responses {
		if status < "400" {
			if status != "204" && r.Content["application/json"].Example == nil {
				t.Errorf("%s: the answer has no example", op.ID)
			}
			continue
		}
		r = d.Components.Responses[strings.TrimPrefix(r.Ref, "#/components/responses/")]
		for _, example := range r.Content["application/problem+json"].Examples {
			said = append(said, status+" "+example.Value.Code)
		}
		if name := map[string]string{"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}[status]; name != "" && r.Headers[name] == nil {
			t.Errorf("%s: %s lacks %s", op.ID, status, name)
		}
	}
	for _, code := range op.Codes() {
		want = append(want, strconv.Itoa(problem.Status(code))+" "+string(code))
	}
	slices.Sort(said)
	slices.Sort(want)
	if !slices.Equal(said, want) {
		t.Errorf("%s: the document says %v, want %v", op.ID, said, want)
	}
}

func TestLinksLeadToOperations(t *testing.T) {
	d, _ := document(t)
	operations, links := map[string]bool{}, 0
	for _, item := range d.Paths {
		for _, o := range item {
			operations[o.OperationID] = true
		}
	}
	for _, item := range d.Paths {
		for _, o := range item {
			for _, r := range o.Responses {
				for name, l := range r.Links {
					if links++; !operations[l.OperationID] {
						t.Errorf("%s: the link %s leads nowhere", o.OperationID, name)
					}
				}
			}
		}
	}
	if links < 30 {
		t.Errorf("only %d links", links)
	}
}

func TestTheCommittedDocumentIsCurrent(t *testing.T) {
	committed, err := os.ReadFile("openapi.json")
	if err != nil {
		t.Fatal(err)
	}
	if _, text := document(t); text != string(committed) {
		t.Error("run go generate ./shared/register")
	}
}

// Nothing is null but a member of a merge patch.
func TestNothingIsNullButInAPatch(t *testing.T) {
	d, _ := document(t)
	for name, s := range d.Components.Schemas {
		b, err := json.Marshal(s)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(b), `"null"`) && name != "PatchMeInBody" {
			t.Errorf("%s may hold null: tag the list nullable:\"false\"", name)
		}
	}
}
