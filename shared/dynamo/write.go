package dynamo

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"
)

// Write is one write that has not happened yet. Writes of several contexts are
// joined into one transaction by whoever wires them.
type Write struct {
	item types.TransactWriteItem
	err  error
}

func failed(err error) Write { return Write{err: err} }

// PutWrite writes the whole row under the conditions.
func (t Table[T]) PutWrite(row T, conds ...Cond) Write {
	name, err := t.db.table(t.codec.schema.Table)
	if err != nil {
		return failed(err)
	}
	in, err := t.codec.encode(reflect.ValueOf(row))
	if err != nil {
		return failed(err)
	}
	e := t.codec.expression(in)
	cond, err := e.cond(conds)
	if err != nil {
		return failed(err)
	}
	return Write{item: types.TransactWriteItem{Put: &types.Put{
		TableName: name, Item: in, ConditionExpression: optional(cond),
		ExpressionAttributeNames: e.someNames(), ExpressionAttributeValues: e.someValues(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

// UpdateWrite changes a row. Unless a condition says otherwise an update of an
// absent row would make one: give Exists("pk").
func (t Table[T]) UpdateWrite(key T, u Update) Write {
	name, k, e, err := t.start(key)
	if err != nil {
		return failed(err)
	}
	change, err := e.update(u)
	if err != nil {
		return failed(err)
	}
	cond, err := e.cond(u.If)
	if err != nil {
		return failed(err)
	}
	return Write{item: types.TransactWriteItem{Update: &types.Update{
		TableName: name, Key: k, UpdateExpression: aws.String(change), ConditionExpression: optional(cond),
		ExpressionAttributeNames: e.someNames(), ExpressionAttributeValues: e.someValues(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

// DeleteWrite removes a row under the conditions.
func (t Table[T]) DeleteWrite(key T, conds ...Cond) Write {
	name, k, e, err := t.start(key)
	if err != nil {
		return failed(err)
	}
	cond, err := e.cond(conds)
	if err != nil {
		return failed(err)
	}
	return Write{item: types.TransactWriteItem{Delete: &types.Delete{
		TableName: name, Key: k, ConditionExpression: optional(cond),
		ExpressionAttributeNames: e.someNames(), ExpressionAttributeValues: e.someValues(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

// CheckWrite writes nothing and asks that the conditions hold; only in a
// transaction.
func (t Table[T]) CheckWrite(key T, conds ...Cond) Write {
	name, k, e, err := t.start(key)
	if err != nil {
		return failed(err)
	}
	cond, err := e.cond(conds)
	if err != nil {
		return failed(err)
	}
	return Write{item: types.TransactWriteItem{ConditionCheck: &types.ConditionCheck{
		TableName: name, Key: k, ConditionExpression: optional(cond),
		ExpressionAttributeNames: e.someNames(), ExpressionAttributeValues: e.someValues(),
		ReturnValuesOnConditionCheckFailure: types.ReturnValuesOnConditionCheckFailureAllOld,
	}}}
}

func (t Table[T]) start(key T) (*string, item, *expression, error) {
	name, err := t.db.table(t.codec.schema.Table)
	if err != nil {
		return nil, nil, nil, err
	}
	k, err := t.codec.key(reflect.ValueOf(key))
	if err != nil {
		return nil, nil, nil, err
	}
	return name, k, t.codec.expression(k), nil
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func (e *expression) someNames() map[string]string {
	if len(e.names) == 0 {
		return nil
	}
	return e.names
}

func (e *expression) someValues() item {
	if len(e.values) == 0 {
		return nil
	}
	return e.values
}

// Transact makes all the writes or none. The token (36 characters at most)
// makes a repeat within 10 minutes the same transaction; empty: the client
// makes one, which covers its own retries only. ErrCondition tells by
// ConditionError.Index which write refused.
func (db *DB) Transact(ctx context.Context, token string, writes ...Write) error {
	items := make([]types.TransactWriteItem, len(writes))
	for i, w := range writes {
		if w.err != nil {
			return w.err
		}
		items[i] = w.item
	}
	out, err := db.client.TransactWriteItems(ctx, &dynamodb.TransactWriteItemsInput{
		TransactItems: items, ClientRequestToken: optional(token),
		ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		db.count("TransactWriteItems")
		return failure(err)
	}
	db.count("TransactWriteItems", out.ConsumedCapacity...)
	return nil
}

// write makes one write by itself.
func (db *DB) write(ctx context.Context, w Write) error {
	if w.err != nil {
		return w.err
	}
	switch {
	case w.item.Put != nil:
		return db.put(ctx, w.item.Put)
	case w.item.Delete != nil:
		return db.remove(ctx, w.item.Delete)
	default:
		return errors.New("dynamo: this write stands only in a transaction")
	}
}

func (db *DB) put(ctx context.Context, p *types.Put) error {
	out, err := db.client.PutItem(ctx, &dynamodb.PutItemInput{
		TableName: p.TableName, Item: p.Item, ConditionExpression: p.ConditionExpression,
		ExpressionAttributeNames: p.ExpressionAttributeNames, ExpressionAttributeValues: p.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: p.ReturnValuesOnConditionCheckFailure,
		ReturnConsumedCapacity:              types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		db.count("PutItem")
		return failure(err)
	}
	db.count("PutItem", one(out.ConsumedCapacity))
	return nil
}

func (db *DB) remove(ctx context.Context, d *types.Delete) error {
	out, err := db.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: d.TableName, Key: d.Key, ConditionExpression: d.ConditionExpression,
		ExpressionAttributeNames: d.ExpressionAttributeNames, ExpressionAttributeValues: d.ExpressionAttributeValues,
		ReturnValuesOnConditionCheckFailure: d.ReturnValuesOnConditionCheckFailure,
		ReturnConsumedCapacity:              types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		db.count("DeleteItem")
		return failure(err)
	}
	db.count("DeleteItem", one(out.ConsumedCapacity))
	return nil
}
