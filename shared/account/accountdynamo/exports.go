package accountdynamo

import (
	"context"
	"fmt"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/dynamo"
	"jewelrydisplay.app/shared/inventory"
	"jewelrydisplay.app/shared/person"
)

type exportRow struct {
	User      person.ID `inv:"user_id,C70,key"`
	ID        string    `inv:"export_id,C70,rights"`
	CreatedAt time.Time `inv:"created_at,C70,rights"`
	EndsAt    time.Time `inv:"ends_at,C70,rights"`
}

// ExportRecord is a person's permission to read everything held about them.
var ExportRecord = inventory.Declare[exportRow](inventory.Record{
	Name: "export", Table: "Accounts", Key: "U#{user_id}/EXPORT#{export_id}", Owner: "user_id",
	Keep: inventory.Until("ends_at"), OnCancel: inventory.EraseAtOnce,
})

// Begin spends the code and writes the export in one transaction; the code's
// row remembers the export for a repeat.
func (s *Store) Begin(ctx context.Context, user person.ID, proof person.Proof, e account.Export) error {
	err := s.db.Transact(ctx, "",
		s.gate.SpendWrite(proof, e.ID),
		s.gate.ActiveWrite(user),
		s.exports.PutWrite(exportRow{User: user, ID: e.ID, CreatedAt: s.clock.Now(), EndsAt: e.EndsAt}))
	return refused(err, account.ErrSpent)
}

// Find returns an export of the person whose time is not over.
func (s *Store) Find(ctx context.Context, user person.ID, id string) (account.Export, bool, error) {
	if id == "" {
		return account.Export{}, false, nil
	}
	row, found, err := s.exports.Get(ctx, exportRow{User: user, ID: id})
	return account.Export{ID: row.ID, EndsAt: row.EndsAt}, found, err
}

// Items reads the person's partition of every table in which records name an
// owner, and the rows outside it that go with theirs.
func (s *Store) Items(ctx context.Context, who account.Person, from account.Position, limit int) ([]account.Item, account.Position, bool, error) {
	page := itemPage{store: s, who: who, from: from, limit: limit}
	tables := s.personTables()
	for at := from.Table; at < len(tables) && !page.full; at++ {
		page.at = at
		q := dynamo.Query{Partition: partition(who.ID), Limit: limit}
		if at == from.Table && from.Row != "" {
			q.From, q.To = from.Row, "\U0010FFFF"
		}
		if err := s.db.Rows(ctx, tables[at], q, func(r dynamo.Raw) (bool, error) { return page.add(ctx, r) }); err != nil {
			return nil, account.Position{}, false, err
		}
	}
	return page.items, page.next, page.full, nil
}

// personTables lists the tables that hold rows of persons, in a fixed order.
func (s *Store) personTables() []string {
	var list []string
	for _, table := range []string{"Accounts", "Engagement", "Notifications", "Privacy", "Catalog"} {
		for _, schema := range s.schemas {
			if schema.Table == table && schema.Owner != "" {
				list = append(list, table)
				break
			}
		}
	}
	return list
}

// itemPage gathers one page.
type itemPage struct {
	store *Store
	who   account.Person
	from  account.Position
	limit int
	at    int // the table being read

	items []account.Item
	next  account.Position
	full  bool
}

// add takes a row's items until the page is full and there is one more.
func (p *itemPage) add(ctx context.Context, r dynamo.Raw) (bool, error) {
	items, err := p.store.rowItems(ctx, p.who, r)
	if err != nil {
		return false, err
	}
	for i, item := range items {
		if p.at == p.from.Table && r.Key.SK == p.from.Row && i < p.from.Skip {
			continue
		}
		if len(p.items) == p.limit {
			p.next, p.full = account.Position{Table: p.at, Row: r.Key.SK, Skip: i}, true
			return false, nil
		}
		p.items = append(p.items, item)
	}
	return true, nil
}

// rowItems shows a row of the person's and those that go with it, each with what
// it leads to.
func (s *Store) rowItems(ctx context.Context, who account.Person, r dynamo.Raw) ([]account.Item, error) {
	schema, err := s.schema(r)
	if err != nil {
		return nil, err
	}
	items, err := s.leading(ctx, who, schema, r)
	if err != nil {
		return nil, err
	}
	for _, pattern := range schema.Also {
		key, err := r.Expand(pattern)
		if err != nil {
			continue // the attribute that names the other row is absent: there is none
		}
		q := dynamo.Query{Partition: key.PK, From: key.SK, To: key.SK}
		err = s.db.Rows(ctx, r.Table, q, func(also dynamo.Raw) (bool, error) {
			other, err := s.schema(also)
			if err != nil || also.Text(schema.Owner) != who.ID.Reveal() {
				return false, err // it passed on to somebody else
			}
			more, err := s.leading(ctx, who, other, also)
			items = append(items, more...)
			return true, err
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// leading shows a row of the person's, and behind it what only this row says is
// about them: rows under a pseudonym or a number that name nobody. Rows there
// that have an owner are shown where they go with a row of the owner's.
func (s *Store) leading(ctx context.Context, who account.Person, schema *inventory.Schema, r dynamo.Raw) ([]account.Item, error) {
	items, err := s.shown(who, schema, r)
	if err != nil {
		return nil, err
	}
	for _, partition := range schema.Shows {
		key, err := r.Expand(partition + "/")
		if err != nil {
			continue // the attribute that names the partition is absent: there is none
		}
		err = s.db.Rows(ctx, r.Table, dynamo.Query{Partition: key.PK}, func(behind dynamo.Raw) (bool, error) {
			other, err := s.schema(behind)
			if err != nil || other.Owner != "" {
				return err == nil, err
			}
			more, err := s.shown(who, other, behind)
			items = append(items, more...)
			return true, err
		})
		if err != nil {
			return nil, err
		}
	}
	return items, nil
}

// shown decodes a row and shows it unless it has expired.
func (s *Store) shown(who account.Person, schema *inventory.Schema, r dynamo.Raw) ([]account.Item, error) {
	row, err := r.Decode(schema, who.Subject)
	if err != nil {
		return nil, err
	}
	items := account.Items(schema, row)
	if len(items) > 0 && !items[0].ExpiresAt.IsZero() && !s.clock.Now().Before(items[0].ExpiresAt) {
		return nil, nil
	}
	return items, nil
}

// schema returns the declaration of a row's record. A row that nobody declared
// is an error: a copy that leaves something out would be a lie.
func (s *Store) schema(r dynamo.Raw) (*inventory.Schema, error) {
	for _, schema := range s.schemas {
		if schema.Name == r.Record() && schema.Table == r.Table {
			return schema, nil
		}
	}
	return nil, fmt.Errorf("accountdynamo: the record %q in %s is not declared", r.Record(), r.Table)
}
