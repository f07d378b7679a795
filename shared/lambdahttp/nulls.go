package lambdahttp

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/fault"
)

// nullsKey marks a request whose body holds nulls; its value is the body.
type nullsKey struct{}

// refuseNulls is the middleware that takes no null where the schema has none:
// nothing of the contract is null but what a merge patch deletes. The library
// takes the null of an optional member for an absent one.
func (a *API) refuseNulls(registry huma.Registry) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		body, held := ctx.Context().Value(nullsKey{}).([]byte)
		op := ctx.Operation()
		if !held || op.RequestBody == nil || op.RequestBody.Content["application/json"] == nil {
			next(ctx)
			return
		}
		var value any
		if err := json.Unmarshal(body, &value); err != nil {
			a.refuse(ctx, err) // the guard has read it before
			return
		}
		fields := nulls(registry, op.RequestBody.Content["application/json"].Schema, value, "body")
		switch {
		case len(fields) == 0:
			next(ctx)
		case dead(ctx.Context()):
			a.refuse(ctx, errUnauthenticated)
		default:
			a.refuse(ctx, &fault.Error{Code: fault.InvalidRequest, Detail: details[422], Fields: fields})
		}
	}
}

// nulls returns the members that are null and must not be. Only members that
// the schema names are told.
func nulls(registry huma.Registry, s *huma.Schema, value any, at string) []fault.Field {
	if s != nil && s.Ref != "" {
		s = registry.SchemaFromRef(s.Ref)
	}
	if s == nil {
		return nil
	}
	var found []fault.Field
	switch v := value.(type) {
	case nil:
		if !s.Nullable {
			found = append(found, fault.Field{Location: at, Message: "must not be null"})
		}
	case []any:
		for i, item := range v {
			found = append(found, nulls(registry, s.Items, item, at+"["+strconv.Itoa(i)+"]")...)
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			found = append(found, nulls(registry, s.Properties[name], v[name], at+"."+name)...)
		}
	}
	return found
}
