package login

import (
	"context"
	"net/netip"
	"strconv"
	"time"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/person"
)

// Tally is what one row counts: SMS that were sent, and how many of their codes
// came back, by the hour of sending. An address has one row, a country several.
type Tally struct {
	Hours    map[int64]Hour   // by hours since 1970
	Regions  map[string]int64 // of an address: in which hour each country was sent to last
	Revision int64            // 0: there is no such row yet
}

// Hour is what was sent in an hour, and how much of it was verified since.
type Hour struct{ Sent, Verified int64 }

// Budgets keeps tallies. They are shared by many people, so that nothing here
// is part of a transaction: a count that a crash leaves behind is gone in a day.
type Budgets interface {
	// Tallies reads rows in one call, and returns them in their order.
	Tallies(ctx context.Context, rows []person.Hash) ([]Tally, error)
	// WriteTally writes a tally whole, if its row is still at the revision
	// that was read. ErrRaced: it is not. keepUntil is when it says nothing
	// any more.
	WriteTally(ctx context.Context, row person.Hash, t Tally, keepUntil time.Time) error
	// AddTally adds to an hour that the row has. A zero keepUntil leaves the
	// row's as it is. ErrRaced: it has not.
	AddTally(ctx context.Context, row person.Hash, hour int64, add Hour, keepUntil time.Time) error
}

// Signals takes note of what may be an attack: a number of events by name, and
// never whose.
type Signals interface {
	Note(name string, value float64)
}

// The signals.
const (
	SignalVirtual = "CodeToVirtualOperator"        // a code went to a number of a virtual operator
	SignalAddress = "CodeRefusedForAddress"        // an address spent its budget
	SignalCountry = "CodeRefusedForCountry"        // a country's budget is spent
	SignalSpread  = "CodeRefusedForAnotherCountry" // an address asks for yet another country

	SignalSent     = "CodesSent"       // a code went out
	SignalUnsent   = "CodesSendFailed" // a code may not have gone out: its sender failed
	SignalVerified = "CodesVerified"   // a code was given back
)

// budgeted reports whether a code of the purpose goes to a number that anybody
// may write. The others go to an account's own number, which was verified when
// it logged in.
func budgeted(purpose string) bool { return Anonymous(purpose) || purpose == PurposeClaim }

// spending is the rows in which an SMS is counted.
type spending struct {
	address, country person.Hash
	hour             int64
}

const hourSeconds = 3600

func hourOf(at time.Time) int64 { return at.Unix() / hourSeconds }

// daily is how many hours back a count reaches: with the present one, so that
// no 24 hours are allowed more than a day's.
const daily = 24

// tidy forgets the hours that no day reaches any more. Hours to come are kept:
// a clock may have been set back.
func (t Tally) tidy(now int64) Tally {
	hours, regions := map[int64]Hour{}, map[string]int64{}
	for at, h := range t.Hours {
		if at >= now-daily {
			hours[at] = h
		}
	}
	for region, at := range t.Regions {
		if at >= now-daily {
			regions[region] = at
		}
	}
	t.Hours, t.Regions = hours, regions
	return t
}

// sum is what was sent and verified from an hour on.
func sum(tallies []Tally, from int64) (sent, verified int64) {
	for _, t := range tallies {
		for at, h := range t.Hours {
			if at >= from {
				sent, verified = sent+h.Sent, verified+h.Verified
			}
		}
	}
	return sent, verified
}

// spend counts an SMS before it is sent, for its address and its country.
// TooManyRequests: one of them has spent its budget. ErrRaced: others counted at
// the same time.
func (c *Codes) spend(ctx context.Context, a Asked, phone person.PhoneNumber, now time.Time) (spending, error) {
	region, hour := c.Numbers.Region(phone), hourOf(now)
	rows := []person.Hash{c.Indexes.Network(network(a.Address))}
	for shard := range c.Settings.CountryShards {
		rows = append(rows, person.Of[person.Hash](region+"-"+strconv.Itoa(shard)))
	}
	tallies, err := c.Budgets.Tallies(ctx, rows)
	if err != nil {
		return spending{}, err
	}
	for i := range tallies {
		tallies[i] = tallies[i].tidy(hour)
	}
	from, to := tallies[0], tallies[1:]
	if err := c.affords(from, to, region, now); err != nil {
		return spending{}, err
	}
	s := spending{address: rows[0], hour: hour}
	near := c.Settings.AddressUnverified.left(sum(tallies[:1], hour-daily)) <= c.Settings.AddressUnverified.Least
	anew := from.Regions[region] != hour
	from.Regions[region] = hour
	if err := c.tally(ctx, s.address, from, now, near || anew); err != nil {
		return spending{}, err
	}
	shard, near, err := c.shard(to, hour)
	if err == nil {
		s.country = rows[1+shard]
		err = c.tally(ctx, s.country, to[shard], now, near)
	}
	if err != nil {
		s.country = person.Hash{}
		c.unspend(ctx, s)
	}
	return s, err
}

