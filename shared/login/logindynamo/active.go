package logindynamo

import (
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
