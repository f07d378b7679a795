package notificationdynamo_test

import (
	"errors"
	"strings"
	"sync"
	"testing"

	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/notification/notificationdynamo"
	"jewelrydisplay.app/shared/person"
)

// erase does what the erasure of a person does, by the declarations alone.
func (w *world) erase(user person.ID) {
	w.t.Helper()
	schemas := map[string][]string{}
	for _, s := range notificationdynamo.Records() {
		w.must(s.Err())
		schemas[s.Name] = s.Also
	}
	w.must(w.db.Partition(w.t.Context(), "Notifications", "U#"+user.Reveal(), func(r dynamo.Raw) error {
		for _, pattern := range schemas[r.Record()] {
			key, err := r.Expand(pattern)
			w.must(err)
			if err := w.db.RemoveOwned(w.t.Context(), "Notifications", key, "user_id", user.Reveal()); err != nil {
				return err
			}
		}
		return w.db.Remove(w.t.Context(), "Notifications", r.Key)
	}))
}

// Clauses: C24, C88.
func TestErasureLeavesNothingOfAPerson(t *testing.T) {
	w := newWorld(t)
	user := w.person(false, true, "token")
	w.launch(campaign("all", notification.System, everybody))
	w.launch(campaign("one", notification.Logistics, notification.Audience{Users: []person.ID{user}}))
	w.must(w.drain())
	messages, _, err := w.page(user, "", 10)
	w.must(err)
	_, err = w.inbox.SetRead(t.Context(), user, messages[0].ID, true)
	w.must(err)
	w.must(w.inbox.Delete(t.Context(), user, messages[1].ID))
	w.erase(user)
	w.must(w.db.Scan(t.Context(), "Notifications", func(r dynamo.Raw) error {
		if strings.Contains(r.Key.PK+r.Key.SK, user.Reveal()) || r.Text("user_id") != "" || strings.Contains(r.Key.PK, "token") {
			t.Errorf("left: %s", r.Record())
		}
		return nil
	}))
}

// Clauses: C24.
func TestDeviceBelongsToOnePersonAtATime(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	a, b := w.person(false, true, "shared"), w.person(false, true, "")
	w.must(w.devices.Register(ctx, w.device(b, "shared")))
	w.devicesOf(a, 0)
	w.devicesOf(b, 1)
	w.launch(campaign("to-a", notification.System, notification.Audience{Users: []person.ID{a}}))
	w.must(w.drain())
	if w.provider.sent["shared"] != 0 {
		t.Error("A's message went to B's device")
	}
	// The app is installed again: a new device id with the same token.
	d := w.device(a, "shared")
	d.ID = person.Of[person.DeviceID]("another-install")
	w.must(w.devices.Register(ctx, d))
	w.devicesOf(a, 1)
	w.devicesOf(b, 0)
	// B, late, ends the session on the device that is not theirs any more.
	w.must(w.devices.EndAll(ctx, b))
	w.launch(campaign("to-both", notification.System, everybody))
	w.must(w.drain())
	if w.provider.sent["shared"] != 1 {
		t.Errorf("sent %d times, want once, for A", w.provider.sent["shared"])
	}
}

func (w *world) devicesOf(user person.ID, want int) {
	w.t.Helper()
	if devices, err := w.store.Devices(w.t.Context(), user); err != nil || len(devices) != want {
		w.t.Errorf("%d devices, want %d, %v", len(devices), want, err)
	}
}

