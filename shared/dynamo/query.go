package dynamo

import (
	"context"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Query asks for the rows of one partition in the order of their sort keys.
type Query struct {
	Partition string // as in "U#…"
	Prefix    string // the sort key begins with it
	From, To  string // or lies between these, both included; To empty: Prefix is used
	After     string // begin behind this sort key: a page's Last
	Limit     int    // live rows at most; 0: all
	Backward  bool   // from the last sort key to the first
	Index     string // ask this index instead of the table
	Stale     bool   // eventually consistent, at half the price; always so on an index
}

// Page is a part of a query's answer.
type Page[T any] struct {
	Rows []T
	Last string // where to go on; empty: that was all
}

// Query returns live rows: those of other record types are left out, expired
// ones are left out and do not count. It follows LastEvaluatedKey until Limit
// is reached. On an index whose projection holds only keys, rows hold only
// keys: use QueryKeys.
func (t Table[T]) Query(ctx context.Context, q Query) (Page[T], error) {
	var page Page[T]
	err := t.db.query(ctx, t.codec, q, func(in item) (bool, error) {
		if rt, ok := in["rt"].(*types.AttributeValueMemberS); !ok || rt.Value != t.codec.schema.Name {
			return true, nil
		}
		if q.Limit > 0 && len(page.Rows) == q.Limit {
			page.Last = sortKey(q, page.Rows[len(page.Rows)-1], t.codec)
			return false, nil
		}
		row, found, err := t.live(in)
		if err == nil && found {
			page.Rows = append(page.Rows, row)
		}
		return true, err
	})
	return page, err
}

func sortKey[T any](q Query, row T, c codec) string {
	v := reflect.ValueOf(row)
	pattern := c.schema.Key
	for _, i := range c.schema.Indexes {
		if i.Name == q.Index {
			pattern = i.Key
		}
	}
	_, sk, _ := c.pattern(pattern, v)
	return sk
}

// Key is a row's primary key.
type Key struct{ PK, SK string }

// QueryKeys returns the primary keys that an index holds under a partition.
func (t Table[T]) QueryKeys(ctx context.Context, q Query) ([]Key, error) {
	var keys []Key
	err := t.db.query(ctx, t.codec, q, func(in item) (bool, error) {
		if q.Limit > 0 && len(keys) == q.Limit {
			return false, nil
		}
		keys = append(keys, keyOf(in))
		return true, nil
	})
	return keys, err
}

func keyOf(in item) Key {
	pk, _ := in["pk"].(*types.AttributeValueMemberS)
	sk, _ := in["sk"].(*types.AttributeValueMemberS)
	return Key{PK: pk.Value, SK: sk.Value}
}

// query calls each with every item until it returns false.
func (db *DB) query(ctx context.Context, c codec, q Query, each func(item) (bool, error)) error {
	name, err := db.table(c.schema.Table)
	if err != nil {
		return err
	}
	in := &dynamodb.QueryInput{
		TableName: name, IndexName: optional(q.Index), ScanIndexForward: aws.Bool(!q.Backward),
		ConsistentRead:         aws.Bool(q.Index == "" && !q.Stale),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	}
	if q.Limit > 0 {
		in.Limit = aws.Int32(int32(q.Limit + 1))
	}
	if !q.keys(in) {
		return nil
	}
	for {
		out, err := db.client.Query(ctx, in)
		if err != nil {
			return failure(err)
		}
		db.count("Query", one(out.ConsumedCapacity))
		for _, i := range out.Items {
			more, err := each(i)
			if err != nil || !more {
				return err
			}
		}
		if len(out.LastEvaluatedKey) == 0 {
			return nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// keys writes the key condition; false when no sort key can meet it, as behind
// the last one of a range, which DynamoDB refuses as invalid. Going on behind a
// sort key is a bound of the condition, not an ExclusiveStartKey, so that a
// page's Last is one text.
func (q Query) keys(in *dynamodb.QueryInput) bool {
	pk, sk := "pk", "sk"
	if q.Index != "" {
		pk, sk = q.Index+"_pk", q.Index+"_sk"
	}
	in.ExpressionAttributeNames = map[string]string{"#pk": pk}
	in.ExpressionAttributeValues = item{":pk": text(q.Partition)}
	cond := "#pk = :pk"
	from, to := q.From, q.To
	if to == "" && (q.Prefix != "" || q.After != "") {
		from, to = q.Prefix, q.Prefix+"\U0010FFFF"
	}
	if q.After != "" {
		if q.Backward {
			to = before(q.After)
		} else {
			from = q.After + "\x00"
		}
	}
	if to != "" {
		cond += " AND #sk BETWEEN :from AND :to"
		in.ExpressionAttributeNames["#sk"] = sk
		if from == "" {
			from = " "
		}
		in.ExpressionAttributeValues[":from"], in.ExpressionAttributeValues[":to"] = text(from), text(to)
	}
	in.KeyConditionExpression = aws.String(cond)
	return to == "" || from <= to
}

// before returns the greatest text that sorts before s among keys of printable
// characters.
func before(s string) string {
	last := s[len(s)-1]
	return s[:len(s)-1] + string([]byte{last - 1}) + "\U0010FFFF"
}
