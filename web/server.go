// Package web is the door for people: pages, the live feed that keeps them
// true, and the worker's page.
//
// Pages are rendered here and work as plain forms; small scripts (island/)
// only add to them. A request passes the front (headers, where it may come
// from, who asks), then one handler in the file named after its page: it reads
// the form, calls one command of a room, and answers 303, or fills the page's
// view and renders the template of the same name. There is no rule of the
// product here, and no query.
package web

import (
	"context"
	"io/fs"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"muster/actor"
	"muster/call/shift"
	"muster/carrier/switchboard"
	"muster/id"
	"muster/identity"
	"muster/identity/sso"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/witness"
	"muster/seal"
	"muster/store"
	"muster/tell/notice"
	"muster/tell/status"
)

// Deps is what the pages stand on.
type Deps struct {
	Store     *store.Store
	Keys      *seal.Keys
	Gate      *identity.Gate
	Book      *ledger.Book
	Log       *slog.Logger
	URL       string                                   // public address of the installation
	Zone      string                                   // where the provider's people are (IANA); empty: UTC
	Tiles     string                                   // address of street tiles with {z}, {x}, {y}; empty: only the world map
	Networks  []netip.Prefix                           // private ones that webhooks may reach
	Push      string                                   // public key with which browsers subscribe to alerts; empty: they cannot
	Has       func(channel string) bool                // whether messages can leave on a channel; nil: on all
	Accounts  account.Office                           // where the provider keeps its customers; the zero value makes one
	Grants    grant.Office                             // leave to enter an organisation
	Notices   notice.Office                            // news about the service; the zero value makes one
	Status    *status.Board                            // how everything is doing; nil makes one
	Carriers  *switchboard.Board                       // carriers at work; nil: there are none, and no page about them
	Support   func(id.Org) string                      // where an organisation's people write to support; nil: no mail comes in
	Witnesses witness.Office                           // who cosigns the books; the zero value: nobody
	Passes    *pass.Office                             // leave to be in other products; nil: there is no page about them
	Drill     func(context.Context, actor.Actor) error // tries out for somebody of the staff how customers are told of our own outage; nil: no snapshot is kept here
	Outbox    func() []Sent                            // the demo's messages, newest first; nil: the page is not there
}

// Sent is one message that the demo kept instead of sending it.
type Sent struct {
	ID, Channel, To, Subject, Text string
	At                             time.Time
}

// site is everything a handler needs.
type site struct {
	Deps
	*renderer
	desk   shift.Desk
	exam   *examiner
	feed   *feed
	secure bool   // reached by https
	csp    string // the same for every page

	statusCache statusCache
}

// New makes the pages. It fails where they were not built.
func New(deps Deps) (http.Handler, error) {
	sub, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, err
	}
	built, err := loadAssets(sub)
	if err != nil {
		return nil, err
	}
	rd, err := newRenderer(built)
	if err != nil {
		return nil, err
	}
	s := &site{
		Deps: deps, renderer: rd, desk: shift.Desk{Store: deps.Store, Keys: deps.Keys},
		exam: newExaminer(deps.Keys), feed: newFeed(deps.Store),
	}
	if s.Notices.Store == nil {
		s.Notices = notice.Office{Store: deps.Store, Log: deps.Log}
	}
	if s.Status == nil {
		s.Status = status.Watch(deps.Store)
	}
	if s.Accounts.Store == nil {
		s.Accounts = account.Office{Store: deps.Store, Keys: deps.Keys, Close: deps.Grants.Close, Send: deps.Gate.SendLink}
	}
	if u, err := url.Parse(deps.URL); err == nil {
		s.secure = u.Scheme == "https"
	}
	s.csp = policyFor(deps.Tiles)
	return s.front(s.routes()), nil
}

