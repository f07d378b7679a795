package logindynamo_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
	"github.com/nyaruka/phonenumbers"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login"
	"jewelrydisplay.app/shared/login/loginphone"
)

// mainland is the n-th mobile number of many.
func mainland(n int) string { return fmt.Sprintf("138%08d", n) }

// askingAt is a request for the n-th number from an address.
func askingAt(address string, n int) login.Asked {
	a := asking(mainland(n), device(n))
	a.Address = netip.MustParseAddr(address)
	return a
}

// refused reports whether a budget was spent; any other error is a failure of
// the test.
func (w *world) refused(a login.Asked) bool {
	_, err := w.codes.Request(w.ctx, a)
	var f *fault.Error
	if errors.As(err, &f) && f.Code == fault.TooManyRequests {
		if f.RetryAfter <= 0 || f.RetryAfter > 25*time.Hour {
			w.t.Errorf("try again after %v", f.RetryAfter)
		}
		return true
	}
	if err != nil && !fault.Is(err, fault.Unavailable) { // many at once may have to try again
		w.t.Errorf("refused with %v", err)
	}
	return err != nil
}

// abroad returns n mobile numbers of each of so many countries.
func abroad(t *testing.T, countries, n int) (regions, numbers []string) {
	t.Helper()
	plans := loginphone.New([]string{"CN"})
	for region := range phonenumbers.GetSupportedRegions() {
		example := phonenumbers.GetExampleNumberForType(region, phonenumbers.MOBILE)
		if example == nil || len(regions) == countries {
			continue
		}
		text := phonenumbers.Format(example, phonenumbers.E164)
		own := loginphone.New([]string{region})
		var list []string
		for i := 0; len(list) < n && i < 10*n; i++ {
			number := text[:len(text)-3] + fmt.Sprintf("%03d", i)
			if p, err := own.Parse("", number); err == nil && plans.Region(p) == region {
				list = append(list, number)
			}
		}
		if len(list) == n {
			regions, numbers = append(regions, region), append(numbers, list...)
		}
	}
	if len(regions) != countries {
		t.Fatalf("%d countries", len(regions))
	}
	rand.New(rand.NewPCG(1, 2)).Shuffle(len(numbers), func(i, j int) { numbers[i], numbers[j] = numbers[j], numbers[i] })
	return regions, numbers
}

// Guards against SMS pumping: numbers that earn from each SMS, asked for from one
// place, all over the world.
// Clauses: C36.
func TestPumpingFromOneAddressReachesThreeCountriesAndTenSMS(t *testing.T) {
	regions, numbers := abroad(t, 50, rounds(5, 200))
	w := start(t)
	w.codes.Numbers = loginphone.New(regions)
	work := make(chan string)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for number := range work {
				a := asking(number, device(1))
				a.Address = netip.MustParseAddr("203.0.113.7")
				w.refused(a)
			}
		})
	}
	for i, number := range numbers {
		if i%500 == 499 {
			w.clk.Advance(time.Second)
		}
		work <- number
	}
	close(work)
	all.Wait()
	reached := map[string]bool{}
	for _, sms := range w.sms.sent {
		number, err := phonenumbers.Parse(strings.Fields(sms)[0], "")
		if err != nil {
			t.Fatal(err)
		}
		reached[phonenumbers.GetRegionCodeForNumber(number)] = true
	}
	if w.sms.count() != 10 || len(reached) > 3 {
		t.Errorf("%d requests: %d SMS to %d countries, want 10 and at most 3", len(numbers), w.sms.count(), len(reached))
	}
	if w.signals.n[login.SignalAddress] == 0 {
		t.Errorf("nobody was told: %v", w.signals.n)
	}
}

