package main

// testCase is one event and what its function's answer must match.
type testCase struct {
	function string   // logical id
	event    string   // file below events/
	wants    []string // regular expressions that the answer's JSON matches
}

// cases sends every function of the template at least one event. The local
// cloud behind them is new: the sample catalogue and policy, and no person.
func cases() []testCase {
	return []testCase{
		{"SmsLogin", "sms-login/app.json", []string{`"statusCode": ?200`, `min_version`}},
		{"SmsLogin", "sms-login/code.json", []string{`"statusCode": ?4(09|22)`, `problem`}},
		{"SmsLogin", "sms-login/sessions-unauthenticated.json", []string{`"statusCode": ?401`, `unauthenticated`}},
		{"Profile", "profile/policy-current.json", []string{`"statusCode": ?200`, `sha256`}},
		{"Profile", "profile/me-unauthenticated.json", []string{`"statusCode": ?401`, `unauthenticated`}},
		{"PolicyPublish", "policy-publish/dry-run.json", []string{`"version": ?"2026-12-01"`, `"sha256"`}},
		{"PolicyPublish", "policy-publish/sample.json", []string{`"version": ?"2023-01-01"`, `"sha256"`}},
		{"CatalogSearch", "catalog-search/products.json", []string{`"statusCode": ?200`, `items`, `facets`}},
		{"CatalogSearch", "catalog-search/merchants.json", []string{`"statusCode": ?200`, `items`}},
		{"CatalogImport", "catalog-import/start.json", []string{`"state"`, `"rows": ?2`, `"created": ?1`, `"rejected": ?1`}},
		{"CatalogImport", "catalog-import/inspect.json", []string{`spring-2026|not_found`}},
		{"CatalogIndex", "catalog-index/refresh.json", []string{`^\{`}},
		{"CatalogIndex", "catalog-index/changes.json", []string{`"batchItemFailures": ?(\[\]|null)`}},
		{"CatalogIndex", "catalog-index/pin.json", []string{`^\{`}},
		{"CatalogIndex", "catalog-index/misses.json", []string{`^\{`}},
		{"EngagementApi", "engagement/favourite-unauthenticated.json", []string{`"statusCode": ?401`, `unauthenticated`}},
		{"NotificationsApi", "notifications/inbox-unauthenticated.json", []string{`"statusCode": ?401`, `unauthenticated`}},
		{"PushCampaign", "push-campaign/list.json", []string{`^[\[{]`}},
		{"PushCampaign", "push-campaign/launch.json", []string{`"id": ?"system-2026-11-24"`, `"audience": ?0`}},
		{"PushCampaign", "push-campaign/inspect.json", []string{`not_found`}},
		{"PushCampaign", "push-campaign/tick.json", []string{`^(\{|null)`}},
		{"PushFanoutTransactional", "push-fanout/page-transactional.json", []string{`"batchItemFailures": ?(\[\]|null)`}},
		{"PushFanoutMarketing", "push-fanout/page-marketing.json", []string{`"batchItemFailures": ?(\[\]|null)`}},
		{"AccountCancellation", "account-cancellation/unknown-receipt.json", []string{`"statusCode": ?404`, `not_found`}},
		{"AccountCancellation", "account-cancellation/preview-unauthenticated.json", []string{`"statusCode": ?401`, `unauthenticated`}},
		{"AccountErasure", "account-erasure/due.json", []string{`"batchItemFailures": ?(\[\]|null)`}},
		{"AccountErasure", "account-erasure/bell.json", []string{`"batchItemFailures": ?(\[\]|null)`}},
		{"AccountOperations", "account-operations/find.json", []string{`not_found|"found": ?false`}},
		{"RetentionSweep", "retention-sweep/due.json", []string{`^(\{|null)`}},
		{"RetentionSweep", "retention-sweep/expired.json", []string{`^(\{|null)`}},
		{"RetentionSweep", "retention-sweep/rekey.json", []string{`^(\{|null)`}},
		{"NotFound", "not-found/unknown-path.json", []string{`"statusCode": ?404`, `not_found`}},
		{"NotFound", "not-found/wrong-method.json", []string{`"statusCode": ?405`, `GET, PATCH`}},
	}
}

// objects are what the events name in the Imports bucket.
func objects() map[string]string {
	return map[string]string{
		"policies/2026-12-01/zh.md":       "# 隐私政策\n\n我们只收集登录所需的手机号。\n",
		"policies/2026-12-01/en.md":       "# Privacy policy\n\nWe collect the phone number that a login needs, and no more.\n",
		"feeds/m-lotus/spring-2026.jsonl": `{"sku":"r-1","name":"18K金钻石戒指","price":"12999.00"}` + "\n" + `{"sku":"r-2","price":"1"}` + "\n",
	}
}
