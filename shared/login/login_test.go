package login

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf16"

	"pgregory.net/rapid"

	"jewelrydisplay.app/shared/person"
)

// An SMS of one segment holds 70 characters of UCS-2, or 160 of GSM 03.38: with
// the longest hash and the longest domain that template.yaml allows.
func TestEveryTextIsOneSegment(t *testing.T) {
	template, err := os.ReadFile("../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	most := regexp.MustCompile(`SmsDomain:\n(?:    .+\n)*    MaxLength: (\d+)\n`).FindSubmatch(template)
	if most == nil {
		t.Fatal("template.yaml bounds no SmsDomain")
	}
	n, err := strconv.Atoi(string(most[1]))
	if err != nil {
		t.Fatal(err)
	}
	domain := strings.Repeat("d", n-4) + ".com"
	text := Text{Domain: domain, AndroidHash: "FA+9qCX9VSu"}
	if len(texts) != 2 || len(texts["zh"]) != 6 || len(texts["en"]) != 6 {
		t.Error("a purpose or a language has no text")
	}
	longest := map[string]int{}
	for language, words := range texts {
		for purpose := range words {
			sms := text.write("123456", purpose, language)
			n := len(utf16.Encode([]rune(sms)))
			longest[language] = max(longest[language], n)
			if n > segment[language] {
				t.Errorf("%s %s has %d characters: %q", language, purpose, n, sms)
			}
			lines := strings.Split(sms, "\n")
			if len(lines) != 3 || lines[1] != "FA+9qCX9VSu" || lines[2] != "@"+domain+" #123456" || strings.Count(lines[0], "123456") != 1 {
				t.Errorf("%s %s: %q", language, purpose, sms)
			}
			if language == "en" && strings.Trim(sms, gsm) != "" {
				t.Errorf("%s %s has characters that GSM 03.38 has not: %q", language, purpose, sms)
			}
		}
	}
	if err := text.Check(); err != nil || longest["zh"] != 70 {
		t.Errorf("%v; the longest text has %d of 70 characters: the template may allow more", err, longest["zh"])
	}
	if err := (Text{Domain: domain + "d", AndroidHash: "FA+9qCX9VSu"}).Check(); err == nil {
		t.Error("a text of two segments passed")
	}
	if sms := (Text{}).write("123456", PurposeLogin, "en"); strings.ContainsAny(sms, "\n@#") {
		t.Errorf("without domain and hash: %q", sms)
	}
	if (Text{}).write("123456", PurposeLogin, "fr") != (Text{}).write("123456", PurposeLogin, "zh") {
		t.Error("an unknown language is not Chinese")
	}
}

// gsm are the characters of GSM 03.38 that count once and that texts use.
const gsm = "@\n +-./0123456789#abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"

func TestCodesAreDrawnEvenly(t *testing.T) {
	random := rand.NewChaCha8([32]byte{7})
	var first [10]int
	for range 20_000 {
		code, err := digits(random)
		if err != nil || len(code) != 6 {
			t.Fatalf("%q, %v", code, err)
		}
		first[code[0]-'0']++
	}
	for digit, n := range first {
		if n < 1800 || n > 2200 {
			t.Errorf("%d of 20000 codes begin with %d", n, digit)
		}
	}
	if _, err := digits(strings.NewReader("")); err == nil {
		t.Error("a code without chance")
	}
}

func TestCodesAreReadAsTheyAreTyped(t *testing.T) {
	for typed, want := range map[string]string{
		"123456": "123456", " 123 456 ": "123456", "１２３４５６": "123456", "12３４\u300056": "123456",
		"12345": "", "1234567": "", "12345x": "", "": "", "😀": "", "١٢٣٤٥٦": "", "123-456": "",
	} {
		if got, ok := plainDigits(typed); ok != (want != "") || ok && got != want {
			t.Errorf("%q: %q, %v", typed, got, ok)
		}
	}
}

// Clauses: C62.
func TestTokensAreNotPrinted(t *testing.T) {
	token := TokenOf("jda_secret")
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "token", token, "login", Login{Access: token})
	b, err := json.Marshal(struct{ T Token }{token})
	if all := fmt.Sprintf("%v %+v %#v %s", token, Login{Access: token}, token, token) + log.String() + string(b); err != nil || strings.Contains(all, "secret") {
		t.Errorf("printed: %s, %v", all, err)
	}
}

