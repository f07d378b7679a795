package login

import "time"

// Limits are how much is tried and sent at most. Each is a setting of its own,
// and its default stands in StandardLimits alone.
type Limits struct {
	Compares      int64 // so many tries reach the compare, a code
	Replays       int64 // so many repeats of a spent code, a code
	Failures      int64 // so many failed tries a phone within FailureWindow, over all codes
	FailureWindow time.Duration
	Sends         []Window // how often a phone gets an SMS

	AddressUnverified Budget // of one client address (IPv6: of one /64), a day
	AddressCountries  int    // to numbers of so many countries an address may have codes sent, a day
	CountryUnverified Budget // of all numbers of one country, a day
	CountryShards     int    // over so many rows a country's count is spread
	CountryMargin     int64  // with so little left, a country's budget is kept in one row: to the last SMS
}

// Window allows Count sends within any Span.
type Window struct {
	Count int
	Span  time.Duration
}

// Budget bounds the codes that are sent and do not come back: whoever has SMS
// sent to numbers that earn from them never types a code. Least is how many may
// be outstanding where none was verified; each verified one allows Share more.
type Budget struct {
	Least int64
	Share float64
}

// left is how many codes may still be sent.
func (b Budget) left(sent, verified int64) int64 {
	return b.Least + int64(b.Share*float64(verified)) - (sent - verified)
}

// StandardLimits returns the defaults. The sends are the mainland carriers' own
// limits. Share is 0.6, not 0.3: of people's codes about 70 % come back, and then
// there are 0.43 open ones for each verified one, besides those that are still
// being typed.
func StandardLimits() Limits {
	return Limits{
		Compares: 5, Replays: 5, Failures: 20, FailureWindow: day,
		Sends:             []Window{{1, time.Minute}, {5, time.Hour}, {10, day}},
		AddressUnverified: Budget{Least: 10, Share: 0.6}, AddressCountries: 3,
		CountryUnverified: Budget{Least: 20, Share: 0.6}, CountryShards: 4, CountryMargin: 64,
	}
}

const day = 24 * time.Hour
