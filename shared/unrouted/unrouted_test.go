package unrouted_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/unrouted"
)

func TestMethods(t *testing.T) {
	for path, want := range map[string]string{
		"/v1/app":                    "GET",
		"/v1/products":               "GET",
		"/v1/products/p1":            "GET",
		"/v1/products/p1/related":    "GET",
		"/v1/products/p1/other":      "",
		"/v1/products/":              "",
		"/v1/me":                     "GET,PATCH",
		"/v1/me/sessions/current":    "DELETE",
		"/v1/me/favourites/p1":       "DELETE,GET,PUT",
		"/v1/me/favourites":          "GET",
		"/v1/me/inbox/m1":            "DELETE,PATCH",
		"/v1/me/inbox/seen":          "DELETE,PATCH,POST", // also the address of an item called seen
		"/v1":                        "",
		"/":                          "",
		"":                           "",
		"/v1/me/favourites/p1/extra": "",
		"/V1/app":                    "",
		"/v1/me/%7Bid%7D":            "",
	} {
		if got := strings.Join(unrouted.Methods(path), ","); got != want {
			t.Errorf("%q: methods %q, want %q", path, got, want)
		}
	}
}
