package api

import (
	"context"
	"io"
	"net/http"
	"strconv"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/ledger"
	"muster/policy"
	"muster/store"
)

func number(n int64) string { return strconv.FormatInt(n, 10) }

// entryView is one thing that happened, as the book has it.
type entryView struct {
	Seq      int64             `json:"seq" doc:"Its place in the book; the first is 0"`
	At       Instant           `json:"at"`
	Kind     string            `json:"kind" example:"alarm.acknowledged"`
	Text     string            `json:"text" doc:"One sentence, in the reader's language"`
	Subject  string            `json:"subject" doc:"Identifier of the thing acted on"`
	About    string            `json:"about,omitempty" doc:"Whom it concerns"`
	Actor    entryActorView    `json:"actor"`
	Rule     string            `json:"rule,omitempty" doc:"The policy rule that allowed it"`
	Facts    map[string]any    `json:"facts,omitempty" doc:"What is not personal"`
	Personal map[string]string `json:"personal,omitempty" doc:"What is; without what was erased"`
	Erased   bool              `json:"erased,omitempty" doc:"Something personal was erased; proofs hold all the same"`
}

// entryActorView is who acted.
type entryActorView struct {
	Kind string `json:"kind" example:"person"`
	ID   string `json:"id"`
	Name string `json:"name,omitempty"`
	IP   string `json:"ip,omitempty"`
	Door string `json:"door,omitempty"`
	Via  string `json:"via,omitempty" doc:"Token or session that was used"`
}

func viewEntry(tag lang.Tag, r ledger.Record) entryView {
	return entryView{
		Seq: r.Seq, At: at(r.At), Kind: r.Kind, Text: tag.Text("book."+r.Kind, r.Args()), Subject: r.Subject, About: string(r.About),
		Actor: entryActorView{
			Kind: string(r.Actor.Kind), ID: r.Actor.ID, Name: r.Actor.Name, IP: r.Actor.IP, Door: string(r.Actor.Door), Via: r.Actor.Via,
		},
		Rule: r.Rule, Facts: r.Facts, Personal: r.Personal, Erased: r.Erased,
	}
}

type activityFilter struct {
	Org
	Page
	Subject string `query:"subject" maxLength:"100" doc:"Only of this thing"`
	About   string `query:"about" maxLength:"40" doc:"Only about this person"`
	Kind    string `query:"kind" maxLength:"100" doc:"Only of this kind"`
}

// checkpointView is the book as it stands, signed.
type checkpointView struct {
	Checkpoint string `json:"checkpoint" doc:"A signed note (C2SP tlog-checkpoint)"`
	Key        string `json:"key" doc:"Verifies it; worth learning by another way than this one"`
}

// proofView shows that the book has an entry.
type proofView struct {
	Leaf  string `json:"leaf" doc:"The entry's bytes as they are hashed"`
	Proof string `json:"proof" doc:"In the form of C2SP tlog-proof, with a fresh checkpoint"`
	Key   string `json:"key"`
}

func (d *desk) book() {
	serve(d, get("/organisations/{id}/activity", "book-activity", "Everything that happened, newest first"), d.activity)
	serve(d, post("/organisations/{id}/activity/checkpoint", "book-checkpoint", "Sign the book as it stands"),
		func(ctx context.Context, who actor.Actor, _ *Org) (checkpointView, error) {
			if _, err := readBook(who, "readBook"); err != nil {
				return checkpointView{}, err
			}
			signed, err := d.Book.Checkpoint(ctx, who.Org)
			return checkpointView{signed, d.Book.Key(who.Org)}, err
		})
	serve(d, post("/organisations/{id}/activity/{seq}/proof", "book-proof", "Prove that the book has an entry"), func(ctx context.Context, who actor.Actor, in *struct {
		Org
		Seq int64 `path:"seq" minimum:"0"`
	},
	) (proofView, error) {
		if _, err := readBook(who, "readBook"); err != nil {
			return proofView{}, err
		}
		leaf, proof, err := d.Book.Prove(ctx, who.Org, in.Seq)
		return proofView{leaf, proof, d.Book.Key(who.Org)}, err
	})
	stream(d, post("/organisations/{id}/activity/export", "book-export", "The whole book, line by line, to be verified by muster verify"),
		"application/x-ndjson", func(ctx context.Context, who actor.Actor, _ *Org) (func(http.ResponseWriter) error, error) {
			rule, err := readBook(who, "exportBook")
			return func(w http.ResponseWriter) error {
				w.Header().Set("Content-Disposition", `attachment; filename="book.ndjson"`)
				return d.Book.Export(ctx, who, who.Org, rule, io.Writer(w))
			}, err
		})
}

func readBook(who actor.Actor, action string) (rule string, err error) {
	return policy.Check(who, action, policy.Resource{Type: "Book", ID: string(who.Org), Org: who.Org})
}

