// Package dynamo is a table handle that only speaks inventory records: it
// writes nothing undeclared, seals what is sealed, computes expires_at, hides
// what has expired before TTL removes it (C64), and counts its calls and
// capacity. It is the only package with the DynamoDB client.
package dynamo

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"jewelrydisplay.app/shared/clock"
	"jewelrydisplay.app/shared/fault"
)

// DB is the database: one client, the physical names of the logical tables,
// and the clock by which rows expire.
type DB struct {
	client *dynamodb.Client
	tables map[string]string
	clock  clock.Clock

	mu    sync.Mutex
	calls []Call
}

// Call is one counted DynamoDB call.
type Call struct {
	Action   string  // "GetItem"
	Capacity float64 // read or write units consumed, all tables and indexes
}

// New returns the database. tables maps logical names ("Accounts") to
// physical ones.
func New(cfg aws.Config, tables map[string]string, clk clock.Clock) *DB {
	client := dynamodb.NewFromConfig(cfg, func(o *dynamodb.Options) {
		o.Retryer = retry.NewStandard(func(s *retry.StandardOptions) {
			s.Retryables = append(s.Retryables, retry.IsErrorRetryableFunc(conflicted))
		})
	})
	return &DB{client: client, tables: tables, clock: clk}
}

// conflicted tells the client to try a transaction again that only another one
// stood in the way of: two calls of one person at once check the same gate. The
// client's token makes it the same transaction. One whose condition failed too
// is not tried again.
func conflicted(err error) aws.Ternary {
	var cancelled *types.TransactionCanceledException
	if !errors.As(err, &cancelled) {
		return aws.UnknownTernary
	}
	found := aws.UnknownTernary
	for _, reason := range cancelled.CancellationReasons {
		switch aws.ToString(reason.Code) {
		case "None":
		case "TransactionConflict":
			found = aws.TrueTernary
		default:
			return aws.FalseTernary
		}
	}
	return found
}

// TakeCalls returns the calls made since the last TakeCalls. Only tests ask;
// the record is bounded so that a long-lived function does not grow.
func (db *DB) TakeCalls() []Call {
	db.mu.Lock()
	defer db.mu.Unlock()
	calls := db.calls
	db.calls = nil
	return calls
}

func (db *DB) count(action string, consumed ...types.ConsumedCapacity) {
	c := Call{Action: action}
	for _, used := range consumed {
		c.Capacity += aws.ToFloat64(used.CapacityUnits)
	}
	db.mu.Lock()
	defer db.mu.Unlock()
	if len(db.calls) < 1000 {
		db.calls = append(db.calls, c)
	}
}

func one(c *types.ConsumedCapacity) types.ConsumedCapacity {
	if c == nil {
		return types.ConsumedCapacity{}
	}
	return *c
}

func (db *DB) table(logical string) (*string, error) {
	name, ok := db.tables[logical]
	if !ok {
		return nil, fmt.Errorf("dynamo: table %s is not among this function's tables", logical)
	}
	return aws.String(name), nil
}

// ErrCondition is a write refused by its condition. The row as it was comes
// with it: see Table.Old.
var ErrCondition = errors.New("dynamo: the condition does not hold")

// ConditionError is ErrCondition with the row that refused.
type ConditionError struct {
	Index int // which write of a transaction; 0 otherwise
	old   map[string]types.AttributeValue
}

// Error says that the condition does not hold, and nothing of the row.
func (e *ConditionError) Error() string { return ErrCondition.Error() }

// Is makes errors.Is(err, ErrCondition) hold.
func (e *ConditionError) Is(target error) bool { return target == ErrCondition }

// failure turns an error of the client into one to act on: a failed condition,
// or Unavailable for what may be tried again.
func failure(err error) error {
	var failed *types.ConditionalCheckFailedException
	if errors.As(err, &failed) {
		return &ConditionError{old: failed.Item}
	}
	var cancelled *types.TransactionCanceledException
	if errors.As(err, &cancelled) {
		for i, reason := range cancelled.CancellationReasons {
			if aws.ToString(reason.Code) == "ConditionalCheckFailed" {
				return &ConditionError{Index: i, old: reason.Item}
			}
		}
		for _, reason := range cancelled.CancellationReasons {
			switch aws.ToString(reason.Code) {
			case "TransactionConflict", "ThrottlingError", "ProvisionedThroughputExceeded":
				return fault.Busy(err)
			}
		}
		return fmt.Errorf("dynamo: transaction cancelled: %w", err)
	}
	if retryable(err) {
		return fault.Busy(err)
	}
	return fmt.Errorf("dynamo: %w", err)
}

// retryable reports whether the same call may be tried again: the client gave
// up after its own retries, which it makes only for such errors, or the time
// ran out.
func retryable(err error) bool {
	var (
		spent    *retry.MaxAttemptsError
		progress *types.TransactionInProgressException
		conflict *types.TransactionConflictException
	)
	return errors.As(err, &spent) || errors.As(err, &progress) || errors.As(err, &conflict) ||
		errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled)
}
