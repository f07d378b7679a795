package logindynamo

import (
	"context"
	"errors"
	"strings"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// OpenWrites opens a session of an account whose cancellation the same
// transaction takes back: join them with RestoreWrites. They spend the proof
// themselves, so no SpendWrite goes with them. For a proof that is spent
// already there are no writes, and the Login is its first answer.
// CodeRejected: the session of a spent proof is gone.
func (s *Store) OpenWrites(ctx context.Context, user person.ID, d login.Device, proof person.Proof) (login.Login, []dynamo.Write, error) {
	if proof.Spent {
		l, err := s.again(ctx, user, proof)
		return l, nil, err
	}
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	if err != nil {
		return login.Login{}, nil, err
	}
	if !found {
		return login.Login{}, nil, ErrNobody
	}
	subject, err := s.subject(ctx, g)
	if err != nil {
		return login.Login{}, nil, err
	}
	versions, err := s.Indexes.Versions(ctx)
	if err != nil {
		return login.Login{}, nil, err
	}
	now, device := s.now(), versions[0].Device(d.ID)
	session, pair, err := login.Begin(ctx, s.Tokens, s.Random, s.Settings, user, d, device, proof, now)
	if err != nil {
		return login.Login{}, nil, err
	}
	session.Generation = g.Generation + 1 // RestoreWrites raises it
	known, seen, err := s.known(ctx, user, d.ID)
	if err != nil {
		return login.Login{}, nil, err
	}
	audit, err := s.auditWrite(ctx, g.Pseudonym, login.EventWithdrawn, "")
	if err != nil {
		return login.Login{}, nil, err
	}
	e := login.Entry{DeviceHash: device, Seed: versions[0].Seed(d.ID), Holder: login.Holder{Gate: g.gate(), Known: seen, Device: known.Device, Since: known.FirstAt}}
	return session.Login(pair, now, s.Settings), append([]dynamo.Write{
		s.SpendWrite(proof, session.Result(false)),
		s.sessions.For(subject).PutWrite(rowOf(session), dynamo.Absent("pk")),
		audit,
	}, s.deviceWrites(subject, e, now)...), nil
}

// again gives the first answer of a spent proof again, if it is the user's; a
// zero user is whoever spent it.
func (s *Store) again(ctx context.Context, user person.ID, proof person.Proof) (login.Login, error) {
	if owner, _, _ := strings.Cut(proof.Result, " "); !user.IsZero() && owner != user.Reveal() {
		return login.Login{}, login.ErrRejected
	}
	sessions := login.Sessions{Store: s, Tokens: s.Tokens, Settings: s.Settings, Clock: s.Clock}
	return sessions.Again(ctx, proof)
}

// raced turns a refused condition into ErrRaced.
func raced(err error) error {
	if errors.Is(err, dynamo.ErrCondition) {
		return login.ErrRaced
	}
	return err
}
