package web

import "net/http"

// router is the routes, and the list of them: what holds for every route there
// is can only be tested where all of them are known.
type router struct {
	*http.ServeMux
	patterns []string
}

// Handle adds a route.
func (m *router) Handle(pattern string, h http.Handler) {
	m.patterns = append(m.patterns, pattern)
	m.ServeMux.Handle(pattern, h)
}

// HandleFunc adds a route.
func (m *router) HandleFunc(pattern string, h func(http.ResponseWriter, *http.Request)) {
	m.Handle(pattern, http.HandlerFunc(h))
}
