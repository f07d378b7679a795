package contract

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// words are what members and parameters of a name look like, where their type
// does not show an example of its own. One of a schema's member goes before
// one of the name alone.
func words() map[string]any {
	return map[string]any{
		"Device-Id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "Accept-Language": "zh", "If-None-Match": `"0f343b0931126a20f133d67c"`,
		"device_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8", "cursor": "", "next_cursor": "8Qm1ZkH0fS5yB3cW",

		"challenge_id": "r-N07gFbVQy5c2dM", "code": "441658", "new_challenge_id": "s-K11hTqXZb8w4nP", "new_code": "092713",
		"phone": "13800138000", "ContactStruct.phone": "+86 21 5555 0100", "phone_masked": "+86 138****8000",
		"access_token": "jda_qJmsbtd7Xo2vE0", "refresh_token": "jdr_qJmsbtd7Xo2vE0", "expires_in": 300, "LoginBody.expires_in": 1800, "resend_in": 60,
		"LoginUser.id": "255savlhf3cch6wf7hqdtpt5sa", "AccountMe.id": "255savlhf3cch6wf7hqdtpt5sa", "LoginSession.id": "m3kq7hzt2v5c",
		"LoginDeviceBody.name": "Pixel", "LoginKnownDevice.name": "Pixel", "CancellationDevice.name": "Pixel", "platform": "android",
		"ios": "1.0.0", "android": "1.0.0", "email": "service@example.com", "hours": "09:00-18:00", "countries": []any{"CN"},

		"version": "2026-11-01", "policy_version": "2026-11-01", "accepted": "2026-11-01", "current": "2026-11-01", "next": "2026-12-01",
		"change_class": "rights", "language": "zh", "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
		"AccountPolicy.text": "隐私政策 …", "purpose": "location", "AccountItem.purpose": "login", "purposes": []any{"login"}, "clause": "C11",
		"nickname": "小璐", "gender": "female", "birthday": "1995-05-20", "region": "上海", "occupation": "designer", "hobbies": []any{"跑步"},
		"locale": "zh-CN", "time_zone": "Asia/Shanghai", "export_id": "ggt4a5drqoz2f6vn", "get-export.id": "ggt4a5drqoz2f6vn",
		"record_type": "session", "data": map[string]any{"device_name": "Pixel"},

		"id": "p1jx8jfdymd1cz0ex0a9bwr8bj0", "product_id": "p1jx8jfdymd1cz0ex0a9bwr8bj0", "CatalogVariant.id": "14", "merchant_id": "lu",
		"merchant": []any{"lu"}, "get-merchant.id": "lu", "CatalogMerchant.id": "lu", "EngagementFollow.id": "lu", "metal": []any{"gold"},
		"fineness": []any{"18K"}, "stone": []any{"diamond"},
		"plating": []any{"rose_gold"}, "cut": []any{"round"}, "setting": []any{"prong"}, "origin": []any{"myanmar"},
		"certificate": []any{"gia"}, "style": []any{"modern"}, "occasion": []any{"wedding"},
		"price_min": 100000, "price_max": 2000000, "radius_km": 0, "amount": 1299900,
		"currency": "CNY", "distance_m": 1200, "url": "https://images.example/1.jpg", "logo": "https://images.example/lu.png", "width": 800, "height": 800,
		"text": "钻石戒指", "did_you_mean": "diamond ring",
		"facets": map[string]any{"category": []any{map[string]any{"value": "ring", "label": "戒指", "count": 42}}},

		"push_token": "token-of-the-pixel", "category": []any{"ring"}, "NotificationMessage.category": "system",
		"NotificationMessage.id": "1764000000000.system-2026-11-24", "mark-message.id": "1764000000000.system-2026-11-24",
		"delete-message.id": "1764000000000.system-2026-11-24", "up_to": "2026-11-24T14:48:26Z", "end-session.id": "m3kq7hzt2v5c",
		"title": "系统通知", "CatalogCard.title": "18K金钻石戒指", "CatalogProduct.title": "18K金钻石戒指", "body": "明晨两点至三点维护。", "unread": 1,
		"categories": map[string]any{"discount": map[string]any{"push": false, "sms": true}}, "quiet_hours": map[string]any{"start": "22:00", "end": "08:00"},

		"receipt_id": "zosnqvy4cqsetptij473atgd5cwpwhaz", "proof": "7jTi7l1nNdAzr8eKtT6mdK26SZXnVaac6Y07wZFdWJ4",
		"blockers": []any{},
	}
}

