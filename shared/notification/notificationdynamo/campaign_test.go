package notificationdynamo_test

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/notification"
	"jewelrydisplay.app/shared/person"
)

var everybody = notification.Audience{All: true}

// Clauses: C29.
func TestCampaignToEverybodyAddsUp(t *testing.T) {
	w := newWorld(t)
	for i := range 5 {
		w.person(false, false, fmt.Sprintf("token-%d", i))
	}
	w.person(false, false, "") // no device
	w.provider.fail["token-3"] = notification.ErrRejected
	r := w.launch(campaign("c1", notification.System, everybody))
	if r.Audience != 6 || r.Outcomes[notification.Pending] != 6 || r.Campaign.State != notification.Running {
		t.Errorf("launched %+v", r)
	}
	w.clock.Advance(time.Millisecond)
	w.person(false, false, "late-comer") // not of the frozen audience
	w.must(w.drain())
	w.outcomes("c1", notification.Counts{notification.Sent: 4, notification.Failed: 1, notification.NoDevice: 1})
	if n := w.provider.messages[0]; n.Shown().Title != "标题" || n.Message == "" || n.Once {
		t.Errorf("pushed %q, once %v", n.Shown().Title, n.Once)
	}
	w.tick(time.Minute)
	if r, _ := w.operator.Inspect(t.Context(), "c1"); r.Campaign.State != notification.Done {
		t.Errorf("state %s, want done", r.Campaign.State)
	}
	if w.provider.sent["late-comer"] != 0 {
		t.Error("who came after the launch was sent to")
	}
}

// Clauses: C29, C78, C94.
func TestMarketingNeedsConsentAgeAndPreference(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.person(false, true, "willing")
	w.person(false, false, "unasked")
	w.person(true, true, "minor")
	choosy := w.person(false, true, "choosy")
	_, err := w.inbox.Choose(ctx, choosy, notification.Choices{"discount_push": false}, nil)
	w.must(err)
	withdrawn := w.person(false, true, "withdrawn")
	leaving := w.person(false, true, "leaving")
	w.launch(campaign("sale", notification.Discount, everybody))
	w.must(w.db.Transact(ctx, "", w.store.ConsentWrite(withdrawn, inventory.ConsentMarketingPush, false)))
	w.must(w.db.Transact(ctx, "", w.store.CancelWrite(leaving)))
	w.must(w.drain())
	w.outcomes("sale", notification.Counts{
		notification.Sent: 1, notification.NoConsent: 2, notification.MinorRefused: 1, notification.Refused: 1, notification.AccountCancelled: 1,
	})
	if len(w.provider.messages) != 1 || w.provider.sent["willing"] != 1 || !w.provider.messages[0].Once {
		t.Errorf("sent %v", w.provider.sent)
	}
	w.launch(campaign("outage", notification.System, everybody))
	w.must(w.drain())
	w.outcomes("outage", notification.Counts{notification.Sent: 5, notification.AccountCancelled: 1})
	w.must(w.db.Transact(ctx, "", w.store.RestoreWrite(leaving)))
	w.launch(campaign("again", notification.System, everybody))
	w.must(w.drain())
	w.outcomes("again", notification.Counts{notification.Sent: 6})
}

func TestNamedPeopleAndFollowers(t *testing.T) {
	w := newWorld(t)
	a, b, c := w.person(false, true, "a"), w.person(false, true, "b"), w.person(false, true, "c")
	stranger, err := person.NewID(rand.Reader)
	w.must(err)
	w.launch(campaign("named", notification.Logistics, notification.Audience{Users: []person.ID{a, b, a, stranger}}))
	w.must(w.drain())
	w.outcomes("named", notification.Counts{notification.Sent: 2})
	w.followers["m1"] = []person.ID{c}
	w.launch(campaign("fans", notification.Event, notification.Audience{Follows: "m1"}))
	w.must(w.drain())
	w.outcomes("fans", notification.Counts{notification.Sent: 1})
	if w.provider.sent["a"] != 1 || w.provider.sent["b"] != 1 || w.provider.sent["c"] != 1 {
		t.Errorf("sent %v", w.provider.sent)
	}
	for user, want := range map[person.ID]int{a: 1, b: 1, c: 1} {
		messages, _, err := w.page(user, "", 10)
		if err != nil || len(messages) != want {
			t.Errorf("%d messages, want %d, %v", len(messages), want, err)
		}
	}
	w.launch(campaign("nobody", notification.System, notification.Audience{Users: []person.ID{}}))
	w.outcomes("nobody", notification.Counts{})
}

