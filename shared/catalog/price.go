package catalog

import (
	"errors"
	"regexp"
	"strings"
)

// onRequest are the ways in which merchants write that a price is on request.
var onRequest = map[string]bool{
	"面议": true, "价格面议": true, "面谈": true, "询价": true, "价格询价": true, "议价": true, "电询": true, "电议": true,
	"请询价": true, "咨询客服": true, "待定": true, "请咨询": true,
	"on request": true, "price on request": true, "price upon request": true, "upon request": true, "on application": true,
	"price on application": true, "call for price": true, "contact us": true, "inquire": true, "enquire": true,
	"por": true, "poa": true, "n/a": true, "-": true, "--": true, "—": true, "——": true, "/": true,
}

// markers are how merchants write a currency beside an amount, the longest
// first. The empty currency is one that the mark leaves open.
var markers = []struct{ mark, currency string }{
	{"人民币", "CNY"},
	{"新台币", "TWD"},
	{"澳门元", "MOP"},
	{"美元", "USD"},
	{"美金", "USD"},
	{"欧元", "EUR"},
	{"英镑", "GBP"},
	{"港币", "HKD"},
	{"港元", "HKD"},
	{"日元", "JPY"},
	{"日圆", "JPY"},
	{"台币", "TWD"},
	{"韩元", "KRW"},
	{"瑞士法郎", "CHF"},
	{"hk$", "HKD"},
	{"nt$", "TWD"},
	{"us$", "USD"},
	{"mop$", "MOP"},
	{"au$", "AUD"},
	{"a$", "AUD"},
	{"ca$", "CAD"},
	{"c$", "CAD"},
	{"s$", "SGD"},
	{"nz$", "NZD"},
	{"rmb", "CNY"},
	{"cn¥", "CNY"},
	{"jp¥", "JPY"},
	{"元", "CNY"},
	{"圆", ""},
	{"円", "JPY"},
	{"¥", ""},
	{"€", "EUR"},
	{"£", "GBP"},
	{"₩", "KRW"},
	{"฿", "THB"},
	{"₹", "INR"},
	{"₫", "VND"},
	{"₽", "RUB"},
	{"₺", "TRY"},
	{"₱", "PHP"},
	{"$", ""},
}

var (
	errOtherCurrency = errors.New("is in another currency than the row says")
	errRange         = errors.New("is a range: a piece has one price")
)

var (
	separated = regexp.MustCompile(`^\d{1,3}([, '’]\d{3})+(\.\d+)?$`) // 1,299.00  1 299.00  1'299.00
	pointed   = regexp.MustCompile(`^\d{1,3}(\.\d{3})+,\d{1,3}$`)     // 1.299,00
	comma     = regexp.MustCompile(`^\d+( \d{3})*,\d{1,2}$`)          // 1299,00  1 299,00
	span      = regexp.MustCompile(`\d\s*(-|–|—|~|至|到|to)\s*\D{0,4}\d`)
)

// ParsePrice reads a price as merchants write it: ¥1,299.00, 1299 CNY,
// 1.299,00 €, 1.2万元. It returns nil for a price on request. The currency
// beside the amount holds; where the row says another one, that is an error,
// and where neither says one, it is DefaultCurrency.
func ParsePrice(text, currency string) (*Money, error) {
	text = foldWord(strings.NewReplacer("￥", "¥", "\u00a0", " ", "\u202f", " ", "\u2009", " ").Replace(text))
	if text == "" || onRequest[text] {
		return nil, nil
	}
	amount, beside, found := splitCurrency(text)
	if beside == "" && found { // ¥, $ or 圆 alone
		beside = shared(text, currency)
	}
	switch {
	case currency == "" && beside == "":
		currency = DefaultCurrency
	case currency == "":
		currency = beside
	case beside != "" && beside != currency:
		return nil, errOtherCurrency
	}
	if span.MatchString(amount) {
		return nil, errRange
	}
	factor := 0
	if tenThousands, ok := strings.CutSuffix(amount, "万"); ok {
		amount, factor = strings.TrimSpace(tenThousands), 4
	}
	m, err := parseMoney(plainNumber(amount), currency, factor)
	if err != nil {
		return nil, err
	}
	return &m, nil
}

// splitCurrency takes the marks and the ISO codes of a currency off an amount.
func splitCurrency(text string) (amount, currency string, found bool) {
	for range 3 { // a mark before, a code behind, and 元 behind that
		rest, code := cutCurrency(text)
		if rest == text {
			break
		}
		text, found = rest, true
		if code != "" {
			currency = code
		}
	}
	return text, currency, found
}

func cutCurrency(text string) (rest, currency string) {
	for _, m := range markers {
		if rest, ok := cutMark(text, m.mark); ok {
			return rest, m.currency
		}
	}
	if len(text) > 3 {
		for _, code := range []string{text[:3], text[len(text)-3:]} {
			if currency = strings.ToUpper(code); knownCurrency(currency) {
				rest, _ := cutMark(text, code)
				return rest, currency
			}
		}
	}
	return text, ""
}

// cutMark takes a mark off either end of a text.
func cutMark(text, mark string) (string, bool) {
	if rest, ok := strings.CutPrefix(text, mark); ok {
		return strings.TrimSpace(rest), true
	}
	rest, ok := strings.CutSuffix(text, mark)
	return strings.TrimSpace(rest), ok
}

func knownCurrency(currency string) bool {
	_, known := minorDigits[currency]
	return known
}

// shared decides for a mark that several currencies share: the row's currency
// if it is one of them.
func shared(text, currency string) string {
	if strings.Contains(text, "$") {
		switch currency {
		case "USD", "HKD", "TWD", "AUD", "CAD", "SGD", "NZD", "MOP", "MXN", "CLP", "BRL":
			return currency
		}
		return "USD"
	}
	if currency == "JPY" {
		return currency
	}
	return "CNY"
}

// plainNumber takes the marks between thousands out, and makes a decimal comma
// a point.
func plainNumber(s string) string {
	switch {
	case separated.MatchString(s):
		return strings.NewReplacer(",", "", " ", "", "'", "", "’", "").Replace(s)
	case pointed.MatchString(s):
		return strings.NewReplacer(".", "", ",", ".").Replace(s)
	case comma.MatchString(s):
		return strings.NewReplacer(" ", "", ",", ".").Replace(s)
	default:
		return s
	}
}