// shard chooses the row that counts for a country: any, until so little is left
// that the count must be exact.
func (c *Codes) shard(to []Tally, hour int64) (shard int, near bool, err error) {
	if c.Settings.CountryUnverified.left(sum(to, hour-daily)) <= c.Settings.CountryMargin {
		return 0, true, nil
	}
	var b [1]byte
	_, err = c.Random.Read(b[:])
	return int(b[0]) % len(to), false, err
}

// affords refuses what a budget does not allow.
func (c *Codes) affords(from Tally, to []Tally, region string, now time.Time) error {
	for _, limit := range []struct {
		signal string
		free   func(since int64) bool // whether what was counted since the hour leaves room
	}{
		{SignalAddress, func(since int64) bool { return c.Settings.AddressUnverified.left(sum([]Tally{from}, since)) > 0 }},
		{SignalSpread, func(since int64) bool { return from.others(region, since) < c.Settings.AddressCountries }},
		{SignalCountry, func(since int64) bool { return c.Settings.CountryUnverified.left(sum(to, since)) > 0 }},
	} {
		since := hourOf(now) - daily
		if limit.free(since) {
			continue
		}
		c.note(limit.signal)
		for at := hourOf(now) + 1; !limit.free(since) && at <= hourOf(now)+daily+1; at++ {
			since++
		}
		again := time.Unix((since+daily)*hourSeconds, 0)
		return &fault.Error{
			Code: fault.TooManyRequests, Detail: "Too many codes were asked for and not used. Try again later.",
			RetryAfter: again.Sub(now),
		}
	}
	return nil
}

// others is how many countries but this one were sent to since an hour.
func (t Tally) others(region string, since int64) int {
	n := 0
	for other, at := range t.Regions {
		if other != region && at >= since {
			n++
		}
	}
	return n
}

// tally counts an SMS in a row. exactly: nobody else may have counted since the
// row was read. Otherwise the row only needs to have the hour.
func (c *Codes) tally(ctx context.Context, row person.Hash, t Tally, now time.Time, exactly bool) error {
	hour, keepUntil := hourOf(now), now.Add(day)
	h, ok := t.Hours[hour]
	if ok && !exactly {
		return c.Budgets.AddTally(ctx, row, hour, Hour{Sent: 1}, keepUntil)
	}
	h.Sent++
	t.Hours[hour] = h
	return c.Budgets.WriteTally(ctx, row, t, keepUntil)
}

// unspend takes the count of an SMS back that was not even tried. When that
// fails too, one more is outstanding for a day.
func (c *Codes) unspend(ctx context.Context, s spending) {
	for _, row := range []person.Hash{s.address, s.country} {
		if !row.IsZero() {
			_ = c.Budgets.AddTally(ctx, row, s.hour, Hour{Sent: -1}, time.Time{})
		}
	}
}

// verified counts a code that came back, where its SMS was counted. A count that
// is lost makes a budget tighter, never wider.
func (c *Codes) verified(ctx context.Context, p proved) {
	c.note(SignalVerified)
	if c.Budgets == nil {
		return
	}
	for _, row := range []person.Hash{p.open.Address, p.open.Country} {
		if !row.IsZero() {
			_ = c.Budgets.AddTally(ctx, row, hourOf(p.open.SentAt), Hour{Verified: 1}, time.Time{})
		}
	}
}

// network is what counts as one client: an IPv4 address, or an IPv6 /64, which is
// what one household or phone is given (RFC 6177).
func network(address netip.Addr) netip.Prefix {
	address = address.Unmap().WithZone("")
	bits := address.BitLen()
	if address.Is6() {
		bits = 64
	}
	prefix, _ := address.Prefix(bits)
	return prefix
}

func (c *Codes) note(signal string) {
	if c.Signals != nil {
		c.Signals.Note(signal, 1)
	}
}

// virtual are the prefixes of China's virtual operators, whose numbers are often
// held for others: a sign of risk, no reason to refuse.
var virtual = []string{"+86162", "+86165", "+86167", "+86170", "+86171"}