func (d *desk) activity(ctx context.Context, who actor.Actor, in *activityFilter) (List[entryView], error) {
	before, err := in.number("book")
	if err != nil {
		return List[entryView]{}, err
	}
	if _, err := readBook(who, "readBook"); err != nil {
		return List[entryView]{}, err
	}
	var all []ledger.Record
	if before > 0 || in.Cursor == "" {
		err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
			all, err = ledger.List(tx, ledger.Filter{
				Subject: in.Subject, About: id.Person(in.About), Kind: in.Kind, Before: before, Limit: in.Limit,
			})
			return err
		})
	}
	if err != nil {
		return List[entryView]{}, err
	}
	list := List[entryView]{Items: make([]entryView, 0, len(all))}
	if len(all) == in.Limit && all[len(all)-1].Seq > 0 {
		list.Next = recordOf(all[len(all)-1])
	}
	screen, tag := d.screen(who), callOf(ctx).tag
	for _, r := range all {
		hides, err := screen.hides(ctx, r.Subject)
		if err != nil {
			return List[entryView]{}, err
		}
		if !hides {
			list.Items = append(list.Items, viewEntry(tag, r))
		}
	}
	return list, nil
}

// messageView is one thing said to one recipient, and its fate.
type messageView struct {
	ID        string        `json:"id" example:"msg_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Purpose   string        `json:"purpose" example:"alarm_raised"`
	Lane      string        `json:"lane" enum:"sos,duty,notice,bulk"`
	State     string        `json:"state" enum:"queued,handed_over,relayed,delivered,answered,failed,expired,cancelled" doc:"Only what is known"`
	Person    string        `json:"person_id,omitempty"`
	Language  string        `json:"language"`
	About     string        `json:"about" doc:"Identifier of what it is about"`
	Route     []stopView    `json:"route" nullable:"false" doc:"Addresses in the order in which they are tried"`
	Stop      int           `json:"stop" doc:"Where on the route it is"`
	MadeAt    Instant       `json:"made_at"`
	ExpiresAt Instant       `json:"expires_at"`
	Attempts  []attemptView `json:"attempts,omitempty"`
}

// stopView is one address on a message's route.
type stopView struct {
	Channel string `json:"channel" example:"email"`
	Address string `json:"address" example:"mikko@example.org"`
}

// attemptView is one try over one channel.
type attemptView struct {
	ID        string  `json:"id"`
	Number    int     `json:"number"`
	Channel   string  `json:"channel"`
	Address   string  `json:"address"`
	State     string  `json:"state"`
	Provider  string  `json:"provider_id,omitempty" doc:"The carrier's own identifier"`
	Detail    string  `json:"detail,omitempty" doc:"The carrier's words"`
	Code      string  `json:"code,omitempty"`
	At        Instant `json:"at"`
	UpdatedAt Instant `json:"updated_at"`
}

func viewMessage(m deliver.Message) messageView {
	v := messageView{
		ID: string(m.ID), Purpose: m.Purpose, Lane: string(m.Lane), State: string(m.State), Person: string(m.Person),
		Language: string(m.Lang), About: m.About, Route: make([]stopView, 0, len(m.Route)), Stop: m.Stop, MadeAt: at(m.Made), ExpiresAt: at(m.Expires),
	}
	for _, s := range m.Route {
		v.Route = append(v.Route, stopView(s))
	}
	return v
}

func viewAttempt(a deliver.Attempt) attemptView {
	return attemptView{
		ID: string(a.ID), Number: a.N, Channel: a.Channel, Address: a.Address, State: string(a.State),
		Provider: a.ProviderID, Detail: a.Detail, Code: a.Code, At: at(a.At), UpdatedAt: at(a.Updated),
	}
}

func (d *desk) messages() {
	serve(d, get("/organisations/{id}/messages", "message-list", "The latest messages, newest first, or those about one thing, oldest first"), d.listMessages)
	serve(d, get("/messages/{id}", "message-get", "A message and every try to deliver it"), d.message)
}

func (d *desk) listMessages(ctx context.Context, who actor.Actor, in *struct {
	Org
	About string `query:"about" maxLength:"100" doc:"Identifier of an alarm, a shift …"`
	Limit int    `query:"limit" minimum:"1" maximum:"500" default:"50"`
},
) (List[messageView], error) {
	if _, err := readBook(who, "readBook"); err != nil {
		return List[messageView]{}, err
	}
	var all []deliver.Message
	err := d.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		if in.About != "" {
			all, err = deliver.About(tx, in.About, in.Limit)
		} else {
			all, err = deliver.Latest(tx, in.Limit)
		}
		return err
	})
	list := List[messageView]{Items: make([]messageView, 0, len(all))}
	screen := d.screen(who)
	for _, m := range all {
		hides, err := screen.hides(ctx, m.About)
		if err != nil {
			return List[messageView]{}, err
		}
		if !hides {
			list.Items = append(list.Items, viewMessage(m))
		}
	}
	return list, err
}

func (d *desk) message(ctx context.Context, who actor.Actor, in *Thing) (v messageView, err error) {
	which, err := id.Parse[id.Message](in.ID)
	if err != nil {
		return v, err
	}
	if _, err := readBook(who, "readBook"); err != nil {
		return v, err
	}
	const most = 1000
	err = d.Store.View(ctx, who.Org, func(tx *store.Tx) error {
		m, err := deliver.Get(tx, which)
		if err != nil {
			return err
		}
		v = viewMessage(m)
		tries, err := deliver.AttemptsAbout(tx, m.About, most)
		for _, t := range tries {
			if t.Message == m.ID {
				v.Attempts = append(v.Attempts, viewAttempt(t))
			}
		}
		return err
	})
	if err != nil {
		return messageView{}, err
	}
	hides, err := d.screen(who).hides(ctx, v.About)
	if err == nil && hides {
		err = fault.New(fault.NotFound, "not_found")
	}
	if err != nil {
		return messageView{}, err
	}
	return v, nil
}
