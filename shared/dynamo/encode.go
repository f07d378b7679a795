package dynamo

import (
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
)

type item = map[string]types.AttributeValue

// revealer is a masked value that can be opened.
type revealer interface{ Reveal() string }

var (
	timeType     = reflect.TypeFor[time.Time]()
	revealerType = reflect.TypeFor[revealer]()
)

// codec writes and reads the rows of one record type for one person.
type codec struct {
	schema  *inventory.Schema
	subject inventory.Subject
}

// encode returns the whole row: keys, index keys, record name, expiry and
// every declared attribute that is not empty.
func (c codec) encode(row reflect.Value) (item, error) {
	if err := c.schema.Err(); err != nil {
		return nil, err
	}
	out, err := c.key(row)
	if err != nil {
		return nil, err
	}
	if err := c.fields(out, c.schema.Attributes(), row, place(out)); err != nil {
		return nil, err
	}
	for _, index := range c.schema.Indexes {
		if pk, sk, err := c.pattern(index.Key, row); err == nil {
			out[index.Name+"_pk"], out[index.Name+"_sk"] = text(pk), text(sk)
		}
	}
	out["rt"] = text(c.schema.Name)
	if at, ok := c.expiry(row); ok {
		out["expires_at"] = number(ceilSeconds(at))
	}
	return out, nil
}

// place is the associated data of a sealed attribute: where it stands. A
// ciphertext moved to another row does not open.
func place(key item) string {
	return key["pk"].(*types.AttributeValueMemberS).Value + "\x00" + key["sk"].(*types.AttributeValueMemberS).Value
}

// key returns the partition and sort key of the row.
func (c codec) key(row reflect.Value) (item, error) {
	if err := c.schema.Err(); err != nil {
		return nil, err
	}
	pk, sk, err := c.pattern(c.schema.Key, row)
	if err != nil {
		return nil, err
	}
	return item{"pk": text(pk), "sk": text(sk)}, nil
}

// pattern fills a key pattern with the row's attributes.
func (c codec) pattern(pattern string, row reflect.Value) (pk, sk string, err error) {
	return expand(pattern, func(name string) (string, error) {
		a, _ := c.schema.Attribute(name)
		v := keyText(row.Field(a.Index))
		if v == "" {
			return "", fmt.Errorf("dynamo: %s.%s is empty and stands in a key", c.schema.Name, name)
		}
		return v, nil
	})
}

// keyText writes a value as part of a key; a time as 13 digits of
// milliseconds, so that keys sort as times do.
func keyText(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case revealer:
		return x.Reveal()
	case time.Time:
		if x.IsZero() {
			return ""
		}
		return fmt.Sprintf("%013d", x.UnixMilli())
	}
	if v.CanInt() {
		return fmt.Sprintf("%013d", v.Int())
	}
	return v.String()
}

// expiry returns the exact moment from which the row is gone.
func (c codec) expiry(row reflect.Value) (time.Time, bool) {
	name, after, ok := c.schema.Keep.Expiring()
	if !ok {
		return time.Time{}, false
	}
	a, _ := c.schema.Attribute(name)
	at, isTime := row.Field(a.Index).Interface().(time.Time)
	if !isTime || at.IsZero() {
		return time.Time{}, false
	}
	return time.UnixMilli(at.UnixMilli()).UTC().Add(after), true
}

func (c codec) fields(out item, attributes []inventory.Attribute, row reflect.Value, at string) error {
	for _, a := range attributes {
		v, err := c.value(a, row.Field(a.Index), at+"\x00"+a.Name)
		if err != nil {
			return err
		}
		if v != nil {
			out[a.Name] = v
		}
	}
	return nil
}

// value encodes one attribute; nil when it is empty.
func (c codec) value(a inventory.Attribute, v reflect.Value, at string) (types.AttributeValue, error) {
	if v.IsZero() && !v.CanInt() && v.Kind() != reflect.Bool {
		return nil, nil
	}
	if !c.subject.Allows(a.Purpose) {
		consent := inventory.Purposes[a.Purpose].Consent
		return nil, fault.New(fault.ConsentWithdrawn, "This needs a consent that is not given.").With("purpose", string(consent))
	}
	return c.any(a, v, at)
}

func (c codec) any(a inventory.Attribute, v reflect.Value, at string) (types.AttributeValue, error) {
	switch {
	case v.Type() == timeType:
		return number(v.Interface().(time.Time).UnixMilli()), nil
	case v.Type().Implements(revealerType):
		return c.seal(a, v.Interface().(revealer).Reveal(), at)
	}
	switch v.Kind() {
	case reflect.String:
		return c.seal(a, v.String(), at)
	case reflect.Bool:
		return &types.AttributeValueMemberBOOL{Value: v.Bool()}, nil
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return number(v.Int()), nil
	case reflect.Float64:
		return &types.AttributeValueMemberN{Value: strconv.FormatFloat(v.Float(), 'f', -1, 64)}, nil
	case reflect.Slice:
		return c.list(a, v, at)
	case reflect.Map:
		return c.mapping(a, v, at)
	case reflect.Struct:
		out := item{}
		if err := c.fields(out, a.Nested, v, at); err != nil {
			return nil, err
		}
		return &types.AttributeValueMemberM{Value: out}, nil
	default:
		return nil, fmt.Errorf("dynamo: %s.%s: %s cannot be stored", c.schema.Name, a.Name, v.Type())
	}
}

func (c codec) list(a inventory.Attribute, v reflect.Value, at string) (types.AttributeValue, error) {
	if v.Type().Elem().Kind() == reflect.Uint8 {
		return &types.AttributeValueMemberB{Value: v.Bytes()}, nil
	}
	out := make([]types.AttributeValue, v.Len())
	for i := range v.Len() {
		e, err := c.any(a, v.Index(i), at)
		if err != nil {
			return nil, err
		}
		out[i] = e
	}
	return &types.AttributeValueMemberL{Value: out}, nil
}

func (c codec) mapping(a inventory.Attribute, v reflect.Value, at string) (types.AttributeValue, error) {
	out := make(item, v.Len())
	for _, k := range v.MapKeys() {
		e, err := c.any(a, v.MapIndex(k), at)
		if err != nil {
			return nil, err
		}
		out[k.String()] = e
	}
	return &types.AttributeValueMemberM{Value: out}, nil
}

// seal encrypts the text when the attribute's class asks for it.
func (c codec) seal(a inventory.Attribute, value, at string) (types.AttributeValue, error) {
	if !a.Class.Sealed() {
		return text(value), nil
	}
	if c.subject.Key == nil {
		return nil, fmt.Errorf("dynamo: %s.%s is sealed and no person's key was given", c.schema.Name, a.Name)
	}
	sealed, err := c.subject.Key.Encrypt([]byte(value), []byte(at))
	if err != nil {
		return nil, fmt.Errorf("dynamo: seal %s.%s: %w", c.schema.Name, a.Name, err)
	}
	return &types.AttributeValueMemberB{Value: sealed}, nil
}

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// ceilSeconds rounds up, so that TTL never removes a row early.
func ceilSeconds(t time.Time) int64 {
	return (t.UnixMilli() + 999) / 1000
}
