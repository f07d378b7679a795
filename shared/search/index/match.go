package index

import "math/bits"

// enough is how much of a query a product must match, in hundredths: of two
// words both, of three two, 钻石戒指 of 钻石女士戒指.
const enough = 60

// plenty is how many products with the whole query make partial matches
// unwanted: they come only behind fewer.
const plenty = 20

// list16 is the documents of one container that match a clause: the lower
// halves of their numbers in order, how much they are about it, and what that
// is multiplied by.
type list16 struct {
	documents []uint16
	impacts   []uint8
	weight    uint32
	at        int
}

// cursor is a term's containers that are still to be read.
type cursor struct {
	next, end uint32
	factor    uint32
}

// run matches the clauses against one segment and gives what matches to the
// collector: what has every clause, or, loosely, what has enough of them.
func (x *Index) run(s *scratch, number int, u understood, loosely bool) {
	segment := x.segments[number]
	s.cursors = s.cursors[:0]
	for _, c := range s.clauses {
		some := false
		for t := c.first; t < c.last; t++ {
			cur := cursor{factor: s.terms[t].factor}
			if ord := s.ordinals[t*len(x.segments)+number]; ord >= 0 {
				cur.next, cur.end = segment.lists[ord], segment.lists[ord+1]
				some = true
			}
			s.cursors = append(s.cursors, cur)
		}
		if !some && !loosely {
			return
		}
	}
	s.collect.enter(number)
	for key := 0; key*perContainer < segment.documents; key++ {
		if s.fill(segment, uint16(key)) < len(s.clauses) && !loosely {
			continue
		}
		base := uint32(key) * perContainer
		if loosely {
			s.some(base, u)
		} else {
			s.every(base, u)
		}
	}
	s.collect.leave()
}

// fill reads the clauses' lists of one container, and returns how many of them
// are not empty.
func (s *scratch) fill(segment *Segment, key uint16) (filled int) {
	s.lists = s.lists[:0]
	s.merge.begin()
	at := 0
	for i := range s.clauses {
		c := &s.clauses[i]
		cursors := s.cursors[at : at+c.last-c.first]
		at += len(cursors)
		var only list16
		several := false
		for j := range cursors {
			cur := &cursors[j]
			for cur.next < cur.end && segment.keys[cur.next] < key {
				cur.next++
			}
			if cur.next == cur.end || segment.keys[cur.next] != key {
				continue
			}
			from, to := segment.offsets[cur.next], segment.offsets[cur.next+1]
			l := list16{documents: segment.lows[from:to], impacts: segment.impacts[from:to], weight: cur.factor}
			switch {
			case several:
				s.merge.add(l)
			case only.documents != nil:
				several = true
				s.merge.add(only)
				s.merge.add(l)
			default:
				only = l
			}
		}
		if several {
			only = s.merge.take()
		}
		only.weight = max(1, only.weight*c.weight/100)
		if len(only.documents) > 0 {
			filled++
		}
		s.lists = append(s.lists, only)
	}
	return filled
}

// merger makes one list of several: each document with its best impact.
type merger struct {
	bits      [perContainer / 64]uint64
	best      [perContainer]uint8
	documents []uint16
	impacts   []uint8
}

func (m *merger) begin() { m.documents, m.impacts = m.documents[:0], m.impacts[:0] }

// add adds a list whose weight is a factor in hundredths.
func (m *merger) add(l list16) {
	for i, d := range l.documents {
		impact := uint8(max(1, uint32(l.impacts[i])*l.weight/100))
		if word, bit := d>>6, uint64(1)<<(d&63); m.bits[word]&bit == 0 {
			m.bits[word] |= bit
			m.best[d] = impact
		} else {
			m.best[d] = max(m.best[d], impact)
		}
	}
}

