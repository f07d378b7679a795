package catalogdynamo

import (
	"jewelrydisplay.app/shared/catalog"
)

func rowOf(p catalog.Product) productRow {
	r := productRow{
		ID: string(p.ID), ShownBy: string(p.Merchant), Merchant: string(p.Merchant), Key: p.Key,
		TitleZH: p.Title.ZH, TitleEN: p.Title.EN, TextZH: p.Description.ZH, TextEN: p.Description.EN,
		Price: moneyOf(p.Price), Stock: countOf(p.Stock),
		Created: p.CreatedAt, Updated: p.UpdatedAt, Retired: p.RetiredAt, Hash: p.Hash,
	}
	if p.Retired() {
		r.ShownBy = ""
	}
	if len(p.Attributes) > 0 {
		r.Attributes = make(map[string][]string, len(p.Attributes))
	}
	for a, codes := range p.Attributes {
		r.Attributes[string(a)] = codes
	}
	for _, i := range p.Images {
		r.Images = append(r.Images, imageRow(i))
	}
	for _, v := range p.Variants {
		row := variantRow{ID: v.ID, Price: moneyOf(v.Price), Stock: countOf(v.Stock)}
		for _, f := range v.Attributes {
			row.Features = append(row.Features, featureRow(f))
		}
		r.Variants = append(r.Variants, row)
	}
	return r
}

func (r productRow) product() catalog.Product {
	p := catalog.Product{
		ID: catalog.ProductID(r.ID), Merchant: catalog.MerchantID(r.Merchant), Key: r.Key,
		Title:       catalog.Texts{ZH: r.TitleZH, EN: r.TitleEN},
		Description: catalog.Texts{ZH: r.TextZH, EN: r.TextEN},
		Attributes:  catalog.Attributes{}, Price: r.Price.money(), Stock: count(r.Stock),
		CreatedAt: r.Created, UpdatedAt: r.Updated, RetiredAt: r.Retired, Hash: r.Hash,
	}
	for a, codes := range r.Attributes {
		p.Attributes[catalog.Attribute(a)] = codes
	}
	for _, i := range r.Images {
		p.Images = append(p.Images, catalog.Image(i))
	}
	for _, v := range r.Variants {
		variant := catalog.Variant{ID: v.ID, Price: v.Price.money(), Stock: count(v.Stock)}
		for _, f := range v.Features {
			variant.Attributes = append(variant.Attributes, catalog.Feature(f))
		}
		p.Variants = append(p.Variants, variant)
	}
	return p
}

func moneyOf(m *catalog.Money) moneyRow {
	if m == nil {
		return moneyRow{}
	}
	return moneyRow(*m)
}

func (m moneyRow) money() *catalog.Money {
	if m.Currency == "" {
		return nil
	}
	money := catalog.Money(m)
	return &money
}

func countOf(n *int) []int {
	if n == nil {
		return nil
	}
	return []int{*n}
}

func count(n []int) *int {
	if len(n) == 0 {
		return nil
	}
	return &n[0]
}

func merchantRowOf(m catalog.Merchant) merchantRow {
	r := merchantRow{
		ID: string(m.ID), NameZH: m.Name.ZH, NameEN: m.Name.EN, CityZH: m.City.ZH, CityEN: m.City.EN, Logo: m.Logo,
	}
	if m.Location != nil {
		r.Place = []int{m.Location.LatE2, m.Location.LonE2}
	}
	return r
}

func (r merchantRow) merchant() catalog.Merchant {
	m := catalog.Merchant{
		ID: catalog.MerchantID(r.ID), Logo: r.Logo,
		Name: catalog.Texts{ZH: r.NameZH, EN: r.NameEN}, City: catalog.Texts{ZH: r.CityZH, EN: r.CityEN},
	}
	if len(r.Place) == 2 {
		m.Location = &catalog.Location{LatE2: r.Place[0], LonE2: r.Place[1]}
	}
	return m
}

func importRowOf(i catalog.Import) importRow {
	r := importRow{
		ID: i.ID, Fingerprint: i.Fingerprint, State: i.State, Source: i.Source, Run: i.Run, Revision: i.Revision,
		HeldUntil: i.HeldUntil, Started: i.StartedAt, Handled: i.Handled, Rows: i.Rows, Created: i.Created,
		Updated: i.Updated, Unchanged: i.Unchanged, Retired: i.Retired, Rejected: i.Rejected,
		Bucket: i.Report.Bucket, Object: i.Report.Key, Warnings: i.Warnings,
	}
	for _, rejection := range i.Rejections {
		r.Rejections = append(r.Rejections, rejectionRow(rejection))
	}
	return r
}

func (r importRow) state() catalog.Import {
	i := catalog.Import{
		ID: r.ID, Fingerprint: r.Fingerprint, State: r.State, Source: r.Source, Run: r.Run, Revision: r.Revision,
		HeldUntil: r.HeldUntil, StartedAt: r.Started, Handled: r.Handled, Rows: r.Rows, Created: r.Created,
		Updated: r.Updated, Unchanged: r.Unchanged, Retired: r.Retired, Rejected: r.Rejected,
		Report: catalog.ObjectPlace{Bucket: r.Bucket, Key: r.Object}, Warnings: r.Warnings,
	}
	for _, rejection := range r.Rejections {
		i.Rejections = append(i.Rejections, catalog.Rejection(rejection))
	}
	return i
}
