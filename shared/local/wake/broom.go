package wake

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/local/stack"
)

// TTL leaves alone what expired longer ago than this.
const ttlReach = 5 * 365 * 24 * time.Hour

// broom deletes expired rows by the turned clock, and remembers which, so that
// their stream records are marked as TTL's. The memory does not outlive a kill:
// a row that was deleted in that moment looks deleted by hand, which the
// scheduled sweep of due timers makes up for.
type broom struct {
	client *dynamodb.Client
	clock  *Clock
	tables []stack.Table

	mu    sync.Mutex
	marks map[string]int // table and key → deletions whose record is not yet read
}

// sweep deletes every row that has expired and returns how many, as 0 pause-wise:
// the next sweep is due after the broom's pause whatever this one found.
func (b *broom) sweep(ctx context.Context) (int, error) {
	for _, t := range b.tables {
		if err := b.sweepTable(ctx, t); err != nil {
			return 0, fmt.Errorf("delete expired rows of %s: %w", t.LogicalID, err)
		}
	}
	return 0, nil
}

func (b *broom) sweepTable(ctx context.Context, t stack.Table) error {
	now := b.clock.Now()
	names := map[string]string{"#ttl": t.TTL}
	projection := "#ttl"
	for i, part := range t.Keys {
		name := "#k" + strconv.Itoa(i)
		names[name] = part.Name
		projection += ", " + name
	}
	pages := dynamodb.NewScanPaginator(b.client, &dynamodb.ScanInput{
		TableName: aws.String(t.LogicalID), ConsistentRead: aws.Bool(true),
		FilterExpression:     aws.String("attribute_type(#ttl, :n) AND #ttl <= :now AND #ttl > :reach"),
		ProjectionExpression: aws.String(projection), ExpressionAttributeNames: names,
		ExpressionAttributeValues: map[string]types.AttributeValue{
			":n": &types.AttributeValueMemberS{Value: "N"}, ":now": seconds(now), ":reach": seconds(now.Add(-ttlReach)),
		},
	})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, row := range page.Items {
			if err := b.remove(ctx, t, row); err != nil {
				return err
			}
		}
	}
	return nil
}

// remove deletes the row unless its time was changed meanwhile.
func (b *broom) remove(ctx context.Context, t stack.Table, row map[string]types.AttributeValue) error {
	key := map[string]types.AttributeValue{}
	for _, part := range t.Keys {
		key[part.Name] = row[part.Name]
	}
	mark := markOf(t.LogicalID, keyTexts(key))
	if t.Stream != "" {
		b.add(mark, 1) // first: its record may be read before the delete returns
	}
	_, err := b.client.DeleteItem(ctx, &dynamodb.DeleteItemInput{
		TableName: aws.String(t.LogicalID), Key: key,
		ConditionExpression: aws.String("#ttl = :seen"), ExpressionAttributeNames: map[string]string{"#ttl": t.TTL},
		ExpressionAttributeValues: map[string]types.AttributeValue{":seen": row[t.TTL]},
	})
	if err == nil {
		return nil
	}
	if t.Stream != "" {
		b.add(mark, -1)
	}
	var changed *types.ConditionalCheckFailedException
	if errors.As(err, &changed) {
		return nil
	}
	return err
}

func (b *broom) add(mark string, n int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.marks[mark] += n; b.marks[mark] <= 0 {
		delete(b.marks, mark)
	}
}

// took reports whether the broom deleted the row of a record, once for each deletion.
func (b *broom) took(mark string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.marks[mark] == 0 {
		return false
	}
	if b.marks[mark]--; b.marks[mark] == 0 {
		delete(b.marks, mark)
	}
	return true
}

func seconds(t time.Time) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(t.Unix(), 10)}
}

// keyTexts are the texts of a key's attributes, which are strings, numbers or bytes.
func keyTexts(key map[string]types.AttributeValue) map[string]string {
	texts := map[string]string{}
	for name, value := range key {
		switch value := value.(type) {
		case *types.AttributeValueMemberS:
			texts[name] = "S" + value.Value
		case *types.AttributeValueMemberN:
			texts[name] = "N" + value.Value
		case *types.AttributeValueMemberB:
			texts[name] = "B" + string(value.Value)
		}
	}
	return texts
}

// markOf names a row; maps print in the order of their keys.
func markOf(table string, key map[string]string) string { return fmt.Sprintf("%s %q", table, key) }
