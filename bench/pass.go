package bench

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"log/slog"
	"strings"
	"time"

	"muster/actor"
	"muster/id"
	"muster/identity"
	"muster/lang"
	"muster/ledger"
	"muster/letin/account"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/product"
	"muster/letin/visit"
	"muster/roster"
	"muster/store"
)

// inn is a server with customers whom somebody of the second line is inside of,
// and a product that knows them by passes.
type inn struct {
	*rooms
	server *server
	office *pass.Office
	grants grant.Office
	house  visit.House

	agent, head, success, director actor.Actor

	cookie  string // the agent's
	sink    *sink
	product pass.Product
	token   string
}

// guested is one customer, with the agent inside.
type guested struct {
	org    id.Org
	admin  actor.Actor
	cookie string // the administrator's
	leave  id.Grant
	pass   string
}

func (r *run) inn() (n *inn, err error) {
	n = &inn{}
	if n.rooms, err = r.open(); err != nil {
		return nil, err
	}
	n.gate.Close() // one that knows of visits takes its place
	log := slog.New(slog.DiscardHandler)
	n.gate = identity.New(n.store, identity.Config{URL: "http://localhost", Name: "Bench", Keys: n.keys, Log: log, Staff: visit.Vouch})
	book, err := ledger.Open(r.ctx, n.store, n.keys)
	if err != nil {
		return nil, errors.Join(err, n.rooms.close())
	}
	n.grants = grant.Office{Store: n.store, Book: book, Log: log}
	n.house = visit.House{Store: n.store, Gate: n.gate, Grants: n.grants}
	if err := n.staff(r.ctx); err != nil {
		return nil, errors.Join(err, n.rooms.close())
	}
	if n.sink, err = newSink(); err != nil {
		return nil, errors.Join(err, n.rooms.close())
	}
	if n.server, err = r.serve(n.sink); err != nil {
		n.sink.close()
		return nil, errors.Join(err, n.rooms.close())
	}
	n.office = pass.New(pass.Config{Store: n.store, Keys: n.keys, Gate: n.gate, URL: "http://" + n.server.address, Log: log})
	n.product, n.token, err = n.office.Add(r.ctx, n.director, pass.Draft{Name: "Freight Desk", Address: "http://127.0.0.1:8421"})
	if err != nil {
		return nil, errors.Join(err, n.close())
	}
	return n, nil
}

func (n *inn) close() error {
	n.office.Close()
	err := errors.Join(n.server.stop(), n.rooms.close())
	n.sink.close()
	return err
}

// staff makes those whom a leave takes, and signs the agent in.
func (n *inn) staff(ctx context.Context) error {
	one := func(name string, works actor.Department, positions ...actor.Position) (actor.Actor, error) {
		who := actor.Actor{
			Kind: actor.Staff, Staff: id.New[id.Staff](), Name: name, Door: actor.Board, Fresh: true,
			Support: actor.Support{Department: works, Positions: positions, Stands: true},
		}
		held, err := json.Marshal(append([]actor.Position{}, positions...))
		if err != nil {
			return who, err
		}
		secret := rand.Text() + rand.Text()
		cookie := secret[:43]
		hash := sha256.Sum256([]byte(cookie))
		if n.cookie == "" {
			n.cookie = cookie
		}
		return who, n.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
			acc, since := id.New[id.Account](), tx.Now().Add(-time.Hour)
			return errors.Join(
				tx.Write(addAccount, acc, name+"@provider.test", []byte(who.Staff), identity.Provider, tx.Now()),
				tx.Write(addStaff, who.Staff, acc, name, tx.Now(), string(works), string(held)),
				tx.Write(addProof, who.Staff, "agreement", since), tx.Write(addProof, who.Staff, "background", since),
				tx.Write(addStaffSession, id.New[id.Session](), hash[:], acc, who.Staff, tx.Now()),
			)
		})
	}
	var errs [4]error
	n.agent, errs[0] = one("sari", actor.SecondLine)
	n.head, errs[1] = one("henrik", actor.SecondLine, actor.Head)
	n.success, errs[3] = one("saara", actor.CustomerSuccess, actor.SuccessManager)
	n.director, errs[2] = one("dora", actor.CustomerSuccess, actor.Director)
	return errors.Join(errs[:]...)
}

// customer is one that is live and has read the policy, with the agent inside
// and a pass for the product.
func (n *inn) customer(ctx context.Context, name string) (g guested, err error) {
	first := roster.NewPerson{Name: "Aino Kari", Email: name + "@customer.test"}
	g.org, err = roster.CreateOrganisation(ctx, n.store, n.keys, n.director, roster.Organisation{
		Name: name, Country: "FI", TimeZone: "Europe/Helsinki", Language: "en",
	}, "Quay", &first)
	if err != nil {
		return g, err
	}
	if err = product.Give(ctx, n.store, n.director, g.org, n.product.ID); err != nil {
		return g, err
	}
	var admin roster.Person
	err = n.store.View(ctx, g.org, func(tx *store.Tx) error {
		all, err := roster.All(tx)
		if err == nil {
			admin = all[0]
		}
		return err
	})
	if err != nil {
		return g, err
	}
	g.admin = boss(g.org)
	g.admin.Person, g.admin.Name, g.admin.Fresh = admin.Person, admin.Name, true
	err = n.store.Across().Do(ctx, func(tx *store.AcrossTx) error {
		return errors.Join(
			tx.Write(addLife, g.org, tx.Now(), account.Version()),
			tx.Write(addReading, g.org, admin.Person, account.Version(), tx.Now()),
		)
	})
	if err != nil {
		return g, err
	}
	link, err := n.gate.MakeLink(ctx, actor.Actor{Kind: actor.System, Name: "Bench", Door: actor.Command}, identity.LinkSpec{Org: g.org, Person: admin.Person, Valid: time.Hour})
	if err != nil {
		return g, err
	}
	in, err := n.gate.SignInWithLink(ctx, link[strings.LastIndexByte(link, '/')+1:], identity.Visit{})
	g.cookie = in.Cookie
	if err != nil {
		return g, err
	}
	return g, n.enter(ctx, &g)
}

// enter lets the agent in by a fresh leave, with a fresh pass.
func (n *inn) enter(ctx context.Context, g *guested) error {
	leave, err := n.grants.Ask(ctx, n.director, grant.Draft{
		Org: g.org, Staff: n.agent.Staff, Scope: grant.Configure, Reason: grant.Support, Words: "The freight list is empty since noon", Request: "R-1",
	})
	if err != nil {
		return err
	}
	f, err := n.grants.File(ctx, g.admin, leave.ID)
	if err == nil {
		_, err = n.grants.Consent(ctx, g.admin, leave.ID, lang.English, f.Wording(lang.English, f.Customer).Digest)
	}
	for _, by := range []actor.Actor{n.head, n.success} {
		if err == nil {
			leave, err = n.grants.Approve(ctx, by, leave.ID)
		}
	}
	if err != nil {
		return err
	}
	g.leave = leave.ID
	in, err := n.house.Enter(ctx, n.agent, visit.Entry{Cookie: n.cookie, Grant: leave.ID})
	if err != nil {
		return err
	}
	address, err := n.office.Open(ctx, n.agent, n.product.ID, in.Session.ID, pass.View)
	if err != nil {
		return err
	}
	g.pass, _, err = n.office.Exchange(ctx, n.token, address[strings.LastIndexByte(address, '=')+1:])
	return err
}
