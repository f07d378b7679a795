package catalog

import (
	"errors"
	"strconv"
	"strings"
)

// Money is an amount in minor units of an ISO 4217 currency: 1299900 CNY is
// 12,999 yuan.
type Money struct {
	Amount   int64  `json:"amount"`
	Currency string `json:"currency"`
}

// DefaultCurrency is what a feed's prices are in when it does not say.
const DefaultCurrency = "CNY"

// MinorDigits returns how many digits follow the point in a currency, and
// whether it is one that a feed may name.
func MinorDigits(currency string) (int, bool) {
	switch currency {
	case "CNY", "HKD", "MOP", "TWD", "USD", "EUR", "GBP", "CHF", "SGD", "MYR", "THB", "AUD", "NZD", "CAD", "AED", "INR",
		"IDR", "PHP", "SEK", "NOK", "DKK", "PLN", "BRL", "MXN", "ZAR", "SAR", "QAR", "RUB", "TRY", "ILS", "CZK", "HUF":
		return 2, true
	case "JPY", "KRW", "VND", "CLP":
		return 0, true
	case "KWD", "BHD", "OMR", "JOD", "TND":
		return 3, true
	default:
		return 0, false
	}
}

// maxMajor bounds an amount's digits before the point, far below overflow.
const maxMajor = 12

// The reasons why a text is no price. They never repeat the text.
var (
	errNotDecimal = errors.New("is not a decimal number such as 12999.00")
	errNegative   = errors.New("is below zero")
	errZero       = errors.New("is zero: leave the price out when it is on request")
	errTooPrecise = errors.New("has more digits after the point than the currency")
	errTooLarge   = errors.New("is too large")
	errCurrency   = errors.New("is not a known ISO 4217 currency")
)

// ParseMoney reads a decimal text exactly, without floating point. Trailing
// zeros beyond the currency's digits are allowed, other digits are not, since
// rounding somebody's price is not ours to do.
func ParseMoney(text, currency string) (Money, error) { return parseMoney(text, currency, 0) }

// parseMoney reads an amount that counts in tens to the power of factor.
func parseMoney(text, currency string, factor int) (Money, error) {
	digits, known := MinorDigits(currency)
	if !known {
		return Money{}, errCurrency
	}
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "-") {
		text = text[1:]
		if _, err := parseMoney(text, currency, factor); err == nil {
			return Money{}, errNegative
		}
		return Money{}, errNotDecimal
	}
	whole, fraction, point := strings.Cut(text, ".")
	if !allDigits(whole) || (point && !allDigits(fraction)) {
		return Money{}, errNotDecimal
	}
	fraction = strings.TrimRight(fraction, "0")
	shift := min(factor, len(fraction))
	whole, fraction = whole+fraction[:shift]+strings.Repeat("0", factor-shift), fraction[shift:]
	if len(fraction) > digits {
		return Money{}, errTooPrecise
	}
	whole = strings.TrimLeft(whole, "0")
	if len(whole) > maxMajor {
		return Money{}, errTooLarge
	}
	amount, err := strconv.ParseInt("0"+whole+fraction+strings.Repeat("0", digits-len(fraction)), 10, 64)
	if err != nil {
		return Money{}, errNotDecimal
	}
	if amount == 0 {
		return Money{}, errZero
	}
	return Money{Amount: amount, Currency: currency}, nil
}

func allDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