// routes are all pages. What changes something is a POST.
func (s *site) routes() *router {
	m := &router{ServeMux: http.NewServeMux()}
	s.publicRoutes(m)
	s.providerRoutes(m)
	in := func(pattern string, h handler) { m.Handle(pattern, s.signedIn(h)) }

	in("GET /{$}", s.home)
	in("GET /board", s.board)
	in("GET /feed", s.serveFeed)
	in("GET /alarms/{alarm}", s.alarm)
	in("POST /alarms/{alarm}/acknowledge", s.acknowledge)
	in("POST /alarms/{alarm}/resolve", s.resolve)
	in("POST /alarms/{alarm}/note", s.note)
	in("POST /alarms/{alarm}/tick", s.tick)
	in("POST /alarms/{alarm}/check-in", s.checkInFor)
	in("POST /alarms/{alarm}/end-shift", s.endShiftFor)
	in("GET /people/{person}", s.profile)

	s.workerRoutes(in)

	s.rosterRoutes(in)

	in("GET /procedures", s.procedures)
	in("GET /procedures/new", s.editProcedure)
	in("POST /procedures/new", s.saveProcedure)
	in("GET /procedures/preview", s.previewProcedure)
	in("GET /procedures/{procedure}", s.editProcedure)
	in("POST /procedures/{procedure}", s.saveProcedure)
	in("POST /procedures/{procedure}/switch/{act}", s.switchProcedure)

	in("GET /book", s.book)
	in("POST /book/verify", s.verifyBook)
	in("POST /book/export", s.exportBook)
	in("POST /book/witness", s.witnessBook)
	in("GET /book/witnessed/{mark}", s.witnessedBook)
	s.settingsRoutes(in)
	s.incidentRoutes(in)
	s.drillRoutes(in)
	s.partnerRoutes(in)
	s.rotaRoutes(in)
	s.wireRoutes(in)
	s.contactRoutes(in)
	s.newsRoutes(in)
	s.ownStatusRoutes(in)
	s.ownGrantRoutes(in)
	s.askRoutes(in)
	s.directorRoutes(func(pattern string, h handler) { m.Handle(pattern, s.anybody(h)) }, in)
	s.ownRoutes(in)
	s.letinRoutes(in)
	s.presenceRoutes(in)
	s.rulesRoutes(in)
	return m
}

// settingsRoutes are what an organisation settles for itself.
func (s *site) settingsRoutes(in func(string, handler)) {
	in("GET /settings", s.settings)
	in("POST /settings", s.saveSettings)
	in("GET /settings/watch", s.watching)
	in("POST /settings/watch", s.saveWatching)
	in("GET /settings/tokens", s.tokens)
	in("POST /settings/tokens", s.makeToken)
	in("POST /settings/tokens/{token}/revoke", s.revokeToken)
}

// rosterRoutes are the people of the organisation and how they are reached.
func (s *site) rosterRoutes(in func(string, handler)) {
	in("GET /roster", s.roster)
	in("GET /roster/new", s.person)
	in("POST /roster/new", s.addPerson)
	in("GET /people/{person}/edit", s.person)
	in("POST /people/{person}/edit", s.savePerson)
	in("POST /people/{person}/leave", s.leave)
	in("GET /people/{person}/erase", s.toForget)
	in("POST /people/{person}/erase", s.forgetPerson)
	in("GET /roster/left", s.rosterLeft)
	in("POST /people/{person}/admit", s.admitPerson)
	in("POST /people/{person}/decline", s.declinePerson)
	in("POST /people/{person}/duress", s.setDuress)
	in("POST /people/{person}/duress/remove", s.removeDuress)
	in("POST /people/{person}/contacts", s.addChannel)
	in("POST /people/{person}/contacts/{contact}/{act}", s.changeChannel)
	in("GET /roster/import", s.importing)
	in("POST /roster/import", s.upload)
	in("GET /imports/{import}", s.preview)
	in("POST /imports/{import}", s.apply)
	in("GET /roster/template.xlsx", s.sheetTemplate)
	in("POST /roster/export", s.exportRoster)
	in("GET /workspaces", s.workspaces)
	in("POST /workspaces", s.addWorkspace)
	in("POST /workspaces/{workspace}", s.renameWorkspace)
}

