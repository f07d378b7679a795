package catalog_test

import (
	"fmt"
	"testing"

	"jewelrydisplay.app/shared/catalog"
)

func TestPricesInEverySpelling(t *testing.T) {
	for _, c := range []struct{ text, currency, want string }{
		{"1299", "", "129900 CNY"},
		{"1299.00", "HKD", "129900 HKD"},
		{"¥1,299.00", "", "129900 CNY"},
		{"￥１，２９９．５０", "", "129950 CNY"},
		{"¥ 1299", "JPY", "1299 JPY"},
		{"1299 CNY", "", "129900 CNY"},
		{"1299CNY", "CNY", "129900 CNY"},
		{"cny 1,299", "", "129900 CNY"},
		{"RMB 1299元", "", "129900 CNY"},
		{"人民币1299元", "", "129900 CNY"},
		{"1,299元", "", "129900 CNY"},
		{"1.2万", "", "1200000 CNY"},
		{"12.8万元", "", "12800000 CNY"},
		{"3万", "JPY", "30000 JPY"},
		{"1.23456万", "", "1234560 CNY"},
		{"1.2345678万", "", "error has more digits after the point than the currency"},
		{"1 299,50 €", "", "129950 EUR"},
		{"1.299,50 EUR", "", "129950 EUR"},
		{"1299,5", "EUR", "129950 EUR"},
		{"1'299.00 CHF", "", "129900 CHF"},
		{"$1,299", "", "129900 USD"},
		{"$1,299", "HKD", "129900 HKD"},
		{"HK$1,299", "", "129900 HKD"},
		{"NT$1,299", "TWD", "129900 TWD"},
		{"USD 12.50", "", "1250 USD"},
		{"US$12.50", "USD", "1250 USD"},
		{"1,234,567.89", "", "123456789 CNY"},
		{"面议", "", "on request"},
		{"价格面议", "CNY", "on request"},
		{"Price on Request", "", "on request"},
		{" P O A ", "", "error is not a decimal number such as 12999.00"},
		{"POA", "", "on request"},
		{"-", "", "on request"},
		{"", "", "on request"},
		{"1299 USD", "CNY", "error is in another currency than the row says"},
		{"¥1299", "USD", "error is in another currency than the row says"},
		{"1299-1599", "", "error is a range: a piece has one price"},
		{"¥1299 ~ ¥1599", "", "error is a range: a piece has one price"},
		{"1,29", "", "129 CNY"},
		{"1,2,3", "", "error is not a decimal number such as 12999.00"},
		{"1,2999", "", "error is not a decimal number such as 12999.00"},
		{"12,34,567", "", "error is not a decimal number such as 12999.00"},
		{"1.299", "", "error has more digits after the point than the currency"},
		{"-5元", "", "error is below zero"},
		{"¥0", "", "error is zero: leave the price out when it is on request"},
		{"1e3", "", "error is not a decimal number such as 12999.00"},
		{"XYZ 5", "", "error is not a decimal number such as 12999.00"},
		{"CNY", "", "error is not a decimal number such as 12999.00"},
		{"约1299", "", "error is not a decimal number such as 12999.00"},
		{"9999999999999万", "", "error is too large"},
	} {
		m, err := catalog.ParsePrice(c.text, c.currency)
		got := "on request"
		switch {
		case err != nil:
			got = "error " + err.Error()
		case m != nil:
			got = fmt.Sprint(m.Amount, " ", m.Currency)
		}
		if got != c.want {
			t.Errorf("%q in %q: %s, want %s", c.text, c.currency, got, c.want)
		}
	}
}

func FuzzPrice(f *testing.F) {
	for _, text := range []string{"¥1,299.00", "1.2万元", "面议", "1 299,50 €", "HK$12", "1299-1599", "-5", "1'299.00 CHF", "0"} {
		f.Add(text, "CNY")
		f.Add(text, "")
	}
	f.Fuzz(func(t *testing.T, text, currency string) {
		m, err := catalog.ParsePrice(text, currency)
		if err != nil || m == nil {
			return
		}
		if _, known := catalog.MinorDigits(m.Currency); !known || m.Amount <= 0 {
			t.Errorf("%q in %q is %v", text, currency, *m)
		}
		if currency != "" && m.Currency != currency {
			t.Errorf("%q in %q is in %s", text, currency, m.Currency)
		}
	})
}
