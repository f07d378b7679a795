package lambda

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"sort"
	"strings"
)

// ServeHTTP is the part of AWS Lambda's own API that the SDK and
// `aws lambda invoke` need: Invoke, ListFunctions, GetFunction and
// GetFunctionConfiguration.
func (s *Service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, found := strings.CutPrefix(r.URL.Path, "/2015-03-31/functions")
	path = strings.Trim(path, "/")
	switch name, rest, _ := strings.Cut(path, "/"); {
	case !found:
		refuse(w, http.StatusNotImplemented, "NotImplemented", "the local cloud does not know this call of Lambda")
	case path == "" && r.Method == http.MethodGet:
		s.list(w)
	case rest == "invocations" && r.Method == http.MethodPost:
		s.invoke(w, r, name)
	case (rest == "" || rest == "configuration") && r.Method == http.MethodGet:
		s.describe(w, name, rest == "")
	default:
		refuse(w, http.StatusNotImplemented, "NotImplemented", "the local cloud does not know this call of Lambda")
	}
}

func (s *Service) invoke(w http.ResponseWriter, r *http.Request, name string) {
	event, err := io.ReadAll(io.LimitReader(r.Body, maxPayload+1))
	if err != nil {
		refuse(w, http.StatusBadRequest, "InvalidRequestContentException", "the body could not be read")
		return
	}
	if len(event) > maxPayload {
		refuseError(w, ErrTooLarge)
		return
	}
	if len(event) == 0 {
		event = []byte("{}")
	}
	if !json.Valid(event) {
		refuse(w, http.StatusBadRequest, "InvalidRequestContentException", "Could not parse request body into json")
		return
	}
	switch r.Header.Get("X-Amz-Invocation-Type") {
	case "", "RequestResponse":
		result, err := s.Invoke(r.Context(), name, event)
		if err != nil {
			refuseError(w, err)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Header().Set("X-Amzn-RequestId", result.RequestID)
		w.Header().Set("X-Amz-Executed-Version", "$LATEST")
		if result.Failure != "" {
			w.Header().Set("X-Amz-Function-Error", result.Failure)
		}
		if r.Header.Get("X-Amz-Log-Type") == "Tail" {
			w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString(result.Log.Tail()))
		}
		// The caller may be gone; the function has run all the same.
		_, _ = w.Write(result.Payload)
	case "Event":
		id, err := s.Send(name, event)
		if err != nil {
			refuseError(w, err)
			return
		}
		w.Header().Set("X-Amzn-RequestId", id)
		w.WriteHeader(http.StatusAccepted)
	case "DryRun":
		if _, err := s.find(name); err != nil {
			refuseError(w, err)
			return
		}
		w.WriteHeader(http.StatusNoContent)
	default:
		refuse(w, http.StatusBadRequest, "InvalidParameterValueException", "InvocationType is RequestResponse, Event or DryRun")
	}
}

// configuration is Lambda's FunctionConfiguration, as far as the template knows it.
type configuration struct {
	FunctionName  string
	FunctionArn   string
	Runtime       string
	Handler       string
	Timeout       int
	MemorySize    int
	PackageType   string
	Version       string
	State         string
	Architectures []string
	Environment   struct{ Variables map[string]string }
}

func (f *function) configuration() configuration {
	c := configuration{
		FunctionName: f.spec.LogicalID, FunctionArn: f.spec.ARN, Runtime: "provided.al2023", Handler: f.spec.Folder,
		Timeout: int(f.spec.Timeout.Seconds()), MemorySize: f.spec.MemoryMB,
		PackageType: "Zip", Version: "$LATEST", State: "Active", Architectures: []string{"arm64"},
	}
	c.Environment.Variables = f.spec.Environment
	return c
}

func (s *Service) list(w http.ResponseWriter) {
	names := append([]string(nil), s.order...)
	sort.Strings(names)
	functions := make([]configuration, 0, len(names))
	for _, name := range names {
		functions = append(functions, s.functions[name].configuration())
	}
	answer(w, map[string]any{"Functions": functions})
}

func (s *Service) describe(w http.ResponseWriter, name string, whole bool) {
	f, err := s.find(name)
	switch {
	case err != nil:
		refuseError(w, err)
	case whole:
		answer(w, map[string]any{"Configuration": f.configuration(), "Code": map[string]string{"RepositoryType": "S3"}})
	default:
		answer(w, f.configuration())
	}
}

func answer(w http.ResponseWriter, body any) {
	w.Header().Set("Content-Type", "application/json")
	// The values are plain strings and numbers; only a caller that is gone fails.
	_ = json.NewEncoder(w).Encode(body)
}

func refuseError(w http.ResponseWriter, err error) {
	switch {
	case errors.Is(err, ErrUnknown):
		refuse(w, http.StatusNotFound, "ResourceNotFoundException", err.Error())
	case errors.Is(err, ErrThrottled):
		refuse(w, http.StatusTooManyRequests, "TooManyRequestsException", "Rate Exceeded.")
	case errors.Is(err, ErrTooLarge):
		refuse(w, http.StatusRequestEntityTooLarge, "RequestTooLargeException", err.Error())
	default:
		refuse(w, http.StatusBadGateway, "InvalidZipFileException", err.Error())
	}
}

func refuse(w http.ResponseWriter, status int, kind, message string) {
	body, err := json.Marshal(map[string]string{"Type": "User", "message": message, "Message": message})
	if err != nil {
		body = []byte("{}")
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Amzn-Errortype", kind)
	w.WriteHeader(status)
	// The caller may be gone by now.
	_, _ = w.Write(body)
}
