package catalog

// Card is how a product appears in a list, in one language.
type Card struct {
	ID         string              `json:"id" example:"p04m1s3v9k2t5x8q7r6w0y1z2b3" doc:"The product's id"`
	Title      string              `json:"title" example:"18K金四爪钻石戒指"`
	Price      *Money              `json:"price,omitempty" doc:"Absent: on request"`
	Image      *Image              `json:"image,omitempty"`
	Merchant   CardMerchant        `json:"merchant"`
	Available  bool                `json:"available"`
	Highlights map[string][]Marked `json:"highlights,omitempty" doc:"By field: the text in pieces, hit where the query matched"`
	DistanceM  *int                `json:"distance_m,omitempty" doc:"Metres to the merchant, to the nearest hundred"`
}

// CardMerchant is how a card names its merchant.
type CardMerchant struct {
	ID   string `json:"id" example:"yunjin"`
	Name string `json:"name" example:"云锦珠宝"`
}

// Marked is a piece of a text, and whether a query matched it.
type Marked struct {
	Text string `json:"text"`
	Hit  bool   `json:"hit"`
}

// MerchantCard is how a merchant appears, in one language.
type MerchantCard struct {
	ID       string  `json:"id" example:"yunjin"`
	Name     string  `json:"name" example:"云锦珠宝"`
	City     string  `json:"city,omitempty" example:"上海"`
	Location *Degree `json:"location,omitempty" doc:"Where the shop is, to about a kilometre"`
	Logo     string  `json:"logo,omitempty"`
}

// Degree is a place in degrees with two decimals.
type Degree struct {
	Lat float64 `json:"lat" example:"31.23"`
	Lon float64 `json:"lon" example:"121.47"`
}

// CardOf shows the product of the merchant in a language.
func CardOf(p Product, m Merchant, language string) Card {
	c := Card{
		ID: string(p.ID), Title: p.Title.In(language), Price: p.PriceShown(), Available: p.Available(),
		Merchant: CardMerchant{ID: string(p.Merchant), Name: string(p.Merchant)},
	}
	if name := m.Name.In(language); name != "" {
		c.Merchant.Name = name
	}
	if len(p.Images) > 0 {
		c.Image = &p.Images[0]
	}
	return c
}

// MerchantCardOf shows the merchant in a language.
func MerchantCardOf(m Merchant, language string) MerchantCard {
	c := MerchantCard{ID: string(m.ID), Name: m.Name.In(language), City: m.City.In(language), Logo: m.Logo}
	if m.Location != nil {
		c.Location = &Degree{Lat: float64(m.Location.LatE2) / 100, Lon: float64(m.Location.LonE2) / 100}
	}
	return c
}
