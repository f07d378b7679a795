package dynamo

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/inventory"
)

// Table reads and writes the rows of one record type.
type Table[T any] struct {
	db    *DB
	codec codec
}

// Of returns the table of a record type.
func Of[T any](db *DB, typ *inventory.Type[T]) Table[T] {
	return Table[T]{db: db, codec: codec{schema: typ.Schema()}}
}

// For returns the table with the key and consents of a person: sealed
// attributes open and seal, and attributes of additional functions may be
// written when the person consented (C10).
func (t Table[T]) For(s inventory.Subject) Table[T] {
	t.codec.subject = s
	return t
}

// Get reads the row whose key attributes are those of key, strongly
// consistent. A row that is absent or expired is not found.
func (t Table[T]) Get(ctx context.Context, key T) (row T, found bool, err error) {
	name, err := t.db.table(t.codec.schema.Table)
	if err != nil {
		return row, false, err
	}
	k, err := t.codec.key(reflect.ValueOf(key))
	if err != nil {
		return row, false, err
	}
	out, err := t.db.client.GetItem(ctx, &dynamodb.GetItemInput{
		TableName: name, Key: k, ConsistentRead: aws.Bool(true), ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		return row, false, failure(err)
	}
	t.db.count("GetItem", one(out.ConsumedCapacity))
	return t.live(out.Item)
}

// live decodes an item that has not expired.
func (t Table[T]) live(in item) (row T, found bool, err error) {
	if len(in) == 0 {
		return row, false, nil
	}
	v := reflect.ValueOf(&row).Elem()
	if err := t.codec.decode(in, v); err != nil {
		return row, false, err
	}
	if at, ok := t.codec.expiry(v); ok && !t.db.clock.Now().Before(at) {
		var none T
		return none, false, nil
	}
	return row, true, nil
}

// Put writes the whole row under the conditions. ErrCondition: one does not
// hold. A put without conditions may be repeated.
func (t Table[T]) Put(ctx context.Context, row T, conds ...Cond) error {
	return t.db.write(ctx, t.PutWrite(row, conds...))
}

// Delete removes the row. Deleting what is not there is no error.
func (t Table[T]) Delete(ctx context.Context, key T, conds ...Cond) error {
	return t.db.write(ctx, t.DeleteWrite(key, conds...))
}

// Update changes the row and returns it as it is afterwards.
func (t Table[T]) Update(ctx context.Context, key T, u Update) (row T, err error) {
	w := t.UpdateWrite(key, u)
	if w.err != nil {
		return row, w.err
	}
	in := w.item.Update
	out, err := t.db.client.UpdateItem(ctx, &dynamodb.UpdateItemInput{
		TableName: in.TableName, Key: in.Key, UpdateExpression: in.UpdateExpression,
		ConditionExpression: in.ConditionExpression, ExpressionAttributeNames: in.ExpressionAttributeNames,
		ExpressionAttributeValues: in.ExpressionAttributeValues, ReturnValues: types.ReturnValueAllNew,
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
		ReturnConsumedCapacity:              types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		t.db.count("UpdateItem")
		return row, failure(err)
	}
	t.db.count("UpdateItem", one(out.ConsumedCapacity))
	v := reflect.ValueOf(&row).Elem()
	return row, t.codec.decode(out.Attributes, v)
}

// Old returns the row that refused a write, when err is ErrCondition and the
// row is there and has not expired.
func (t Table[T]) Old(err error) (row T, found bool) {
	var failed *ConditionError
	if !errors.As(err, &failed) {
		return row, false
	}
	row, found, err = t.live(failed.old)
	return row, found && err == nil
}
