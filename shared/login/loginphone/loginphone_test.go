package loginphone_test

import (
	"errors"
	"strings"
	"testing"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/login/loginphone"
	"jewelrydisplay.app/shared/person"
)

// Clauses: C11.
func TestSpellingsOfOneNumberAreOneNumber(t *testing.T) {
	cn := loginphone.New([]string{"CN"})
	for _, written := range []string{
		"13800138000", "+86 138-0013-8000", "8613800138000", "0086 138 0013 8000", "１３８００１３８０００",
		" +86 (138) 0013 8000 ", "+86.138.0013.8000", "＋8613800138000", "138 0013 8000", "００８６ 138 0013 8000",
		"138\u20100013\u20118000", "138\u20120013\u20138000", "138\u20140013\u20158000", "138\u22120013\uff0d8000", "138\ufe580013\ufe638000",
		"138\u00a00013\u202f8000", "138\u20090013\u30008000", "\t13800138000\r\n",
		"\u200e13800138000", "\u200f+86 13800138000", "\u202a13800138000\u202c", "\u202b13800138000\u202c", "\u202d13800138000\u202c",
		"\u202e13800138000\u202c", "\u206613800138000\u2069", "\u206713800138000\u2069", "\u206813800138000\u2069", "\ufeff13800138000", "138\u200b00138000",
		"（138）0013·8000", "86-138-0013-8000", "138/0013/8000",
	} {
		got, err := cn.Parse("body.phone", written)
		if err != nil || got.Reveal() != "+8613800138000" {
			t.Errorf("%q: %q, %v", written, got.Reveal(), err)
		}
	}
	if got := cn.Region(person.Of[person.PhoneNumber]("+8613800138000")); got != "CN" {
		t.Errorf("region %q", got)
	}
}

// What is wrong is said in one clear answer, the same for all that is wrong in the
// same way.
func TestWhatIsNoMobileNumberOfAServedCountryIsRefused(t *testing.T) {
	cn := loginphone.New([]string{"CN"})
	for message, list := range map[string][]string{
		"is not a phone number":           {"", "+", "13800138OOO", "1-800-FLOWERS", "😀", "+86+8613800138000x", "1380013\x008000", "1３8００1３8oo0", "१३८००१३८०००"},
		"is too short for a phone number": {"1", "12345", "1380013800", "95588", "+861380", "110"},
		"is too long for a phone number":  {"138001380001", strings.Repeat("1", 41), strings.Repeat("1", 1000), "+86138001380001"},
		"has an extension; a code is sent to a number that rings a phone directly": {
			"13800138000 ext 5", "13800138000;ext=1", "13800138000 x5", "010-12345678转8001", "13800138000#5", "13800138000,5", "13800138000 分机 5", "13800138000 Ext. 5",
		},
		"is a landline number; a code is sent to a mobile phone":          {"010-12345678", "02012345678", "+86 21 6200 1234"},
		"is a number of a paid service; a code is sent to a mobile phone": {"4001234567", "+86 400 812 3456"},
		"is not a mobile number":                           {"8008100000"},
		"is not a number of a country that the app serves": {"+852 9123 4567", "+1 202 555 0123", "+44 7911 123456"},
		"is not a number that its country gives to phones": {"12000138000"},
	} {
		for _, written := range list {
			got, err := cn.Parse("body.phone", written)
			var f *fault.Error
			if !errors.As(err, &f) || f.Code != fault.InvalidRequest || !got.IsZero() || f.Fields[0].Location != "body.phone" {
				t.Errorf("%q: %q, %v", written, got.Reveal(), err)
				continue
			}
			if f.Fields[0].Message != message {
				t.Errorf("%q %s, want: %s", written, f.Fields[0].Message, message)
			}
		}
	}
	if got, err := loginphone.New([]string{"CN", "HK"}).Parse("body.phone", "+852 9123 4567"); err != nil {
		t.Errorf("a served country: %q, %v", got.Reveal(), err)
	}
	if got, err := loginphone.New([]string{"HK", "CN"}).Parse("body.phone", "00 86 138 0013 8000"); err != nil || got.Reveal() != "+8613800138000" {
		t.Errorf("two zeros where the country dials others: %q, %v", got.Reveal(), err)
	}
}
