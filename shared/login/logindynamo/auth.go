package logindynamo

import (
	"context"
	"errors"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/lambdahttp"
	"jewelrydisplay.app/shared/login"
)

var _ lambdahttp.Authenticator = Authenticator{}

// Authenticator knows who sends an access token: one strongly consistent read
// of session, gate and policy head a request, and one write more at a token's
// first use. Logging out, a ban and a cancellation take effect at once.
type Authenticator struct{ *Store }

// Authenticate returns the caller. Unauthenticated: the token opens nothing.
func (a Authenticator) Authenticate(ctx context.Context, token string) (lambdahttp.Caller, error) {
	p, err := a.Tokens.Read(ctx, login.AccessToken, token)
	if err != nil {
		return lambdahttp.Caller{}, err
	}
	b := a.db.Batch()
	pendingSession, err := a.sessions.From(b, sessionRow{User: p.User, ID: p.Session})
	if err != nil {
		return lambdahttp.Caller{}, err
	}
	pendingGate, err := a.gates.From(b, gateRow{User: p.User})
	if err != nil {
		return lambdahttp.Caller{}, err
	}
	due, err := a.PolicyDue(b)
	if err != nil {
		return lambdahttp.Caller{}, err
	}
	if err := b.Run(ctx); err != nil {
		return lambdahttp.Caller{}, err
	}
	session, _ := pendingSession.Row()
	gate, found := pendingGate.Row()
	if !found || !session.session().Admits(p, gate.gate(), a.now(), a.Settings) {
		return lambdahttp.Caller{}, login.ErrUnauthenticated
	}
	if err := a.firstUse(ctx, session); err != nil {
		return lambdahttp.Caller{}, err
	}
	subject, err := a.subject(ctx, gate)
	return lambdahttp.Caller{
		User: p.User, Session: p.Session, Device: session.Device, Subject: subject,
		Minor: gate.Minor, Accepted: gate.Accepted, PolicyDue: due(gate.Accepted),
	}, err
}

// firstUse notes that this turn's tokens arrived, so that the refresh token
// before them is worth nothing any more. It may happen twice. A session that
// was turned or ended meanwhile is left as it is.
func (a Authenticator) firstUse(ctx context.Context, s sessionRow) error {
	if s.Used {
		return nil
	}
	_, err := a.sessions.Update(ctx, sessionRow{User: s.User, ID: s.ID}, dynamo.Update{
		Set: map[string]any{"used": true, "last_used_at": a.now()},
		If:  []dynamo.Cond{dynamo.Eq("turn", s.Turn)},
	})
	if errors.Is(err, dynamo.ErrCondition) {
		return nil
	}
	return err
}
