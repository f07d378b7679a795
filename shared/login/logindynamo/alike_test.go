package logindynamo_test

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// wire is what went to the database: each request's operation and body.
type wire struct{ requests []string }

func (r *wire) listen(stack *middleware.Stack) error {
	return stack.Build.Add(middleware.BuildMiddlewareFunc("wire", func(ctx context.Context, in middleware.BuildInput, next middleware.BuildHandler) (middleware.BuildOutput, middleware.Metadata, error) {
		request := in.Request.(*smithyhttp.Request)
		body, err := io.ReadAll(request.GetStream())
		if err == nil {
			err = request.RewindStream()
		}
		if err != nil {
			return middleware.BuildOutput{}, middleware.Metadata{}, err
		}
		text := table.ReplaceAllString(string(body), "Accounts") // every test has tables of its own
		r.requests = append(r.requests, fmt.Sprintf("%s %d %s", middleware.GetOperationName(ctx), len(text), faceless(text)))
		return next.HandleBuild(ctx, in)
	}), middleware.After)
}

// faceless is what a body is made of, with its values masked: maps are written in
// any order.
func faceless(body string) string {
	parts := strings.FieldsFunc(body, func(r rune) bool { return strings.ContainsRune("{}[],", r) })
	for i, part := range parts {
		if name, v, ok := strings.Cut(part, ":\""); ok {
			parts[i] = name + ":" + strings.Repeat("x", len(v))
		}
	}
	slices.Sort(parts)
	return strings.Join(parts, " ")
}

var table = regexp.MustCompile(`Accounts-\d+`)

// A request for a code, and a wrong answer to it, are the same to look at and the
// same work for a number that opens an account, one that opens none, one whose
// account is banned and one whose account is cancelled: to the last byte that
// goes to the database, so that time tells nothing either.
// Clauses: C86.
func TestKnownUnknownBannedAndCancelledNumbersAreAlike(t *testing.T) {
	for _, purpose := range []string{login.PurposeLogin, login.PurposeWithdraw} {
		var first string
		for _, state := range []string{"unknown", "known", "banned", "cancelled"} {
			heard := &wire{}
			w := startWith(t, newChance(7), heard.listen)
			if state != "unknown" {
				l := w.login(phoneA, device(1))
				switch state {
				case "banned":
					if _, err := w.operate(login.Order{Action: login.ActionBan, User: l.User}); err != nil {
						t.Fatal(err)
					}
				case "cancelled":
					if err := w.cancel(l, phoneA); err != nil {
						t.Fatal(err)
					}
				}
			}
			w.clk.Advance(t0.Add(30 * time.Hour).Sub(w.clk.Now()))
			heard.requests = nil
			a := asking(phoneA, device(9))
			a.Purpose = purpose
			var saw []string
			note := func(answer any, err error) {
				saw = append(saw, fmt.Sprintf("%v %v", answer, err))
			}
			sent, err := w.codes.Request(w.ctx, a)
			if err != nil {
				t.Fatal(err)
			}
			note([]any{len(sent.Challenge), sent.ExpiresAt, sent.ExpiresIn, sent.ResendAt, sent.ResendIn}, nil)
			note(w.codes.Request(w.ctx, asking(phoneA, device(8)))) // too many
			prove := func(code string) {                            // wrong, or too late
				t.Helper()
				p, err := w.codes.Prove(w.ctx, sent.Challenge, code, device(9), purpose, person.ID{})
				if !fault.Is(err, fault.CodeRejected) {
					t.Errorf("%s: %v", state, err)
				}
				note(p, err)
			}
			prove(wrong(w.sms.code()))
			w.clk.Advance(5 * time.Minute)
			prove(w.sms.code())
			all := strings.Join(slices.Concat(saw, heard.requests), "\n")
			if first == "" {
				first = all
			}
			if all != first || len(heard.requests) < 8 {
				t.Errorf("%s, %s, %d requests:\n%s\nunknown:\n%s", purpose, state, len(heard.requests), all, first)
			}
		}
	}
}
