package inventory

// Purpose is what an attribute is stored for (C02).
type Purpose string

// Consent is an authorisation of its own that a person grants and withdraws
// (C10, C71, C77).
type Consent string

// The consents. Each opens additional functions; none is needed for a basic
// one.
const (
	ConsentPersonalisation Consent = "personalisation"
	ConsentLocation        Consent = "location"
	ConsentMarketingPush   Consent = "marketing_push"
	ConsentMarketingSMS    Consent = "marketing_sms"
	ConsentBackground      Consent = "background_collection"
	ConsentStatistics      Consent = "statistics"
	ConsentAffiliates      Consent = "affiliates"
	ConsentSharing         Consent = "sharing"
	ConsentQuestionnaires  Consent = "questionnaires"
)

// AdultOnly reports whether the consent is to marketing, or to handing data on:
// for minors neither is done (C94).
func (c Consent) AdultOnly() bool {
	switch c {
	case ConsentMarketingPush, ConsentMarketingSMS, ConsentAffiliates, ConsentSharing:
		return true
	default:
		return false
	}
}

// Consents lists every consent in the order in which the app shows them, with
// the clause that asks for it.
var Consents = []struct {
	Consent Consent
	Clause  string
}{
	{ConsentPersonalisation, "C19"},
	{ConsentLocation, "C28"},
	{ConsentMarketingPush, "C29"},
	{ConsentMarketingSMS, "C44"},
	{ConsentBackground, "C23"},
	{ConsentStatistics, "C22"},
	{ConsentAffiliates, "C34"},
	{ConsentSharing, "C54"},
	{ConsentQuestionnaires, "C42"},
}

// Use says what kind of function a purpose belongs to.
type Use struct {
	Basic   bool    // a basic function (C09)
	Consent Consent // what an additional function needs; empty: using it is asking for it (C10)
}

// Purposes is the one list of purposes: which are basic, and which consent the
// others need.
var Purposes = map[Purpose]Use{
	"key":              {Basic: true}, // addresses the row
	"login":            {Basic: true}, // C11
	"account":          {Basic: true}, // C12, C70
	"security":         {Basic: true}, // C21, C36
	"display":          {Basic: true}, // C19: products and merchants
	"policy":           {Basic: true}, // C01, C96–C99
	"consent":          {Basic: true}, // C71, C77
	"rights":           {Basic: true}, // C70–C90
	"operation":        {Basic: true}, // runs the service, says nothing about a person
	"favourites":       {},            // C37
	"follows":          {},            // C37
	"history":          {},            // C31
	"notification":     {},            // C24, C29
	"inbox":            {},            // C29
	"optional_profile": {},            // C17
	"personalisation":  {Consent: ConsentPersonalisation},
	"nearby":           {Consent: ConsentLocation},
	"marketing_push":   {Consent: ConsentMarketingPush},
	"marketing_sms":    {Consent: ConsentMarketingSMS},
	"background":       {Consent: ConsentBackground},
	"statistics":       {Consent: ConsentStatistics},
}

// Sealer encrypts a person's attributes under a key of the person's own.
type Sealer interface {
	Encrypt(plaintext, associatedData []byte) ([]byte, error)
	Decrypt(ciphertext, associatedData []byte) ([]byte, error)
}

// Subject is the person whose rows are read or written: their key and what
// they consented to. The zero Subject opens and grants nothing.
type Subject struct {
	Key     Sealer
	Granted map[Consent]bool
}

// Allows reports whether an attribute of the purpose may be stored.
func (s Subject) Allows(p Purpose) bool {
	u, ok := Purposes[p]
	return ok && (u.Basic || u.Consent == "" || s.Granted[u.Consent])
}
