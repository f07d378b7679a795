package account

import (
	"slices"
	"time"

	"jewelrydisplay.app/shared/fault"
)

// Version is one published version of the privacy policy. It never changes
// (C99).
type Version struct {
	Name        string // "2023-01-01"; unique, chosen by the operator
	PublishedAt time.Time
	EffectiveAt time.Time   // from when it is in force
	Change      ChangeClass // what changed against the version before
}

// ChangeClass says what a version changes (C98). Empty: nothing of weight, as
// a corrected spelling.
type ChangeClass string

// The six classes of a major change (C98).
const (
	ChangeBusinessModel ChangeClass = "business_model" // purpose, type or use of personal information
	ChangeSubject       ChangeClass = "subject"        // who handles it: a merger, an acquisition
	ChangeSharing       ChangeClass = "sharing"        // to whom it is shared or disclosed
	ChangeRights        ChangeClass = "rights"         // a person's rights and how they are exercised
	ChangeContact       ChangeClass = "contact"        // who is in charge, where to complain
	ChangeImpact        ChangeClass = "impact"         // an impact assessment shows a high risk
)

// changeClasses lists the classes with the notice that each asks for: a prompt
// where what happens to the person's data changes, a red dot where only the
// ways to us do (C97).
var changeClasses = map[ChangeClass]Notice{
	"":                  NoticeNone,
	ChangeBusinessModel: NoticePopUp,
	ChangeSubject:       NoticePopUp,
	ChangeSharing:       NoticePopUp,
	ChangeRights:        NoticeRedDot,
	ChangeContact:       NoticeRedDot,
	ChangeImpact:        NoticePopUp,
}

// Major reports whether the change must be accepted before anything more is
// collected (C97).
func (c ChangeClass) Major() bool { return c != "" }

// Notice is how strongly the app points at a new version (C97).
type Notice string

// The notices, from none to the strongest.
const (
	NoticeNone   Notice = "none"
	NoticeRedDot Notice = "red_dot"
	NoticePopUp  Notice = "pop_up"
)

// History is all published versions. It is kept for ever (C99).
type History []Version

// Sorted returns the versions in the order in which they come into force.
func (h History) Sorted() History {
	s := slices.Clone(h)
	slices.SortFunc(s, func(a, b Version) int { return a.EffectiveAt.Compare(b.EffectiveAt) })
	return s
}

// Current returns the version in force at now.
func (h History) Current(now time.Time) (v Version, found bool) {
	for _, e := range h {
		if !e.EffectiveAt.After(now) && (!found || e.EffectiveAt.After(v.EffectiveAt)) {
			v, found = e, true
		}
	}
	return v, found
}

// Next returns the published version that comes into force first after now.
func (h History) Next(now time.Time) (v Version, found bool) {
	for _, e := range h {
		if e.EffectiveAt.After(now) && (!found || e.EffectiveAt.Before(v.EffectiveAt)) {
			v, found = e, true
		}
	}
	return v, found
}

// Find returns the version of the name.
func (h History) Find(name string) (Version, bool) {
	i := slices.IndexFunc(h, func(v Version) bool { return v.Name == name })
	if i < 0 {
		return Version{}, false
	}
	return h[i], true
}

// newer returns the versions that come after the accepted one. Of a person who
// accepted nothing that we know, every version is newer.
func (h History) newer(accepted string) History {
	last, found := h.Find(accepted)
	var list History
	for _, v := range h {
		if !found || v.EffectiveAt.After(last.EffectiveAt) {
			list = append(list, v)
		}
	}
	return list
}

// Due returns the version that a person must accept before anything more is
// collected about them: the one in force, when it or one since the accepted
// brought a major change (C97). Empty: none.
func (h History) Due(accepted string, now time.Time) string {
	current, found := h.Current(now)
	if !found || current.Name == accepted {
		return ""
	}
	_, known := h.Find(accepted)
	for _, v := range h.newer(accepted) {
		if !v.EffectiveAt.After(now) && (v.Change.Major() || !known) {
			return current.Name
		}
	}
	return ""
}

// Notice returns the strongest notice that the versions since the accepted one
// ask for, those that are published and not yet in force included (C96, C97).
func (h History) Notice(accepted string) Notice {
	notice := NoticeNone
	for _, v := range h.newer(accepted) {
		switch asked := changeClasses[v.Change]; {
		case asked == NoticePopUp:
			return asked
		case asked == NoticeRedDot:
			notice = asked
		}
	}
	return notice
}

// acceptable finds a version that may be accepted. hash asks for the lower-case
// hexadecimal SHA-256 of the version's text in any of its languages. Errors:
// InvalidRequest for an unknown version or a wrong hash at the locations given,
// ConsentRequired for a superseded one.
func (h History) acceptable(version string, now time.Time, early bool, location string) (Version, error) {
	v, found := h.Find(version)
	if !found {
		return v, fault.Invalid(location, "is not a published version")
	}
	current, inForce := h.Current(now)
	switch {
	case inForce && v.Name == current.Name:
		return v, nil
	case !v.EffectiveAt.After(now):
		return v, Superseded(current.Name)
	case early || !inForce:
		return v, nil
	default:
		return v, fault.Invalid(location, "is not in force yet")
	}
}

// AtLogin finds the version that a person accepts before their first row
// (C01). Errors: InvalidRequest for one that is unknown or not in force yet,
// ConsentRequired with the current version for a superseded one.
func (h History) AtLogin(version string, now time.Time) (Version, error) {
	return h.acceptable(version, now, false, "body.policy.version")
}

// InAdvance finds the version that a person accepts: the current one, or one
// that comes into force later. Errors as AtLogin's.
func (h History) InAdvance(version string, now time.Time) (Version, error) {
	return h.acceptable(version, now, true, "body.policy_version")
}

// Superseded is the ConsentRequired that names the version to accept instead.
func Superseded(current string) error {
	return fault.New(fault.ConsentRequired, "A newer version of the privacy policy must be accepted.").
		With("policy_version", current)
}
