package main

import (
	"path/filepath"
	"strings"

	"github.com/blevesearch/bleve/v2"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/custom"
	"github.com/blevesearch/bleve/v2/analysis/analyzer/keyword"
	"github.com/blevesearch/bleve/v2/analysis/tokenizer/whitespace"
	"github.com/blevesearch/bleve/v2/mapping"
	"github.com/blevesearch/bleve/v2/search/query"
	"github.com/mozillazg/go-pinyin"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/search"
	"jewelrydisplay.app/shared/search/searchtest"
	"jewelrydisplay.app/shared/search/text"
)

// theirs is bleve's scorch, given the tokens that the product's index has.
type theirs struct {
	index   bleve.Index
	lexicon *text.Lexicon
	reader  text.Reader
	asked   []*bleve.SearchRequest
}

func fields() mapping.IndexMapping {
	m := bleve.NewIndexMapping()
	check(m.AddCustomAnalyzer("tokens", map[string]any{"type": custom.Name, "tokenizer": whitespace.Name}))
	tokens := bleve.NewTextFieldMapping()
	tokens.Analyzer, tokens.Store, tokens.IncludeInAll, tokens.IncludeTermVectors, tokens.DocValues = "tokens", false, false, false, false
	facet := bleve.NewTextFieldMapping()
	facet.Analyzer, facet.Store, facet.IncludeInAll, facet.IncludeTermVectors = keyword.Name, false, false, false
	amount := bleve.NewNumericFieldMapping()
	amount.Store, amount.IncludeInAll = false, false
	place := bleve.NewGeoPointFieldMapping()
	place.Store, place.IncludeInAll = false, false
	d := bleve.NewDocumentStaticMapping()
	d.AddFieldMappingsAt("title", tokens)
	d.AddFieldMappingsAt("text", tokens)
	d.AddFieldMappingsAt("pinyin", tokens)
	for _, f := range search.Facets {
		d.AddFieldMappingsAt(string(f), facet)
	}
	d.AddFieldMappingsAt("price", amount)
	d.AddFieldMappingsAt("place", place)
	m.DefaultMapping = d
	return m
}

func (t *theirs) build(l *searchtest.Large, folder string) error {
	t.lexicon = text.NewLexicon()
	x, err := bleve.NewUsing(filepath.Join(folder, "bleve"), fields(), "scorch", "scorch", nil)
	if err != nil {
		return err
	}
	shops := map[catalog.MerchantID]catalog.Merchant{}
	for _, m := range l.Merchants {
		shops[m.ID] = m
	}
	batch := x.NewBatch()
	for n := range l.Size {
		d := l.Document(n)
		if err := batch.Index(string(d.ID), t.document(d, shops[d.Merchant])); err != nil {
			return err
		}
		if batch.Size() == 1000 || n == l.Size-1 {
			if err := x.Batch(batch); err != nil {
				return err
			}
			batch.Reset()
		}
	}
	return x.Close()
}

func (t *theirs) document(d search.Document, shop catalog.Merchant) map[string]any {
	said := d.Title.Both()
	out := map[string]any{"merchant": string(d.Merchant)}
	for a, codes := range d.Attributes {
		out[string(a)] = codes
		for _, code := range codes {
			said += " " + catalog.Label(a, code).Both()
		}
	}
	out["title"] = t.tokens(said + " " + text.Synonyms(said))
	out["text"] = t.tokens(d.Text.Both() + " " + shop.Name.Both() + " " + shop.City.Both())
	var sounds []string
	note := func(b []byte) { sounds = append(sounds, strings.ReplaceAll(string(b), " ", "_")) }
	t.lexicon.PinyinTokens(&t.reader, mandarin{}, said, note, note)
	out["pinyin"] = strings.Join(sounds, " ")
	if d.Price != nil {
		out["price"] = d.Price.Amount
	}
	if shop.Location != nil {
		out["place"] = []float64{float64(shop.Location.LonE2) / 100, float64(shop.Location.LatE2) / 100}
	}
	return out
}

