package accounthttp

import (
	"context"
	"slices"
	"time"

	"jewelrydisplay.app/shared/account"
	"jewelrydisplay.app/shared/lambdahttp"
)

// Version is a version of the privacy policy as the app sees it.
type Version struct {
	Version     string    `json:"version" doc:"Its name."`
	PublishedAt time.Time `json:"published_at"`
	EffectiveAt time.Time `json:"effective_at" doc:"From when it is in force."`
	ChangeClass string    `json:"change_class,omitempty" doc:"What it changes: business_model, subject, sharing, rights, contact or impact; absent: nothing of weight."`
	Language    string    `json:"language" doc:"The text's language: zh or en."`
	SHA256      string    `json:"sha256" doc:"The text's hash: lower-case hexadecimal SHA-256 of its UTF-8."`
}

func version(v account.Version, language, sha256 string) Version {
	return Version{
		Version: v.Name, PublishedAt: v.PublishedAt.UTC(), EffectiveAt: v.EffectiveAt.UTC(),
		ChangeClass: string(v.Change), Language: language, SHA256: sha256,
	}
}

type listPoliciesIn struct {
	Language string `header:"Accept-Language"`
	Limit    int    `query:"limit" minimum:"1" maximum:"100" default:"20"`
	Cursor   string `query:"cursor"`
}

// Versions is a page of versions.
type Versions struct {
	Items      []Version `json:"items" nullable:"false"`
	NextCursor string    `json:"next_cursor,omitempty"`
}

type listPoliciesOut struct {
	CacheControl string `header:"Cache-Control"`
	Vary         string `header:"Vary"`
	Body         Versions
}

func (s Services) listPolicies(ctx context.Context, in *listPoliciesIn) (*listPoliciesOut, error) {
	var last string
	if err := s.Cursors.Open(ctx, "policies", in.Cursor, &last); err != nil {
		return nil, err
	}
	history, hashes, err := s.Policies.List(ctx)
	if err != nil {
		return nil, err
	}
	if i := slices.IndexFunc(history, func(v account.Version) bool { return v.Name == last }); i >= 0 {
		history = history[i+1:]
	}
	out := &listPoliciesOut{CacheControl: "no-cache", Vary: "Accept-Language"}
	out.Body.Items = []Version{}
	for _, v := range history {
		if len(out.Body.Items) == in.Limit {
			out.Body.NextCursor, err = s.Cursors.Seal("policies", out.Body.Items[in.Limit-1].Version)
			break
		}
		language := lambdahttp.Language(in.Language)
		if hashes[v.Name][language] == "" {
			language = "zh"
		}
		out.Body.Items = append(out.Body.Items, version(v, language, hashes[v.Name][language]))
	}
	return out, err
}

type getPolicyIn struct {
	Version  string `path:"version" doc:"A version's name, or current, or next."`
	Language string `header:"Accept-Language"`
}

// Policy is a version with its text.
type Policy struct {
	Version
	Text string `json:"text"`
}

type getPolicyOut struct {
	CacheControl    string `header:"Cache-Control"`
	Vary            string `header:"Vary"`
	ContentLanguage string `header:"Content-Language"`
	Body            Policy
}

// immutable lets a numbered version be kept for ever: it never changes (C99).
const immutable = "public, max-age=31536000, immutable"

func (s Services) getPolicy(ctx context.Context, in *getPolicyIn) (*getPolicyOut, error) {
	text, err := s.Policies.Text(ctx, in.Version, lambdahttp.Language(in.Language))
	if err != nil {
		return nil, err
	}
	out := &getPolicyOut{CacheControl: "no-cache", Vary: "Accept-Language", ContentLanguage: text.Language}
	if text.Version.Name == in.Version {
		out.CacheControl = immutable
	}
	out.Body = Policy{Version: version(text.Version, text.Language, text.SHA256), Text: text.Text}
	return out, nil
}

type acceptPolicyIn struct {
	Body struct {
		PolicyVersion string `json:"policy_version" doc:"The version that was shown." minLength:"1"`
		SHA256        string `json:"sha256" doc:"The hash of the text that was shown." minLength:"1"`
	}
}

// Acceptance is a recorded acceptance.
type Acceptance struct {
	PolicyVersion string    `json:"policy_version"`
	AcceptedAt    time.Time `json:"accepted_at"`
}

type acceptPolicyOut struct{ Body Acceptance }

func (s Services) acceptPolicy(ctx context.Context, in *acceptPolicyIn) (*acceptPolicyOut, error) {
	who, err := caller(ctx)
	if err != nil {
		return nil, err
	}
	a, err := s.Policies.Accept(ctx, who, in.Body.PolicyVersion, in.Body.SHA256)
	if err != nil {
		return nil, err
	}
	return &acceptPolicyOut{Body: Acceptance{PolicyVersion: a.Version, AcceptedAt: a.AcceptedAt.UTC()}}, nil
}
