package logindynamo

import (
	"context"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// ActiveWrite writes nothing and asks that the account is active: what was held
// just before its write and goes on after a cancellation or a purge writes
// nothing. ErrCondition: it is not.
func (s *Store) ActiveWrite(user person.ID) dynamo.Write {
	return s.gates.CheckWrite(gateRow{User: user}, dynamo.Eq("state", login.Active))
}

// Active reports whether the account is active: false for one that is
// cancelled, banned or not there. The erasure asks it before it deletes.
func (s *Store) Active(ctx context.Context, user person.ID) (bool, error) {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	return found && g.State == login.Active, err
}
