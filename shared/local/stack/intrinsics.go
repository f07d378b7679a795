package stack

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"jewelrydisplay.app/shared/local/engine"
)

// resolver replaces intrinsics by their values.
type resolver struct {
	parameters map[string]string
	lists      map[string]bool // parameters that are lists
	mappings   map[string]any
	conditions map[string]any
	resources  map[string]resource
	open       map[string]bool // conditions being evaluated
}

type resource struct {
	Type       string
	Condition  string
	Properties map[string]any
}

// noValue stands for AWS::NoValue until the property that has it is dropped.
type noValue struct{}

var pseudo = map[string]any{
	"AWS::Region":    engine.Region,
	"AWS::AccountId": engine.Account,
	"AWS::Partition": "aws",
	"AWS::URLSuffix": "amazonaws.com",
	"AWS::StackName": "local",
	"AWS::StackId":   "arn:aws:cloudformation:" + engine.Region + ":" + engine.Account + ":stack/local/local",
	"AWS::NoValue":   noValue{},
}

// value resolves a tree.
func (r *resolver) value(v any) (any, error) {
	switch v := v.(type) {
	case map[string]any:
		if len(v) == 1 {
			for name, argument := range v {
				if name == "Ref" || name == "Condition" || strings.HasPrefix(name, "Fn::") {
					// IAM statements have a Condition of their own, which is a mapping.
					if _, isMap := argument.(map[string]any); name == "Condition" && isMap {
						break
					}
					return r.call(name, argument)
				}
			}
		}
		out := make(map[string]any, len(v))
		for _, key := range sortedKeys(v) {
			got, err := r.value(v[key])
			if err != nil {
				return nil, err
			}
			if _, drop := got.(noValue); !drop {
				out[key] = got
			}
		}
		return out, nil
	case []any:
		out := make([]any, 0, len(v))
		for _, item := range v {
			got, err := r.value(item)
			if err != nil {
				return nil, err
			}
			if _, drop := got.(noValue); !drop {
				out = append(out, got)
			}
		}
		return out, nil
	}
	return v, nil
}

// call evaluates one intrinsic function.
func (r *resolver) call(name string, argument any) (any, error) {
	switch name {
	case "Ref":
		id, ok := argument.(string)
		if !ok {
			return nil, fmt.Errorf("ref of %v: not a name", argument)
		}
		return r.ref(id)
	case "Fn::GetAtt":
		return r.getAtt(argument)
	case "Fn::Sub":
		return r.sub(argument)
	case "Fn::Join":
		return r.join(argument)
	case "Fn::If":
		args, ok := argument.([]any)
		if !ok || len(args) != 3 {
			return nil, fmt.Errorf("Fn::If: wants a condition and two values")
		}
		holds, err := r.condition(fmt.Sprint(args[0]))
		if err != nil {
			return nil, err
		}
		if holds {
			return r.value(args[1])
		}
		return r.value(args[2])
	case "Fn::Select":
		return r.selection(argument)
	case "Fn::Split":
		args, err := r.strings(name, argument, 2)
		if err != nil {
			return nil, err
		}
		return toList(strings.Split(args[1], args[0])), nil
	case "Fn::FindInMap":
		return r.findInMap(argument)
	case "Condition", "Fn::Equals", "Fn::And", "Fn::Or", "Fn::Not":
		return r.test(name, argument)
	}
	return nil, fmt.Errorf("intrinsic %s is not supported locally", name)
}