// instant is the example of a time.
const instant = "2026-11-24T14:48:26.041Z"

// exemplify gives the operation's parameters, body and answer an example each.
func exemplify(document *huma.OpenAPI, o *huma.Operation) error {
	e := examples{registry: document.Components.Schemas, words: words()}
	for _, p := range o.Parameters {
		value, err := e.of(o.OperationID, p.Name, p.Schema, 0)
		if err != nil {
			return err
		}
		p.Example, p.Schema.Examples = value, nil
		if p.Name == "cursor" {
			p.Example = nil // no text of ours fits another's list
		}
	}
	bodies := map[string]*huma.MediaType{}
	if o.RequestBody != nil {
		bodies = maps.Clone(o.RequestBody.Content)
	}
	if answer := success(o); answer.Content != nil {
		bodies["answer"] = answer.Content["application/json"]
	}
	for _, name := range slices.Sorted(maps.Keys(bodies)) {
		value, err := e.of("", "", bodies[name].Schema, 0)
		if err != nil {
			return err
		}
		bodies[name].Example = value
	}
	return nil
}

// examples makes values that fit schemas.
type examples struct {
	registry huma.Registry
	words    map[string]any
}

// of returns an example of a member of a schema, or of a whole schema when it
// has no name. It fails on a text or a number that nothing shows an example of.
func (e examples) of(owner, member string, s *huma.Schema, depth int) (any, error) {
	if depth > 12 {
		return nil, fmt.Errorf("%s.%s holds itself", owner, member)
	}
	for _, name := range []string{owner + "." + member, member} {
		if value, ok := e.words[name]; ok && member != "" && (name != member || e.fits(s, value)) {
			return value, nil
		}
	}
	if s.Ref != "" {
		return e.of(s.Ref[strings.LastIndex(s.Ref, "/")+1:], "", e.registry.SchemaFromRef(s.Ref), depth+1)
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0], nil
	case s.Default != nil:
		return s.Default, nil
	case len(s.Enum) > 0:
		return s.Enum[0], nil
	case s.Format == "date-time":
		return instant, nil
	case s.Type == huma.TypeBoolean:
		return false, nil
	case s.Type == huma.TypeArray:
		item, err := e.of(owner, "", s.Items, depth+1)
		return []any{item}, err
	case s.Type == huma.TypeObject:
		value := map[string]any{}
		for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
			if name == "$schema" {
				continue
			}
			inner, err := e.of(owner, name, s.Properties[name], depth+1)
			if err != nil {
				return nil, err
			}
			value[name] = inner
		}
		return value, nil
	}
	return nil, fmt.Errorf("%s.%s has no example: tag its type, or add it to words", owner, member)
}

// fits reports whether a value of the table is of the schema's kind: the same
// name may be a text here and a list there.
func (e examples) fits(s *huma.Schema, value any) bool {
	if s.Ref != "" {
		s = e.registry.SchemaFromRef(s.Ref)
	}
	switch value.(type) {
	case string:
		return s.Type == huma.TypeString && (s.Enum == nil || slices.Contains(s.Enum, value))
	case int:
		return s.Type == huma.TypeInteger || s.Type == huma.TypeNumber
	case []any:
		return s.Type == huma.TypeArray
	case map[string]any:
		return s.Type == huma.TypeObject || s.Type == ""
	}
	return false
}
