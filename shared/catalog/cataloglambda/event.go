package cataloglambda

import (
	"context"

	"jewelrydisplay.app/shared/catalog"
	"jewelrydisplay.app/shared/fault"
)

// Answer is what an operator is told of an import.
type Answer struct {
	ImportID   string               `json:"import_id"`
	State      string               `json:"state"` // running, completed or failed
	Rows       int                  `json:"rows"`
	Created    int                  `json:"created"`
	Updated    int                  `json:"updated"`
	Unchanged  int                  `json:"unchanged"`
	Retired    int                  `json:"retired"`
	Rejected   int                  `json:"rejected"`
	Rejections []catalog.Rejection  `json:"rejections"` // the first 100
	Report     *catalog.ObjectPlace `json:"report,omitempty"`
	Warnings   []string             `json:"warnings,omitempty"`
}

// Handler answers an operator's events.
func Handler(importer *catalog.Importer) func(ctx context.Context, event []byte) (any, error) {
	return func(ctx context.Context, event []byte) (any, error) {
		r, err := catalog.ReadImportRequest(event)
		if err != nil {
			return nil, err
		}
		var state catalog.Import
		switch r.Action {
		case "start":
			state, err = importer.Start(ctx, r)
		case "inspect":
			state, err = importer.Inspect(ctx, r.ImportID)
		default:
			err = fault.Invalid("action", "must be start or inspect")
		}
		if err != nil {
			return nil, err
		}
		return answerOf(state), nil
	}
}

func answerOf(i catalog.Import) Answer {
	a := Answer{
		ImportID: i.ID, State: i.State, Rows: i.Rows, Created: i.Created, Updated: i.Updated, Unchanged: i.Unchanged,
		Retired: i.Retired, Rejected: i.Rejected, Rejections: i.Rejections, Warnings: i.Warnings,
	}
	if a.Rejections == nil {
		a.Rejections = []catalog.Rejection{}
	}
	if i.Report.Key != "" {
		a.Report = &i.Report
	}
	return a
}
