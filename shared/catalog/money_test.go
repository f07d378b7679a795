package catalog_test

import (
	"testing"

	"jewelrydisplay.app/shared/catalog"
)

func TestPricesAreExact(t *testing.T) {
	for _, c := range []struct {
		text, currency string
		amount         int64 // 0: refused
	}{
		{"12999.00", "CNY", 1299900},
		{"12999", "CNY", 1299900},
		{" 0.1 ", "CNY", 10},
		{"0.29", "CNY", 29},
		{"1.10", "CNY", 110},
		{"1.1000", "CNY", 110},
		{"007", "CNY", 700},
		{"999999999999.99", "CNY", 99999999999999},
		{"1500", "JPY", 1500},
		{"1500.0", "JPY", 1500},
		{"1.005", "KWD", 1005},
		{"1.005", "CNY", 0},
		{"0.5", "JPY", 0},
		{"1000000000000", "CNY", 0},
		{"0", "CNY", 0},
		{"0.00", "CNY", 0},
		{"-1", "CNY", 0},
		{"", "CNY", 0},
		{".5", "CNY", 0},
		{"5.", "CNY", 0},
		{"1e3", "CNY", 0},
		{"1,000", "CNY", 0},
		{"￥5", "CNY", 0},
		{"１２", "CNY", 0},
		{"0x10", "CNY", 0},
		{"+5", "CNY", 0},
		{"NaN", "CNY", 0},
		{"1 000", "CNY", 0},
		{"5", "cny", 0},
		{"5", "", 0},
	} {
		m, err := catalog.ParseMoney(c.text, c.currency)
		if (err == nil) != (c.amount != 0) || m.Amount != c.amount {
			t.Errorf("%q %s: %+v, %v; want %d", c.text, c.currency, m, err, c.amount)
		}
	}
}

func TestWordsOfTheTradeAreBroughtToOneSpelling(t *testing.T) {
	for _, c := range []struct {
		attribute   catalog.Attribute
		value, want string
	}{
		{catalog.Category, "戒指", "ring"},
		{catalog.Category, "Rings", "ring"},
		{catalog.Category, " ＲＩＮＧ ", "ring"},
		{catalog.Metal, "铂金", "platinum"},
		{catalog.Metal, "白金", "white_gold"},
		{catalog.Metal, "18K White  Gold", "white_gold"},
		{catalog.Fineness, "足金", "999"},
		{catalog.Fineness, "s925", "925"},
		{catalog.Stone, "南红玛瑙", "nanhong"},
		{catalog.Stone, "玛瑙", "agate"},
		{catalog.Metal, "K白金", "white_gold"},
		{catalog.Metal, "S925", "silver"},
		{catalog.Fineness, "24K", "999"},
		{catalog.Fineness, "750", "750"},
		{catalog.Fineness, "sterling", "925"},
		{catalog.Stone, "莫桑石", "moissanite"},
		{catalog.Plating, "镀金", "gold"},
		{catalog.Style, "Ａrt Déco", "deco"},
		{catalog.Style, "Ｓteam  Punk", "steam punk"},
		{catalog.Category, "袖子", "袖子"},
	} {
		if got := catalog.Canonical(c.attribute, c.value); got != c.want {
			t.Errorf("%s %q is %q, want %q", c.attribute, c.value, got, c.want)
		}
	}
	for _, n := range catalog.AttributeNames {
		seen := map[string]string{}
		for _, w := range catalog.Words(n.Attribute) {
			if w.Label.ZH == "" || w.Label.EN == "" || w.Code == "" {
				t.Errorf("%s %+v is not complete", n.Attribute, w)
			}
			for _, spelling := range append(w.Aliases, w.Label.ZH, w.Label.EN, w.Code) {
				if got := catalog.Canonical(n.Attribute, spelling); got != w.Code {
					t.Errorf("%s: %q means %s and %s", n.Attribute, spelling, w.Code, got)
				}
				seen[spelling] = w.Code
			}
		}
	}
}
