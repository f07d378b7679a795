package dynamo

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Cond is a condition on a row. Attributes are named as declared; a path into
// a map is written with dots, as in "challenges.abc.attempts".
type Cond struct {
	op    string
	path  string
	value any
	parts []Cond
}

// Exists holds when the attribute is there. Exists("pk") asks for the row.
func Exists(path string) Cond { return Cond{op: "attribute_exists", path: path} }

// Absent holds when the attribute is not there. Absent("pk"): no such row.
func Absent(path string) Cond { return Cond{op: "attribute_not_exists", path: path} }

// Eq holds when the attribute equals the value.
func Eq(path string, value any) Cond { return Cond{op: "=", path: path, value: value} }

// Not holds when the attribute is there and differs from the value.
func Not(path string, value any) Cond { return Cond{op: "<>", path: path, value: value} }

// Less holds when the attribute is less than the value.
func Less(path string, value any) Cond { return Cond{op: "<", path: path, value: value} }

// AtMost holds when the attribute is at most the value.
func AtMost(path string, value any) Cond { return Cond{op: "<=", path: path, value: value} }

// Greater holds when the attribute is greater than the value.
func Greater(path string, value any) Cond { return Cond{op: ">", path: path, value: value} }

// All holds when each of the conditions does.
func All(conds ...Cond) Cond { return Cond{op: "AND", parts: conds} }

// Any holds when one of the conditions does.
func Any(conds ...Cond) Cond { return Cond{op: "OR", parts: conds} }

// Update is a change to one row: attributes to set, numbers to add, attributes
// to remove, under a condition. Paths are written as in Cond.
type Update struct {
	Set    map[string]any
	Add    map[string]int64
	Remove []string
	If     []Cond
}

// expression collects the placeholders of one request.
type expression struct {
	codec  codec
	at     string // the row's place, for sealing
	names  map[string]string
	values item
}

func (c codec) expression(key item) *expression {
	e := &expression{codec: c, names: map[string]string{}, values: item{}}
	if key != nil {
		e.at = place(key)
	}
	return e
}

// own are attributes that the codec writes itself.
var own = map[string]bool{"pk": true, "sk": true, "rt": true, "expires_at": true}

// path writes a document path, refusing what the record does not declare.
func (e *expression) path(path string) (string, error) {
	parts := strings.Split(path, ".")
	if _, declared := e.codec.schema.Attribute(parts[0]); !declared && !own[parts[0]] && !e.indexKey(parts[0]) {
		return "", fmt.Errorf("dynamo: record %s does not declare attribute %q", e.codec.schema.Name, parts[0])
	}
	for i, p := range parts {
		parts[i] = e.name(p)
	}
	return strings.Join(parts, "."), nil
}

func (e *expression) indexKey(name string) bool {
	for _, i := range e.codec.schema.Indexes {
		if name == i.Name+"_pk" || name == i.Name+"_sk" {
			return true
		}
	}
	return false
}

func (e *expression) name(part string) string {
	for placeholder, p := range e.names {
		if p == part {
			return placeholder
		}
	}
	placeholder := fmt.Sprintf("#n%d", len(e.names))
	e.names[placeholder] = part
	return placeholder
}

func (e *expression) value(v types.AttributeValue) string {
	placeholder := fmt.Sprintf(":v%d", len(e.values))
	e.values[placeholder] = v
	return placeholder
}

// cond writes a condition; empty for no conditions.
func (e *expression) cond(conds []Cond) (string, error) {
	if len(conds) == 0 {
		return "", nil
	}
	if len(conds) > 1 {
		return e.one(All(conds...))
	}
	return e.one(conds[0])
}

func (e *expression) one(c Cond) (string, error) {
	if c.op == "AND" || c.op == "OR" {
		written := make([]string, len(c.parts))
		for i, p := range c.parts {
			w, err := e.one(p)
			if err != nil {
				return "", err
			}
			written[i] = "(" + w + ")"
		}
		return strings.Join(written, " "+c.op+" "), nil
	}
	path, err := e.path(c.path)
	if err != nil {
		return "", err
	}
	if strings.HasPrefix(c.op, "attribute_") {
		return c.op + "(" + path + ")", nil
	}
	v, err := e.plain(c.path, c.value)
	if err != nil {
		return "", err
	}
	return path + " " + c.op + " " + e.value(v), nil
}
