package catalog

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"unicode/utf8"

	"jewelrydisplay.app/shared/fault"
	"jewelrydisplay.app/shared/inventory"
)

// ImportRequest is what an operator asks of an import.
type ImportRequest struct {
	Action     string          `json:"action"` // "start" or "inspect"
	ImportID   string          `json:"import_id"`
	Merchant   MerchantInput   `json:"merchant"`
	Format     string          `json:"format"`             // "jsonl", "shopify_csv", "google_tsv" or "google_xml"
	Encoding   string          `json:"encoding,omitempty"` // "utf-8", "utf-16", "gb18030", "big5" or "latin-1"; detected when absent
	Source     ObjectPlace     `json:"source"`
	Mapping    Mapping         `json:"mapping"`
	FullFeed   bool            `json:"full_feed"`              // what the feed leaves out is retired
	RetireUpTo int             `json:"retire_up_to,omitempty"` // percent of the shown products that a full feed may retire; 50 when absent
	DryRun     bool            `json:"dry_run"`                // counts and reports, writes no product
	Resume     int             `json:"resume,omitempty"`       // set by the import itself: which run goes on
	Comment    json.RawMessage `json:"comment,omitempty"`      // the operator's own words; not read
}

// MerchantInput is what a request says of its merchant. What it leaves out
// stays as it is stored; a new merchant without a name is called by its id.
type MerchantInput struct {
	ID       MerchantID     `json:"id"`
	Name     Texts          `json:"name"`
	City     Texts          `json:"city"`
	Location *LocationInput `json:"location"`
	Logo     string         `json:"logo,omitempty"`
}

// LocationInput is a place in degrees. It is kept in hundredths of a degree.
type LocationInput struct {
	Lat float64 `json:"lat"`
	Lon float64 `json:"lon"`
}

// ObjectPlace is where an object lies.
type ObjectPlace struct {
	Bucket string `json:"bucket"`
	Key    string `json:"key"`
}

// UnmarshalJSON reads a text in both languages from an object, or one text
// whose language its letters tell.
func (t *Texts) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return err
		}
		if *t = (Texts{EN: s}); hasHan(s) {
			*t = Texts{ZH: s}
		}
		return nil
	}
	type plain Texts
	return json.Unmarshal(data, (*plain)(t))
}

// importName tells whether a text can be the id of an import.
func importName(id string) bool { return inventory.Named(id, 100, "._-") }

// Check tells what is wrong with a start request, without repeating a value.
func (r ImportRequest) Check() error {
	_, known := defaults(r.Format)
	switch {
	case r.ImportID != "" && !importName(r.ImportID):
		return fault.Invalid("import_id", "must be up to 100 letters, digits, dots, dashes or underscores")
	case !r.Merchant.ID.Valid():
		return fault.Invalid("merchant.id", "must be up to 64 letters, digits, dashes or underscores")
	case !known:
		return fault.Invalid("format", "must be jsonl, shopify_csv, google_tsv or google_xml")
	case !encoded(r.Encoding):
		return fault.Invalid("encoding", "must be utf-8, utf-16, gb18030, big5 or latin-1, or absent")
	case r.RetireUpTo < 0 || r.RetireUpTo > 100:
		return fault.Invalid("retire_up_to", "must be a percentage from 1 to 100")
	case r.Source.Key == "":
		return fault.Invalid("source.key", "must name the object that holds the feed")
	case tooLong(r.Merchant.Name) || tooLong(r.Merchant.City):
		return fault.Invalid("merchant", "name and city must be up to 300 characters")
	case r.Merchant.Location != nil && !r.Merchant.Location.onEarth():
		return fault.Invalid("merchant.location", "must be lat from -90 to 90 and lon from -180 to 180")
	case r.Merchant.Logo != "" && (!webAddress(r.Merchant.Logo) || utf8.RuneCountInString(r.Merchant.Logo) > maxAddress):
		return fault.Invalid("merchant.logo", "must be an http or https address of up to 2,000 characters")
	default:
		return r.Mapping.Check()
	}
}

func tooLong(t Texts) bool {
	return utf8.RuneCountInString(t.ZH) > maxTitle || utf8.RuneCountInString(t.EN) > maxTitle
}

func (l LocationInput) onEarth() bool {
	return math.Abs(l.Lat) <= 90 && math.Abs(l.Lon) <= 180
}

// Fingerprint tells two requests under one import id apart.
func (r ImportRequest) Fingerprint() string {
	r.Action, r.Resume, r.Comment = "", 0, nil
	said, _ := json.Marshal(r) //nolint:errchkjson // plain values always encode
	sum := sha256.Sum256(said)
	return hex.EncodeToString(sum[:16])
}

// over returns the merchant as stored with what the input says laid over it.
func (in MerchantInput) over(stored Merchant) Merchant {
	m := stored
	m.ID = in.ID
	if !in.Name.Empty() {
		m.Name = in.Name
	}
	if m.Name.Empty() {
		m.Name = Texts{ZH: string(in.ID), EN: string(in.ID)}
	}
	if !in.City.Empty() {
		m.City = in.City
	}
	if in.Location != nil {
		m.Location = &Location{LatE2: int(math.Round(in.Location.Lat * 100)), LonE2: int(math.Round(in.Location.Lon * 100))}
	}
	if in.Logo != "" {
		m.Logo = in.Logo
	}
	return m
}

// same tells whether two merchants say the same.
func (m Merchant) same(o Merchant) bool {
	where, other := m.Location, o.Location
	m.Location, o.Location = nil, nil
	if (where == nil) != (other == nil) || (where != nil && *where != *other) {
		return false
	}
	return m == o
}

// ReadImportRequest reads an operator's event. A member that does not exist is
// an InvalidRequest, so that a misspelt full_feed is not silently left out.
func ReadImportRequest(event []byte) (ImportRequest, error) {
	var r ImportRequest
	decoder := json.NewDecoder(bytes.NewReader(event))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&r)
	var wrongType *json.UnmarshalTypeError
	switch {
	case errors.As(err, &wrongType):
		return r, fault.Invalid(wrongType.Field, "is not of the right type")
	case err != nil && json.Valid(event):
		return r, fault.New(fault.InvalidRequest, "The event has a member that an import request does not have.")
	case err != nil:
		return r, fault.New(fault.MalformedRequest, "The event is not JSON.")
	}
	return r, nil
}
