package loginhttp

import (
	"context"
	"net/http"

	"jewelrydisplay.app/shared/lambdahttp"
)

type appOutput struct {
	CacheControl string `header:"Cache-Control"`
	Body         struct {
		MinVersion struct {
			IOS     string `json:"ios"`
			Android string `json:"android"`
		} `json:"min_version" doc:"The oldest app that works with this API."`
		Contact struct {
			Phone string `json:"phone"`
			Email string `json:"email"`
			Hours string `json:"hours"`
		} `json:"contact" doc:"Customer service."`
		Countries []string `json:"countries" nullable:"false" doc:"Whose numbers may log in, ISO 3166-1 alpha-2."`
	}
}

func registerApp(api *lambdahttp.API, app App) {
	lambdahttp.Handle(api, lambdahttp.Operation{
		ID: "get-app", Method: http.MethodGet, Path: "/v1/app", Tag: "login",
		Summary: "What the app asks before a login",
	}, func(context.Context, *struct{}) (*appOutput, error) {
		out := &appOutput{CacheControl: "public, max-age=300"}
		out.Body.MinVersion.IOS, out.Body.MinVersion.Android = app.MinIOS, app.MinAndroid
		out.Body.Contact.Phone, out.Body.Contact.Email, out.Body.Contact.Hours = app.Phone, app.Email, app.Hours
		out.Body.Countries = app.Countries
		return out, nil
	})
}
