package web

// errorView says what went wrong, what is still safe, and where to go.
type errorView struct {
	Frame
	Icon            string
	Text, Why, Safe string
	Reference       string
	BackHref        string
	BackText        string
}
