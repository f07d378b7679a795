package catalog

// Words returns the vocabulary of an attribute: every value with its code, its
// labels, and the other spellings under which feeds and people bring it.
// Platinum (铂金) and white gold (白金, K白金) are different metals and are kept
// apart; plating is an attribute of its own, apart from the metal beneath it.
func Words(a Attribute) []Word {
	switch a {
	case Category:
		return categories
	case Metal:
		return metals
	case Plating:
		return platings
	case Fineness:
		return finenesses
	case Stone:
		return stones
	case Cut:
		return cuts
	case Setting:
		return settings
	case Origin:
		return origins
	case Certificate:
		return certificates
	case Style:
		return styles
	case Occasion:
		return occasions
	default:
		return nil
	}
}

var categories = []Word{
	{"ring", Texts{"戒指", "Ring"}, []string{"rings", "指环", "戒子", "女戒", "男戒", "对戒", "排戒", "尾戒", "钻戒", "婚戒", "finger ring", "wedding ring", "engagement ring", "signet"}},
	{"necklace", Texts{"项链", "Necklace"}, []string{"necklaces", "颈链", "chain", "chains", "锁骨链", "毛衣链", "choker", "collar necklace", "torque", "torc"}},
	{"pendant", Texts{"吊坠", "Pendant"}, []string{"pendants", "坠子", "挂坠", "挂件", "链坠", "玉佩", "locket", "watch fob", "amulet", "medallion", "pectoral"}},
	{"earring", Texts{"耳饰", "Earrings"}, []string{"earring", "耳环", "耳钉", "耳坠", "耳线", "耳圈", "耳夹", "耳骨夹", "耳扣", "ear studs", "ear stud", "studs", "ear clips", "earclips", "ear cuff", "ear ornament", "ear ornaments", "ear plug", "ear plugs", "ear spool", "ear spools"}},
	{"bracelet", Texts{"手链", "Bracelet"}, []string{"bracelets", "手串", "链饰", "手绳", "佛珠"}},
	{"bangle", Texts{"手镯", "Bangle"}, []string{"bangles", "镯子", "手环", "玉镯", "圆条镯", "贵妃镯", "armlet", "arm ring", "armband", "wrist ornament"}},
	{"anklet", Texts{"脚链", "Anklet"}, []string{"anklets", "足链", "脚镯"}},
	{"brooch", Texts{"胸针", "Brooch"}, []string{"brooches", "pin", "别针", "胸花", "hat pin", "hatpin", "stickpin", "fibula"}},
	{"cufflink", Texts{"袖扣", "Cufflinks"}, []string{"cufflink", "cuff links", "cuff link", "领带夹", "tie clip"}},
	{"hair", Texts{"发饰", "Hair ornament"}, []string{"hair ornaments", "发簪", "发夹", "发钗", "步摇", "皇冠", "hairpin", "hair pin", "hair comb", "tiara", "headdress"}},
	{"charm", Texts{"串珠", "Charm"}, []string{"charms", "转运珠", "路路通", "隔珠", "bead", "beads"}},
	{"set", Texts{"套装", "Jewelry set"}, []string{"首饰套装", "三件套", "套链", "parure", "demi-parure"}},
	{"bar", Texts{"金条", "Bullion bar"}, []string{"投资金条", "金砖", "gold bar", "bullion"}},
	{"watch", Texts{"腕表", "Watch"}, []string{"手表", "watches", "wristwatch"}},
	{"loose", Texts{"裸石", "Loose stone"}, []string{"loose stones", "gemstone", "裸钻", "loose diamond"}},
}

