package web

import (
	"net/http"
	"time"

	"muster/call/partner"
	"muster/call/partner/connection"
	"muster/call/partner/enrol"
	"muster/fault"
	"muster/id"
	"muster/roster"
)

// partnersView is with whom the organisation works together.
type partnersView struct {
	Frame
	IsPartner bool // the organisation is itself a monitoring partner
	OrgID     string
	Rows      []linkRow
	Houses    []choice
	Other     string // what was typed
}

// linkRow is one connection.
type linkRow struct {
	ID, Name, State string
	Asks            bool // waits for our answer
	AskedAt         time.Time
	AgreedAt        time.Time
	EndedAt         time.Time
	Every           bool
	Phones, Wishes  string
	Customer        bool // we are the customer
	Changes         int64
}

const partnerPage = "/partners"

func (s *site) partners(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.partnersView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "partners", view)
}

func (s *site) partnersView(w http.ResponseWriter, r *http.Request, v *visit) (*partnersView, error) {
	all, err := connection.List(r.Context(), s.Store, v.who)
	if err != nil {
		return nil, err
	}
	f, err := s.framed(w, r, v, "web.partner.title", partnerPage)
	if err != nil {
		return nil, err
	}
	view := &partnersView{Frame: f, IsPartner: v.org.Kind == roster.Partner, OrgID: string(v.who.Org), Other: r.PostFormValue("organisation_id")}
	tied := map[id.Org]bool{}
	for _, c := range all {
		tied[c.Other] = tied[c.Other] || c.State != connection.Ended
		view.Rows = append(view.Rows, linkRow{
			ID: string(c.ID), Name: c.OtherName, State: string(c.State), Asks: c.Asks(), AskedAt: c.AskedAt, AgreedAt: c.AgreedAt, EndedAt: c.EndedAt,
			Every: c.Every, Phones: c.Phones, Wishes: c.Wishes, Customer: c.Side == connection.Customer, Changes: c.Changes,
		})
	}
	if view.IsPartner {
		return view, nil
	}
	houses, err := connection.Houses(r.Context(), s.Store, v.who)
	for _, h := range houses {
		if !tied[h.ID] {
			view.Houses = append(view.Houses, choice{Value: string(h.ID), Text: h.Name})
		}
	}
	return view, err
}

// afterPartner goes back to the list, or shows it again with what was wrong.
func (s *site) afterPartner(w http.ResponseWriter, r *http.Request, v *visit, cause error, done string) error {
	if cause == nil {
		s.say(w, said{Key: done})
		return see(w, r, partnerPage)
	}
	view, err := s.partnersView(w, r, v)
	if err != nil {
		return err
	}
	return s.again(w, r, "partners", view, cause)
}

func (s *site) proposePartner(w http.ResponseWriter, r *http.Request, v *visit) error {
	other, err := id.Parse[id.Org](r.PostFormValue("organisation_id"))
	if err != nil {
		err = fault.New(fault.Invalid, "not_a_partner").At("organisation_id")
	} else {
		_, err = connection.Propose(r.Context(), s.Store, v.who, other)
		if fault.KindOf(err) == fault.NotFound {
			err = fault.New(fault.Invalid, "not_a_partner").At("organisation_id")
		}
	}
	return s.afterPartner(w, r, v, err, "web.partner.asked")
}

func (s *site) agreePartner(w http.ResponseWriter, r *http.Request, v *visit) error {
	link, err := id.Parse[id.Link](r.PathValue("link"))
	if err != nil {
		return err
	}
	_, err = connection.Agree(r.Context(), s.Store, v.who, link, enrol.Begun)
	return s.afterPartner(w, r, v, err, "web.partner.agreed")
}

func (s *site) endPartner(w http.ResponseWriter, r *http.Request, v *visit) error {
	link, err := id.Parse[id.Link](r.PathValue("link"))
	if err != nil {
		return err
	}
	_, err = connection.End(r.Context(), s.Store, v.who, link, r.PostFormValue("reason"), partner.Ended)
	return s.afterPartner(w, r, v, err, "web.partner.ended")
}

func (s *site) settlePartner(w http.ResponseWriter, r *http.Request, v *visit) error {
	link, err := id.Parse[id.Link](r.PathValue("link"))
	if err != nil {
		return err
	}
	err = connection.Settle(r.Context(), s.Store, v.who, link, connection.Terms{
		Every: r.PostFormValue("every") == "yes", Phones: r.PostFormValue("phones"), Wishes: r.PostFormValue("wishes"),
	})
	return s.afterPartner(w, r, v, err, "web.person.saved")
}
