package cataloghttp

import (
	"errors"

	"jewelrydisplay.app/shared/catalog"
)

func isNoMerchant(err error) bool { return errors.Is(err, catalog.ErrNoMerchant) }

// productOf shows the product in a language.
func productOf(p catalog.Product, m catalog.Merchant, language string) Product {
	out := Product{
		Card: catalog.CardOf(p, m, language), Description: p.Description.In(language),
		Images: p.Images, Attributes: []Property{}, Variants: []Variant{},
	}
	if out.Images == nil {
		out.Images = []catalog.Image{}
	}
	for _, n := range catalog.AttributeNames {
		for _, code := range p.Attributes[n.Attribute] {
			out.Attributes = append(out.Attributes, Property{
				Name: string(n.Attribute), Label: n.Label.In(language),
				Value: catalog.Label(n.Attribute, code).In(language),
			})
		}
	}
	for _, v := range p.Variants {
		variant := Variant{ID: v.ID, Attributes: []Property{}, Price: v.Price, Available: v.Available()}
		for _, f := range v.Attributes {
			variant.Attributes = append(variant.Attributes, Property{Name: f.Name, Label: featureLabel(f.Name, language), Value: f.Value})
		}
		out.Variants = append(out.Variants, variant)
	}
	return out
}

// featureLabels names the features of variants that feeds agree on.
var featureLabels = map[string]catalog.Texts{
	"size":   {ZH: "尺寸", EN: "Size"},
	"length": {ZH: "长度", EN: "Length"},
	"colour": {ZH: "颜色", EN: "Colour"},
	"color":  {ZH: "颜色", EN: "Colour"},
}

// featureLabel returns a reader's name for a variant's feature: the merchant's
// own where there is no other.
func featureLabel(name, language string) string {
	if label, ok := featureLabels[name]; ok {
		return label.In(language)
	}
	return name
}
