// Package api is the door for programs: JSON under /api/v1, with bearer
// tokens.
//
// A request passes the front (who asks, how large, under which key), then the
// route that the OpenAPI document describes, then one command of a room. There
// is no rule of the product here: the rooms decide, and this package puts
// their words into JSON and their refusals into problems (RFC 9457).
//
// One thing is held back on top of what policy says: whoever may be standing
// beside a worker under duress must not learn from that worker's token that an
// alarm was raised (OA10); see hidden.go.
package api

import (
	"context"
	"log/slog"
	"net/http"
	"net/netip"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"muster/actor"
	"muster/call/shift"
	"muster/fault"
	"muster/id"
	"muster/identity"
	"muster/ledger"
	"muster/policy"
	"muster/seal"
	"muster/store"
)

// Deps is what the API stands on.
type Deps struct {
	Store *store.Store
	Keys  *seal.Keys
	Gate  *identity.Gate
	Book  *ledger.Book
	Log   *slog.Logger
	URL   string // public address of the installation

	Networks []netip.Prefix // private ones that webhooks may reach
	Push     string         // public key with which browsers subscribe to alerts; empty: they cannot

	Has func(channel string) bool // whether messages can leave on a channel; nil: on all
}

// prefix is where the API lives. What is below it stays as it is for as long
// as the number does.
const prefix = "/api/v1"

// desk is where the routes get what they need.
type desk struct {
	Deps
	shifts shift.Desk
	names  *names
	api    huma.API
}

// New makes the API. It answers everything under /api/.
func New(deps Deps) http.Handler {
	mux := http.NewServeMux()
	d := register(deps, mux)
	d.names.watch(deps.Store)
	f := &front{deps: deps, mux: mux, open: documents(d.api.OpenAPI())}
	mux.HandleFunc("/", f.nowhere)
	return f
}

// Route is one thing that the API can be asked.
type Route struct {
	Method string
	Path   string // with {id} and the like
	Name   string // operationId
}

// Routes lists all of them, sorted by path and method.
func Routes() []Route {
	d := register(Deps{}, http.NewServeMux())
	var all []Route
	for path, item := range d.api.OpenAPI().Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Patch, item.Delete, item.Put} {
			if op != nil {
				all = append(all, Route{op.Method, path, op.OperationID})
			}
		}
	}
	slices.SortFunc(all, func(a, b Route) int { return strings.Compare(a.Path+" "+a.Method, b.Path+" "+b.Method) })
	return all
}

func register(deps Deps, mux *http.ServeMux) *desk {
	d := &desk{
		Deps: deps, shifts: shift.Desk{Store: deps.Store, Keys: deps.Keys},
		names: newNames(), api: humago.New(mux, config(deps.URL)),
	}
	d.organisations()
	d.workspaces()
	d.people()
	d.erasure()
	d.contactPoints()
	d.contactPersons()
	d.imports()
	d.news()
	d.newsProof()
	d.shiftRoutes()
	d.watchRoutes()
	d.devices()
	d.alarms()
	d.drills()
	d.requests()
	d.grants()
	d.procedures()
	d.statistics()
	d.connections()
	d.caseRoutes()
	d.enrolments()
	d.board()
	d.tokens()
	d.book()
	d.messages()
	d.rotas()
	d.covers()
	d.officeHours()
	d.calendars()
	d.wires()
	d.panels()
	return d
}