// take returns what was added, in order, and forgets it.
func (m *merger) take() list16 {
	from := len(m.documents)
	for word := range m.bits {
		for b := m.bits[word]; b != 0; b &= b - 1 {
			d := uint16(word<<6 | bits.TrailingZeros64(b))
			m.documents = append(m.documents, d)
			m.impacts = append(m.impacts, m.best[d])
		}
		m.bits[word] = 0
	}
	return list16{documents: m.documents[from:], impacts: m.impacts[from:], weight: 100}
}

// every collects the documents of a container that every list has: those of the
// shortest list that the others have too.
func (s *scratch) every(base uint32, u understood) {
	lists := s.lists
	for i := 1; i < len(lists); i++ { // a handful, in order of length
		for j := i; j > 0 && len(lists[j].documents) < len(lists[j-1].documents); j-- {
			lists[j], lists[j-1] = lists[j-1], lists[j]
		}
	}
	lead, others, covered := &lists[0], lists[1:], u.known.count()
	if len(others) == 0 && s.collect.simple && s.collect.dead == nil {
		s.alone(base, lead, covered)
		return
	}
	below := 0 // documents that only count
	defer func() { s.collect.below(below) }()
documents:
	for i, d := range lead.documents {
		score := lead.weight * uint32(lead.impacts[i])
		for j := range others {
			o := &others[j]
			o.at = gallop(o.documents, o.at, d)
			if o.at == len(o.documents) {
				return
			}
			if o.documents[o.at] != d {
				continue documents
			}
			score += o.weight * uint32(o.impacts[o.at])
		}
		if score < s.collect.floor && s.collect.dead == nil {
			below++
			continue
		}
		s.collect.add(base|uint32(d), score, covered)
	}
}

// alone collects the documents of a container that one list has: of most only
// the impact is looked at.
func (s *scratch) alone(base uint32, l *list16, covered int) {
	least, below := uint32(0), 0 // the impact below which a document only counts
	for i, impact := range l.impacts {
		if uint32(impact) < least {
			below++
			continue
		}
		s.collect.add(base|uint32(l.documents[i]), l.weight*uint32(impact), covered)
		least = s.collect.floor / l.weight
	}
	s.collect.below(below)
}

// gallop returns the first place from at on whose number is not below d.
func gallop(documents []uint16, at int, d uint16) int {
	if at >= len(documents) || documents[at] >= d {
		return at
	}
	step := 1
	for at+step < len(documents) && documents[at+step] < d {
		step <<= 1
	}
	low, high := at+step>>1+1, min(at+step, len(documents))
	for low < high {
		middle := int(uint(low+high) >> 1)
		if documents[middle] < d {
			low = middle + 1
		} else {
			high = middle
		}
	}
	return low
}

// loose adds up what each document of a container has of a query.
type loose struct {
	scores  []uint32
	covers  []places
	touched []uint16
}

// some collects the documents of a container that have enough of the query.
func (s *scratch) some(base uint32, u understood) {
	l := &s.loose
	if l.scores == nil {
		l.scores, l.covers = make([]uint32, perContainer), make([]places, perContainer)
	}
	l.touched = l.touched[:0]
	for i := range s.lists {
		list, covers := &s.lists[i], s.clauses[i].covers
		for j, d := range list.documents {
			if l.covers[d] == 0 {
				l.touched = append(l.touched, d)
				l.scores[d] = 0
			}
			l.covers[d] |= covers
			l.scores[d] += list.weight * uint32(list.impacts[j])
		}
	}
	known := u.known.count()
	for _, d := range l.touched {
		if covered := l.covers[d].count(); covered*100 >= known*enough {
			s.collect.add(base|uint32(d), l.scores[d], covered)
		}
		l.covers[d] = 0
	}
}

// partial tells whether a document may have enough of the query without having
// every clause.
func (s *scratch) partial(u understood) bool {
	for without := range s.clauses {
		var has places
		for i, c := range s.clauses {
			if i != without {
				has |= c.covers
			}
		}
		if has.count()*100 >= u.known.count()*enough && has != 0 {
			return true
		}
	}
	return false
}
