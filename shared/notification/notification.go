// Package notification is pushes and the inbox ("my message", C24, C29):
// which device is whose, what a person wants to be told and when, campaigns
// that an operator launches, and what came of them for each recipient.
package notification

import (
	"strings"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Category is what a message is about (C29).
type Category string

// The categories.
const (
	System    Category = "system"    // the account and the service
	Discount  Category = "discount"  // prices and offers
	Logistics Category = "logistics" // a parcel's way
	Event     Category = "event"     // exhibitions, openings, festivals
	Policy    Category = "policy"    // a new version of the privacy policy (C96, C97)
)

// Rule is how messages of a category are treated.
type Rule struct {
	Marketing bool          // needs the consent marketing_push, never reaches a minor (C94), at most once
	Keep      time.Duration // how long a message stays in the inbox
	Lapse     time.Duration // how long after its start a campaign's pushes may still go out, unless it says otherwise
}

const day = 24 * time.Hour

// Rules holds the rule of every category.
var Rules = map[Category]Rule{
	System:    {Keep: 180 * day, Lapse: 7 * day},
	Discount:  {Marketing: true, Keep: 30 * day, Lapse: day},
	Logistics: {Keep: 90 * day, Lapse: 3 * day},
	Event:     {Marketing: true, Keep: 30 * day, Lapse: day},
	Policy:    {Keep: 180 * day, Lapse: 7 * day},
}

// Categories lists the categories in the order in which the app shows them.
var Categories = []Category{System, Discount, Logistics, Event, Policy}

// Marketing reports whether messages of the category are marketing.
func (c Category) Marketing() bool { return Rules[c].Marketing }

// Text is a message in one language.
type Text struct {
	Title string
	Body  string
}

// Target is what a message opens in the app: one of these, or nothing.
type Target struct {
	Product       string
	Merchant      string
	PolicyVersion string
}

// Message is one entry of an inbox.
type Message struct {
	ID       string // sorts as the messages' times do
	Campaign string
	Category Category
	Texts    map[string]Text // by language, zh and en
	Target   Target
	At       time.Time
	Ends     time.Time // from then on it is in no inbox
	Read     bool
}

// Text returns the message in the language, or in Chinese when it has no such
// text.
func (m Message) Text(language string) Text { return textIn(m.Texts, language) }

func textIn(texts map[string]Text, language string) Text {
	if t, ok := texts[language]; ok {
		return t
	}
	return texts["zh"]
}

// messageDigits are the digits of a message id's time: milliseconds.
const messageDigits = 13

// MessageID names the message of a campaign that started at the time. Ids sort
// as the times do, and the same campaign has one id in every inbox.
func MessageID(at time.Time, campaign string) string {
	return timeDigits(at) + "." + campaign
}

// ParseMessageID returns the time in a message id. What is no message id is
// NotFound: nothing is there under such a name.
func ParseMessageID(id string) (time.Time, error) {
	digits, campaign, ok := strings.Cut(id, ".")
	if !ok || len(digits) != messageDigits || strings.Trim(digits, "0123456789") != "" || !campaignID(campaign) {
		return time.Time{}, errNoMessage
	}
	var ms int64
	for _, d := range digits {
		ms = ms*10 + int64(d-'0')
	}
	return time.UnixMilli(ms).UTC(), nil
}

func timeDigits(at time.Time) string {
	ms := max(at.UnixMilli(), 0)
	b := []byte("0000000000000")
	for i := messageDigits - 1; i >= 0; i-- {
		b[i] = byte('0' + ms%10)
		ms /= 10
	}
	return string(b)
}

var errNoMessage = fault.New(fault.NotFound, "There is no such message.")

// State says whether a person can be told anything.
type State string

// The states of a person as this context sees them.
const (
	Active    State = "active"
	Banned    State = "banned"
	Cancelled State = "cancelled"
)

// Person is what this context knows of a person: the projection that is read
// just before something is sent.
type Person struct {
	User      person.ID
	State     State
	Joined    time.Time
	Minor     bool // 14 to 17 years old: never marketing (C94)
	Marketing bool // consented to marketing pushes
	Choices   Choices
	Hours     QuietHours
	Seen      time.Time // messages up to here were seen
}

// Channel is a way of telling a person something.
type Channel string

// The channels that a person can switch.
const (
	Push Channel = "push"
	SMS  Channel = "sms"
)

// Choices are a person's switches by category and channel, as in
// "discount_push". What is absent is on.
type Choices map[string]bool

// Allows reports whether the category may use the channel.
func (c Choices) Allows(category Category, channel Channel) bool {
	on, chosen := c[ChoiceName(category, channel)]
	return on || !chosen
}

// ChoiceName is a switch's name among Choices.
func ChoiceName(category Category, channel Channel) string {
	return string(category) + "_" + string(channel)
}
