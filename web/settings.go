package web

import "time"

// settingsView is the organisation's own settings.
type settingsView struct {
	Frame
	Tabs  []choice
	OrgID string
	Form  struct {
		Name, Zone      string
		Languages       []choice
		Interval, Grace string // minutes
	}
}

// tokensView lists what programs sign in with.
type tokensView struct {
	Frame
	Tabs   []choice
	Fresh  string // a token that was just made; shown once
	Tokens []tokenRow
	Name   string
	Roles  []choice
}

type tokenRow struct {
	ID, Name, Role string
	Made, Used     time.Time
}

// accountView is what belongs to whoever is signed in.
type accountView struct {
	Frame
	Email       string
	HasPassword bool
	Passkeys    []passkeyRow
	Sessions    []sessionRow
}

type passkeyRow struct {
	ID, Name   string
	Made, Used time.Time
}

type sessionRow struct {
	ID, Device, IP string
	Made, Seen     time.Time
	Current        bool
}
