package stack

import (
	"os"
	"slices"
	"strings"
	"testing"
)

// holds evaluates the functions that template.yaml's rules use, as CloudFormation
// would before it creates anything.
func holds(t *testing.T, tree any, values map[string]string) bool {
	t.Helper()
	m, ok := tree.(map[string]any)
	if !ok || len(m) != 1 {
		t.Fatalf("%v is no rule function", tree)
	}
	for name, argument := range m {
		list, _ := argument.([]any)
		switch name {
		case "Fn::Not":
			return !holds(t, list[0], values)
		case "Fn::Equals":
			return word(t, list[0], values) == word(t, list[1], values)
		case "Fn::Contains":
			all, _ := list[0].([]any)
			return slices.ContainsFunc(all, func(v any) bool { return v == word(t, list[1], values) })
		default:
			t.Fatalf("%s is not known here", name)
		}
	}
	return false
}

func word(t *testing.T, v any, values map[string]string) string {
	t.Helper()
	if s, ok := v.(string); ok {
		return s
	}
	m, _ := v.(map[string]any)
	name, _ := m["Ref"].(string)
	value, ok := values[name]
	if !ok {
		t.Fatalf("%v refers to nothing that is known here", v)
	}
	return value
}

// Who sends codes, and whose numbers may ask for them, is decided by where the
// data lies.
// Clauses: C95.
func TestRulesSayWhatCannotBeDeployed(t *testing.T) {
	raw, err := os.ReadFile("../../../template.yaml")
	if err != nil {
		t.Fatal(err)
	}
	doc, err := parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	rules, _ := doc["Rules"].(map[string]any)
	for _, c := range []struct {
		partition, senders, url, mainland string
		says                              string // of the assertion that refuses; empty: deployed
	}{
		{"aws", "sns", "", "stored-in-china", "C95"},
		{"aws", "sns", "", "law", ""},
		{"aws", "sns", "", "explicit-authorisation", ""},
		{"aws", "sns", "", "own-publishing", ""},
		{"aws", "sns", "", "none", ""},
		{"aws", "webhook", "", "none", "SmsWebhookUrl"},
		{"aws", "sns,webhook", "", "none", "SmsWebhookUrl"},
		{"aws", "sns,webhook", "https://sms.example.com/", "none", ""},
		{"aws-us-gov", "sns", "", "stored-in-china", "C95"},
		{"aws-cn", "sns", "", "stored-in-china", "SNS sends no SMS"},
		{"aws-cn", "sns,webhook", "https://sms.example.com/", "stored-in-china", "SNS sends no SMS"},
		{"aws-cn", "webhook,sns", "https://sms.example.com/", "stored-in-china", "SNS sends no SMS"},
		{"aws-cn", "webhook", "https://sms.example.com/", "stored-in-china", ""},
		{"aws-cn", "webhook", "https://sms.example.com/", "none", ""},
		{"aws-cn", "webhook", "https://sms.example.com/", "law", "no exception"},
		{"aws-cn", "webhook", "", "stored-in-china", "SmsWebhookUrl"},
	} {
		values := map[string]string{
			"AWS::Partition": c.partition, "SmsSenders": c.senders, "SmsWebhookUrl": c.url, "SmsMainland": c.mainland,
		}
		var refused []string
		for _, r := range rules {
			rule, _ := r.(map[string]any)
			if !holds(t, rule["RuleCondition"], values) {
				continue
			}
			assertions, _ := rule["Assertions"].([]any)
			for _, a := range assertions {
				assertion, _ := a.(map[string]any)
				if !holds(t, assertion["Assert"], values) {
					said, _ := assertion["AssertDescription"].(string)
					refused = append(refused, said)
				}
			}
		}
		if all := strings.Join(refused, "\n"); (c.says == "") != (all == "") || !strings.Contains(all, c.says) {
			t.Errorf("%+v: refused with %q", c, all)
		}
	}
}
