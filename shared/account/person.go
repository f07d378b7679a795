package account

import (
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// Person is whoever acts on their own account.
type Person struct {
	ID       person.ID
	Subject  inventory.Subject // their key and consents
	Minor    bool              // 14 to 17 years old: C94
	Accepted string            // the policy version accepted last
	Due      string            // a version that must be accepted before more is collected
}

// mayCollect refuses to store more about a person whose acceptance is due. The
// error is ConsentRequired with policy_version (C97).
func (p Person) mayCollect() error {
	if p.Due == "" {
		return nil
	}
	return Superseded(p.Due)
}