var metals = []Word{
	{"gold", Texts{"黄金", "Gold"}, []string{"金", "足金", "千足金", "万足金", "足金999", "足黄金", "yellow gold", "k金", "k黄金", "18k", "18k金", "18k黄金", "18k gold", "18k yellow gold", "18kt gold", "14k", "14k金", "14k gold", "14kt gold", "9k金", "9k gold", "10k金", "10k gold", "22k金", "22k gold", "24k", "24k金", "24k gold", "au750", "au999", "pure gold", "gold alloy", "古法金", "3d硬金", "5g金", "硬金", "彩金", "金饰"}},
	{"white_gold", Texts{"白金", "White gold"}, []string{"white gold", "k白金", "k白", "白k金", "18k白", "18k白金", "18k白k金", "18k white gold", "14k白金", "14k white gold"}},
	{"rose_gold", Texts{"玫瑰金", "Rose gold"}, []string{"rose gold", "k玫瑰金", "18k rose gold", "18k玫瑰金", "14k rose gold", "14k玫瑰金", "红金", "红k金", "pink gold", "red gold"}},
	{"platinum", Texts{"铂金", "Platinum"}, []string{"pt", "pt950", "pt900", "pt990", "pt999", "铂", "铂950", "铂900", "足铂", "足铂金", "plat"}},
	{"silver", Texts{"银", "Silver"}, []string{"白银", "纯银", "足银", "千足银", "银饰", "泰银", "素银", "sterling", "sterling silver", "925银", "925纯银", "s925银", "925 silver", "silver 925", "s925", "ag925", "990银", "999银", "s999", "fine silver", "vermeil", "silver gilt", "silver-gilt", "gilt silver", "银镀金"}},
	{"palladium", Texts{"钯金", "Palladium"}, []string{"pd", "pd950", "钯"}},
	{"titanium", Texts{"钛", "Titanium"}, []string{"纯钛", "钛金属"}},
	{"steel", Texts{"钢", "Steel"}, []string{"不锈钢", "钛钢", "精钢", "stainless steel", "titanium steel", "316l"}},
	{"copper", Texts{"铜", "Copper"}, []string{"brass", "黄铜", "bronze", "青铜", "白铜", "紫铜", "copper alloy"}},
	{"aluminium", Texts{"铝", "Aluminium"}, []string{"aluminum", "铝合金", "anodized aluminum"}},
	{"iron", Texts{"铁", "Iron"}, []string{"wrought iron", "cast iron"}},
	{"alloy", Texts{"合金", "Alloy"}, []string{"锌合金", "zinc alloy", "藏银", "tibetan silver", "german silver", "nickel silver", "alpaca silver", "white metal", "base metal", "pewter"}},
}

var platings = []Word{
	{"gold", Texts{"镀金", "Gold-plated"}, []string{"gold plated", "gold plating", "18k gold plated", "14k gold plated", "18k gold-plated", "18kgp", "镀18k金", "镀黄金", "电镀金", "包金", "鎏金", "银镀金", "gold filled", "gold-filled", "gold tone", "gold-tone", "gold wash", "gold washed", "yellow gold wash", "gold foil", "gold leaf", "gold covered", "gilt", "gilded", "silver gilt", "silver-gilt", "gilt silver", "vermeil"}},
	{"white_gold", Texts{"镀白金", "White-gold-plated"}, []string{"white gold plated", "镀白k金", "镀18k白金"}},
	{"rose_gold", Texts{"镀玫瑰金", "Rose-gold-plated"}, []string{"rose gold plated", "rose gold-plated", "18k rose gold plated", "镀18k玫瑰金"}},
	{"rhodium", Texts{"镀铑", "Rhodium-plated"}, []string{"rhodium plated", "rhodium plating"}},
	{"platinum", Texts{"镀铂金", "Platinum-plated"}, []string{"platinum plated", "镀铂"}},
	{"silver", Texts{"镀银", "Silver-plated"}, []string{"silver plated", "silver plate", "silver tone", "silver-tone"}},
}

var finenesses = []Word{
	{"9999", Texts{"万足金", "9999 fine gold"}, []string{"足金9999", "万足金9999", "au9999"}},
	{"999", Texts{"足金999", "999 fine gold"}, []string{"足金", "足黄金", "千足金", "au999", "24k", "24k金", "24k gold", "24kt", "pure gold", "硬足金"}},
	{"916", Texts{"22K", "22K"}, []string{"22k金", "22k gold", "22kt", "au916"}},
	{"750", Texts{"18K", "18K"}, []string{"18k金", "18k黄金", "18k白", "18k白金", "18k玫瑰金", "au750", "18kt", "18ct", "18 k", "18k gold", "18k white gold", "18k rose gold", "18k yellow gold", "18 karat"}},
	{"585", Texts{"14K", "14K"}, []string{"14k金", "14k白金", "14k玫瑰金", "au585", "14kt", "14ct", "14k gold", "14k white gold", "14k rose gold", "14 karat"}},
	{"417", Texts{"10K", "10K"}, []string{"10k金", "10kt", "10k gold", "10 karat"}},
	{"375", Texts{"9K", "9K"}, []string{"9k金", "9kt", "9ct", "9k gold", "au375"}},
	{"990", Texts{"990足银", "990 silver"}, []string{"足银", "足银990", "s990", "ag990", "990银"}},
	{"s999", Texts{"999千足银", "999 fine silver"}, []string{"千足银", "足银999", "999银", "ag999", "fine silver"}},
	{"925", Texts{"925银", "925 sterling"}, []string{"s925", "s925银", "925纯银", "sterling", "sterling silver", "925 silver", "silver 925", "ag925"}},
	{"pt999", Texts{"PT999", "PT999"}, []string{"足铂999", "铂999", "999 platinum"}},
	{"pt990", Texts{"PT990", "PT990"}, []string{"足铂", "足铂金", "足铂990", "铂990"}},
	{"pt950", Texts{"PT950", "PT950"}, []string{"铂950", "铂金950", "pt 950", "950 platinum", "950"}},
	{"pt900", Texts{"PT900", "PT900"}, []string{"铂900", "铂金900", "pt 900", "900 platinum", "900"}},
	{"pd950", Texts{"PD950", "PD950"}, []string{"钯950", "钯金950"}},
}

