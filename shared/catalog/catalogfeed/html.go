package catalogfeed

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// plainText returns what a reader of the HTML sees: no tags, scripts or styles,
// entities as characters, paragraphs and breaks as lines. Text without a tag or
// an entity stays as it is.
func plainText(s string) string {
	if !strings.ContainsAny(s, "<&") {
		return s
	}
	var out strings.Builder
	tokens := html.NewTokenizer(strings.NewReader(s))
	for hidden := false; ; {
		switch kind := tokens.Next(); kind {
		case html.ErrorToken:
			return tidy(out.String())
		case html.TextToken:
			if !hidden {
				out.Write(tokens.Text())
			}
		case html.StartTagToken, html.EndTagToken, html.SelfClosingTagToken:
			name, _ := tokens.TagName()
			switch atom.Lookup(name) {
			case atom.Script, atom.Style, atom.Template:
				hidden = kind == html.StartTagToken
			case atom.P, atom.Br, atom.Div, atom.Li, atom.Ul, atom.Ol, atom.Tr, atom.Table, atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Blockquote, atom.Section, atom.Article, atom.Hr, atom.Dt, atom.Dd:
				out.WriteByte('\n')
			case atom.Td, atom.Th:
				out.WriteByte(' ')
			}
		}
	}
}

// tidy takes blank lines and runs of space out.
func tidy(s string) string {
	var lines []string
	for _, line := range strings.Split(s, "\n") {
		if line = strings.Join(strings.Fields(line), " "); line != "" {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "\n")
}
