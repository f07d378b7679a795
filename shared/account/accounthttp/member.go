package accounthttp

import (
	"encoding/json"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/account"
)

// Text is a member of a merge patch (RFC 7396) that holds a text: absent it is
// unchanged, null deletes it.
type Text struct{ account.Change }

// UnmarshalJSON notes that the member was there.
func (t *Text) UnmarshalJSON(b []byte) error {
	t.Given = true
	if string(b) == "null" {
		t.Null = true
		return nil
	}
	return json.Unmarshal(b, &t.Text)
}

// Schema says that the member is a text or null.
func (Text) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeString, Nullable: true}
}

// TextList is a member of a merge patch that holds a list of texts.
type TextList struct{ account.ListChange }

// UnmarshalJSON notes that the member was there.
func (l *TextList) UnmarshalJSON(b []byte) error {
	l.Given = true
	if string(b) == "null" {
		l.Null = true
		return nil
	}
	return json.Unmarshal(b, &l.Texts)
}

// Schema says that the member is a list of texts or null.
func (TextList) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: huma.TypeArray, Nullable: true, Items: &huma.Schema{Type: huma.TypeString}}
}
