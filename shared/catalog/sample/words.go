package sample

import "jewelrydisplay.app/shared/catalog"

// merchant is an invented shop and what it is known for.
type merchant struct {
	id       catalog.MerchantID
	name     catalog.Texts
	city     catalog.Texts
	location catalog.LocationInput
	kinds    []string // names of lines of goods, the first the most common
}

func at(lat, lon float64) catalog.LocationInput { return catalog.LocationInput{Lat: lat, Lon: lon} }

// merchants are the shops. None of them exists.
var merchants = []merchant{
	{"yunjin", catalog.Texts{ZH: "云锦珠宝", EN: "Yunjin Jewelry"}, catalog.Texts{ZH: "上海", EN: "Shanghai"}, at(31.23, 121.47), []string{"diamond", "colour", "gold"}},
	{"lanxin", catalog.Texts{ZH: "澜心银饰", EN: "Lanxin Silver"}, catalog.Texts{ZH: "上海", EN: "Shanghai"}, at(31.19, 121.43), []string{"silver", "pearl"}},
	{"heming", catalog.Texts{ZH: "鹤鸣金行", EN: "Heming Goldsmiths"}, catalog.Texts{ZH: "北京", EN: "Beijing"}, at(39.91, 116.41), []string{"gold", "diamond"}},
	{"songyue", catalog.Texts{ZH: "松月玉坊", EN: "Songyue Jade"}, catalog.Texts{ZH: "北京", EN: "Beijing"}, at(39.99, 116.31), []string{"jade", "agate"}},
	{"shuibei-guang", catalog.Texts{ZH: "水贝光年", EN: "Lightyear Shuibei"}, catalog.Texts{ZH: "深圳", EN: "Shenzhen"}, at(22.57, 114.12), []string{"gold", "diamond", "colour"}},
	{"nanhai", catalog.Texts{ZH: "南海贝母", EN: "South Sea Nacre"}, catalog.Texts{ZH: "深圳", EN: "Shenzhen"}, at(22.54, 113.95), []string{"pearl", "silver"}},
	{"lingnan", catalog.Texts{ZH: "岭南翠阁", EN: "Lingnan Jadeite"}, catalog.Texts{ZH: "广州", EN: "Guangzhou"}, at(23.13, 113.26), []string{"jade", "gold"}},
	{"rongcheng", catalog.Texts{ZH: "蓉城首饰", EN: "Rongcheng Atelier"}, catalog.Texts{ZH: "成都", EN: "Chengdu"}, at(30.66, 104.07), []string{"silver", "colour"}},
	{"xihu", catalog.Texts{ZH: "西湖婚戒馆", EN: "West Lake Wedding Rings"}, catalog.Texts{ZH: "杭州", EN: "Hangzhou"}, at(30.25, 120.16), []string{"diamond"}},
	{"zhuji", catalog.Texts{ZH: "诸暨珠坊", EN: "Zhuji Pearl House"}, catalog.Texts{ZH: "诸暨", EN: "Zhuji"}, at(29.71, 120.24), []string{"pearl"}},
	{"jinling", catalog.Texts{ZH: "金陵旧匣", EN: "Jinling Casket"}, catalog.Texts{ZH: "南京", EN: "Nanjing"}, at(32.06, 118.79), []string{"colour", "gold"}},
	{"gusu", catalog.Texts{ZH: "姑苏点翠", EN: "Gusu Workshop"}, catalog.Texts{ZH: "苏州", EN: "Suzhou"}, at(31.31, 120.58), []string{"silver", "jade"}},
	{"jiangcheng", catalog.Texts{ZH: "江城钻研社", EN: "Jiangcheng Diamonds"}, catalog.Texts{ZH: "武汉", EN: "Wuhan"}, at(30.59, 114.31), []string{"diamond", "lab"}},
	{"changan", catalog.Texts{ZH: "长安金铺", EN: "Chang'an Gold"}, catalog.Texts{ZH: "西安", EN: "Xi'an"}, at(34.34, 108.94), []string{"gold", "jade"}},
	{"dianchi", catalog.Texts{ZH: "滇池翡翠", EN: "Dianchi Jadeite"}, catalog.Texts{ZH: "昆明", EN: "Kunming"}, at(25.04, 102.71), []string{"jade"}},
	{"tianshan", catalog.Texts{ZH: "天山和田", EN: "Tianshan Nephrite"}, catalog.Texts{ZH: "乌鲁木齐", EN: "Urumqi"}, at(43.83, 87.62), []string{"nephrite", "agate"}},
	{"xiangjiang", catalog.Texts{ZH: "香江名钻", EN: "Harbour Diamonds"}, catalog.Texts{ZH: "香港", EN: "Hong Kong"}, at(22.28, 114.16), []string{"diamond", "colour", "platinum"}},
	{"lucheng", catalog.Texts{ZH: "鹭城彩宝", EN: "Egret Gems"}, catalog.Texts{ZH: "厦门", EN: "Xiamen"}, at(24.48, 118.09), []string{"colour"}},
	{"qindao", catalog.Texts{ZH: "琴岛铂金", EN: "Qindao Platinum"}, catalog.Texts{ZH: "青岛", EN: "Qingdao"}, at(36.07, 120.38), []string{"platinum", "diamond"}},
	{"beichen", catalog.Texts{ZH: "北辰培育钻", EN: "Polaris Lab Diamonds"}, catalog.Texts{ZH: "郑州", EN: "Zhengzhou"}, at(34.75, 113.63), []string{"lab", "silver"}},
}

