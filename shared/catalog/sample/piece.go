package sample

import (
	"fmt"
	"strings"

	"jewelrydisplay.app/shared/catalog"
)

// kinds are the lines of goods by name.
var kinds = map[string]kind{
	"diamond": {[]gem{
		{"钻石", word{"钻石", "diamond"}, 9800, []string{"南非"}, faceted, []string{"GIA", "IGI", "国检"}},
	}, []metal{gold18, white18, rose18, pt950}, []form{rings, rings, necklaces, pendants, earrings}},
	"lab": {[]gem{
		{"培育钻石", word{"培育钻石", "lab-grown diamond"}, 2600, nil, faceted, []string{"IGI"}},
		{"莫桑石", word{"莫桑石", "moissanite"}, 680, nil, faceted, nil},
	}, []metal{white18, gold14, silver92}, []form{rings, necklaces, earrings}},
	"colour": {[]gem{
		{"红宝石", word{"红宝石", "ruby"}, 8600, []string{"缅甸", "莫桑比克"}, faceted, []string{"GRS", "Gübelin"}},
		{"蓝宝石", word{"蓝宝石", "sapphire"}, 6900, []string{"斯里兰卡"}, faceted, []string{"GRS"}},
		{"祖母绿", word{"祖母绿", "emerald"}, 9200, []string{"哥伦比亚"}, faceted, []string{"GRS"}},
		{"碧玺", word{"碧玺", "tourmaline"}, 2900, []string{"巴西"}, faceted, nil},
		{"坦桑石", word{"坦桑石", "tanzanite"}, 3600, []string{"坦桑尼亚"}, faceted, nil},
		{"海蓝宝", word{"海蓝宝", "aquamarine"}, 2100, []string{"巴西"}, faceted, nil},
		{"尖晶石", word{"尖晶石", "spinel"}, 3300, []string{"缅甸"}, faceted, nil},
		{"欧泊", word{"欧泊", "opal"}, 2700, []string{"澳大利亚"}, cabochon, nil},
		{"石榴石", word{"石榴石", "garnet"}, 900, nil, faceted, nil},
		{"托帕石", word{"托帕石", "topaz"}, 800, []string{"巴西"}, faceted, nil},
	}, []metal{gold18, white18, rose18, gold14}, []form{rings, pendants, earrings, necklaces, brooches}},
	"gold": {[]gem{
		{"", word{"古法", "heritage-craft"}, 5200, nil, uncut, nil},
		{"", word{"花丝", "filigree"}, 4300, nil, uncut, nil},
		{"", word{"素圈", "plain"}, 2600, nil, uncut, nil},
		{"", word{"福字", "blessing"}, 3100, nil, uncut, nil},
	}, []metal{gold999, gold999, gold18}, []form{bangles, rings, necklaces, pendants, earrings, bracelets}},
	"platinum": {[]gem{
		{"", word{"磨砂", "brushed"}, 3600, nil, uncut, nil},
		{"钻石", word{"钻石", "diamond"}, 8800, []string{"南非"}, faceted, []string{"GIA"}},
	}, []metal{pt950, pt900}, []form{rings, necklaces, bracelets}},
	"silver": {[]gem{
		{"锆石", word{"锆石", "cubic zirconia"}, 1900, nil, faceted, nil},
		{"紫水晶", word{"紫水晶", "amethyst"}, 2600, []string{"巴西"}, faceted, nil},
		{"黄水晶", word{"黄水晶", "citrine"}, 2400, []string{"巴西"}, faceted, nil},
		{"", word{"麻花", "twisted"}, 1500, nil, uncut, nil},
		{"绿松石", word{"绿松石", "turquoise"}, 2900, nil, cabochon, nil},
	}, []metal{silver92}, []form{rings, earrings, necklaces, bracelets, brooches}},
	"pearl": {[]gem{
		{"珍珠", word{"淡水珍珠", "freshwater pearl"}, 1200, []string{"中国"}, uncut, nil},
		{"珍珠", word{"海水珍珠", "Akoya pearl"}, 3800, []string{"日本"}, uncut, []string{"国检"}},
		{"珍珠", word{"大溪地黑珍珠", "Tahitian black pearl"}, 5600, nil, uncut, []string{"国检"}},
	}, []metal{gold18, gold14, silver92}, []form{necklaces, earrings, pendants, bracelets, brooches}},
	"jade": {[]gem{
		{"翡翠", word{"冰种翡翠", "icy jadeite"}, 12800, []string{"缅甸"}, cabochon, []string{"国检"}},
		{"翡翠", word{"糯种翡翠", "jadeite"}, 4200, []string{"缅甸"}, cabochon, []string{"国检"}},
		{"翡翠", word{"飘花翡翠", "floating-flower jadeite"}, 7600, []string{"缅甸"}, cabochon, []string{"国检"}},
	}, []metal{noMetal, noMetal, gold18}, []form{bangles, pendants, rings, earrings}},
	"nephrite": {[]gem{
		{"和田玉", word{"和田白玉", "white nephrite"}, 6800, []string{"新疆"}, cabochon, []string{"国检"}},
		{"和田玉", word{"碧玉", "green nephrite"}, 2300, []string{"新疆"}, cabochon, nil},
	}, []metal{noMetal}, []form{bangles, pendants, bracelets}},
	"agate": {[]gem{
		{"玛瑙", word{"南红玛瑙", "red agate"}, 1600, nil, cabochon, nil},
		{"琥珀", word{"蜜蜡", "beeswax amber"}, 1900, nil, cabochon, nil},
		{"珊瑚", word{"珊瑚", "coral"}, 2800, nil, cabochon, nil},
	}, []metal{noMetal, silver92}, []form{bracelets, pendants, earrings}},
}

