package erasure_test

import (
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/awstest"
	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/erasure"
	"jewelrydisplay.app/shared/erasure/erasuredynamo"
	"jewelrydisplay.app/shared/erasure/scan"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/metric"
	"jewelrydisplay.app/shared/person"
	"jewelrydisplay.app/shared/register"
)

type item = map[string]types.AttributeValue

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

// household is tables with rows of every record type of the product, written
// by the declarations alone.
type household struct {
	t      testing.TB
	cloud  *awstest.Cloud
	db     *dynamo.DB
	eraser *erasure.Eraser
	n      int
}

func newHousehold(t testing.TB, schemas []*inventory.Schema) *household {
	h := &household{t: t, cloud: awstest.Start(t)}
	clk := clock.At(time.Unix(1700000000, 0))
	h.db = dynamo.New(h.cloud.Config, h.cloud.Tables, clk)
	out := discard{}
	h.eraser = erasure.New(erasuredynamo.New(h.db), erasuredynamo.NewWatch(metric.New(out, clk), slog.New(slog.DiscardHandler)), schemas, "account", "gate")
	return h
}

type discard struct{}

func (discard) Write(b []byte) (int, error) { return len(b), nil }

// one is a person with every identifier that the product could hold of them.
type one struct{ id, phone, device, token, nickname string }

func someone(n int) one {
	n += 10000 // numbers that do not occur inside one another
	return one{
		id: fmt.Sprintf("%026d", 7e15+n)[:26], phone: fmt.Sprintf("+86138%08d", 40000000+n*7919), device: fmt.Sprintf("3f2504e0-4f89-41d3-9a0c-%012d", n),
		token: fmt.Sprintf("%064x", 0xabcdef00+n*104729), nickname: fmt.Sprintf("珠珠%06d号", n*31337),
	}
}

func (o one) identifiers() []scan.Identifier {
	return []scan.Identifier{
		{Name: "user id", Value: o.id},
		{Name: "phone", Value: o.phone},
		{Name: "device id", Value: o.device},
		{Name: "push token", Value: o.token},
		{Name: "nickname", Value: o.nickname},
	}
}

// row writes a row of the record for the person: each attribute that is not the
// owner holds their identifiers, in a spelling that how chooses.
func (h *household) row(s *inventory.Schema, o one, how int) item {
	h.n++
	in := item{"rt": text(s.Name)}
	for i, a := range s.Attributes() {
		in[a.Name] = text(spelled(o, how+i) + fmt.Sprint(h.n))
	}
	in[s.Owner] = text(o.id)
	in["pk"], in["sk"] = key(s.Key, in)
	if !strings.HasPrefix(s.Key, "U#{"+s.Owner+"}/") {
		in["pk"] = text("elsewhere" + fmt.Sprint(h.n) + in["pk"].(*types.AttributeValueMemberS).Value)
	}
	for _, i := range s.Indexes {
		in[i.Name+"_pk"], in[i.Name+"_sk"] = key(i.Key, in)
	}
	return in
}

func spelled(o one, how int) string {
	all := o.phone + " " + o.device + " " + o.token + " " + o.nickname
	switch how % 5 {
	case 0:
		return all
	case 1:
		return hex.EncodeToString([]byte(all))
	case 2:
		return base64.StdEncoding.EncodeToString([]byte("." + all))
	case 3:
		return strings.ToUpper(all)
	default:
		b, _ := json.Marshal(map[string]string{"v": all})
		return string(b)
	}
}

func key(pattern string, in item) (pk, sk types.AttributeValue) {
	left, right, _ := strings.Cut(pattern, "/")
	fill := func(p string) types.AttributeValue {
		for name, v := range in {
			if s, ok := v.(*types.AttributeValueMemberS); ok {
				p = strings.ReplaceAll(p, "{"+name+"}", s.Value)
			}
		}
		return text(p)
	}
	return fill(left), fill(right)
}

func (h *household) put(table string, in item) {
	h.t.Helper()
	if _, err := h.cloud.Dynamo().PutItem(context.Background(), &dynamodb.PutItemInput{TableName: aws.String(h.cloud.Tables[table]), Item: in}); err != nil {
		h.t.Fatal(err)
	}
}

