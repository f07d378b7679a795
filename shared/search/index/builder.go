package index

import (
	"encoding/binary"
	"fmt"
	"strings"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/text"
)

// Weights of where a term stands.
const (
	inTitle       = 8
	inAttribute   = 5
	inSynonym     = 4
	inMerchant    = 3
	inDescription = 1
)

// Builder makes a file of documents as they come: what it keeps of each is its
// postings and its columns, not its texts. The same merchants, documents and
// removed ids make the same bytes, in whatever order they come.
type Builder struct {
	lexicon   *text.Lexicon
	trade     map[string]bool // the tokens of the vocabulary's labels
	sounds    *soundsOf
	reader    text.Reader
	terms     map[string]uint32 // number of its list
	lists     []list
	documents []entry
	numbers   map[catalog.ProductID]bool
	facets    [columns]*facetBuilder
	shops     map[catalog.MerchantID]catalog.Merchant
	removed   map[catalog.ProductID]bool
	phrases   map[catalog.Texts]int
	buffer    []byte
}

// entry is a document's columns.
type entry struct {
	id        catalog.ProductID
	merchant  catalog.MerchantID
	created   int64
	price     price
	quality   uint8
	described bool // it has properties of its own
	brevity   uint8
	row       row
}

// list is a term's postings: for each document how many numbers it is behind
// the one before, and the weight of its best place.
type list struct {
	postings []byte
	next     uint32 // the last document's number plus one
}

func (l *list) put(document uint32, weight uint8) {
	if l.next == document+1 { // again in the same document
		at := len(l.postings) - 1
		l.postings[at] = max(l.postings[at], weight)
		return
	}
	l.postings = append(binary.AppendUvarint(l.postings, uint64(document-l.next)), weight)
	l.next = document + 1
}

// NewBuilder returns a builder of an empty file.
func NewBuilder(sounds Sounds) *Builder {
	b := &Builder{
		lexicon: text.NewLexicon(), trade: map[string]bool{}, sounds: sounds.of, terms: map[string]uint32{},
		numbers: map[catalog.ProductID]bool{}, shops: map[catalog.MerchantID]catalog.Merchant{},
		removed: map[catalog.ProductID]bool{}, phrases: map[catalog.Texts]int{},
		buffer: make([]byte, 0, 2*maxTerm),
	}
	for i, f := range search.Facets {
		b.facets[i] = newFacetBuilder(f)
	}
	for _, n := range catalog.AttributeNames {
		for _, w := range catalog.Words(n.Attribute) {
			for _, label := range []string{w.Label.ZH, w.Label.EN} {
				b.lexicon.Tokens(&b.reader, label, func(t text.Token) {
					if t.Kind == text.Word || b.lexicon.Has(t.Text) {
						b.trade[string(t.Text)] = true
					}
				})
			}
		}
	}
	return b
}

// Merchant adds a merchant. The last of an id stays.
func (b *Builder) Merchant(m catalog.Merchant) { b.shops[m.ID] = m }

// Remove notes that the product is gone from what the file is laid over.
func (b *Builder) Remove(id catalog.ProductID) { b.removed[id] = true }

// Add adds a document. A second one of the same id is an error.
func (b *Builder) Add(d search.Document) error {
	if b.numbers[d.ID] {
		return fmt.Errorf("search index: product %s comes twice", d.ID)
	}
	b.numbers[d.ID] = true
	n := uint32(len(b.documents))
	e := entry{
		id: d.ID, merchant: d.Merchant, created: d.Created, price: priceOf(d.Price), quality: qualityOf(&d),
		described: len(d.Attributes) > 0,
	}
	for i, f := range search.Facets {
		values := valuesOf(&d, f)
		e.row[i] = b.facets[i].set(values)
		for _, v := range values {
			b.put(facetTermOf(b.buffer[:0], i, v), n, 1)
		}
	}
	e.brevity = b.texts(n, &d)
	b.documents = append(b.documents, e)
	b.suggest(&d)
	return nil
}

// texts adds what the document can be found by, and returns how much a word of
// its title counts: the more, the fewer there are.
func (b *Builder) texts(n uint32, d *search.Document) uint8 {
	length := b.add(n, d.Title.ZH, inTitle, d) + b.add(n, d.Title.EN, inTitle, d)
	said := d.Title.Both()
	for _, a := range catalog.AttributeNames {
		for _, code := range d.Attributes[a.Attribute] {
			label := catalog.Label(a.Attribute, code)
			b.add(n, label.ZH, inAttribute, d)
			b.add(n, label.EN, inAttribute, d)
			said += " " + label.Both()
		}
	}
	b.add(n, text.Synonyms(said), inSynonym, d)
	b.add(n, d.Text.ZH, inDescription, d)
	b.add(n, d.Text.EN, inDescription, d)
	return brevityOf(length)
}

// add adds a text's terms, and returns how many words and characters it has. A
// word of the trade in the description of a piece whose own properties are
// known says nothing about the piece: "goes with any ring" is on necklaces too.
func (b *Builder) add(n uint32, s string, weight uint8, d *search.Document) (length int) {
	b.lexicon.Tokens(&b.reader, s, func(t text.Token) {
		if t.Kind <= text.Character {
			length++
		}
		if weight < inSynonym && len(d.Attributes) > 0 && b.trade[string(t.Text)] {
			return
		}
		b.token(n, t, weight)
	})
	if weight >= inAttribute {
		b.lexicon.PinyinTokens(&b.reader, b.sounds, s,
			func(pair []byte) { b.put(append(append(b.buffer[:0], pairTerm), pair...), n, weight) },
			func(initials []byte) { b.put(append(append(b.buffer[:0], initialsTerm), initials...), n, weight) })
	}
	return length
}

func (b *Builder) token(n uint32, t text.Token, weight uint8) {
	if t.Inside {
		weight = (weight + 1) / 2
	}
	if t.Kind == text.Character && weight < inSynonym {
		return // single characters are looked for only where a piece is named
	}
	b.put(t.Text, n, weight)
	if t.Kind == text.Word && weight >= inSynonym {
		for i := 1; i <= shortPrefix && i <= len(t.Text) && t.Text[i-1] < 0x80; i++ {
			b.put(append(append(b.buffer[:0], prefixTerm), t.Text[:i]...), n, weight)
		}
	}
}

// shortPrefix is up to how many letters the words that begin with them have a
// list of their own.
const shortPrefix = 3

// put notes that a document has a term.
func (b *Builder) put(term []byte, document uint32, weight uint8) {
	if len(term) > maxTerm {
		return
	}
	n, ok := b.terms[string(term)]
	if !ok {
		n = uint32(len(b.lists))
		b.terms[string(term)] = n
		b.lists = append(b.lists, list{})
	}
	b.lists[n].put(document, weight)
}

// suggest counts what can be suggested: the words of the vocabulary that the
// document has, and stones with categories.
func (b *Builder) suggest(d *search.Document) {
	for _, a := range []catalog.Attribute{catalog.Category, catalog.Stone, catalog.Metal} {
		for _, code := range d.Attributes[a] {
			b.phrases[catalog.Label(a, code)]++
		}
	}
	for _, category := range d.Attributes[catalog.Category] {
		what := catalog.Label(catalog.Category, category)
		for _, stone := range d.Attributes[catalog.Stone] {
			of := catalog.Label(catalog.Stone, stone)
			b.phrases[catalog.Texts{ZH: of.ZH + what.ZH, EN: strings.TrimSpace(of.EN + " " + what.EN)}]++
		}
	}
}
