package contract

import "github.com/danielgtaylor/huma/v2"

// scheme names the access token among the security schemes.
const scheme = "token"

// describe says what the document is about.
func describe(document *huma.OpenAPI) {
	document.Info = &huma.Info{
		Title: "Jewelry Display", Version: "1",
		Description: "The API of the Jewelry Display app: login by one-time codes, a bilingual catalogue with search, " +
			"favourites, follows and history, notifications, and leaving.\n\n" +
			"JSON in UTF-8, snake_case; times are RFC 3339 in UTC; money is in minor units. A member marked optional may be " +
			"absent, and nothing is null; a parameter without a value counts as absent. Clients ignore members and enum values that they do not know. Lists are paged by an " +
			"opaque `next_cursor`, absent on the last page. Errors are problem details (RFC 9457), told apart by `code`.",
		License: &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"},
	}
	document.Servers = []*huma.Server{{
		URL:         "/",
		Description: "Where the API is deployed: the stack's output ApiUrl; the local cloud's API or control address",
	}}
	document.Components.SecuritySchemes = map[string]*huma.SecurityScheme{scheme: {
		Type: "http", Scheme: "bearer",
		Description: "The `access_token` of a login or refresh. One that is unknown, expired or ended is 401, on open calls too.",
	}}
	document.Tags = []*huma.Tag{
		{Name: "login", Description: "Codes by SMS, sessions, and the number that opens the account"},
		{Name: "account", Description: "Profile, authorisations, policy versions, and the copy of one's data"},
		{Name: "catalog", Description: "Products and merchants"},
		{Name: "search", Description: "Finding products and merchants"},
		{Name: "engagement", Description: "Favourites, follows and the browsing history"},
		{Name: "notification", Description: "Devices, preferences and the inbox"},
		{Name: "cancellation", Description: "Leaving, and coming back within seven days"},
	}
}