// moveIn writes a row of every owned record, and what each names beside it.
func (h *household) moveIn(schemas []*inventory.Schema, o one, how int) (rows int) {
	for _, s := range schemas {
		if s.Owner == "" || !strings.HasPrefix(s.Key, "U#") {
			continue
		}
		in := h.row(s, o, how)
		h.put(s.Table, in)
		rows++
		for _, also := range s.Also {
			other := item{"rt": text("beside"), s.Owner: text(o.id), "note": text(spelled(o, how))}
			other["pk"], other["sk"] = key(also, in)
			h.put(s.Table, other)
		}
	}
	return rows
}

func (h *household) dump() map[string]string {
	rows := map[string]string{}
	for table, name := range h.cloud.Tables {
		out, err := h.cloud.Dynamo().Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String(name), ConsistentRead: aws.Bool(true)})
		if err != nil {
			h.t.Fatal(err)
		}
		for _, in := range out.Items {
			b, err := json.Marshal(in)
			if err != nil {
				h.t.Fatal(err)
			}
			rows[table+fmt.Sprint(in["pk"])+string(b)] = string(b)
		}
	}
	return rows
}

// T15 on every record type that the product declares: of several people some
// are erased; not one of their identifiers is left in any table in any
// spelling, and the others' rows are byte for byte what they were. A leak that
// is planted is found, so the scan is able to find one.
//
// Clauses: C04, C63, C86, C88.
func TestNothingOfAnErasedPersonIsLeftWhateverTheRecord(t *testing.T) {
	schemas := register.Records()
	h := newHousehold(t, schemas)
	for how := range 5 {
		gone, stay := []one{someone(10 * how), someone(10*how + 1)}, someone(10*how+2)
		h.moveIn(schemas, stay, how)
		before := h.dump()
		for _, o := range gone {
			if h.moveIn(schemas, o, how) < 5 {
				t.Fatal("hardly a record belongs to a person")
			}
		}
		for _, o := range gone {
			if err := h.eraser.Erase(context.Background(), person.Of[person.ID](o.id), inventory.HoldUntilPurge); err != nil {
				t.Fatal(err)
			}
		}
		after := h.dump()
		if !maps.Equal(before, after) {
			t.Errorf("%d rows were there before the erased came, %d are left", len(before), len(after))
		}
		for _, o := range gone {
			s, err := scan.New(o.identifiers()...)
			if err != nil {
				t.Fatal(err)
			}
			for k, row := range after {
				if leaks := s.Bytes("a table", []byte(k+row)); len(leaks) > 0 {
					t.Errorf("%v", leaks[0])
				}
			}
			if len(s.Bytes("planted", []byte(spelled(o, how)))) < 4 {
				t.Error("planted leaks are not found")
			}
		}
	}
}

// What passed on to somebody else is left alone: a phone claimed again, a
// device in other hands.
//
// Clauses: C88.
func TestWhatPassedOnIsLeftAlone(t *testing.T) {
	schemas := register.Records()
	h := newHousehold(t, schemas)
	old, heir := someone(1), someone(2)
	h.moveIn(schemas, old, 0)
	passed := 0
	for _, s := range schemas {
		for _, also := range s.Also {
			rows, err := h.cloud.Dynamo().Scan(context.Background(), &dynamodb.ScanInput{TableName: aws.String(h.cloud.Tables[s.Table])})
			if err != nil {
				t.Fatal(err)
			}
			for _, in := range rows.Items {
				if in["rt"].(*types.AttributeValueMemberS).Value != s.Name {
					continue
				}
				other := item{"rt": text("beside"), s.Owner: text(heir.id)}
				other["pk"], other["sk"] = key(also, in)
				h.put(s.Table, other)
				passed++
			}
		}
	}
	if err := h.eraser.Erase(context.Background(), person.Of[person.ID](old.id), inventory.HoldUntilPurge); err != nil {
		t.Fatal(err)
	}
	if left := h.dump(); len(left) != passed || passed == 0 {
		t.Errorf("%d rows passed on and %d are left", passed, len(left))
	}
}
