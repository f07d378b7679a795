package dynamo

import (
	"context"
	"fmt"
	"reflect"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/inventory"
)

// Raw is a row as it is stored, of whatever record type: what erasure, export
// and the sweep for expired rows work on.
type Raw struct {
	Table string // logical
	Key   Key
	item  item
}

// Record returns the name of the row's record type.
func (r Raw) Record() string {
	s, ok := r.item["rt"].(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

// ExpiresAt returns the row's expiry to the second, if it has one.
func (r Raw) ExpiresAt() (time.Time, bool) {
	n, ok := r.item["expires_at"].(*types.AttributeValueMemberN)
	if !ok {
		return time.Time{}, false
	}
	seconds, err := strconv.ParseInt(n.Value, 10, 64)
	return time.Unix(seconds, 0).UTC(), err == nil
}

// Text returns an unsealed text attribute; empty when it is absent.
func (r Raw) Text(name string) string {
	s, ok := r.item[name].(*types.AttributeValueMemberS)
	if !ok {
		return ""
	}
	return s.Value
}

// Expand fills a key pattern with the row's own attributes.
func (r Raw) Expand(pattern string) (Key, error) {
	pk, sk, err := expand(pattern, func(name string) (string, error) {
		v := r.Text(name)
		if v == "" {
			return "", fmt.Errorf("dynamo: the %s row has no %s", r.Record(), name)
		}
		return v, nil
	})
	return Key{PK: pk, SK: sk}, err
}

// Decode reads the row into a new value of its schema's Go type, opening
// sealed attributes with the subject's key.
func (r Raw) Decode(s *inventory.Schema, subject inventory.Subject) (reflect.Value, error) {
	v := reflect.New(s.GoType).Elem()
	return v, codec{schema: s, subject: subject}.decode(r.item, v)
}

// Partition calls each with every row of a partition, strongly consistent,
// following LastEvaluatedKey to the end.
func (db *DB) Partition(ctx context.Context, table, pk string, each func(Raw) error) error {
	c := codec{schema: &inventory.Schema{Record: inventory.Record{Table: table}}}
	return db.query(ctx, c, Query{Partition: pk}, func(in item) (bool, error) {
		return true, each(Raw{Table: table, Key: keyOf(in), item: in})
	})
}

// Rows calls each with the rows that q asks for, of whatever record type and
// expired ones too, until it returns false. q.Limit bounds only what one call
// reads.
func (db *DB) Rows(ctx context.Context, table string, q Query, each func(Raw) (more bool, err error)) error {
	c := codec{schema: &inventory.Schema{Record: inventory.Record{Table: table}}}
	return db.query(ctx, c, q, func(in item) (bool, error) {
		return each(Raw{Table: table, Key: keyOf(in), item: in})
	})
}

// Scan calls each with every row of a table, following LastEvaluatedKey to the
// end.
func (db *DB) Scan(ctx context.Context, table string, each func(Raw) error) error {
	return db.scan(ctx, &dynamodb.ScanInput{}, table, each)
}

// Expired calls each with every row of a table whose expiry is at or before
// now.
func (db *DB) Expired(ctx context.Context, table string, now time.Time, each func(Raw) error) error {
	return db.scan(ctx, &dynamodb.ScanInput{
		FilterExpression:          aws.String("expires_at <= :now"),
		ExpressionAttributeValues: item{":now": number(now.Unix())},
	}, table, each)
}

func (db *DB) scan(ctx context.Context, in *dynamodb.ScanInput, table string, each func(Raw) error) error {
	name, err := db.table(table)
	if err != nil {
		return err
	}
	in.TableName, in.ReturnConsumedCapacity = name, types.ReturnConsumedCapacityTotal
	in.ConsistentRead = aws.Bool(true)
	for {
		out, err := db.client.Scan(ctx, in)
		if err != nil {
			return failure(err)
		}
		db.count("Scan", one(out.ConsumedCapacity))
		for _, i := range out.Items {
			if err := each(Raw{Table: table, Key: keyOf(i), item: i}); err != nil {
				return err
			}
		}
		if len(out.LastEvaluatedKey) == 0 {
			return nil
		}
		in.ExclusiveStartKey = out.LastEvaluatedKey
	}
}

// Remove deletes a row whatever it holds by now. Removing it twice is no
// error.
func (db *DB) Remove(ctx context.Context, table string, k Key) error {
	return db.removeIf(ctx, table, k, nil)
}

// RemoveOwned deletes a row if its attribute still names the owner: a phone or
// device that passed on to somebody else is left alone. ErrCondition: it did.
func (db *DB) RemoveOwned(ctx context.Context, table string, k Key, attribute, owner string) error {
	return db.removeIf(ctx, table, k, &types.Delete{
		ConditionExpression:       aws.String("attribute_not_exists(pk) OR #o = :o"),
		ExpressionAttributeNames:  map[string]string{"#o": attribute},
		ExpressionAttributeValues: item{":o": text(owner)},
	})
}

// RemoveExpired deletes a row if its expiry is still the one that was seen: a
// row renewed in the meantime stays. ErrCondition: it was renewed.
func (db *DB) RemoveExpired(ctx context.Context, r Raw) error {
	return db.removeIf(ctx, r.Table, r.Key, &types.Delete{
		ConditionExpression:       aws.String("attribute_not_exists(pk) OR expires_at = :e"),
		ExpressionAttributeValues: item{":e": r.item["expires_at"]},
	})
}

func (db *DB) removeIf(ctx context.Context, table string, k Key, d *types.Delete) error {
	name, err := db.table(table)
	if err != nil {
		return err
	}
	if d == nil {
		d = &types.Delete{}
	}
	d.TableName, d.Key = name, item{"pk": text(k.PK), "sk": text(k.SK)}
	return db.remove(ctx, d)
}