// The same from ever other addresses, to one country.
func TestPumpingToOneCountryReachesTwentySMSADay(t *testing.T) {
	w := start(t)
	n := rounds(150, 10_000)
	work := make(chan int)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			for i := range work {
				w.refused(askingAt(fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255), i))
			}
		})
	}
	for i := range n {
		work <- i
	}
	close(work)
	all.Wait()
	if w.sms.count() != 20 || w.signals.n[login.SignalCountry] == 0 {
		t.Errorf("%d requests: %d SMS, want 20; signals %v", n, w.sms.count(), w.signals.n)
	}
	var f *fault.Error
	if _, err := w.codes.Request(w.ctx, askingAt("10.255.255.1", n)); !errors.As(err, &f) {
		t.Fatalf("one more: %v", err)
	}
	w.clk.Advance(24*time.Hour - time.Millisecond)
	if !w.refused(askingAt("10.255.255.1", n)) {
		t.Error("a millisecond before a day was over it was sent")
	}
	w.clk.Advance(f.RetryAfter - 24*time.Hour + time.Millisecond)
	if w.refused(askingAt("10.255.255.1", n)) {
		t.Error("after Retry-After it was refused")
	}
}

// A day anywhere: no 24 hours see more than a day's SMS, wherever they begin.
func TestNoTwentyFourHoursSeeMoreThanADaysBudget(t *testing.T) {
	w := start(t)
	var sent []time.Time
	chance := rand.New(rand.NewPCG(3, 4))
	for i := 0; w.clk.Now().Before(t0.Add(60 * time.Hour)); i++ {
		before := w.sms.count()
		w.refused(askingAt(fmt.Sprintf("10.%d.%d.%d", i>>16&255, i>>8&255, i&255), i))
		if w.sms.count() > before {
			sent = append(sent, w.clk.Now())
		}
		w.clk.Advance(time.Duration(chance.IntN(int(40 * time.Minute))))
	}
	for i := range sent {
		if j := i + 20; j < len(sent) && sent[j].Sub(sent[i]) < 24*time.Hour {
			t.Errorf("21 SMS within %v", sent[j].Sub(sent[i]))
		}
	}
	if len(sent) < 40 {
		t.Errorf("%d SMS in two days and a half, want more than 40", len(sent))
	}
}

// Seventy of a hundred people type their code, a while later; half of all come
// from one carrier's address. Nobody is refused.
func TestNormalTrafficIsNeverRefused(t *testing.T) {
	for seed := range uint64(rounds(1, 3)) {
		w := startWith(t, newChance(seed))
		type open struct {
			challenge, code string
			d               int
		}
		var typing []open
		chance := rand.New(rand.NewPCG(seed, 70))
		verified, n := 0, rounds(150, 4000)
		for i := range n {
			w.clk.Advance(time.Duration(chance.IntN(int(20 * time.Second))))
			address := "203.0.113.7"
			if i%2 == 0 {
				address = fmt.Sprintf("2001:db8:%x:%x::1", i>>8, i&255)
			}
			sent, err := w.codes.Request(w.ctx, askingAt(address, i))
			if err != nil {
				t.Fatalf("seed %d: request %d was refused: %v", seed, i, err)
			}
			if chance.IntN(10) < 7 {
				typing = append(typing, open{sent.Challenge, w.sms.code(), i})
			}
			if len(typing) > chance.IntN(4) {
				o := typing[0]
				typing = typing[1:]
				if _, err := w.sessions.Open(w.ctx, opening(o.challenge, o.code, device(o.d))); err == nil {
					verified++
				} else if !fault.Is(err, fault.CodeRejected) { // it took longer than a code lives
					t.Fatal(err)
				}
			}
		}
		if share := float64(verified) / float64(n); share < 0.55 || share > 0.8 {
			t.Errorf("seed %d: %.2f were verified, which is not what this test is about", seed, share)
		}
	}
}

func TestWhatCountsAsOneAddress(t *testing.T) {
	w := start(t)
	w.codes.Settings.CountryUnverified.Least = 1000
	for i, address := range []string{
		"2001:db8:1:2::1", "2001:db8:1:2::2", "2001:db8:1:2:ffff:ffff:ffff:ffff", "2001:db8:1:2:a::", "2001:db8:1:2:b::",
		"2001:db8:1:2:c::", "2001:db8:1:2:d::", "2001:db8:1:2:e::", "2001:db8:1:2:f::", "2001:db8:1:2:10::",
	} {
		if w.refused(askingAt(address, i)) {
			t.Fatalf("number %d from one network was refused", i)
		}
	}
	if !w.refused(askingAt("2001:db8:1:2:dead:beef::", 100)) {
		t.Error("the eleventh of one /64 was sent")
	}
	if w.refused(askingAt("2001:db8:1:3::1", 101)) {
		t.Error("another /64 was refused")
	}
	for i := range 10 {
		if w.refused(askingAt([]string{"203.0.113.7", "::ffff:203.0.113.7"}[i%2], 200+i)) {
			t.Fatalf("number %d from one address was refused", i)
		}
	}
	if !w.refused(askingAt("::ffff:203.0.113.7", 300)) || w.refused(askingAt("203.0.113.8", 301)) {
		t.Error("an IPv4 address in IPv6 is not the same address, or another one is")
	}
	for i := range 11 { // nobody knows where they come from: they share one budget
		a := asking(mainland(400+i), device(400+i))
		if w.refused(a) != (i == 10) {
			t.Errorf("number %d from nowhere", i)
		}
	}
}

