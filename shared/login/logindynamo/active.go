package logindynamo

import (
	"context"

	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/person"
)

// Active reports whether the account is active: false for one that is
// cancelled, banned or not there. The erasure asks it before it deletes.
func (s *Store) Active(ctx context.Context, user person.ID) (bool, error) {
	g, found, err := s.gates.Get(ctx, gateRow{User: user})
	return found && g.State == login.Active, err
}
