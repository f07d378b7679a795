package catalog

import "strings"

// attributes reads what the trade says of the piece: from the feed's own fields
// first, then from the title, from hints such as tags, and last from the fields
// of other attributes, as the fineness from a metal that is written 18K白金. A
// field's word that the vocabulary does not have stays the merchant's own.
func (r *row) attributes(title Texts) Attributes {
	all := Attributes{}
	sources := []Attributes{
		r.words.read(title.ZH, title.EN), r.words.read(r.hints()...), r.words.read(r.told()...),
	}
	for _, n := range AttributeNames {
		known, own := r.field(n.Attribute, n.Many)
		for _, s := range sources {
			if len(known) == 0 && (len(own) == 0 || n.Attribute == Category) {
				known = s[n.Attribute]
			}
		}
		if len(known) == 0 || n.Many {
			known = append(known[:len(known):len(known)], own...)
		}
		for _, code := range known {
			all.add(n.Attribute, code)
		}
	}
	return all
}

// field returns what the feed's own field says of an attribute: the codes of
// words that the vocabulary has, and the merchant's own words.
func (r *row) field(a Attribute, many bool) (known, own []string) {
	v := r.mapping.value(r.values, string(a))
	var written []string
	if many {
		written = r.list(string(a), v, maxValue)
	} else if s := r.asText(string(a), v, maxValue); s != "" {
		written = []string{s}
	}
	for _, s := range written {
		if code, ok := r.words.is(a, s); ok {
			known = append(known, code)
			continue
		}
		inside := r.words.read(s)[a]
		known = append(known, inside...)
		if len(inside) == 0 && !r.mapping.shares(a) {
			own = append(own, foldWord(s[strings.LastIndexByte(s, '>')+1:])) // the last step of a path
		}
	}
	return known, own
}

// hints are texts in which the feed may say what the piece is.
func (r *row) hints() []string { return texts(r.mapping.value(r.values, "hints")) }

// told are the fields whose words may say something of other attributes.
func (r *row) told() []string {
	var all []string
	for _, a := range []Attribute{Category, Metal, Fineness, Stone} {
		all = append(all, texts(r.mapping.value(r.values, string(a)))...)
	}
	return all
}

// texts returns the texts in a value.
func texts(v any) []string {
	switch v := v.(type) {
	case string:
		return []string{v[:min(len(v), maxHint)]}
	case []any:
		var all []string
		for _, item := range v[:min(len(v), maxValues)] {
			if s, ok := item.(string); ok {
				all = append(all, s[:min(len(s), maxHint)])
			}
		}
		return all
	default:
		return nil
	}
}

func (a Attributes) add(name Attribute, code string) {
	for _, has := range a[name] {
		if has == code {
			return
		}
	}
	a[name] = append(a[name], code)
}
