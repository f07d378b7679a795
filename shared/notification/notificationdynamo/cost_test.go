package notificationdynamo_test

import (
	"strings"
	"testing"

	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

// The cost of each call, which does not depend on the machine.
func TestCallsAreCounted(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	user := w.person(false, true, "token")
	var ref notification.Ref
	for _, c := range []struct {
		name, want string
		do         func() error
	}{
		{"empty inbox", "GetItem Query Query", func() error { _, err := w.inbox.Read(ctx, user, "", 20); return err }},
		{"registering again", "GetItem BatchGetItem BatchGetItem TransactWriteItems", func() error {
			return w.devices.Register(ctx, w.device(user, "token"))
		}},
		{"preferences", "GetItem", func() error { _, err := w.inbox.Preferences(ctx, user); return err }},
		{"a choice", "UpdateItem", func() error {
			_, err := w.inbox.Choose(ctx, user, notification.Choices{"event_sms": false}, nil)
			return err
		}},
		// The campaign, one recipient, one page, the state twice, then the start and the note.
		{"launch", "PutItem TransactWriteItems PutItem UpdateItem UpdateItem Query UpdateItem", func() error {
			_, err := w.operator.Launch(ctx, campaign("sale", notification.Discount, notification.Audience{Users: []person.ID{user}}))
			ref = w.queue.take()[0]
			return err
		}},
		// Campaign, lease, who; campaign and people anew; inbox, devices, intent, outcome; page.
		{"a page of one", "GetItem UpdateItem Query GetItem BatchGetItem TransactWriteItems Query TransactWriteItems TransactWriteItems UpdateItem", func() error {
			return w.fanout.Send(ctx, ref)
		}},
		{"the same page again", "GetItem UpdateItem UpdateItem", func() error { return w.fanout.Send(ctx, ref) }},
		{"inbox of one", "GetItem Query Query BatchGetItem", func() error { _, err := w.inbox.Read(ctx, user, "", 20); return err }},
	} {
		w.db.TakeCalls()
		w.must(c.do())
		var got []string
		for _, call := range w.db.TakeCalls() {
			got = append(got, call.Action)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %v, want %s", c.name, got, c.want)
		}
	}
}