// Org is the path of what belongs to an organisation.
type Org struct {
	Organisation string `path:"id" maxLength:"40" doc:"Of the organisation" example:"org_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
}

// enter makes sure that the path names the actor's own organisation: another
// one is not there. The provider's staff belong to none; policy decides what
// they may do in this one.
func (o Org) enter(who actor.Actor) (actor.Actor, error) {
	org, err := id.Parse[id.Org](o.Organisation)
	if err != nil {
		return who, err
	}
	if who.Kind == actor.Staff && who.Org == "" {
		who.Org = org
		return who, nil
	}
	if who.Org != org {
		return who, fault.New(fault.NotFound, "not_found")
	}
	return who, nil
}

// Thing is the path of one thing of the caller's own organisation.
type Thing struct {
	ID string `path:"id" maxLength:"40" doc:"Of the thing"`
}

// enter turns away whoever belongs to no organisation.
func (Thing) enter(who actor.Actor) (actor.Actor, error) {
	if who.Org != "" {
		return who, nil
	}
	_, err := policy.Check(who, "seeShift", policy.Resource{Type: "Shift", Org: identity.Provider})
	if err == nil {
		err = fault.New(fault.Forbidden, "forbidden")
	}
	return who, err
}

// Installation is the path of what belongs to no organisation.
type Installation struct{}

func (Installation) enter(who actor.Actor) (actor.Actor, error) { return who, nil }

// asked is the input of a route.
type asked[I any] interface {
	*I
	enter(actor.Actor) (actor.Actor, error)
}

type answer[T any] struct{ Body T }

type made[T any] struct {
	Location string `header:"Location" doc:"Where the new thing is"`
	Body     T
}

// located is a thing that has an address of its own.
type located interface{ location() string }

// serve registers a route that answers 200.
func serve[I, T any, P asked[I]](d *desk, op huma.Operation, do func(context.Context, actor.Actor, *I) (T, error)) {
	huma.Register(d.api, described(op), func(ctx context.Context, in *I) (*answer[T], error) {
		who, err := P(in).enter(callOf(ctx).who)
		if err != nil {
			return nil, problem(ctx, err)
		}
		v, err := do(ctx, who, in)
		if err != nil {
			return nil, problem(ctx, err)
		}
		return &answer[T]{v}, nil
	})
}

// create registers a route that makes something: 201, and where it is.
func create[I any, T located, P asked[I]](d *desk, op huma.Operation, do func(context.Context, actor.Actor, *I) (T, error)) {
	op.DefaultStatus = http.StatusCreated
	huma.Register(d.api, described(op), func(ctx context.Context, in *I) (*made[T], error) {
		who, err := P(in).enter(callOf(ctx).who)
		if err != nil {
			return nil, problem(ctx, err)
		}
		v, err := do(ctx, who, in)
		if err != nil {
			return nil, problem(ctx, err)
		}
		return &made[T]{prefix + v.location(), v}, nil
	})
}

// stream registers a route whose answer is written while it is made. do is
// called before anything is sent; what it returns writes the rest.
func stream[I any, P asked[I]](d *desk, op huma.Operation, kind string, do func(context.Context, actor.Actor, *I) (func(http.ResponseWriter) error, error)) {
	op.Responses = map[string]*huma.Response{"200": {
		Description: "OK", Content: map[string]*huma.MediaType{kind: {Schema: &huma.Schema{Type: huma.TypeString}}},
	}}
	huma.Register(d.api, described(op), func(ctx context.Context, in *I) (*huma.StreamResponse, error) {
		who, err := P(in).enter(callOf(ctx).who)
		if err != nil {
			return nil, problem(ctx, err)
		}
		write, err := do(ctx, who, in)
		if err != nil {
			return nil, problem(ctx, err)
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			_, w := humago.Unwrap(hc)
			w.Header().Set("Content-Type", kind)
			if err := write(w); err != nil {
				problem(ctx, err) // into the log; the answer has begun
				panic(http.ErrAbortHandler)
			}
		}}, nil
	})
}

// get and post are what every operation of a room begins with.
func get(path, name, summary string) huma.Operation {
	return operation(http.MethodGet, path, name, summary)
}

func post(path, name, summary string) huma.Operation {
	return operation(http.MethodPost, path, name, summary)
}

func patch(path, name, summary string) huma.Operation {
	return operation(http.MethodPatch, path, name, summary)
}

func remove(path, name, summary string) huma.Operation {
	return operation(http.MethodDelete, path, name, summary)
}

func operation(method, path, name, summary string) huma.Operation {
	return huma.Operation{Method: method, Path: prefix + path, OperationID: name, Summary: summary}
}

// done is the answer where there is nothing to say.
type done struct {
	Done bool `json:"done" example:"true"`
}
