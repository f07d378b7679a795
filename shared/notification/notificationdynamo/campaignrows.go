package notificationdynamo

import (
	"strconv"
	"time"

	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

const day = 24 * time.Hour

type textRow struct {
	Title string `inv:"title,C29,operation"`
	Body  string `inv:"body,C29,operation"`
}

type campaignRow struct {
	ID        string             `inv:"campaign_id,C29,key"`
	Category  string             `inv:"category,C29,operation"`
	Texts     map[string]textRow `inv:"texts,C29,operation"`
	Product   string             `inv:"product_id,C29,operation"`
	Merchant  string             `inv:"merchant_id,C29,operation"`
	Policy    string             `inv:"policy_version,C97,operation"`
	All       bool               `inv:"everybody,C29,operation"`
	Follows   string             `inv:"follows,C29,operation"`
	NotBefore time.Time          `inv:"not_before,C29,operation"`
	Until     time.Time          `inv:"push_until,C29,operation"`
	State     string             `inv:"state,C29,operation"`
	Created   time.Time          `inv:"created_at,C29,operation"`
	Started   time.Time          `inv:"started_at,C29,operation"`
	Size      int                `inv:"size,C29,operation"`
	Digest    string             `inv:"digest,C29,operation"`
}

// CampaignRecord is a campaign: texts and counts, nobody's id.
var CampaignRecord = inventory.Declare[campaignRow](inventory.Record{
	Name: "campaign", Table: table, Key: "CAMPAIGNS/{campaign_id}",
	Keep: inventory.For("created_at", 270*day), OnCancel: inventory.NotPersonal,
})

type pageRow struct {
	Campaign string         `inv:"campaign_id,C29,key"`
	Page     string         `inv:"page,C29,key"`
	Planned  int            `inv:"planned,C29,operation"`
	Counts   map[string]int `inv:"counts,C29,operation"`
	Next     time.Time      `inv:"next_at,C29,operation"`
	Done     bool           `inv:"done,C29,operation"`
	Lease    string         `inv:"lease,C29,operation"`
	Leased   time.Time      `inv:"leased_until,C29,operation"`
	Created  time.Time      `inv:"created_at,C29,operation"`
}

// PageRecord is a page of a campaign: counts, nobody's id.
var PageRecord = inventory.Declare[pageRow](inventory.Record{
	Name: "campaign_page", Table: table, Key: "CAMPAIGN#{campaign_id}/PAGE#{page}",
	Keep: inventory.For("created_at", 270*day), OnCancel: inventory.NotPersonal,
})

type outcomeRow struct {
	User     person.ID `inv:"user_id,C29,key"`
	Campaign string    `inv:"campaign_id,C29,key"`
	Page     string    `inv:"page,C29,key"`
	Outcome  string    `inv:"outcome,C29,notification"`
	At       time.Time `inv:"at,C29,notification"`
}

// OutcomeRecord is what came of a campaign for one recipient. It lies with the
// person and goes with them. Of campaigns to people who are named it is
// written at the launch and found by the campaign's page.
var OutcomeRecord = inventory.Declare[outcomeRow](inventory.Record{
	Name: "push_outcome", Table: table, Key: "U#{user_id}/O#{campaign_id}", Owner: "user_id",
	Indexes: []inventory.Index{{Name: "page", Key: "CAMPAIGN#{campaign_id}#{page}/{user_id}"}},
	Keep:    inventory.For("at", 180*day), OnCancel: inventory.EraseAfterWithdrawal,
})

type broadcastRow struct {
	ID       string             `inv:"message_id,C29,key"`
	Campaign string             `inv:"campaign_id,C29,operation"`
	Category string             `inv:"category,C29,operation"`
	Texts    map[string]textRow `inv:"texts,C29,operation"`
	Product  string             `inv:"product_id,C29,operation"`
	Merchant string             `inv:"merchant_id,C29,operation"`
	Policy   string             `inv:"policy_version,C97,operation"`
	At       time.Time          `inv:"created_at,C29,operation"`
	Ends     time.Time          `inv:"ends_at,C29,operation"`
}

// BroadcastRecord is a message that is in everybody's inbox.
var BroadcastRecord = inventory.Declare[broadcastRow](inventory.Record{
	Name: "broadcast", Table: table, Key: "BROADCASTS/{message_id}",
	Keep: inventory.Until("ends_at"), OnCancel: inventory.NotPersonal,
})

type messageRow struct {
	User     person.ID          `inv:"user_id,C29,key"`
	ID       string             `inv:"message_id,C29,key"`
	Campaign string             `inv:"campaign_id,C29,inbox"`
	Category string             `inv:"category,C29,inbox"`
	Texts    map[string]textRow `inv:"texts,C29,inbox"`
	Product  string             `inv:"product_id,C29,inbox"`
	Merchant string             `inv:"merchant_id,C29,inbox"`
	Policy   string             `inv:"policy_version,C97,inbox"`
	At       time.Time          `inv:"created_at,C29,inbox"`
	Ends     time.Time          `inv:"ends_at,C29,inbox"`
}

// MessageRecord is a message in one person's inbox.
var MessageRecord = inventory.Declare[messageRow](inventory.Record{
	Name: "inbox_message", Table: table, Key: "U#{user_id}/I#{message_id}", Owner: "user_id",
	Keep: inventory.Until("ends_at"), OnCancel: inventory.EraseAfterWithdrawal,
})

type markRow struct {
	User    person.ID `inv:"user_id,C29,key"`
	ID      string    `inv:"message_id,C29,key"`
	Read    bool      `inv:"read,C29,inbox"`
	Deleted bool      `inv:"deleted,C29,inbox"`
	Ends    time.Time `inv:"ends_at,C29,inbox"`
}

// MarkRecord is what a person did to a message.
var MarkRecord = inventory.Declare[markRow](inventory.Record{
	Name: "inbox_mark", Table: table, Key: "U#{user_id}/M#{message_id}", Owner: "user_id",
	Keep: inventory.Until("ends_at"), OnCancel: inventory.EraseAfterWithdrawal,
})

func fromTexts(texts map[string]notification.Text) map[string]textRow {
	out := make(map[string]textRow, len(texts))
	for language, t := range texts {
		out[language] = textRow(t)
	}
	return out
}

func toTexts(rows map[string]textRow) map[string]notification.Text {
	out := make(map[string]notification.Text, len(rows))
	for language, t := range rows {
		out[language] = notification.Text(t)
	}
	return out
}

func fromCampaign(c notification.Campaign) campaignRow {
	return campaignRow{
		ID: c.ID, Category: string(c.Category), Texts: fromTexts(c.Texts), Product: c.Target.Product,
		Merchant: c.Target.Merchant, Policy: c.Target.PolicyVersion, All: c.Audience.All, Follows: c.Audience.Follows,
		NotBefore: c.NotBefore, Until: c.Expires, State: string(c.State), Created: c.Created, Started: c.Started,
		Size: c.Size, Digest: c.Digest,
	}
}

func toCampaign(r campaignRow) notification.Campaign {
	return notification.Campaign{
		ID: r.ID, Category: notification.Category(r.Category), Texts: toTexts(r.Texts),
		Target:    notification.Target{Product: r.Product, Merchant: r.Merchant, PolicyVersion: r.Policy},
		Audience:  notification.Audience{All: r.All, Follows: r.Follows},
		NotBefore: r.NotBefore, Expires: r.Until, State: notification.CampaignState(r.State), Created: r.Created,
		Started: r.Started, Size: r.Size, Digest: r.Digest,
	}
}

func toPage(r pageRow) (notification.Page, error) {
	n, err := strconv.Atoi(r.Page)
	counts := notification.Counts{}
	for outcome, count := range r.Counts {
		counts[notification.Outcome(outcome)] = count
	}
	return notification.Page{Campaign: r.Campaign, Number: n, Planned: r.Planned, Counts: counts, Next: r.Next, Done: r.Done}, err
}

func toMessage(r messageRow) notification.Message {
	return notification.Message{
		ID: r.ID, Campaign: r.Campaign, Category: notification.Category(r.Category), Texts: toTexts(r.Texts),
		Target: notification.Target{Product: r.Product, Merchant: r.Merchant, PolicyVersion: r.Policy}, At: r.At, Ends: r.Ends,
	}
}

func fromMessage(user person.ID, m notification.Message) messageRow {
	return messageRow{
		User: user, ID: m.ID, Campaign: m.Campaign, Category: string(m.Category), Texts: fromTexts(m.Texts),
		Product: m.Target.Product, Merchant: m.Target.Merchant, Policy: m.Target.PolicyVersion, At: m.At, Ends: m.Ends,
	}
}

// A broadcast is a message that belongs to nobody.
func fromBroadcast(m notification.Message) broadcastRow {
	r := fromMessage(person.ID{}, m)
	return broadcastRow{
		ID: r.ID, Campaign: r.Campaign, Category: r.Category, Texts: r.Texts, Product: r.Product, Merchant: r.Merchant,
		Policy: r.Policy, At: r.At, Ends: r.Ends,
	}
}

func toBroadcast(r broadcastRow) notification.Message {
	return toMessage(messageRow{
		ID: r.ID, Campaign: r.Campaign, Category: r.Category, Texts: r.Texts, Product: r.Product, Merchant: r.Merchant,
		Policy: r.Policy, At: r.At, Ends: r.Ends,
	})
}
