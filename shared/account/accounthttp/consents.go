package accounthttp

import (
	"context"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/inventory"
)

// Consent is an authorisation as it stands.
type Consent struct {
	Purpose   string     `json:"purpose" doc:"What is authorised, as in personalisation."`
	Granted   bool       `json:"granted"`
	ChangedAt *time.Time `json:"changed_at,omitempty" doc:"Absent: never changed."`
}

func consent(c account.Consent) Consent {
	return Consent{Purpose: string(c.Purpose), Granted: c.Granted, ChangedAt: some(c.ChangedAt)}
}

// ConsentList is every authorisation.
type ConsentList struct {
	Items []Consent `json:"items" nullable:"false"`
}

type listConsentsOut struct{ Body ConsentList }

func (s Services) listConsents(ctx context.Context, _ *struct{}) (*listConsentsOut, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	list, err := s.Consents.All(ctx, who)
	if err != nil {
		return nil, err
	}
	out := &listConsentsOut{Body: ConsentList{Items: make([]Consent, len(list))}}
	for i, c := range list {
		out.Body.Items[i] = consent(c)
	}
	return out, nil
}

type setConsentIn struct {
	Purpose string `path:"purpose"`
	Body    struct {
		Granted bool `json:"granted"`
	}
}

type setConsentOut struct{ Body Consent }

func (s Services) setConsent(ctx context.Context, in *setConsentIn) (*setConsentOut, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	c, err := s.Consents.Set(ctx, who, inventory.Consent(in.Purpose), in.Body.Granted)
	if err != nil {
		return nil, err
	}
	return &setConsentOut{Body: consent(c)}, nil
}