var (
	settings = []cut{
		{"爪镶", word{"四爪", "four-prong"}},
		{"包镶", word{"包镶", "bezel-set"}},
		{"密镶", word{"密镶", "pavé"}},
		{"围镶", word{"围镶", "halo"}},
	}
	styles = []cut{
		{"经典", word{"经典", "Classic"}},
		{"简约", word{"简约", "Minimalist"}},
		{"复古", word{"复古", "Vintage"}},
		{"国风", word{"国风", "Chinese-style"}},
		{"轻奢", word{"轻奢", "Light-luxury"}},
		{"时尚", word{"时尚", "Modern"}},
	}
	occasions = []cut{
		{"求婚", word{"求婚", "a proposal"}},
		{"婚嫁", word{"婚嫁", "a wedding"}},
		{"纪念日", word{"纪念日", "an anniversary"}},
		{"生日", word{"生日", "a birthday"}},
		{"日常", word{"日常佩戴", "every day"}},
		{"送礼", word{"送礼", "a gift"}},
	}
)

// piece makes the merchant's n-th piece.
func (m merchant) piece(d *dice, n int) line {
	name := m.kinds[0]
	if d.percent(45) {
		name = pick(d, m.kinds)
	}
	k := kinds[name]
	g, mt, mk := pick(d, k.gems), pick(d, k.metals), pick(d, k.forms)
	what, shape, style, occasion := pick(d, mk.in), pick(d, g.cuts), pick(d, styles), pick(d, occasions)
	var set cut
	if len(g.cuts) > 1 && d.percent(60) {
		set = pick(d, settings)
	}
	l := line{
		SKU: fmt.Sprintf("%s-%04d", strings.ToUpper(string(m.id[:2])), n), Type: mk.category,
		Metal: mt.name, Purity: mt.purity, Gem: g.name, Cut: shape.name, Setting: set.name,
		Style: style.name, Occasion: occasion.name, Currency: "CNY",
	}
	l.Name = catalog.Texts{
		ZH: style.in.zh + mt.in.zh + set.in.zh + shapeBefore(g, shape).zh + g.in.zh + what.zh,
		EN: english(style.in.en, mt.in.en, set.in.en, shapeBefore(g, shape).en, g.in.en, what.en),
	}
	l.Text = catalog.Texts{
		ZH: fmt.Sprintf("%s出品，适合%s。", m.name.ZH, occasion.in.zh),
		EN: fmt.Sprintf("Made by %s, right for %s.", m.name.EN, occasion.in.en),
	}
	if mt.purity == "925" && d.percent(40) {
		l.Plating = "镀金"
	}
	if len(g.origin) > 0 {
		l.Origin = pick(d, g.origin)
	}
	if len(g.proof) > 0 && d.percent(70) {
		l.Certificate = pick(d, g.proof)
	}
	l.stockAndPrice(d, g.base*mt.factor/100*mk.factor/100, mk)
	l.Photos = []photo{{URL: "https://images.jewelrydisplay.example/" + string(m.id) + "/" + l.SKU + ".jpg", Width: 1200, Height: 1200}}
	return l
}

// stockAndPrice prices the piece around a yuan amount; some prices are on
// request, some pieces are sold out.
func (l *line) stockAndPrice(d *dice, around int, mk form) {
	yuan := around * (60 + d.below(120)) / 100
	if !d.percent(3) {
		l.Price = fmt.Sprintf("%d.%02d", max(yuan, 39), pick(d, []int{0, 0, 0, 50, 90}))
	}
	if !d.percent(8) {
		l.Stock = 1 + d.below(20)
	}
	if l.Stock == 0 {
		return
	}
	for _, s := range mk.sizes {
		l.Sizes = append(l.Sizes, size{Key: s, Size: s, Stock: d.below(4)})
	}
	if len(l.Sizes) > 0 {
		l.Sizes[0].Stock++ // what is in stock is there in one size at least
	}
}

// shapeBefore returns the word of a cut that stands before the stone's name: a
// bead has none.
func shapeBefore(g gem, shape cut) word {
	if len(g.cuts) == 1 {
		return word{}
	}
	return shape.in
}

// english writes a title: the parts that there are, the first letter of each
// word upper case.
func english(parts ...string) string {
	var words []string
	for _, p := range parts {
		for _, w := range strings.Fields(p) {
			words = append(words, strings.ToUpper(w[:1])+w[1:])
		}
	}
	return strings.Join(words, " ")
}