func TestParallelRegistrationsLeaveOneOwner(t *testing.T) {
	w := newWorld(t)
	var users []person.ID
	for range 6 {
		users = append(users, w.person(false, true, ""))
	}
	var wait sync.WaitGroup
	for _, user := range users {
		wait.Go(func() {
			if err := w.devices.Register(t.Context(), w.device(user, "shared")); err != nil && !fault.Is(err, fault.Unavailable) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	total := 0
	for _, user := range users {
		devices, err := w.store.Devices(t.Context(), user)
		w.must(err)
		total += len(devices)
	}
	if total != 1 {
		t.Errorf("%d people have the device, want 1", total)
	}
}

// A token that changes replaces the old one and its endpoint.
func TestTokenIsRenewed(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	user := w.person(false, true, "old")
	d := w.device(user, "old")
	w.must(w.devices.Register(ctx, d))
	d.Token = person.Of[person.PushToken]("new")
	w.must(w.devices.Register(ctx, d))
	w.devicesOf(user, 1)
	if w.provider.byToken["old"] != "" || w.provider.byToken["new"] == "" {
		t.Errorf("endpoints %v", w.provider.byToken)
	}
}

// Clauses: C86, C88.
func TestEndsOfSessionsAndAccounts(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	user := w.person(false, true, "")
	for i, token := range []string{"one", "two", "three"} {
		d := w.device(user, token)
		d.Session = []string{"s1", "s2", "s3"}[i]
		w.must(w.devices.Register(ctx, d))
	}
	w.must(w.devices.EndSession(ctx, user, "s1"))
	w.devicesOf(user, 2)
	w.must(w.devices.EndOthers(ctx, user, "s3"))
	w.devicesOf(user, 1)
	for range 2 {
		w.must(w.devices.EndAll(ctx, user))
	}
	w.devicesOf(user, 0)
	if len(w.provider.byToken) != 0 {
		t.Errorf("endpoints left: %d", len(w.provider.byToken))
	}
}

// An endpoint that the provider could not delete is found again by the repeat:
// none is left without a row that leads to it.
//
// Clauses: C24.
func TestForgettingADeviceIsFinishedByItsRepeat(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	user := w.person(false, true, "token")
	id := w.device(user, "token").ID
	w.provider.busy = true
	if err := w.devices.Unregister(ctx, user, id); err == nil {
		t.Error("the provider refused, and nobody was told")
	}
	w.provider.busy = false
	for range 2 {
		w.must(w.devices.Unregister(ctx, user, id))
	}
	w.devicesOf(user, 0)
	if len(w.provider.byToken) != 0 {
		t.Error("an endpoint was left at the provider")
	}
}

// A registration that was held up until after the cancellation registers
// nothing, at the provider neither.
//
// Clauses: C88.
func TestNothingIsWrittenAfterTheCancellation(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	user := w.person(false, true, "")
	w.launch(campaign("c1", notification.System, everybody))
	w.must(w.drain())
	messages, _, err := w.page(user, "", 10)
	w.must(err)
	w.must(w.db.Transact(ctx, "", w.store.CancelWrite(user)))
	late := map[string]func() error{
		"device": func() error { return w.devices.Register(ctx, w.device(user, "late")) },
		"preferences": func() error {
			_, err := w.inbox.Choose(ctx, user, notification.Choices{"system_push": true}, nil)
			return err
		},
		"seen":  func() error { _, err := w.inbox.See(ctx, user, noon); return err },
		"read":  func() error { _, err := w.inbox.SetRead(ctx, user, messages[0].ID, true); return err },
		"inbox": func() error { _, _, err := w.page(user, "", 10); return err },
		"mark":  func() error { return w.store.Mark(ctx, user, messages[0], notification.Mark{Read: true}) },
	}
	for name, write := range late {
		if err := write(); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s: %v, want Unauthenticated", name, err)
		}
	}
	if len(w.provider.byToken) != 0 {
		t.Error("an endpoint was left at the provider")
	}
	w.erase(user)
	for name, write := range late {
		if err := write(); !fault.Is(err, fault.Unauthenticated) {
			t.Errorf("%s after the erasure: %v, want Unauthenticated", name, err)
		}
	}
	w.must(w.store.Deliver(ctx, user, messages[0]))
	w.must(w.db.Partition(ctx, "Notifications", "U#"+user.Reveal(), func(r dynamo.Raw) error {
		t.Errorf("written after the erasure: %s", r.Record())
		return nil
	}))
}

// A registration that was held up until after a ban registers nothing; after the
// ban it does. A cancellation is not undone by the end of a ban.
//
// Clauses: C79.
func TestABanEndsRegistrationsAndItsEndAllowsThem(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	user := w.person(false, true, "")
	ban := func(banned bool) error { return w.db.Transact(ctx, "", w.store.BanWrite(user, banned)) }
	for range 2 {
		w.must(ban(true))
	}
	if err := w.devices.Register(ctx, w.device(user, "late")); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("a device of a banned account: %v, want Unauthenticated", err)
	}
	if len(w.provider.byToken) != 0 {
		t.Error("an endpoint was left at the provider")
	}
	for range 2 {
		w.must(ban(false))
	}
	w.must(w.devices.Register(ctx, w.device(user, "late")))
	w.must(w.db.Transact(ctx, "", w.store.CancelWrite(user)))
	for _, banned := range []bool{true, false} {
		if err := ban(banned); !errors.Is(err, dynamo.ErrCondition) {
			t.Errorf("a cancelled account, banned %v: %v", banned, err)
		}
	}
}

func TestBadZoneIsRefused(t *testing.T) {
	w := newWorld(t)
	d := w.device(w.person(false, true, ""), "token")
	d.Zone = "Mars/Olympus"
	if err := w.devices.Register(t.Context(), d); !fault.Is(err, fault.InvalidRequest) {
		t.Errorf("%v, want InvalidRequest", err)
	}
}
