package dynamo

import (
	"fmt"
	"strings"
)

// expand fills the placeholders of a key pattern "U#{user_id}/S#{session_id}"
// and returns the partition and the sort key.
func expand(pattern string, value func(name string) (string, error)) (pk, sk string, err error) {
	left, right, ok := strings.Cut(pattern, "/")
	if !ok {
		return "", "", fmt.Errorf("dynamo: key %q has no sort key", pattern)
	}
	if pk, err = fill(left, value); err != nil {
		return "", "", err
	}
	sk, err = fill(right, value)
	return pk, sk, err
}

func fill(pattern string, value func(name string) (string, error)) (string, error) {
	var out strings.Builder
	for {
		before, rest, ok := strings.Cut(pattern, "{")
		out.WriteString(before)
		if !ok {
			return out.String(), nil
		}
		name, after, _ := strings.Cut(rest, "}")
		v, err := value(name)
		if err != nil {
			return "", err
		}
		out.WriteString(v)
		pattern = after
	}
}
