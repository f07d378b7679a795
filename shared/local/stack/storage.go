package stack

import (
	"fmt"
	"sort"
)

// Tables reads the DynamoDB tables of a template without expanding it: they use
// no intrinsics, and tests want them in a millisecond. They come sorted by
// logical id. A table that cannot be read is an error that names it.
func Tables(template []byte) ([]Table, error) {
	doc, err := parse(template)
	if err != nil {
		return nil, err
	}
	resources, _ := doc["Resources"].(map[string]any)
	var tables []Table
	for _, id := range sortedKeys(resources) {
		resource, _ := resources[id].(map[string]any)
		if resource["Type"] != "AWS::DynamoDB::Table" {
			continue
		}
		t, err := tableOf(id, resource["Properties"])
		if err != nil {
			return nil, err
		}
		tables = append(tables, t)
	}
	if len(tables) == 0 {
		return nil, fmt.Errorf("template: no AWS::DynamoDB::Table")
	}
	return tables, nil
}

type keySchema []struct{ AttributeName, KeyType string }

// table adds an AWS::DynamoDB::Table.
func (b *builder) table(id string, properties any) error {
	t, err := tableOf(id, properties)
	b.stack.Tables = append(b.stack.Tables, t)
	return err
}

// tableOf reads the properties of an AWS::DynamoDB::Table.
func tableOf(id string, properties any) (Table, error) {
	var p struct {
		AttributeDefinitions   []struct{ AttributeName, AttributeType string }
		KeySchema              keySchema
		GlobalSecondaryIndexes []struct {
			IndexName  string
			KeySchema  keySchema
			Projection struct {
				ProjectionType   string
				NonKeyAttributes []string
			}
			OnDemandThroughput, ContributorInsightsSpecification any
		}
		StreamSpecification     struct{ StreamViewType string }
		TimeToLiveSpecification struct {
			AttributeName string
			Enabled       truth
		}
		// Billing, protection, backups, encryption and tags change nothing that can be seen here.
		BillingMode, DeletionProtectionEnabled, PointInTimeRecoverySpecification, SSESpecification,
		ContributorInsightsSpecification, OnDemandThroughput, TableClass, Tags any
	}
	if err := decode(id, properties, &p); err != nil {
		return Table{}, err
	}
	types := map[string]string{}
	for _, a := range p.AttributeDefinitions {
		types[a.AttributeName] = a.AttributeType
	}
	keys := func(schema keySchema) (parts []KeyPart, err error) {
		for _, k := range schema {
			if types[k.AttributeName] == "" {
				return nil, fmt.Errorf("%s: key %s has no attribute definition", id, k.AttributeName)
			}
			parts = append(parts, KeyPart{Name: k.AttributeName, Type: types[k.AttributeName], Role: k.KeyType})
		}
		return parts, nil
	}
	t := Table{LogicalID: id, Stream: p.StreamSpecification.StreamViewType}
	if p.TimeToLiveSpecification.Enabled {
		t.TTL = p.TimeToLiveSpecification.AttributeName
	}
	var err error
	if t.Keys, err = keys(p.KeySchema); err != nil {
		return Table{}, err
	}
	for _, g := range p.GlobalSecondaryIndexes {
		index := Index{Name: g.IndexName, Projection: g.Projection.ProjectionType, Include: g.Projection.NonKeyAttributes}
		if index.Keys, err = keys(g.KeySchema); err != nil {
			return Table{}, err
		}
		t.Indexes = append(t.Indexes, index)
	}
	return t, nil
}

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
