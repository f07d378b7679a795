package account_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/register"
)

// fill writes something into every attribute, nested ones too, and calls note
// with the text that a copy must show, or for what is only held, must not.
func fill(a inventory.Attribute, v reflect.Value, note func(text string, secret bool)) {
	const when = "2031-02-03T04:05:06Z"
	text := "value of " + a.Name
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x, _ = time.Parse(time.RFC3339, when)
		note(when, false)
		return
	case *[]byte:
		*x = []byte{1}
		return
	case interface{ UnmarshalText([]byte) error }:
		_ = x.UnmarshalText([]byte(text)) // a masked value takes any text
		note(text, a.Class == inventory.Secret)
		return
	}
	switch v.Kind() {
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(a, v.Index(0), note)
	case reflect.Map:
		e := reflect.New(v.Type().Elem()).Elem()
		fill(a, e, note)
		v.Set(reflect.MakeMap(v.Type()))
		v.SetMapIndex(reflect.ValueOf("entry").Convert(v.Type().Key()), e)
	case reflect.Struct:
		for _, n := range a.Nested {
			fill(n, v.Field(n.Index), note)
		}
	case reflect.String:
		v.SetString(text)
		note(text, a.Class == inventory.Secret)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Float64:
		v.SetFloat(7)
	default:
		v.SetInt(7)
	}
}

// Clauses: C02, C70.
func TestCopyShowsEveryAttributeOfEveryRecordAndNoSecret(t *testing.T) {
	var owned int
	for _, s := range register.Records() {
		if s.Owner == "" {
			continue
		}
		owned++
		row := reflect.New(s.GoType).Elem()
		var shown, secret []string
		for _, a := range s.Attributes() {
			fill(a, row.Field(a.Index), func(text string, held bool) {
				if held {
					secret = append(secret, text)
				} else {
					shown = append(shown, text)
				}
			})
		}
		items := account.Items(s, row)
		b, err := json.Marshal(items)
		if err != nil {
			t.Fatal(err)
		}
		for _, a := range s.Attributes() {
			found := false
			for _, item := range items {
				_, there := item.Data[a.Name]
				found = found || there && (item.Purpose == a.Purpose && item.Clause == a.Clause || a.Purpose == "key")
			}
			if !found {
				t.Errorf("%s.%s is not in the copy under its purpose and clause", s.Name, a.Name)
			}
		}
		for _, text := range shown {
			if !strings.Contains(string(b), text) {
				t.Errorf("%s: %q is not in the copy", s.Name, text)
			}
		}
		for _, text := range secret {
			if strings.Contains(string(b), text) {
				t.Errorf("%s: the secret %q is in the copy", s.Name, text)
			}
		}
		if strings.Contains(string(b), "<") {
			t.Errorf("%s: a mask is in the copy: %s", s.Name, b)
		}
	}
	if owned < 15 {
		t.Errorf("only %d records belong to persons", owned)
	}
}

func TestRowOfNothingButItsKeyIsOneItem(t *testing.T) {
	type bare struct {
		User person.ID `inv:"user_id,C11,key"`
	}
	s := inventory.Declare[bare](inventory.Record{
		Name: "bare", Table: "Accounts", Key: "U#{user_id}/BARE", Owner: "user_id",
		Keep: inventory.WithPerson(), OnCancel: inventory.EraseAtOnce,
	}).Schema()
	items := account.Items(s, reflect.ValueOf(bare{User: person.Of[person.ID]("u")}))
	if len(items) != 1 || items[0].Data["user_id"] != "u" || items[0].Clause != "C11" {
		t.Errorf("items %v", items)
	}
}
