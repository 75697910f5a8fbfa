package web

// rosterView lists the people of the organisation.
type rosterView struct {
	Frame
	Tabs       []choice
	Gaps       []gap
	Empty      bool // nobody but the reader
	CanEdit    bool
	Workspaces []choice
	Roles      []choice
	People     []personRow
	Pager      pager
}

// gap is something about the roster that needs somebody.
type gap struct{ Text, Href string }

type personRow struct {
	Href, Name, PIN   string
	Roles, Workspaces []string
	Email, Mobile     point
}

// point is an address as lists show it.
type point struct {
	Value    string
	Verified bool
}

// pointRow is an address as its owner's page shows it.
type pointRow struct {
	ID, Value, Kind string
	Verified        bool
	CanUp           bool // may become the first that is tried
}

// personView is one person: facts, roles, addresses, leaving.
type personView struct {
	Frame
	ID, Name    string // ID empty: somebody new
	Action      string
	ProfileHref string
	Form        personForm
	Points      []pointRow
}

type personForm struct {
	Name, Email, Mobile, PIN string
	Languages                []choice
	Roles                    []roleRow
}

// roleRow is one workspace, or all of them, with a box for each role.
type roleRow struct {
	Text  string
	Cells []choice // Value "worker:wsp_…", Text the role's name
}

// workspacesView lists and makes workspaces.
type workspacesView struct {
	Frame
	Tabs       []choice
	Workspaces []workspaceRow
	Name       string
}

type workspaceRow struct {
	ID, Name          string
	Workers, Monitors int
}