func TestEveryMessageOfTheQueueThreeTimesIsOneSend(t *testing.T) {
	w := newWorld(t)
	for i := range 6 {
		w.person(false, true, fmt.Sprintf("token-%d", i))
	}
	w.launch(campaign("sale", notification.Discount, everybody))
	refs := w.queue.take()
	var wait sync.WaitGroup
	for range 3 {
		for _, ref := range refs {
			wait.Go(func() {
				if err := w.fanout.Send(t.Context(), ref); err != nil && !errors.Is(err, notification.ErrLease) && !fault.Is(err, fault.Unavailable) {
					t.Error(err)
				}
			})
		}
	}
	wait.Wait()
	for token, n := range w.provider.sent {
		if n != 1 {
			t.Errorf("%s was sent %d times", token, n)
		}
	}
	w.outcomes("sale", notification.Counts{notification.Sent: 6})
}

func TestFiftyLaunchesAreOneCampaign(t *testing.T) {
	w := newWorld(t)
	a, b := w.person(false, true, "a"), w.person(false, true, "b")
	launch := campaign("sale", notification.Discount, notification.Audience{Users: []person.ID{a, b}})
	var wait sync.WaitGroup
	for range 50 {
		wait.Go(func() {
			if _, err := w.operator.Launch(t.Context(), launch); err != nil && !fault.Is(err, fault.Unavailable) {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	w.launch(launch)
	for range 3 {
		_ = w.drain()
	}
	if w.provider.sent["a"] != 1 || w.provider.sent["b"] != 1 {
		t.Errorf("sent %v", w.provider.sent)
	}
	w.outcomes("sale", notification.Counts{notification.Sent: 2})
	launch.Templates = map[string]notification.Text{"zh": {Title: "另", Body: "另"}, "en": {Title: "x", Body: "x"}}
	if _, err := w.operator.Launch(t.Context(), launch); !fault.Is(err, fault.Conflict) {
		t.Errorf("another campaign of the same id: %v, want Conflict", err)
	}
}

// A launch whose answer was lost is repeated when its time is over: the answer
// is the campaign, not that such a launch would come too late.
func TestALaunchIsRepeatedAfterItsTime(t *testing.T) {
	w := newWorld(t)
	w.person(false, true, "a")
	launch := campaign("sale", notification.Discount, everybody)
	launch.NotBefore, launch.Expires = noon.Add(time.Hour), noon.Add(2*time.Hour)
	first := w.launch(launch)
	w.clock.Advance(3 * time.Hour)
	if again, err := w.operator.Launch(t.Context(), launch); err != nil || !again.Campaign.Created.Equal(first.Campaign.Created) {
		t.Errorf("the campaign of %v, %v", again.Campaign.Created, err)
	}
	launch.ID = "late"
	if _, err := w.operator.Launch(t.Context(), launch); !fault.Is(err, fault.InvalidRequest) {
		t.Errorf("a new launch after its time: %v, want InvalidRequest", err)
	}
}

// What cannot be the id of a campaign is no key of a table either.
func TestWhatIsNoIDIsNoCampaign(t *testing.T) {
	w := newWorld(t)
	for _, id := range []string{strings.Repeat("x", 3000), "a b", "世"} {
		for name, do := range map[string]func(context.Context, string) (notification.Report, error){
			"inspect": w.operator.Inspect, "pause": w.operator.Pause, "resume": w.operator.Resume, "cancel": w.operator.Cancel,
		} {
			if _, err := do(t.Context(), id); !fault.Is(err, fault.NotFound) {
				t.Errorf("%s of %d bytes: %v, want NotFound", name, len(id), err)
			}
		}
	}
}

func TestQuietHoursWaitOrExpire(t *testing.T) {
	w := newWorld(t)
	w.clock.Advance(11 * time.Hour) // 23:00 in Shanghai
	ctx := t.Context()
	w.person(false, true, "sleeper")
	owl := w.person(false, true, "owl")
	_, err := w.inbox.Choose(ctx, owl, nil, &notification.QuietHours{Chosen: true, Off: true})
	w.must(err)
	nepal := w.person(false, true, "")
	d := w.device(nepal, "nepal") // 20:45
	d.Zone = "Asia/Kathmandu"
	w.must(w.devices.Register(ctx, d))
	w.launch(campaign("sale", notification.Discount, everybody))
	short := campaign("flash", notification.Discount, everybody)
	short.Expires = w.clock.Now().Add(2 * time.Hour)
	w.launch(short)
	w.must(w.drain())
	w.outcomes("sale", notification.Counts{notification.Sent: 2, notification.Pending: 1})
	w.outcomes("flash", notification.Counts{notification.Sent: 2, notification.Quiet: 1})
	w.tick(8*time.Hour + 59*time.Minute)
	if w.provider.sent["sleeper"] != 0 {
		t.Error("woken at 07:59")
	}
	w.tick(time.Minute)
	if w.provider.sent["sleeper"] != 1 {
		t.Errorf("at 08:00 sent %d times", w.provider.sent["sleeper"])
	}
	w.outcomes("sale", notification.Counts{notification.Sent: 3})
}

func TestBusyProviderIsTriedAgainUntilTheMessageExpires(t *testing.T) {
	w := newWorld(t)
	w.person(false, true, "token")
	sale := campaign("sale", notification.Discount, everybody)
	sale.Expires = w.clock.Now().Add(time.Hour)
	w.launch(sale)
	w.provider.fail["token"] = notification.ErrThrottled
	w.must(w.drain())
	w.outcomes("sale", notification.Counts{notification.Pending: 1})
	w.launch(campaign("outage", notification.System, everybody))
	w.provider.fail["token"] = errBroken
	w.must(w.drain())
	w.outcomes("outage", notification.Counts{notification.Pending: 1})
	w.tick(2 * time.Hour)
	w.outcomes("sale", notification.Counts{notification.Late: 1})
	delete(w.provider.fail, "token")
	w.tick(time.Minute)
	w.outcomes("outage", notification.Counts{notification.Sent: 1})
	if len(w.provider.messages) != 1 {
		t.Errorf("%d pushes, want the system message alone", len(w.provider.messages))
	}
}

func TestDeadEndpointIsPrunedOnceAndForgotten(t *testing.T) {
	w := newWorld(t)
	user := w.person(false, true, "dead")
	w.provider.fail["dead"] = notification.ErrEndpointDead
	w.launch(campaign("c1", notification.System, everybody))
	w.must(w.drain())
	w.outcomes("c1", notification.Counts{notification.EndpointDead: 1})
	if devices, err := w.store.Devices(t.Context(), user); err != nil || len(devices) != 0 || w.provider.removed != 1 {
		t.Errorf("%d devices left, %d endpoints removed, %v", len(devices), w.provider.removed, err)
	}
	w.launch(campaign("c2", notification.System, everybody))
	w.must(w.drain())
	w.outcomes("c2", notification.Counts{notification.NoDevice: 1})
}

func TestPauseResumeCancel(t *testing.T) {
	w := newWorld(t)
	ctx := t.Context()
	w.person(false, true, "a")
	reader := w.person(false, true, "b")
	w.launch(campaign("c1", notification.System, everybody))
	_, err := w.operator.Pause(ctx, "c1")
	w.must(err)
	w.must(w.drain())
	w.outcomes("c1", notification.Counts{notification.Pending: 2})
	_, err = w.operator.Resume(ctx, "c1")
	w.must(err)
	w.must(w.drain())
	w.outcomes("c1", notification.Counts{notification.Sent: 2})
	w.tick(time.Minute)
	if _, err := w.operator.Cancel(ctx, "c1"); !fault.Is(err, fault.Conflict) {
		t.Errorf("cancel what is done: %v, want Conflict", err)
	}
	w.launch(campaign("c2", notification.System, everybody))
	for range 2 {
		_, err = w.operator.Cancel(ctx, "c2")
		w.must(err)
	}
	w.must(w.drain())
	w.outcomes("c2", notification.Counts{notification.CampaignStopped: 2})
	w.tick(time.Hour)
	if messages, _, err := w.page(reader, "", 10); err != nil || len(messages) != 1 || messages[0].Campaign != "c1" {
		t.Errorf("inbox of %d messages, want c1 alone, %v", len(messages), err)
	}
	later := campaign("c3", notification.System, everybody)
	later.NotBefore = w.clock.Now().Add(time.Hour)
	if r := w.launch(later); r.Campaign.State != notification.Scheduled || len(w.queue.refs) != 0 {
		t.Errorf("launched as %s with %d pages queued", r.Campaign.State, len(w.queue.refs))
	}
	w.tick(59 * time.Minute)
	w.outcomes("c3", notification.Counts{notification.Pending: 2})
	w.tick(time.Minute)
	w.outcomes("c3", notification.Counts{notification.Sent: 2})
	for _, act := range []func(context.Context, string) (notification.Report, error){w.operator.Pause, w.operator.Resume, w.operator.Cancel, w.operator.Inspect} {
		if _, err := act(ctx, "unknown"); !fault.Is(err, fault.NotFound) {
			t.Errorf("an unknown campaign: %v, want NotFound", err)
		}
	}
	if list, err := w.operator.List(ctx); err != nil || len(list) != 3 || list[0].ID != "c3" {
		t.Errorf("%d campaigns, %v", len(list), err)
	}
}

// A person who is erased between launch and send is counted, not lost.
func TestErasedRecipientIsCounted(t *testing.T) {
	w := newWorld(t)
	gone, stays := w.person(false, true, "gone"), w.person(false, true, "stays")
	w.launch(campaign("c1", notification.System, notification.Audience{Users: []person.ID{gone, stays}}))
	w.erase(gone)
	w.must(w.drain())
	w.outcomes("c1", notification.Counts{notification.Sent: 1, notification.Pending: 1})
	w.tick(3 * time.Minute)
	w.outcomes("c1", notification.Counts{notification.Sent: 1, notification.Erased: 1})
}
