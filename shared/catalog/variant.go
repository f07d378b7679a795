package catalog

import (
	"sort"
	"strconv"
)

// variants reads the ways in which a product is made: objects with key, price,
// stock, and any further texts as the variant's own features.
func (r *row) variants(product ProductID, currency string) []Variant {
	v := r.mapping.value(r.values, "variants")
	if v == nil {
		return nil
	}
	items, ok := v.([]any)
	if !ok {
		r.fail("variants", "must be an array")
		return nil
	}
	if len(items) > maxVariants {
		r.fail("variants", "are too many")
		return nil
	}
	var variants []Variant
	seen := map[string]bool{}
	for i, item := range items {
		object, ok := item.(map[string]any)
		if !ok {
			r.fail("variants", "must be objects")
			return nil
		}
		key := r.asText("variants.key", object["key"], maxKey)
		if key == "" {
			key = strconv.Itoa(i + 1)
		}
		if seen[key] {
			r.fail("variants.key", "is there twice")
		}
		seen[key] = true
		variants = append(variants, Variant{
			ID:         string(product) + "-" + key,
			Attributes: r.features(object),
			Price:      r.money("variants.price", object["price"], currency),
			Stock:      r.count("variants.stock", object["stock"]),
		})
	}
	return variants
}

func (r *row) features(object map[string]any) []Feature {
	var found []Feature
	for name, v := range object {
		if name == "key" || name == "price" || name == "stock" {
			continue
		}
		if r.asText("variants", name, maxValue) == "" {
			r.fail("variants", "have a feature without a name")
		}
		if value := r.asText("variants", v, maxValue); value != "" {
			found = append(found, Feature{Name: name, Value: value})
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].Name < found[j].Name })
	if len(found) > maxValues {
		r.fail("variants", "have too many features")
	}
	return found
}
