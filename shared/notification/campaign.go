package notification

import (
	"errors"
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

// CampaignState says where a campaign is.
type CampaignState string

// The states of a campaign.
const (
	Preparing CampaignState = "preparing" // its audience is being written down
	Scheduled CampaignState = "scheduled" // waits for its time
	Running   CampaignState = "running"
	Paused    CampaignState = "paused"
	Stopped   CampaignState = "cancelled"
	Done      CampaignState = "done"
)

// Campaign is one message to many people, as an operator launched it. It holds
// nothing about any of them: who was meant stands in their own rows.
type Campaign struct {
	ID        string
	Category  Category
	Texts     map[string]Text // final, by language
	Target    Target
	Audience  Audience
	NotBefore time.Time
	Expires   time.Time // no push goes out from then on
	State     CampaignState
	Created   time.Time
	Started   time.Time // zero until then
	Size      int       // recipients counted at launch
	Digest    string    // of what was launched: a repeat is recognised by it
}

// Message returns the campaign as an inbox entry.
func (c Campaign) Message() Message {
	return Message{
		ID: MessageID(c.Started, c.ID), Campaign: c.ID, Category: c.Category, Texts: c.Texts, Target: c.Target,
		At: c.Started, Ends: c.Started.Add(Rules[c.Category].Keep),
	}
}

// Audience says who is meant: everybody, the followers of a merchant, or the
// people named.
type Audience struct {
	All     bool
	Follows string
	Users   []person.ID
}

// everybody reports whether recipients are found by the pages of people
// instead of by rows of their own.
func (a Audience) everybody() bool { return a.All }

// Launch is what an operator asks for.
type Launch struct {
	ID        string
	Category  Category
	Templates map[string]Text
	Variables map[string]string // fill {name} in the templates
	Target    Target
	Audience  Audience
	NotBefore time.Time // zero: now
	Expires   time.Time // zero: by category
}

// campaignID tells whether a text can be the id of a campaign.
func campaignID(id string) bool { return inventory.Named(id, 64, "_-") }

var placeholder = regexp.MustCompile(`\{\{ *([a-z][a-z0-9_]*) *\}\}|\{([a-z][a-z0-9_]*)\}`)

// Limits of a campaign.
const (
	titleRunes = 100
	bodyRunes  = 500
	usersLimit = 10_000
	planAhead  = 90 * day // how far ahead a campaign may be scheduled
)

// campaign checks the launch and freezes it: templates filled, times set.
// Everything that is wrong is InvalidRequest and names the member.
func (l Launch) campaign(now time.Time) (Campaign, error) {
	c := Campaign{ID: l.ID, Category: l.Category, Target: l.Target, Audience: l.Audience, NotBefore: l.NotBefore, Expires: l.Expires, State: Preparing, Created: now}
	if !campaignID(l.ID) {
		return c, fault.Invalid("campaign.id", "is not 1 to 64 letters, digits, hyphens and underscores")
	}
	rule, ok := Rules[l.Category]
	if !ok {
		return c, fault.Invalid("campaign.category", "is none of system, discount, logistics, event, policy")
	}
	var err error
	if c.Texts, err = fill(l.Templates, l.Variables); err != nil {
		return c, err
	}
	if err := l.Target.check(); err != nil {
		return c, err
	}
	if err := l.Audience.check(); err != nil {
		return c, err
	}
	if c.NotBefore.IsZero() || c.NotBefore.Before(now) {
		c.NotBefore = now
	}
	if c.Expires.IsZero() {
		c.Expires = c.NotBefore.Add(rule.Lapse)
	}
	switch {
	case c.NotBefore.Sub(now) > planAhead:
		return c, fault.Invalid("campaign.not_before", "is more than 90 days ahead")
	case !c.Expires.After(c.NotBefore):
		return c, fault.Invalid("campaign.expires_at", "is not after the campaign's start")
	case c.Expires.Sub(c.NotBefore) > rule.Keep:
		return c, fault.Invalid("campaign.expires_at", "is later than the category's messages are kept")
	}
	return c, nil
}

func (t Target) check() error {
	n := 0
	for _, id := range []string{t.Product, t.Merchant, t.PolicyVersion} {
		if id != "" {
			n++
		}
		if len(id) > 128 || !utf8.ValidString(id) {
			return fault.Invalid("campaign.target", "is no id")
		}
	}
	if n > 1 {
		return fault.Invalid("campaign.target", "names more than one thing")
	}
	return nil
}

func (a Audience) check() error {
	ways := 0
	for _, given := range []bool{a.All, a.Follows != "", a.Users != nil} {
		if given {
			ways++
		}
	}
	switch {
	case ways != 1:
		return fault.Invalid("campaign.audience", "is not exactly one of all, user_ids, follows")
	case len(a.Users) > usersLimit:
		return fault.Invalid("campaign.audience.user_ids", "names more than 10,000 people")
	}
	return nil
}

// fill puts the variables into the templates. A language, a text or a variable
// that is missing is refused, and so is a variable that no template uses:
// nobody should be sent a brace.
func fill(templates map[string]Text, variables map[string]string) (map[string]Text, error) {
	texts := map[string]Text{}
	used := map[string]bool{}
	for language := range templates {
		if language != "zh" && language != "en" {
			return nil, fault.Invalid("campaign.templates", "has a language other than zh and en")
		}
	}
	for _, language := range []string{"zh", "en"} {
		t, ok := templates[language]
		at := "campaign.templates." + language
		if !ok {
			return nil, fault.Invalid(at, "is missing")
		}
		var err error
		filled := Text{}
		if filled.Title, err = fillOne(at+".title", t.Title, variables, used, titleRunes); err != nil {
			return nil, err
		}
		if filled.Body, err = fillOne(at+".body", t.Body, variables, used, bodyRunes); err != nil {
			return nil, err
		}
		texts[language] = filled
	}
	for name := range variables {
		if !used[name] {
			return nil, fault.Invalid("campaign.variables", "has a variable that no template uses")
		}
	}
	return texts, nil
}

func fillOne(at, template string, variables map[string]string, used map[string]bool, limit int) (string, error) {
	missing := false
	text := placeholder.ReplaceAllStringFunc(template, func(found string) string {
		name := strings.Trim(found, "{} ")
		value, ok := variables[name]
		used[name] = true
		missing = missing || !ok || value == ""
		return value
	})
	text = strings.TrimSpace(text)
	switch n := utf8.RuneCountInString(text); {
	case missing:
		return "", fault.Invalid(at, "uses a variable that is not given")
	case n == 0:
		return "", fault.Invalid(at, "is missing")
	case n > limit:
		return "", fault.Invalid(at, "is too long")
	case !utf8.ValidString(text) || strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' }):
		return "", fault.Invalid(at, "has control characters")
	}
	return text, nil
}

// Errors of the campaigns' store.
var (
	// ErrExists is a campaign whose id is taken.
	ErrExists = errors.New("notification: the campaign exists")
	// ErrState is a change that the campaign's state does not allow.
	ErrState = errors.New("notification: the campaign's state does not allow it")
	// ErrLease is a page that another worker holds, or held since.
	ErrLease = errors.New("notification: the page's lease is not ours")
)