var cuts = []Word{
	{"round", Texts{"圆形", "Round brilliant"}, []string{"round", "圆钻", "圆形切工", "brilliant", "round cut", "round brilliant cut", "brilliant cut"}},
	{"princess", Texts{"公主方", "Princess"}, []string{"公主方形", "公主方切", "princess cut"}},
	{"oval", Texts{"椭圆形", "Oval"}, []string{"蛋形", "椭圆形切工", "oval cut", "oval shaped"}},
	{"emerald", Texts{"祖母绿形", "Emerald cut"}, []string{"祖母绿切", "祖母绿切割", "祖母绿型", "阶梯形"}},
	{"cushion", Texts{"枕形", "Cushion"}, []string{"垫形", "枕形切工", "cushion cut"}},
	{"pear", Texts{"水滴形", "Pear"}, []string{"梨形", "pear cut", "pear shape", "pear shaped", "teardrop cut"}},
	{"heart", Texts{"心形", "Heart"}, []string{"心形切工", "heart cut"}},
	{"marquise", Texts{"马眼形", "Marquise"}, []string{"马眼", "榄尖形", "橄榄形", "marquise cut"}},
	{"radiant", Texts{"雷迪恩", "Radiant"}, []string{"雷德恩", "radiant cut"}},
	{"asscher", Texts{"阿斯切", "Asscher"}, []string{"上丁方", "asscher cut"}},
	{"baguette", Texts{"长方形", "Baguette"}, []string{"长方阶梯形", "梯方", "baguette cut"}},
	{"rose", Texts{"玫瑰切", "Rose cut"}, []string{"玫瑰式切割"}},
	{"cabochon", Texts{"素面", "Cabochon"}, []string{"蛋面", "弧面", "cabochon cut"}},
	{"carved", Texts{"雕刻", "Carved"}, []string{"雕件", "浮雕", "cameo", "intaglio"}},
	{"bead", Texts{"圆珠", "Round bead"}, nil},
}

var settings = []Word{
	{"prong", Texts{"爪镶", "Prong"}, []string{"claw", "四爪", "六爪", "四爪镶", "六爪镶", "prong set", "claw set", "prong setting", "four prong", "six prong"}},
	{"bezel", Texts{"包镶", "Bezel"}, []string{"全包镶", "半包镶", "bezel set", "bezel setting"}},
	{"pave", Texts{"密镶", "Pavé"}, []string{"pave", "群镶", "微镶", "pavé set", "pave set", "micro pave"}},
	{"channel", Texts{"轨道镶", "Channel"}, []string{"槽镶", "夹镶", "channel set"}},
	{"halo", Texts{"围镶", "Halo"}, []string{"光环镶", "halo setting"}},
	{"invisible", Texts{"无边镶", "Invisible"}, []string{"隐秘式镶嵌", "invisible set"}},
	{"tension", Texts{"卡镶", "Tension"}, []string{"tension set"}},
	{"inlay", Texts{"镶嵌", "Inlay"}, []string{"金镶玉", "嵌丝", "inlaid"}},
}

