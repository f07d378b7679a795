package stack

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parse reads a YAML or JSON template as a tree of maps, lists and scalars, with
// the short forms of intrinsics (!Ref, !GetAtt, !Sub…) written out as CloudFormation does.
func parse(template []byte) (map[string]any, error) {
	var root yaml.Node
	if err := yaml.Unmarshal(template, &root); err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	if len(root.Content) == 0 {
		return nil, fmt.Errorf("template: empty")
	}
	tree, err := treeOf(root.Content[0])
	if err != nil {
		return nil, fmt.Errorf("template: %w", err)
	}
	doc, ok := tree.(map[string]any)
	if !ok {
		return nil, fmt.Errorf("template: not a mapping")
	}
	return doc, nil
}

func treeOf(n *yaml.Node) (any, error) {
	value, err := plain(n)
	if err != nil || !strings.HasPrefix(n.Tag, "!") || strings.HasPrefix(n.Tag, "!!") {
		return value, err
	}
	name := n.Tag[1:]
	switch name {
	case "Ref", "Condition":
		return map[string]any{name: value}, nil
	case "GetAtt":
		if s, ok := value.(string); ok {
			resource, attribute, found := strings.Cut(s, ".")
			if !found {
				return nil, fmt.Errorf("line %d: !GetAtt %s names no attribute", n.Line, s)
			}
			return map[string]any{"Fn::GetAtt": []any{resource, attribute}}, nil
		}
	}
	return map[string]any{"Fn::" + name: value}, nil
}

func plain(n *yaml.Node) (any, error) {
	switch n.Kind {
	case yaml.AliasNode:
		return treeOf(n.Alias)
	case yaml.SequenceNode:
		list := make([]any, 0, len(n.Content))
		for _, c := range n.Content {
			v, err := treeOf(c)
			if err != nil {
				return nil, err
			}
			list = append(list, v)
		}
		return list, nil
	case yaml.MappingNode:
		m := make(map[string]any, len(n.Content)/2)
		for i := 0; i+1 < len(n.Content); i += 2 {
			key := n.Content[i].Value
			if _, twice := m[key]; twice {
				return nil, fmt.Errorf("line %d: key %s appears twice", n.Content[i].Line, key)
			}
			v, err := treeOf(n.Content[i+1])
			if err != nil {
				return nil, err
			}
			m[key] = v
		}
		return m, nil
	}
	if strings.HasPrefix(n.Tag, "!") && !strings.HasPrefix(n.Tag, "!!") {
		return n.Value, nil
	}
	// CloudFormation's dates are strings ("2010-09-09"), YAML's are times.
	if n.Tag == "!!timestamp" {
		return n.Value, nil
	}
	var v any
	if err := n.Decode(&v); err != nil {
		return nil, fmt.Errorf("line %d: %w", n.Line, err)
	}
	return v, nil
}
