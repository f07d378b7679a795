package gateway

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/local/stack"
)

func FuzzRoute(f *testing.F) {
	table, err := newTable([]stack.Route{
		{Key: "GET /v1/things/{id}", Function: "one"},
		{Key: "GET /v1/things/last", Function: "last"},
		{Key: "ANY /v1/{rest+}", Function: "rest"},
		{Key: "$default", Function: "none"},
	})
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range []string{"", "/", "//", "/v1/things/1", "/v1/things/last", "/v1/things/%6cast", "/v1/things/%2F", "/v1/things/%", "/v1//x", "/v1/things/1/", "/%25"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, path string) {
		m, ok := table.find("GET", path)
		if !ok {
			t.Errorf("%q: no route, and there is a default", path)
		}
		if id := m.parameters["id"]; m.function == "one" && (id == "" || id == "last" || strings.Count(path, "/") > 3) {
			t.Errorf("%q: %+v", path, m)
		}
	})
}