// strings resolves the arguments of a function that wants n strings.
func (r *resolver) strings(name string, argument any, n int) ([]string, error) {
	got, err := r.value(argument)
	if err != nil {
		return nil, err
	}
	list, ok := got.([]any)
	if !ok || len(list) != n {
		return nil, fmt.Errorf("%s: wants %d arguments", name, n)
	}
	out := make([]string, n)
	for i, v := range list {
		if out[i], err = scalar(v); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	return out, nil
}

func (r *resolver) ref(id string) (any, error) {
	if v, ok := pseudo[id]; ok {
		return v, nil
	}
	if v, ok := r.parameters[id]; ok {
		if r.lists[id] {
			return toList(strings.Split(v, ",")), nil
		}
		return v, nil
	}
	res, ok := r.resources[id]
	if !ok {
		return nil, fmt.Errorf("ref of %s: no such resource or parameter", id)
	}
	value, ok := refOf(res.Type, id)
	if !ok {
		return nil, fmt.Errorf("ref of %s: what a %s refers to is not known locally", id, res.Type)
	}
	return value, nil
}

func (r *resolver) getAtt(argument any) (any, error) {
	args, err := r.strings("Fn::GetAtt", argument, 2)
	if err != nil {
		return nil, err
	}
	id, attribute := args[0], args[1]
	res, ok := r.resources[id]
	if !ok {
		return nil, fmt.Errorf("GetAtt %s.%s: no such resource", id, attribute)
	}
	value, ok := attributeOf(res.Type, id, attribute)
	if !ok {
		return nil, fmt.Errorf("GetAtt %s.%s: the attribute of a %s is not known locally", id, attribute, res.Type)
	}
	return value, nil
}

var placeholder = regexp.MustCompile(`\$\{(!?)([^}]*)\}`)

func (r *resolver) sub(argument any) (any, error) {
	text, isText := argument.(string)
	own := map[string]any{}
	if !isText {
		args, ok := argument.([]any)
		if ok && len(args) == 2 {
			text, isText = args[0].(string)
			own, ok = args[1].(map[string]any)
		}
		if !ok || !isText {
			return nil, fmt.Errorf("Fn::Sub: wants a text, or a text and a mapping")
		}
	}
	var failed error
	out := placeholder.ReplaceAllStringFunc(text, func(match string) string {
		parts := placeholder.FindStringSubmatch(match)
		if parts[1] == "!" {
			return "${" + parts[2] + "}"
		}
		var v any
		var err error
		if given, ok := own[parts[2]]; ok {
			v, err = r.value(given)
		} else if id, attribute, found := strings.Cut(parts[2], "."); found {
			v, err = r.getAtt([]any{id, attribute})
		} else {
			v, err = r.ref(parts[2])
		}
		s := ""
		if err == nil {
			s, err = scalar(v)
		}
		if err != nil && failed == nil {
			failed = fmt.Errorf("Fn::Sub %s: %w", match, err)
		}
		return s
	})
	return out, failed
}

func (r *resolver) join(argument any) (any, error) {
	got, err := r.value(argument)
	if err != nil {
		return nil, err
	}
	args, ok := got.([]any)
	if ok && len(args) == 2 {
		by, isText := args[0].(string)
		list, isList := args[1].([]any)
		if isText && isList {
			parts := make([]string, len(list))
			for i, v := range list {
				if parts[i], err = scalar(v); err != nil {
					return nil, fmt.Errorf("Fn::Join: %w", err)
				}
			}
			return strings.Join(parts, by), nil
		}
	}
	return nil, fmt.Errorf("Fn::Join: wants a delimiter and a list")
}

func (r *resolver) selection(argument any) (any, error) {
	got, err := r.value(argument)
	if err != nil {
		return nil, err
	}
	args, ok := got.([]any)
	if ok && len(args) == 2 {
		list, isList := args[1].([]any)
		index, err := strconv.Atoi(fmt.Sprint(args[0]))
		if isList && err == nil && index >= 0 && index < len(list) {
			return list[index], nil
		}
	}
	return nil, fmt.Errorf("Fn::Select: wants an index within a list")
}

func (r *resolver) findInMap(argument any) (any, error) {
	args, err := r.strings("Fn::FindInMap", argument, 3)
	if err != nil {
		return nil, err
	}
	var at any = r.mappings
	for _, key := range args {
		m, _ := at.(map[string]any)
		if at = m[key]; at == nil {
			return nil, fmt.Errorf("Fn::FindInMap: no %s", strings.Join(args, "."))
		}
	}
	return at, nil
}

// condition evaluates a named condition.
func (r *resolver) condition(name string) (bool, error) {
	c, ok := r.conditions[name]
	if !ok {
		return false, fmt.Errorf("condition %s: not declared", name)
	}
	if r.open[name] {
		return false, fmt.Errorf("condition %s: depends on itself", name)
	}
	r.open[name] = true
	defer delete(r.open, name)
	v, err := r.value(c)
	if err != nil {
		return false, fmt.Errorf("condition %s: %w", name, err)
	}
	b, ok := v.(bool)
	if !ok {
		return false, fmt.Errorf("condition %s: not a truth value", name)
	}
	return b, nil
}

func (r *resolver) test(name string, argument any) (any, error) {
	if name == "Condition" {
		return r.condition(fmt.Sprint(argument))
	}
	if name == "Fn::Equals" {
		args, err := r.strings(name, argument, 2)
		if err != nil {
			return nil, err
		}
		return args[0] == args[1], nil
	}
	args, ok := argument.([]any)
	if !ok || len(args) == 0 || name == "Fn::Not" && len(args) != 1 {
		return nil, fmt.Errorf("%s: wants a list of conditions", name)
	}
	result := name == "Fn::And"
	for _, a := range args {
		v, err := r.value(a)
		if err != nil {
			return nil, err
		}
		b, ok := v.(bool)
		switch {
		case !ok:
			return nil, fmt.Errorf("%s: not a condition", name)
		case name == "Fn::Not":
			return !b, nil
		case name == "Fn::And":
			result = result && b
		default:
			result = result || b
		}
	}
	return result, nil
}

// scalar is the text that CloudFormation makes of a scalar.
func scalar(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	}
	return "", fmt.Errorf("a text is wanted, not a %T", v)
}

func toList(parts []string) []any {
	list := make([]any, len(parts))
	for i, p := range parts {
		list[i] = strings.TrimSpace(p)
	}
	return list
}