// rotaRoutes are who is on duty when, and when the office is staffed.
func (s *site) rotaRoutes(in func(string, handler)) {
	in("GET /rotas", s.rotas)
	in("GET /rotas/new", s.rotaForm)
	in("POST /rotas/new", s.saveRota)
	in("GET /rotas/{rota}", s.rota)
	in("GET /rotas/{rota}/edit", s.rotaForm)
	in("POST /rotas/{rota}/edit", s.saveRota)
	in("POST /rotas/{rota}/close", s.closeRota)
	in("POST /rotas/{rota}/covers", s.addCover)
	in("POST /rotas/{rota}/covers/{cover}/{act}", s.changeCover)
	in("POST /rotas/{rota}/swaps", s.swapDuty)
	in("POST /rotas/{rota}/calendar", s.makeFeed)
	in("POST /calendars/{feed}/close", s.closeFeed)
	in("GET /duty", s.duty)
	in("POST /duty/calendar", s.makeFeed)
	in("GET /office-hours", s.officeHours)
	in("POST /office-hours", s.saveOffice)
}

// workerRoutes are the pages of whoever works alone.
func (s *site) workerRoutes(in func(string, handler)) {
	in("GET /me", s.me)
	in("GET /me/shifts", s.myShifts)
	in("GET /me/looks", s.looks)
	in("POST /me/start", s.start)
	in("POST /me/check-in", s.checkIn)
	in("POST /me/help", s.help)
	in("POST /me/extend", s.extend)
	in("POST /me/risk", s.risk)
	in("POST /me/away", s.away)
	in("POST /me/risk-end", s.checkIn)
	in("POST /me/finish", s.finish)
	in("POST /me/position", s.move)
	in("GET /me/devices", s.devices)
	in("POST /me/devices", s.addDevice)
	in("POST /me/devices/{device}/revoke", s.revokeDevice)
}

// ownRoutes are what belongs to whoever is signed in.
func (s *site) ownRoutes(in func(string, handler)) {
	in("GET /channels", s.channels)
	in("POST /channels", s.addChannel)
	in("POST /channels/devices", s.addThisDevice)
	in("POST /channels/quiet", s.setQuiet)
	in("POST /channels/{contact}/{act}", s.changeChannel)
	in("GET /account", s.account)
	in("POST /account/password", s.setPassword)
	in("POST /account/sessions/{session}/revoke", s.revokeSession)
	in("POST /account/sessions/revoke-others", s.revokeOthers)
	in("POST /account/passkeys/begin", s.beginPasskey)
	in("POST /account/passkeys/finish", s.finishPasskey)
	in("POST /account/passkeys/{passkey}/remove", s.removePasskey)
	in("POST /organisation", s.switchOrganisation)
	in("POST /sign-out", s.signOut)
}

// publicRoutes are the pages for whoever is not signed in.
func (s *site) publicRoutes(m *router) {
	anyone := func(pattern string, h handler) { m.Handle(pattern, s.anybody(h)) }
	m.HandleFunc("GET /static/{name}", s.assets.serveStatic)
	m.HandleFunc("GET /sw.js", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		s.assets.serve(w, r, "sw.js")
	})
	anyone("GET /app.webmanifest", s.manifest)
	anyone("GET /sign-in", s.signIn)
	anyone("POST /sign-in", s.requestCode)
	anyone("GET /sign-in/code", s.code)
	anyone("POST /sign-in/code", s.signInWithCode)
	anyone("POST /sign-in/password", s.signInWithPassword)
	anyone("GET /sign-in/link/{token}", s.link)
	anyone("POST /sign-in/link/{token}", s.signInWithLink)
	anyone("GET /sign-in/sso", s.goToSignOn)
	anyone("GET "+sso.Path, s.signInAsStaff)
	m.HandleFunc("POST /sign-in/sso/out", s.signedOutThere)
	anyone("POST /passkey/sign-in/begin", s.beginPasskeySignIn)
	anyone("POST /passkey/sign-in/finish", s.finishPasskeySignIn)
	anyone("POST /theme", s.chooseTheme)
	anyone("POST /language", s.chooseLanguage)
	anyone("GET /a/{token}", s.act)
	anyone("POST /a/{token}", s.doAct)
	anyone("GET /calendar/{name}", s.readFeed)
	s.statusRoutes(m)
	// Messages to workers lead to their page under this name.
	anyone("GET /worker", func(w http.ResponseWriter, r *http.Request, _ *visit) error {
		return see(w, r, "/me")
	})
	if s.Outbox != nil {
		anyone("GET /outbox", s.outbox)
	}
	anyone("/", s.nowhere)
}
