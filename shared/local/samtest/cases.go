package main

// testCase is one event and what its function's answer must match.
type testCase struct {
	function string   // logical id
	event    string   // file below events/
	wants    []string // regular expressions that the answer's JSON matches
}

// cases sends every function of the template at least one event.
func cases() []testCase {
	return []testCase{
		{"NotFound", "not-found/unknown-path.json", []string{`"statusCode": ?404`, `not_found`}},
	}
}
