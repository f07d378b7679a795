package engagementhttp_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/engagement"
	"jewelrydisplay.app/shared/engagement/engagementdynamo"
	"jewelrydisplay.app/shared/engagement/engagementhttp"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/keys"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/person"
)

var now = time.Date(2026, 11, 24, 4, 0, 0, 0, time.UTC)

// gate stands for the account's own gate: whether a person is still there.
type gate struct {
	User person.ID `inv:"user_id,C11,key"`
	Open bool      `inv:"open,C11,login"`
}

var gates = inventory.Declare[gate](inventory.Record{
	Name: "gate", Table: "Accounts", Key: "U#{user_id}/GATE", Owner: "user_id",
	Keep: inventory.WithPerson(), OnCancel: inventory.HoldUntilPurge,
})

// shop is a catalogue: what is in it, and what was taken out.
type shop struct{ retired map[string]bool }

func (s shop) Products(_ context.Context, ids []string, language string) (map[string]json.RawMessage, error) {
	cards := map[string]json.RawMessage{}
	for _, id := range ids {
		if s.exists(id) == nil {
			cards[id] = json.RawMessage(fmt.Sprintf(`{"id":%q,"title":%q}`, id, language))
		}
	}
	return cards, nil
}

func (s shop) Merchants(ctx context.Context, ids []string, language string) (map[string]json.RawMessage, error) {
	return s.Products(ctx, ids, language)
}

func (s shop) exists(id string) error {
	switch {
	case s.retired[id]:
		return fault.New(fault.Gone, "Retired.")
	case !strings.HasPrefix(id, "p") && !strings.HasPrefix(id, "m"):
		return fault.New(fault.NotFound, "Unknown.")
	}
	return nil
}

func (s shop) ProductExists(_ context.Context, id string) error  { return s.exists(id) }
func (s shop) MerchantExists(_ context.Context, id string) error { return s.exists(id) }

type callers map[string]lambdahttp.Caller

func (c callers) Authenticate(_ context.Context, token string) (lambdahttp.Caller, error) {
	caller, ok := c[token]
	if !ok {
		return caller, fault.New(fault.Unauthenticated, "Unknown token.")
	}
	return caller, nil
}

type app struct {
	t     *testing.T
	api   *lambdahttp.API
	clock *clock.Manual
	db    *dynamo.DB
	store *engagementdynamo.Store
	shop  shop
	auth  callers
	logs  bytes.Buffer
}

func start(t *testing.T) *app {
	t.Helper()
	cloud := awstest.Start(t)
	a := &app{t: t, clock: clock.At(now), auth: callers{}, shop: shop{retired: map[string]bool{}}}
	a.db = dynamo.New(cloud.Config, cloud.Tables, a.clock)
	table := dynamo.Of(a.db, gates)
	a.store = engagementdynamo.New(a.db, func(user person.ID) dynamo.Write {
		return table.CheckWrite(gate{User: user}, dynamo.Eq("open", true))
	})
	for _, name := range []string{"li", "wang", "behind"} {
		user, err := person.NewID(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		if err := table.Put(t.Context(), gate{User: user, Open: true}); err != nil {
			t.Fatal(err)
		}
		a.auth[name] = lambdahttp.Caller{User: user}
	}
	behind := a.auth["behind"]
	behind.PolicyDue = "2026-12-01"
	a.auth["behind"] = behind
	a.api = lambdahttp.New(a.auth, slog.New(slog.NewTextHandler(&a.logs, nil)))
	engagementhttp.Register(a.api, engagement.New(a.store, a.shop, a.clock), lambdahttp.NewCursors(keys.Fixed(strings.Repeat("k", 64))))
	return a
}

func (a *app) call(who, method, path, body string) (int, map[string]any, string) {
	a.t.Helper()
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	if who != "" {
		r.Header.Set("Authorization", "Bearer "+who)
	}
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	a.api.ServeHTTP(w, r)
	var answer map[string]any
	if w.Body.Len() > 0 {
		if err := json.Unmarshal(w.Body.Bytes(), &answer); err != nil {
			a.t.Errorf("%s %s: %v in %q", method, path, err, w.Body)
		}
	}
	if w.Code >= 400 && (w.Header().Get("Content-Type") != "application/problem+json" || answer["code"] == nil) {
		a.t.Errorf("%s %s: %d is no problem: %s", method, path, w.Code, w.Body)
	}
	return w.Code, answer, w.Body.String()
}

// ids reads a whole list in pages of the limit.
func (a *app) ids(who, path string, limit int) string {
	a.t.Helper()
	var out []string
	cursor := ""
	for {
		status, answer, text := a.call(who, "GET", fmt.Sprintf("%s?limit=%d&cursor=%s", path, limit, cursor), "")
		if status != 200 {
			a.t.Fatalf("%s: %d %s", path, status, text)
		}
		for _, item := range answer["items"].([]any) {
			out = append(out, item.(map[string]any)["id"].(string))
		}
		next, more := answer["next_cursor"].(string)
		if !more {
			return strings.Join(out, " ")
		}
		cursor = next
	}
}
