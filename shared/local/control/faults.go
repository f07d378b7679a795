package control

import (
	"encoding/json"
	"errors"
	"net/http"
	"strings"

	"jewelrydisplay.app/shared/local/faults"
	"jewelrydisplay.app/shared/local/iam"
)

func (h handler) iam(w http.ResponseWriter, _ *http.Request) { answer(w, h.Roles.Report()) }

func (h handler) withhold(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Withheld []iam.Grant `json:"withheld"`
	}
	if !read(w, r, &body) {
		return
	}
	if err := h.Roles.Withhold(body.Withheld); err != nil {
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", "There is no such grant.", field{"body.withheld", err.Error()})
		return
	}
	h.iam(w, r)
}

func (h handler) faults(w http.ResponseWriter, _ *http.Request) { answer(w, h.Faults.State()) }

func (h handler) fail(w http.ResponseWriter, r *http.Request) {
	var plan faults.Plan
	if !read(w, r, &plan) {
		return
	}
	err := h.Faults.Set(plan)
	var wrong *faults.FieldError
	switch {
	case errors.As(err, &wrong):
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", "The faults are not valid.", field{"body." + wrong.Field, wrong.Message})
	case err != nil:
		refuse(w, http.StatusInternalServerError, "internal", err.Error())
	default:
		h.faults(w, r)
	}
}

func (h handler) mend(w http.ResponseWriter, _ *http.Request) {
	h.Faults.Clear()
	w.WriteHeader(http.StatusNoContent)
}

// read decodes a body of known members, or says which member is wrong.
func read(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, 64<<10))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err == nil {
		return true
	}
	var wrong *json.UnmarshalTypeError
	name, unknown := strings.CutPrefix(err.Error(), "json: unknown field ")
	switch {
	case errors.As(err, &wrong):
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", "The body is not valid.", field{"body." + wrong.Field, "is not of the right type"})
	case unknown:
		refuse(w, http.StatusUnprocessableEntity, "invalid_request", "The body is not valid.", field{"body." + strings.Trim(name, `"`), "is not known"})
	default:
		refuse(w, http.StatusBadRequest, "malformed_request", "The body is not JSON.")
	}
	return false
}
