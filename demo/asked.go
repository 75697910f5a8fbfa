package demo

import (
	"context"
	"errors"
	"fmt"
	"time"

	"muster/actor"
	"muster/deliver/email/inbound"
	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/letin/setting"
	"muster/store"
)

// The requests that something is done about, by their subjects.
const (
	lateVisits  = "Evening visits are missing from the board"
	shortGrace  = "Shorter grace on night sit-ins"
	addPeople   = "Add our two new colleagues for us"
	trialData   = "Koeajon työntekijät pois"
	formerStaff = "Delete everybody who left before 2020"
	lostPhone   = "Puhelin ei lähetä sijaintia"
	training    = "Training for the new coordinators"
	firstSetup  = "Mise en place des rotations"
	oddAlarm    = "An alarm that nobody raised"
)

// Settings of Muster's own, of medium and of high importance.
const (
	ofOrganisation = setting.Muster + "/updateOrganisation"
	ofRoster       = setting.Muster + "/addPerson"
)

// requests are what customers ask of support, by each way: what counts, and
// what does not and why.
func (s *support) requests(ctx context.Context) error {
	coordinator := s.who(plans[english].monitors[0])
	program := actor.Actor{
		Kind: actor.Program, Org: s.w.Orgs[english].ID, Token: id.New[id.Token](), Name: "Payroll", Door: actor.API,
		Roles: []actor.Membership{{Role: actor.Administrator}},
	}
	for _, r := range []struct {
		who            actor.Actor
		kind           desk.Kind
		setting        string
		subject, words string
	}{
		{s.admin(english), desk.Look, "", lateVisits, "Since Friday the evening visits of the Hill district do not show on the board. The shifts are there when we search for the worker."},
		{s.admin(english), desk.Setting, ofOrganisation, shortGrace, "Please let grace end after one minute on night sit-ins. We cannot find where."},
		{s.admin(english), desk.Setting, ofRoster, addPeople, "Ffion Rees and Jonas Wirth begin on Monday. Please add them, we have nobody in the office this month."},
		{coordinator, desk.Setting, ofOrganisation, "A louder reminder", "Could the reminder come earlier for everybody?"},
		{program, desk.Other, "", "Sync failed for 2 of 18 people", "HTTP 409 for employee numbers 4411 and 4412."},
		{s.admin(english), desk.Other, "", oddAlarm, "On Thursday at 03:10 there was an alarm for a phone that lay in a drawer."},
		{s.admin(english), desk.RealData, "", formerStaff, "Please delete everybody who left before 2020, with their shifts."},
		{s.admin(english), desk.Other, "", training, "Three new coordinators begin in December. Could you show them the desk?"},
		{s.admin(finnish), desk.TestData, "", trialData, "Poistattehan lokakuun koeajossa lisätyt kuusi työntekijää vuoroineen."},
		{s.admin(finnish), desk.Look, "", lostPhone, "Yhden työntekijän puhelin ei ole lähettänyt sijaintia maanantain jälkeen."},
		{s.admin(french), desk.Look, "", firstSetup, "Pouvez-vous mettre en place les rotations de la vallée avec nous ?"},
		{s.admin(french), desk.Invoice, "", "Facture d’octobre", "Le numéro de commande manque sur la facture d’octobre."},
		{s.admin(french), desk.Offer, "", "Douze personnes de plus", "Quel serait le prix pour douze personnes de plus ?"},
	} {
		q, err := s.desk().Ask(ctx, r.who, desk.Wanted{Kind: r.kind, Setting: r.setting, Subject: r.subject, Words: r.words})
		if err != nil {
			return fmt.Errorf("%s: %w", r.subject, err)
		}
		s.asked[r.subject] = q
	}
	return errors.Join(s.heard(ctx), s.mailed(ctx), s.talked(ctx))
}

// heard is what an agent was asked by telephone and in a chat, which counts
// only once the customer has confirmed it.
func (s *support) heard(ctx context.Context) error {
	for _, n := range []desk.Noted{
		{Wanted: desk.Wanted{Kind: desk.Look, Subject: "The siren stays silent", Words: "The board in the office makes no sound when help is pressed."}, Channel: desk.Phone, Name: "Somebody from the office"},
		{Wanted: desk.Wanted{Kind: desk.Other, Subject: "Who gets the text messages?", Words: "Asked in the chat who is told at night."}, Channel: desk.Chat, Name: "gareth_p"},
	} {
		n.Org = s.w.Orgs[english].ID
		if _, err := s.desk().Note(ctx, s.who(agent), n); err != nil {
			return fmt.Errorf("%s: %w", n.Subject, err)
		}
	}
	return nil
}