func (t *theirs) tokens(s string) string {
	var b strings.Builder
	t.lexicon.Tokens(&t.reader, s, func(k text.Token) { b.Write(k.Text); b.WriteByte(' ') })
	return b.String()
}

type mandarin struct{}

func (mandarin) Reading(r rune) string {
	if said := pinyin.SinglePinyin(r, pinyin.NewArgs()); len(said) > 0 {
		return said[0]
	}
	return ""
}

func (t *theirs) open(folder string) (err error) {
	t.index, err = bleve.Open(filepath.Join(folder, "bleve"))
	return err
}

func (t *theirs) ask(i int) (int, error) {
	r, err := t.index.Search(t.asked[i])
	if err != nil {
		return 0, err
	}
	return int(r.Total), nil
}

func (t *theirs) prepare(mix []searchtest.Asked) {
	t.lexicon = text.NewLexicon()
	for _, a := range mix {
		r := bleve.NewSearchRequest(t.query(a))
		r.Size = 20
		if a.Query.Facets == nil {
			for _, f := range search.Facets {
				r.AddFacet(string(f), bleve.NewFacetRequest(string(f), search.MaxCounts))
			}
		}
		if a.Query.Sort == search.Distance {
			r.SortByCustom(sortNear(a.Query.Near))
		}
		t.asked = append(t.asked, r)
	}
}

// anywhere looks for a token in titles first.
func anywhere(make func(field string, boost float64) query.Query) query.Query {
	return bleve.NewDisjunctionQuery(make("title", 4), make("text", 1))
}

func term(w string) query.Query {
	return anywhere(func(field string, boost float64) query.Query {
		q := bleve.NewTermQuery(w)
		q.SetField(field)
		q.SetBoost(boost)
		return q
	})
}

func (t *theirs) query(a searchtest.Asked) query.Query {
	var all []query.Query
	for i, w := range a.Words {
		switch {
		case a.Class == searchtest.Pinyin:
			for j := 0; j+1 < len(a.Spelt); j++ {
				q := bleve.NewTermQuery(a.Spelt[j] + "_" + a.Spelt[j+1])
				q.SetField("pinyin")
				all = append(all, q)
			}
		case a.Class == searchtest.Prefix && i == len(a.Words)-1:
			all = append(all, anywhere(func(field string, boost float64) query.Query {
				q := bleve.NewPrefixQuery(w)
				q.SetField(field)
				q.SetBoost(boost)
				return q
			}))
		case a.Class == searchtest.Typo && i == 0:
			all = append(all, anywhere(func(field string, boost float64) query.Query {
				q := bleve.NewFuzzyQuery(w)
				q.SetField(field)
				q.SetBoost(boost)
				q.SetFuzziness(1)
				q.SetPrefix(1)
				return q
			}))
		default:
			for _, run := range t.reader.Read(w) {
				word := string(run.Text())
				if !run.Han {
					word = string(run.Word())
				}
				all = append(all, term(word))
			}
		}
	}
	for f, values := range a.Query.Filters {
		var any []query.Query
		for _, v := range values {
			q := bleve.NewTermQuery(v)
			q.SetField(string(f))
			any = append(any, q)
		}
		if len(any) > 0 {
			all = append(all, bleve.NewDisjunctionQuery(any...))
		}
	}
	if a.Query.PriceMax != nil {
		low, high, yes := float64(*a.Query.PriceMin), float64(*a.Query.PriceMax), true
		q := bleve.NewNumericRangeInclusiveQuery(&low, &high, &yes, &yes)
		q.SetField("price")
		all = append(all, q)
	}
	if near := a.Query.Near; near != nil {
		q := bleve.NewGeoDistanceQuery(float64(near.LonE2)/100, float64(near.LatE2)/100, "50km")
		q.SetField("place")
		all = append(all, q)
	}
	return bleve.NewConjunctionQuery(all...)
}
