package desk_test

import (
	"bytes"
	"errors"
	"image"
	"image/png"
	"strings"
	"testing"

	"muster/actor"
	"muster/fault"
	"muster/id"
	"muster/ledger"
	"muster/letin/desk"
	"muster/letin/desk/picture"
	"muster/mustertest"
	"muster/roster"
	"muster/roster/forget"
	"muster/store"
)

// screen is a picture of a page.
func screen(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 400, 100))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// FL12: a picture of a customer's data goes to that customer with what explains
// it, by mail and on the page of the request, and nobody else opens it.
func TestFL12APictureGoesToThatCustomerAlone(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		ctx, olga := t.Context(), agent("Olga", actor.FirstLine)
		q := h.ask(h.mika.Actor, desk.Look)
		answer := desk.Answer{Template: "found", Words: "The board is empty since the watch ended at noon.", Pictures: [][]byte{screen(t), screen(t)}}
		if err := h.Reply(ctx, olga, q.ID, answer); code(err) != "request_not_taken" {
			t.Errorf("not taken: %v", err)
		}
		if err := errors.Join(h.Take(ctx, olga, q.ID), h.Reply(ctx, olga, q.ID, answer)); err != nil {
			t.Fatal(err)
		}
		sent := h.sent(olga, q.ID)
		if len(sent) != 2 || sent[0].Wide != 400 || sent[0].High <= 100 || sent[0].Kind != picture.PNG {
			t.Fatalf("%+v", sent)
		}
		for who, a := range map[string]actor.Actor{"the agent": olga, "who asked": h.mika.Actor, "an administrator": h.org.Admin.Actor} {
			i, err := h.Picture(ctx, a, q.ID, sent[0].ID)
			if err != nil || i.Digest() != sent[0].Digest {
				t.Errorf("%s: %v", who, err)
			}
			if n := len(h.sent(a, q.ID)); n != 2 {
				t.Errorf("%s sees %d", who, n)
			}
		}
		other := h.town.Organisation("Other")
		for who, c := range map[string]struct {
			actor actor.Actor
			code  string
		}{
			"another organisation's administrator": {other.Admin.Actor, "not_found"},
			"somebody else of theirs":              {h.org.Monitor("Noora").Actor, "request-own"},
			"another department":                   {agent("Piia", actor.SecondLine), "request-own-queue"},
			"development":                          {agent("Dev", actor.Development), "request-own-queue"},
			"an agent without standing":            {actor.Actor{Kind: actor.Staff, Staff: "stf_1", Name: "Eve", Support: actor.Support{Department: actor.FirstLine}}, "request-standing"},
		} {
			if i, err := h.Picture(ctx, c.actor, q.ID, sent[0].ID); fault.KindOf(err) != fault.Forbidden && fault.KindOf(err) != fault.NotFound || len(i.Data) > 0 {
				t.Errorf("%s: %d bytes, %v", who, len(i.Data), err)
			} else if c.code == "not_found" && code(err) != c.code {
				t.Errorf("%s: %v", who, err)
			}
		}
		// Whoever may read a request may not for that open another one's pictures.
		theirs := h.ask(other.Admin.Actor, desk.Look)
		if _, err := h.Picture(ctx, other.Admin.Actor, theirs.ID, sent[0].ID); code(err) != "not_found" {
			t.Errorf("by another request: %v", err)
		}
		h.mailed(q, sent)
		h.digested(q, sent)
	})
}

// sent are the pictures of a request that somebody sees.
func (h *house) sent(who actor.Actor, which id.Request) (all []picture.Kept) {
	h.Helper()
	_, said, err := h.Open(h.Context(), who, which)
	if err != nil {
		h.Fatal(err)
	}
	for _, l := range said {
		if l.Side != desk.Support && len(l.Pictures) > 0 {
			h.Errorf("with %q", l.Words)
		}
		all = append(all, l.Pictures...)
	}
	return all
}

// mailed sees to it that the one mail of the answer takes them along.
func (h *house) mailed(q desk.Request, sent []picture.Kept) {
	h.Helper()
	all := h.mails(h.org.ID, "request_reply")
	if len(all) != 1 {
		h.Fatalf("%d mails left", len(all))
	}
	files, err := h.Files(h.Context(), all[0])
	if err != nil || len(files) != len(sent) || all[0].Route[0].Address != h.mika.First("email") {
		h.Errorf("%d files to %v: %v", len(files), all[0].Route, err)
	}
	for _, name := range []string{q.Reference() + "-1.png", q.Reference() + "-2.png"} {
		if len(files[name]) == 0 {
			h.Errorf("no %s", name)
		}
	}
}