// word is a word of the trade in both languages.
type word struct{ zh, en string }

// metal is a metal at one fineness, as a merchant writes it.
type metal struct {
	name, purity string
	in           word
	factor       int // of the price, in hundredths
}

var (
	gold18   = metal{"K金", "18K", word{"18K金", "18K gold"}, 100}
	white18  = metal{"白金", "18K", word{"18K白金", "18K white gold"}, 105}
	rose18   = metal{"玫瑰金", "18K", word{"18K玫瑰金", "18K rose gold"}, 100}
	gold14   = metal{"K金", "14K", word{"14K金", "14K gold"}, 80}
	gold999  = metal{"黄金", "足金", word{"足金", "999 gold"}, 140}
	pt950    = metal{"铂金", "PT950", word{"PT950铂金", "PT950 platinum"}, 120}
	pt900    = metal{"铂金", "PT900", word{"PT900铂金", "PT900 platinum"}, 110}
	silver92 = metal{"银", "925", word{"925银", "925 silver"}, 12}
	noMetal  = metal{"", "", word{"", ""}, 60}
)

// gem is a stone as a merchant writes it. Its price is yuan before the metal.
type gem struct {
	name   string
	in     word
	base   int
	origin []string
	cuts   []cut
	proof  []string // laboratories that certify it
}

// cut is a shape as a merchant writes it.
type cut struct {
	name string
	in   word
}

var (
	faceted = []cut{
		{"圆形", word{"圆形", "round"}},
		{"公主方", word{"公主方", "princess-cut"}},
		{"椭圆形", word{"椭圆", "oval"}},
		{"枕形", word{"枕形", "cushion-cut"}},
		{"水滴形", word{"水滴形", "pear-shaped"}},
		{"心形", word{"心形", "heart-shaped"}},
		{"祖母绿形", word{"祖母绿切", "emerald-cut"}},
		{"马眼形", word{"马眼形", "marquise"}},
	}
	cabochon = []cut{{"素面", word{"蛋面", "cabochon"}}}
	uncut    = []cut{{"", word{"", ""}}}
)

// kind is a line of goods: which stones in which metals, made into what.
type kind struct {
	gems   []gem
	metals []metal
	forms  []form
}

// form is a sort of piece. Its factor is of the price, in hundredths.
type form struct {
	category string
	in       []word // its names; the category is one of them
	factor   int
	sizes    []string
}

var (
	rings = form{
		"戒指",
		[]word{{"戒指", "ring"}, {"女戒", "women's ring"}, {"对戒", "couple's ring"}, {"排戒", "band"}},
		100,
		[]string{"10", "12", "14", "16"},
	}
	necklaces = form{"项链", []word{{"项链", "necklace"}, {"锁骨链", "collarbone necklace"}, {"毛衣链", "long necklace"}}, 130, []string{"42cm", "45cm"}}
	pendants  = form{"吊坠", []word{{"吊坠", "pendant"}, {"挂件", "charm pendant"}}, 90, nil}
	earrings  = form{"耳饰", []word{{"耳钉", "stud earrings"}, {"耳环", "hoop earrings"}, {"耳坠", "drop earrings"}}, 95, nil}
	bracelets = form{"手链", []word{{"手链", "bracelet"}, {"手串", "beaded bracelet"}}, 120, []string{"16cm", "18cm"}}
	bangles   = form{"手镯", []word{{"手镯", "bangle"}, {"圆条镯", "round bangle"}, {"贵妃镯", "oval bangle"}}, 260, []string{"54mm", "56mm", "58mm"}}
	brooches  = form{"胸针", []word{{"胸针", "brooch"}}, 110, nil}
)
