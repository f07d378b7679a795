package accounthttp

import (
	"context"
	_ "time/tzdata" // Lambda's machine has no time zones

	"golang.org/x/text/language"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/fault"
)

// Me is one's own profile.
type Me struct {
	ID          string   `json:"id" doc:"Random; it says nothing."`
	PhoneMasked string   `json:"phone_masked" doc:"The phone number with its middle hidden."`
	Minor       bool     `json:"minor" doc:"14 to 17 years old."`
	Nickname    string   `json:"nickname,omitempty"`
	Gender      string   `json:"gender,omitempty" enum:"female,male,other"`
	Birthday    string   `json:"birthday,omitempty" format:"date"`
	Region      string   `json:"region,omitempty"`
	Occupation  string   `json:"occupation,omitempty"`
	Hobbies     []string `json:"hobbies,omitempty" nullable:"false"`
	Locale      string   `json:"locale,omitempty" doc:"BCP 47."`
	TimeZone    string   `json:"time_zone,omitempty" doc:"A zone of the IANA database."`
	Policy      struct {
		Accepted string `json:"accepted" doc:"The version accepted last."`
		Current  string `json:"current" doc:"The version in force."`
		Next     string `json:"next,omitempty" doc:"The version that comes into force next."`
		Notice   string `json:"notice" enum:"none,red_dot,pop_up" doc:"How to point at a newer version."`
	} `json:"policy"`
}

type meOut struct{ Body Me }

func me(who account.Person, o account.Overview) *meOut {
	out := &meOut{Body: Me{
		ID: who.ID.Reveal(), PhoneMasked: o.PhoneMasked, Minor: o.Minor,
		Nickname: o.Profile.Nickname.Reveal(), Gender: o.Profile.Gender.Reveal(), Birthday: o.Profile.Birthday.Reveal(),
		Region: o.Profile.Region.Reveal(), Occupation: o.Profile.Occupation.Reveal(),
		Locale: o.Profile.Locale, TimeZone: o.Profile.TimeZone,
	}}
	for _, h := range o.Profile.Hobbies {
		out.Body.Hobbies = append(out.Body.Hobbies, h.Reveal())
	}
	policy := &out.Body.Policy
	policy.Accepted, policy.Current, policy.Next, policy.Notice = o.Accepted, o.Current, o.Next, string(o.Notice)
	return out
}

func (s Services) getMe(ctx context.Context, _ *struct{}) (*meOut, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	overview, err := s.Profiles.Show(ctx, who)
	if err != nil {
		return nil, err
	}
	return me(who, overview), nil
}

type patchMeIn struct {
	Body struct {
		Nickname   Text     `json:"nickname,omitzero" minLength:"1" maxLength:"24" doc:"1 to 24 characters."`
		Gender     Text     `json:"gender,omitzero" pattern:"^(female|male|other)$" doc:"female, male or other."`
		Birthday   Text     `json:"birthday,omitzero" format:"date" doc:"YYYY-MM-DD."`
		Region     Text     `json:"region,omitzero" minLength:"1" maxLength:"64" doc:"1 to 64 characters."`
		Occupation Text     `json:"occupation,omitzero" minLength:"1" maxLength:"64" doc:"1 to 64 characters."`
		Hobbies    TextList `json:"hobbies,omitzero" maxItems:"20" minLength:"1" maxLength:"32" doc:"At most 20, each 1 to 32 characters."`
		Locale     Text     `json:"locale,omitzero" minLength:"2" maxLength:"35" pattern:"^[A-Za-z0-9_-]+$" doc:"BCP 47."`
		TimeZone   Text     `json:"time_zone,omitzero" minLength:"1" maxLength:"64" doc:"A zone of the IANA database."`
	}
}

func (s Services) patchMe(ctx context.Context, in *patchMeIn) (*meOut, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	b := &in.Body
	if err := canonical(&b.Locale.Change); err != nil {
		return nil, err
	}
	overview, err := s.Profiles.Change(ctx, who, account.Patch{
		Nickname: b.Nickname.Change, Gender: b.Gender.Change, Birthday: b.Birthday.Change, Region: b.Region.Change,
		Occupation: b.Occupation.Change, Hobbies: b.Hobbies.ListChange, Locale: b.Locale.Change, TimeZone: b.TimeZone.Change,
	})
	if err != nil {
		return nil, err
	}
	return me(who, overview), nil
}

// canonical writes a language tag (BCP 47) in its canonical form.
func canonical(locale *account.Change) error {
	if !locale.Given || locale.Null {
		return nil
	}
	tag, err := language.Parse(locale.Text)
	if err != nil || tag == language.Und {
		return fault.Invalid("body.locale", "is not a BCP 47 language tag")
	}
	locale.Text = tag.String()
	return nil
}