// digested sees to it that each stands in the customer's book with its digest,
// and lies sealed.
func (h *house) digested(q desk.Request, sent []picture.Kept) {
	h.Helper()
	err := h.Store.View(h.Context(), h.org.ID, func(tx *store.Tx) error {
		booked := map[any]string{}
		page, err := ledger.List(tx, ledger.Filter{Subject: string(q.ID)})
		for _, r := range page {
			if r.Kind == "request.picture" {
				booked[r.Facts["Digest"]] = r.Rule
			}
		}
		for _, k := range sent {
			if booked[k.Digest] != "request-picture" {
				h.Errorf("%s is not in the book: %v", k.Digest, booked)
			}
		}
		rows, err2 := store.All(tx, lyingPictures, store.Scalar[[]byte])
		for _, sealed := range rows {
			if len(sealed) == 0 || bytes.Contains(sealed, []byte("PNG")) || bytes.Contains(sealed, []byte("IHDR")) {
				h.Error("it lies open")
			}
		}
		return errors.Join(err, err2)
	})
	if err != nil {
		h.Error(err)
	}
}

var lyingPictures = store.Query("desk_test.pictures", `select sealed from request_picture where org = $1`)

// What does not fit is not sent, and neither is the answer; nothing is decoded
// for somebody who may send none.
func TestFL12AnAnswerWhosePicturesDoNotFitIsNotSent(t *testing.T) {
	h := open(t, mustertest.Store(t))
	ctx, olga := t.Context(), agent("Olga", actor.FirstLine)
	q := h.ask(h.mika.Actor, desk.Look)
	if err := h.Take(ctx, olga, q.ID); err != nil {
		t.Fatal(err)
	}
	for want, c := range map[string]struct {
		who      actor.Actor
		pictures [][]byte
	}{
		"picture_many":      {olga, [][]byte{screen(t), screen(t), screen(t), screen(t)}},
		"picture_kind":      {olga, [][]byte{[]byte("<svg/>")}},
		"request-own-queue": {agent("Piia", actor.SecondLine), [][]byte{[]byte("<svg/>")}},
		"request_not_taken": {agent("Oskar", actor.FirstLine), [][]byte{[]byte("<svg/>")}},
	} {
		err := h.Reply(ctx, c.who, q.ID, desk.Answer{Words: "This is what we saw.", Pictures: c.pictures})
		if got := code(err); got != want && !(want == "request-own-queue" && strings.HasPrefix(got, "request-")) {
			t.Errorf("%v, want %s", err, want)
		}
	}
	if n := len(h.mails(h.org.ID, "request_reply")); n != 0 || len(h.sent(olga, q.ID)) != 0 {
		t.Errorf("%d answers left", n)
	}
}

// Access N5: nobody can search what is to be seen on a picture, so those that
// were sent to somebody go when that person is erased.
func TestAccessN5WhoIsErasedTakesThePicturesSentToThemAlong(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		ctx, olga, admin := t.Context(), agent("Olga", actor.FirstLine), h.org.Admin.Actor
		answered := func(who actor.Actor) id.Request {
			q := h.ask(who, desk.Look)
			answer := desk.Answer{Words: "This is what we saw.", Pictures: [][]byte{screen(t)}}
			if err := errors.Join(h.Take(ctx, olga, q.ID), h.Reply(ctx, olga, q.ID, answer)); err != nil {
				t.Fatal(err)
			}
			return q.ID
		}
		theirs, others := answered(h.mika.Actor), answered(admin)
		sent := h.sent(olga, theirs)[0]
		leave := func(tx *store.Tx) error { return roster.RemovePerson(tx, admin, h.mika.Person.Person) }
		if err := errors.Join(s.Do(ctx, h.org.ID, leave),
			forget.Forget(ctx, s, admin, h.mika.Person.Person, forget.Asked, h.mika.Name)); err != nil {
			t.Fatal(err)
		}
		if left := h.sent(olga, theirs)[0]; left.Erased.IsZero() || left.Digest != sent.Digest {
			t.Errorf("%+v", left)
		}
		if i, err := h.Picture(ctx, admin, theirs, sent.ID); code(err) != "not_found" {
			t.Errorf("%d bytes, %v", len(i.Data), err)
		}
		if kept := h.sent(olga, others)[0]; !kept.Erased.IsZero() {
			t.Error("a picture that was sent to somebody else is gone")
		}
	})
}