var origins = []Word{
	{"myanmar", Texts{"缅甸", "Myanmar"}, []string{"burma", "burmese"}},
	{"sri_lanka", Texts{"斯里兰卡", "Sri Lanka"}, []string{"锡兰", "ceylon"}},
	{"colombia", Texts{"哥伦比亚", "Colombia"}, []string{"colombian"}},
	{"zambia", Texts{"赞比亚", "Zambia"}, []string{"zambian"}},
	{"south_africa", Texts{"南非", "South Africa"}, nil},
	{"mozambique", Texts{"莫桑比克", "Mozambique"}, nil},
	{"madagascar", Texts{"马达加斯加", "Madagascar"}, nil},
	{"kashmir", Texts{"克什米尔", "Kashmir"}, nil},
	{"thailand", Texts{"泰国", "Thailand"}, nil},
	{"vietnam", Texts{"越南", "Vietnam"}, nil},
	{"japan", Texts{"日本", "Japan"}, []string{"japanese akoya"}},
	{"tahiti", Texts{"大溪地", "Tahiti"}, []string{"tahitian"}},
	{"south_sea", Texts{"南洋", "South Sea"}, []string{"south sea"}},
	{"china", Texts{"中国", "China"}, nil},
	{"xinjiang", Texts{"新疆", "Xinjiang"}, []string{"和田", "hetian", "hotan"}},
	{"qinghai", Texts{"青海", "Qinghai"}, nil},
	{"russia", Texts{"俄罗斯", "Russia"}, []string{"俄料"}},
	{"liangshan", Texts{"凉山", "Liangshan"}, []string{"川料"}},
	{"baoshan", Texts{"保山", "Baoshan"}, []string{"保山料"}},
	{"baltic", Texts{"波罗的海", "Baltic"}, nil},
	{"brazil", Texts{"巴西", "Brazil"}, []string{"brazilian"}},
	{"tanzania", Texts{"坦桑尼亚", "Tanzania"}, nil},
	{"australia", Texts{"澳大利亚", "Australia"}, []string{"澳洲", "澳白", "australian"}},
	{"italy", Texts{"意大利", "Italy"}, []string{"阿卡", "italian"}},
}

var certificates = []Word{
	{"gia", Texts{"GIA", "GIA"}, []string{"gia证书", "gia certified"}},
	{"igi", Texts{"IGI", "IGI"}, []string{"igi证书", "igi certified"}},
	{"hrd", Texts{"HRD", "HRD"}, []string{"hrd antwerp"}},
	{"ngtc", Texts{"国检NGTC", "NGTC"}, []string{"国检", "国检证书", "国家珠宝玉石质量监督检验中心"}},
	{"ngdtc", Texts{"国首检", "NGDTC"}, []string{"国土资源部珠宝检测"}},
	{"gic", Texts{"GIC", "GIC"}, []string{"中国地质大学珠宝检测", "地大证书"}},
	{"gubelin", Texts{"古柏林", "Gübelin"}, []string{"gubelin"}},
	{"grs", Texts{"GRS", "GRS"}, []string{"grs证书"}},
	{"ssef", Texts{"SSEF", "SSEF"}, nil},
	{"lotus", Texts{"Lotus", "Lotus Gemology"}, nil},
}

var styles = []Word{
	{"classic", Texts{"经典", "Classic"}, []string{"经典款"}},
	{"minimal", Texts{"简约", "Minimalist"}, []string{"minimal", "极简", "素圈"}},
	{"vintage", Texts{"复古", "Vintage"}, []string{"retro", "古董", "antique"}},
	{"chinese", Texts{"国风", "Chinese style"}, []string{"中式", "古风", "国潮", "新中式", "古法", "chinese-style"}},
	{"modern", Texts{"时尚", "Modern"}, []string{"现代", "contemporary"}},
	{"luxury", Texts{"轻奢", "Light luxury"}, []string{"light-luxury", "高级珠宝", "high jewelry"}},
	{"nature", Texts{"自然", "Nature"}, []string{"花卉", "floral"}},
	{"deco", Texts{"装饰艺术", "Art Deco"}, []string{"art déco"}},
	{"nouveau", Texts{"新艺术", "Art Nouveau"}, nil},
	{"bohemian", Texts{"波西米亚", "Bohemian"}, []string{"boho", "民族风"}},
	{"punk", Texts{"朋克", "Punk"}, []string{"哥特", "gothic"}},
	{"cute", Texts{"可爱", "Cute"}, []string{"萌趣", "卡通"}},
}

var occasions = []Word{
	{"wedding", Texts{"婚嫁", "Wedding"}, []string{"结婚", "婚礼", "婚庆", "bridal"}},
	{"engagement", Texts{"求婚", "Engagement"}, []string{"订婚", "proposal"}},
	{"anniversary", Texts{"纪念日", "Anniversary"}, nil},
	{"birthday", Texts{"生日", "Birthday"}, nil},
	{"valentine", Texts{"情人节", "Valentine's Day"}, []string{"七夕", "valentine", "valentines"}},
	{"mother", Texts{"母亲节", "Mother's Day"}, nil},
	{"newborn", Texts{"满月", "Newborn"}, []string{"百日", "周岁", "christening"}},
	{"zodiac", Texts{"本命年", "Zodiac year"}, []string{"生肖"}},
	{"daily", Texts{"日常", "Everyday"}, []string{"daily", "通勤", "日常佩戴"}},
	{"gift", Texts{"送礼", "Gift"}, []string{"礼物", "礼品"}},
	{"evening", Texts{"晚宴", "Evening"}, []string{"派对", "party"}},
	{"mourning", Texts{"悼念", "Mourning"}, []string{"memorial"}},
}
