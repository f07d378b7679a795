package proxy

import (
	"regexp"
	"slices"
	"strings"
	"sync"
)

// endpoint is a push endpoint as its maker knows it.
type endpoint struct {
	ARN      string `json:"arn"` // the name that its maker got
	App      string `json:"app"`
	Token    string `json:"token"`
	UserData string `json:"user_data,omitempty"`
	Disabled bool   `json:"disabled,omitempty"`

	live string // the name that the engine knows it by since its last start
}

// endpoints remembers the push endpoints under both of their names.
type endpoints struct {
	path string

	mu     sync.Mutex
	byARN  map[string]endpoint
	public map[string]string // live → ARN
}

// openEndpoints reads the file, in which a later line about an endpoint stands.
func openEndpoints(path string) (*endpoints, error) {
	lines, err := readLines[endpoint](path)
	if err != nil {
		return nil, err
	}
	e := &endpoints{path: path, byARN: map[string]endpoint{}, public: map[string]string{}}
	for _, one := range lines {
		e.byARN[one.ARN] = one
	}
	return e, rewriteIfAny(path, e.list())
}

// list returns all endpoints, sorted by name.
func (e *endpoints) list() []endpoint {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.sorted()
}

func (e *endpoints) sorted() []endpoint {
	all := make([]endpoint, 0, len(e.byARN))
	for _, one := range e.byARN {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b endpoint) int { return strings.Compare(a.ARN, b.ARN) })
	return all
}

// byLive finds an endpoint by the engine's name for it.
func (e *endpoints) byLive(live string) (endpoint, bool) {
	e.mu.Lock()
	defer e.mu.Unlock()
	arn, known := e.public[live]
	return e.byARN[arn], known
}

// put remembers the endpoint. When the engine answered a repeated creation with
// an endpoint that is known under another name, that name stays.
func (e *endpoints) put(one endpoint) error {
	e.mu.Lock()
	if arn, known := e.public[one.live]; known {
		one.ARN = arn
	}
	before, known := e.byARN[one.ARN]
	same := known && before == one
	e.mu.Unlock()
	if same {
		return nil
	}
	e.index(one)
	return appendLine(e.path, one)
}

// index makes the endpoint known by its names, without writing it.
func (e *endpoints) index(one endpoint) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.public, e.byARN[one.ARN].live)
	e.byARN[one.ARN] = one
	e.public[one.live] = one.ARN
}

// remove forgets the endpoint, in the file too: its token must be nowhere.
func (e *endpoints) remove(live string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	arn, known := e.public[live]
	if !known {
		return nil
	}
	delete(e.public, live)
	delete(e.byARN, arn)
	return rewrite(e.path, e.sorted())
}

// endpointARN finds the names of endpoints in an answer.
var endpointARN = regexp.MustCompile(`arn:aws:sns:[a-z0-9-]*:[0-9]*:endpoint/[A-Za-z0-9_./-]+`)

// publicNames replaces the engine's names in an answer by those that the makers got.
func (e *endpoints) publicNames(text string) string {
	if !strings.Contains(text, ":endpoint/") {
		return text
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	return endpointARN.ReplaceAllStringFunc(text, func(live string) string {
		if arn, known := e.public[live]; known {
			return arn
		}
		return live
	})
}