// mailed is what came by mail: from an address on the roster, whose domain
// stands for it; in such a name, and not proved; from somebody unknown.
func (s *support) mailed(ctx context.Context) error {
	home := s.w.Orgs[english].ID
	for i, w := range []inbound.Wish{
		{From: mailbox(plans[english].administrator, plans[english].domain), Name: plans[english].administrator, Proved: true, Subject: "Nobody is on duty on Sunday", Words: "The rota of the Hill district has a hole on Sunday night. Is that us or you?"},
		{From: mailbox(plans[english].monitors[1], plans[english].domain), Name: plans[english].monitors[1], Subject: "Urgent: new password", Words: "I cannot get in. Send me a new password to this address at once."},
		{From: "eve@elsewhere.example", Name: "Eve", Proved: true, Subject: "Access", Words: "I have just taken over from the coordinator, please add me."},
	} {
		w.Org, w.ID = home, fmt.Sprintf("<demo-%d@%s>", i+1, plans[english].domain)
		w.Digest = fmt.Sprintf("%064x", i+1)
		if err := s.desk().Receive(ctx, w); err != nil {
			return fmt.Errorf("%s: %w", w.Subject, err)
		}
	}
	return nil
}

// talked carries some requests on: one in conversation, one at second line.
func (s *support) talked(ctx context.Context) error {
	err := s.answer(ctx, lateVisits, "access", plans[english].administrator)
	if err == nil {
		err = s.desk().Say(ctx, s.admin(english), s.asked[lateVisits].ID, "Yes, please look. It is the Hill district only.")
	}
	if err == nil {
		err = s.desk().Take(ctx, s.who(agent), s.asked[oddAlarm].ID)
	}
	if err == nil {
		err = s.desk().HandOver(ctx, s.who(agent), s.asked[oddAlarm].ID, actor.SecondLine, "No rule covers it: the phone itself must have called. Please look at the device's log.")
	}
	return err
}

// answer takes a request and writes what its template says.
func (s *support) answer(ctx context.Context, subject, template, to string) error {
	which := s.asked[subject].ID
	if err := s.desk().Take(ctx, s.who(agent), which); err != nil {
		return fmt.Errorf("%s: %w", subject, err)
	}
	var words string
	err := s.w.store.View(ctx, s.asked[subject].Org, func(tx *store.Tx) error {
		q, err := desk.Get(tx, which)
		words = q.Draft(q.Language(tx), template, agent, nil)
		return err
	})
	if err != nil {
		return err
	}
	return s.desk().Reply(ctx, s.who(agent), which, desk.Answer{Template: template, Words: words, Asks: desk.Answer{Template: template}.Needs()})
}

// deletions are one of test data, which waits for the head of department, and
// one of real data, which waits for the director: the mail with the link lies
// in the outbox.
func (s *support) deletions(ctx context.Context) error {
	err := s.answer(ctx, trialData, "test_data", plans[finnish].administrator)
	for _, step := range []struct {
		as    erase.Step
		given erase.Given
	}{
		{erase.Show, erase.Given{}},
		{erase.Decline, erase.Given{Words: "Poistoja on kuusi ja vuoroja satoja, sitä ei tehdä käsin."}},
		{erase.Write, erase.Given{Paper: erase.Paper{
			Who: "Marja-Leena Hyvönen, pääkäyttäjä", Why: "Koeajo on ohi, ja se sotkee raportit", What: "Kuusi työntekijää, nimessä “Koe”, vuoroineen lokakuulta 2026",
		}}},
	} {
		if err == nil {
			err = s.erase().Take(ctx, s.who(agent), s.asked[trialData].ID, step.as, step.given)
		}
	}
	if err == nil {
		err = s.erase().Name(ctx, s.admin(english), "director@"+plans[english].domain)
	}
	if err == nil {
		err = s.answer(ctx, formerStaff, "real_data", plans[english].administrator)
	}
	return err
}

// exception is what a customer insisted on against the rules; the head of
// department has allowed it, until a day.
func (s *support) exception(ctx context.Context) error {
	which := s.asked[addPeople].ID
	err := s.answer(ctx, addPeople, "high", plans[english].administrator)
	if err == nil {
		err = s.desk().Insist(ctx, s.admin(english), which, "We have nobody in the office until the 10th. Do it for us, we take the blame.")
	}
	if err == nil {
		err = s.insist().Ask(ctx, s.who(agent), which, ofRoster, "They have nobody who could join a remote session until the 10th.", []string{ofRoster})
	}
	if err != nil {
		return err
	}
	var one id.Exception
	err = s.w.store.View(ctx, s.w.Orgs[english].ID, func(tx *store.Tx) error {
		one, err = s.asking(tx, which)
		return err
	})
	if err != nil {
		return err
	}
	until := s.w.store.Now().AddDate(0, 0, 18).Truncate(24 * time.Hour)
	return s.insist().Decide(ctx, s.who(head), which, one, true, until, "For this customer, while their office is closed. Write down each time.")
}

// tongue is the language of an organisation.
func tongue(org int) lang.Tag { return lang.Tag(plans[org].language) }