// Of an address nothing but a keyed hash is stored, and that for a day.
// Clauses: C21, C64.
func TestNoAddressIsOnDisk(t *testing.T) {
	w := start(t)
	w.refused(askingAt("203.0.113.7", 1))
	w.refused(askingAt("2001:db8:77:66::1", 2))
	out, err := w.cloud.Dynamo().Scan(w.ctx, &dynamodb.ScanInput{TableName: aws.String(w.cloud.Tables["Accounts"])})
	if err != nil || len(out.Items) < 4 {
		t.Fatalf("%d rows, %v", len(out.Items), err)
	}
	for _, item := range out.Items {
		text := fmt.Sprintf("%+v", flat(item))
		if strings.Contains(text, "203.0.113") || strings.Contains(text, "2001:db8") || strings.Contains(text, "138000") {
			t.Errorf("a row shows an address or a number: %s", text)
		}
		if item["expires_at"] == nil {
			t.Errorf("a row without an end: %s", text)
		}
	}
}

// A code for an account's own number is no risk of pumping: it was verified, and
// has the limits of its number.
func TestOwnNumbersAreOutsideTheBudgets(t *testing.T) {
	w := start(t)
	l := w.login(phoneA, device(1))
	w.codes.Settings.AddressUnverified.Least, w.codes.Settings.CountryUnverified.Least = 0, 0
	w.codes.Settings.AddressUnverified.Share = 0
	w.clk.Advance(time.Minute)
	if _, err := w.codes.Request(w.ctx, login.Asked{Purpose: login.PurposeCancel, User: l.User, Device: device(1)}); err != nil {
		t.Errorf("cancelling: %v", err)
	}
	if !w.refused(asking(phoneB, device(2))) {
		t.Error("a login without a budget was sent")
	}
}

// The prefixes of virtual operators are noted, without the number.
func TestVirtualOperatorsAreNoted(t *testing.T) {
	w := start(t)
	for i, phone := range []string{"17012345678", "17112345678", "16212345678", "16512345678", "16712345678", "13800138000"} {
		a := askingAt(fmt.Sprintf("10.0.0.%d", i), i)
		a.Phone = phone
		w.refused(a)
	}
	if w.signals.n[login.SignalVirtual] != 5 || w.sms.count() != 6 {
		t.Errorf("%d SMS, noted %v, want 6 and 5", w.sms.count(), w.signals.n)
	}
}

// flat is an item's values as text.
func flat(v any) string {
	switch v := v.(type) {
	case map[string]types.AttributeValue:
		var b strings.Builder
		for name, inner := range v {
			b.WriteString(name + "=" + flat(inner) + " ")
		}
		return b.String()
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberM:
		return flat(v.Value)
	case *types.AttributeValueMemberL:
		var b strings.Builder
		for _, inner := range v.Value {
			b.WriteString(flat(inner) + " ")
		}
		return b.String()
	default:
		return fmt.Sprint(v)
	}
}

// Many at once from one address see each other, although they count for a country
// in different rows.
func TestParallelRequestsFromOneAddressKeepItsBudget(t *testing.T) {
	w := start(t)
	w.codes.Settings.CountryUnverified.Least, w.codes.Settings.CountryMargin = 1000, 0
	w.refused(askingAt("203.0.113.7", 1000))
	parallel(rounds(50, 500), func(i int) error {
		w.refused(askingAt("203.0.113.7", i))
		return nil
	})
	if n := w.sms.count(); n > 10 || n < 4 {
		t.Errorf("%d SMS, want 10, or a few less when many have to try again", n)
	}
}
