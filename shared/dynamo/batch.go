package dynamo

import (
	"context"
	"errors"
	"reflect"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/fault"
)

// batchSize is what one BatchGetItem takes.
const batchSize = 100

// Batch reads rows of several record types and tables in one strongly
// consistent call for up to 100 rows.
type Batch struct {
	db   *DB
	want []wanted
}

type wanted struct {
	table string // physical
	key   item
	take  func(item) error
}

// Batch begins a batch.
func (db *DB) Batch() *Batch { return &Batch{db: db} }

// Pending is a row that a batch will have read once it ran.
type Pending[T any] struct {
	row   T
	found bool
	item  item
	table Table[T]
}

// Row returns the row; false when it is absent or expired. Before the batch
// ran it is absent.
func (p *Pending[T]) Row() (T, bool) { return p.row, p.found }

// Open decodes the row again with the person's key, for sealed attributes
// whose key came with the same batch.
func (t Table[T]) Open(p *Pending[T]) (row T, found bool, err error) { return t.live(p.item) }

// From puts a row into the batch.
func (t Table[T]) From(b *Batch, key T) (*Pending[T], error) {
	name, err := t.db.table(t.codec.schema.Table)
	if err != nil {
		return nil, err
	}
	k, err := t.codec.key(reflect.ValueOf(key))
	if err != nil {
		return nil, err
	}
	p := &Pending[T]{table: t}
	b.want = append(b.want, wanted{table: *name, key: k, take: func(in item) (err error) {
		p.item = in
		p.row, p.found, err = t.live(in)
		return err
	}})
	return p, nil
}

// Run reads the rows. Keys that DynamoDB leaves unprocessed are Unavailable:
// half an answer is never served.
func (b *Batch) Run(ctx context.Context) error {
	for start := 0; start < len(b.want); start += batchSize {
		if err := b.run(ctx, b.want[start:min(start+batchSize, len(b.want))]); err != nil {
			return err
		}
	}
	return nil
}

func (b *Batch) run(ctx context.Context, want []wanted) error {
	request := map[string]types.KeysAndAttributes{}
	asked := map[string]bool{}
	for _, w := range want {
		id := w.table + "\x00" + place(w.key)
		if asked[id] {
			continue
		}
		asked[id] = true
		r := request[w.table]
		r.ConsistentRead = aws.Bool(true)
		r.Keys = append(r.Keys, w.key)
		request[w.table] = r
	}
	out, err := b.db.client.BatchGetItem(ctx, &dynamodb.BatchGetItemInput{
		RequestItems: request, ReturnConsumedCapacity: types.ReturnConsumedCapacityTotal,
	})
	if err != nil {
		b.db.count("BatchGetItem")
		return failure(err)
	}
	b.db.count("BatchGetItem", out.ConsumedCapacity...)
	if len(out.UnprocessedKeys) > 0 {
		return fault.Busy(errors.New("dynamo: keys were left unprocessed"))
	}
	got := map[string]item{}
	for table, items := range out.Responses {
		for _, i := range items {
			got[table+"\x00"+place(i)] = i
		}
	}
	for _, w := range want {
		if err := w.take(got[w.table+"\x00"+place(w.key)]); err != nil {
			return err
		}
	}
	return nil
}
