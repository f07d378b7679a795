package dynamo

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/inventory"
)

// decode reads a row. Without the person's key, sealed attributes stay empty.
func (c codec) decode(in item, row reflect.Value) error {
	if err := c.schema.Err(); err != nil {
		return err
	}
	return c.readFields(in, c.schema.Attributes(), row, place(in))
}

func (c codec) readFields(in item, attributes []inventory.Attribute, row reflect.Value, at string) error {
	for _, a := range attributes {
		v, ok := in[a.Name]
		if !ok {
			continue
		}
		if err := c.read(a, v, row.Field(a.Index), at+"\x00"+a.Name); err != nil {
			return fmt.Errorf("dynamo: read %s.%s: %w", c.schema.Name, a.Name, err)
		}
	}
	return nil
}

func (c codec) read(a inventory.Attribute, v types.AttributeValue, to reflect.Value, at string) error {
	switch x := v.(type) {
	case *types.AttributeValueMemberS:
		return setText(to, x.Value)
	case *types.AttributeValueMemberN:
		return setNumber(to, x.Value)
	case *types.AttributeValueMemberBOOL:
		if to.Kind() != reflect.Bool {
			return fmt.Errorf("a truth value does not fit %s", to.Type())
		}
		to.SetBool(x.Value)
		return nil
	case *types.AttributeValueMemberB:
		return c.readBytes(a, x.Value, to, at)
	case *types.AttributeValueMemberL:
		if to.Kind() != reflect.Slice {
			return fmt.Errorf("a list does not fit %s", to.Type())
		}
		to.Set(reflect.MakeSlice(to.Type(), len(x.Value), len(x.Value)))
		for i, e := range x.Value {
			if err := c.read(a, e, to.Index(i), at); err != nil {
				return err
			}
		}
		return nil
	case *types.AttributeValueMemberM:
		return c.readMap(a, x.Value, to, at)
	default:
		return fmt.Errorf("unexpected attribute type %T", v)
	}
}

func (c codec) readBytes(a inventory.Attribute, b []byte, to reflect.Value, at string) error {
	if !a.Class.Sealed() {
		if to.Kind() != reflect.Slice || to.Type().Elem().Kind() != reflect.Uint8 {
			return fmt.Errorf("bytes do not fit %s", to.Type())
		}
		to.SetBytes(b)
		return nil
	}
	if c.subject.Key == nil {
		return nil
	}
	plain, err := c.subject.Key.Decrypt(b, []byte(at))
	if err != nil {
		return fmt.Errorf("open sealed value: %w", err)
	}
	return setText(to, string(plain))
}

func (c codec) readMap(a inventory.Attribute, in item, to reflect.Value, at string) error {
	if to.Kind() == reflect.Struct {
		return c.readFields(in, a.Nested, to, at)
	}
	if to.Kind() != reflect.Map {
		return fmt.Errorf("a map does not fit %s", to.Type())
	}
	to.Set(reflect.MakeMapWithSize(to.Type(), len(in)))
	for k, v := range in {
		e := reflect.New(to.Type().Elem()).Elem()
		if err := c.read(a, v, e, at); err != nil {
			return err
		}
		to.SetMapIndex(reflect.ValueOf(k).Convert(to.Type().Key()), e)
	}
	return nil
}

func setText(to reflect.Value, s string) error {
	if u, ok := to.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(s))
	}
	if to.Kind() != reflect.String {
		return fmt.Errorf("a text does not fit %s", to.Type())
	}
	to.SetString(s)
	return nil
}

func setNumber(to reflect.Value, s string) error {
	if to.Kind() == reflect.Float64 {
		f, err := strconv.ParseFloat(s, 64)
		to.SetFloat(f)
		return err
	}
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil {
		return err
	}
	if to.Type() == timeType {
		to.Set(reflect.ValueOf(time.UnixMilli(n).UTC()))
		return nil
	}
	if !to.CanInt() {
		return fmt.Errorf("a number does not fit %s", to.Type())
	}
	to.SetInt(n)
	return nil
}
