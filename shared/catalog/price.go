package catalog

import (
	"errors"
	"strings"
)

// onRequest tells whether a merchant writes that the price is on request.
func onRequest(text string) bool {
	switch text {
	case "面议", "价格面议", "面谈", "询价", "价格询价", "议价", "电询", "电议",
		"请询价", "咨询客服", "待定", "请咨询", "on request", "price on request", "price upon request", "upon request",
		"on application", "price on application", "call for price", "contact us", "inquire", "enquire", "por", "poa",
		"n/a", "-", "--", "—", "——", "/":
		return true
	default:
		return false
	}
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

// ParsePrice reads a price as merchants write it: ¥1,299.00, 1299 CNY,
// 1.299,00 €, 1.2万元. It returns nil for a price on request. The currency
// beside the amount holds; where the row says another one, that is an error,
// and where neither says one, it is DefaultCurrency.
func ParsePrice(text, currency string) (*Money, error) {
	text = foldWord(strings.NewReplacer("￥", "¥", "\u00a0", " ", "\u202f", " ", "\u2009", " ").Replace(text))
	if text == "" || onRequest(text) {
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
	if isRange(amount) {
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
			currency = strings.ToUpper(code)
			if _, known := MinorDigits(currency); known {
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

// isRange tells whether an amount has figures on both sides of a dash or a word
// that means to.
func isRange(amount string) bool {
	for _, dash := range []string{"-", "–", "—", "~", "至", "到", "to"} {
		before, after, found := strings.Cut(amount, dash)
		if found && strings.ContainsAny(before, "0123456789") && strings.ContainsAny(after, "0123456789") {
			return true
		}
	}
	return false
}

// plainNumber takes the marks between thousands out, and makes a decimal comma
// a point: 1,299.00 and 1 299.00 and 1'299.00 and 1.299,00 and 1299,00. What is
// none of these stays as it is, and is then no number.
func plainNumber(s string) string {
	for _, mark := range []string{",", " ", "'", "’"} {
		whole, fraction, point := strings.Cut(s, ".")
		if strings.Contains(whole, mark) && grouped(whole, mark) && (!point || allDigits(fraction)) {
			return strings.ReplaceAll(whole, mark, "") + s[len(whole):]
		}
	}
	whole, fraction, comma := strings.Cut(s, ",")
	if !comma || !allDigits(fraction) || len(fraction) > 3 {
		return s
	}
	for _, mark := range []string{".", " "} {
		if strings.Contains(whole, mark) && grouped(whole, mark) {
			return strings.ReplaceAll(whole, mark, "") + "." + fraction
		}
	}
	if allDigits(whole) && len(fraction) < 3 {
		return whole + "." + fraction
	}
	return s
}

// grouped tells whether a number's figures stand in threes, divided by a mark.
func grouped(s, mark string) bool {
	for i, group := range strings.Split(s, mark) {
		if !allDigits(group) || len(group) > 3 || i > 0 && len(group) != 3 {
			return false
		}
	}
	return true
}