// Whenever people ask, no window ever holds more SMS than it may, and a
// refusal's waiting time is exact.
func TestSendLimitsHoldForEveryHistory(t *testing.T) {
	set := Standard()
	rapid.Check(t, func(t *rapid.T) {
		now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
		box := Outbox{}
		var all []time.Time
		for range rapid.IntRange(1, 60).Draw(t, "asks") {
			now = now.Add(time.Duration(rapid.Int64Range(0, int64(3*time.Hour)).Draw(t, "pause")))
			box = box.tidy(now, set)
			next := box.next(set)
			if next.After(now) {
				early := box.tidy(next.Add(-time.Millisecond), set)
				if !early.next(set).After(next.Add(-time.Millisecond)) {
					t.Fatalf("free before the time that was told")
				}
				if late := box.tidy(next, set); late.next(set).After(next) {
					t.Fatalf("not free at the time that was told")
				}
				continue
			}
			box.Sends = append(box.Sends, now)
			all = append(all, now)
		}
		for _, w := range set.Sends {
			for i := range all {
				if j := i + w.Count; j < len(all) && all[j].Sub(all[i]) < w.Span {
					t.Fatalf("more than %d in %v", w.Count, w.Span)
				}
			}
		}
	})
}

// Whatever turns a session takes, its present refresh token turns it once, and
// every one before the last ends it.
func TestJudge(t *testing.T) {
	set, now := Standard(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	hash := func(turn int) person.Hash { return person.Of[person.Hash](fmt.Sprint("h", turn)) }
	device := person.Of[person.Hash]("d")
	gate := Gate{State: Active, Generation: 3}
	s := Session{Generation: 3, Device: device, Turn: 5, RefreshHash: hash(5), TurnedAt: now, EndsAt: now.Add(time.Hour)}
	used := s
	used.Used = true
	for _, c := range []struct {
		name string
		s    Session
		p    Presented
		next Pair
		g    Gate
		at   time.Time
		d    string
		want verdict
	}{
		{"present", s, Presented{Turn: 5, Hash: hash(5)}, Pair{}, gate, now, "d", turn},
		{"present, forged", s, Presented{Turn: 5, Hash: hash(4)}, Pair{}, gate, now, "d", dead},
		{"present, other device", s, Presented{Turn: 5, Hash: hash(5)}, Pair{}, gate, now, "e", reuse},
		{"forged, other device", s, Presented{Turn: 5, Hash: hash(4)}, Pair{}, gate, now, "e", dead},
		{"last", s, Presented{Turn: 4}, Pair{RefreshHash: hash(5)}, gate, now.Add(59 * time.Minute), "d", repeat},
		{"last, forged", s, Presented{Turn: 4}, Pair{RefreshHash: hash(9)}, gate, now, "d", dead},
		{"last, used, in grace", used, Presented{Turn: 4}, Pair{RefreshHash: hash(5)}, gate, now.Add(30*time.Second - 1), "d", repeat},
		{"last, used, late", used, Presented{Turn: 4}, Pair{RefreshHash: hash(5)}, gate, now.Add(30 * time.Second), "d", reuse},
		{"before the last", s, Presented{Turn: 3}, Pair{}, gate, now, "d", reuse},
		{"of the future", s, Presented{Turn: 6}, Pair{}, gate, now, "d", dead},
		{"ended", s, Presented{Turn: 5, Hash: hash(5)}, Pair{}, gate, now.Add(time.Hour), "d", dead},
		{"generation passed", s, Presented{Turn: 5, Hash: hash(5)}, Pair{}, Gate{State: Active, Generation: 4}, now, "d", dead},
		{"cancelled", s, Presented{Turn: 5, Hash: hash(5)}, Pair{}, Gate{State: Cancelled, Generation: 3}, now, "d", dead},
		{"banned", s, Presented{Turn: 5, Hash: hash(5)}, Pair{}, Gate{State: Banned, Generation: 3}, now, "d", dead},
	} {
		if got := c.s.judge(c.p, person.Of[person.Hash](c.d), c.next, c.g, c.at, set); got != c.want {
			t.Errorf("%s: %d, want %d", c.name, got, c.want)
		}
	}
}

func TestOnlyThePresentAccessTokenIsAdmitted(t *testing.T) {
	set, now := Standard(), time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	good := person.Of[person.Hash]("good")
	s := Session{Generation: 1, Turn: 2, AccessHash: good, TurnedAt: now, EndsAt: now.Add(time.Hour)}
	gate := Gate{State: Active, Generation: 1}
	for name, c := range map[string]struct {
		p    Presented
		at   time.Time
		want bool
	}{
		"present":   {Presented{Turn: 2, Hash: good}, now, true},
		"forged":    {Presented{Turn: 2, Hash: person.Of[person.Hash]("bad")}, now, false},
		"no hash":   {Presented{Turn: 2}, now, false},
		"last turn": {Presented{Turn: 1, Hash: good}, now, false},
		"ended":     {Presented{Turn: 2, Hash: good}, now.Add(30 * time.Minute), false},
	} {
		if got := s.Admits(c.p, gate, c.at, set); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestWhatCouldBeANumberStaysOutOfTheAudit(t *testing.T) {
	for reason, want := range map[string]bool{
		"fraud, case 4711": false, "see § 12 (3)": false, "2026": false,
		"13800138000": true, "138 0013 8000": true, "138-0013-8000": true, "１３８００１３８": true, "mail a@b": true,
	} {
		if got := personal(reason); got != want {
			t.Errorf("%q: %v", reason, got)
		}
	}
}
