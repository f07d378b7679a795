package lambdahttp

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"jewelrydisplay.app/shared/fault"
)

// refuseRepeats is the middleware that takes a parameter once, unless it is a
// list: the library reads the first value and leaves the others unseen.
func (a *API) refuseRepeats(ctx huma.Context, next func(huma.Context)) {
	var fields []fault.Field
	url := ctx.URL()
	given := url.Query()
	for _, p := range ctx.Operation().Parameters {
		if p.In == "query" && len(given[p.Name]) > 1 && p.Schema.Type != huma.TypeArray {
			fields = append(fields, fault.Field{Location: "query." + p.Name, Message: "must be given once"})
		}
	}
	if len(fields) > 0 {
		a.refuse(ctx, &fault.Error{Code: fault.InvalidRequest, Detail: details[http.StatusUnprocessableEntity], Fields: fields})
		return
	}
	next(ctx)
}
