package text

// Kind is what a token is.
type Kind uint8

// The kinds of tokens.
const (
	Word      Kind = iota // letters and digits, in the singular
	Character             // one Chinese character
	Pair                  // two neighbouring characters
	Phrase                // a longer word of the lexicon
)

// Token is one thing by which a text is found. Text is folded, and overwritten
// by the reader's next Read. Start and End are bytes of the original.
type Token struct {
	Text       []byte
	Start, End int
	Kind       Kind
	Inside     bool // part of a longer word of the lexicon: 钻石 in 培育钻石
}

// Tokens calls back with everything by which a text is found: words, and of
// Chinese each character, each pair of neighbours and each longer word of the
// lexicon.
func (l *Lexicon) Tokens(r *Reader, s string, each func(Token)) {
	for _, run := range r.Read(s) {
		if !run.Han {
			start, end := run.Place(0, run.Len())
			each(Token{Text: run.Word(), Start: start, End: end})
			continue
		}
		l.chinese(run, each)
	}
}

func (l *Lexicon) chinese(run Run, each func(Token)) {
	reach, length := 0, 0 // where the longest word met so far ends, and how long it is
	for i := range run.Len() {
		if n := l.Longest(run, i); i+n > reach {
			reach, length = i+n, n
		}
		for n := 1; i+n <= run.Len() && n <= max(2, l.longest); n++ {
			kind := min(Kind(n), Phrase)
			if kind == Phrase && !l.Has(run.Part(i, n)) {
				continue
			}
			t := Token{Text: run.Part(i, n), Kind: kind, Inside: i+n <= reach && n < length}
			t.Start, t.End = run.Place(i, n)
			each(t)
		}
	}
}
