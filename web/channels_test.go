package web

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/mustertest/world"
	"muster/roster"
	"muster/roster/contact"
	"muster/store"
)

// points are a person's addresses as they stand now.
func (h *house) points(person roster.Person, org roster.Organisation) (points []roster.Point) {
	h.t.Helper()
	err := h.Store.View(h.t.Context(), org.ID, func(tx *store.Tx) error {
		p, err := roster.Find(tx, person.Person)
		points = p.Points
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return points
}

func TestOA1EverybodyArrangesTheirOwnChannels(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	home := roster.Organisation{ID: org.ID}
	order := func() (all []string) {
		for _, p := range h.points(mikko.Person, home) {
			line := p.Address
			if !p.Alarms {
				line += " silent"
			}
			all = append(all, line)
		}
		return all
	}
	mail, number := mikko.Points[0].Address, mikko.Points[1].Address
	first, second := string(mikko.Points[0].ID), string(mikko.Points[1].ID)
	self, admin := h.as(org, mikko), h.as(org, org.Admin)
	edit := "/people/" + string(mikko.Person.Person)

	self.get("/channels", http.StatusOK).sees(t, mail, "alarms go here", "Send me a test message")
	self.post("/channels", url.Values{"channel": {"email"}, "address": {"mikko(at)home"}}, http.StatusUnprocessableEntity).sees(t, `href="#f-address"`, `value="mikko(at)home"`)
	self.post("/channels", url.Values{"channel": {"email"}, "address": {"mikko@home.test"}}, http.StatusOK).sees(t, "mikko@home.test has been added")
	third := string(h.points(mikko.Person, home)[2].ID)
	for _, step := range []struct {
		by   *browser
		path string
		form url.Values
		want []string
	}{
		{self, "/channels/" + third + "/first", nil, []string{"mikko@home.test silent", mail, number}},
		{self, "/channels/" + third + "/later", nil, []string{mail, "mikko@home.test silent", number}},
		{admin, edit + "/contacts/" + second + "/earlier", nil, []string{mail, number, "mikko@home.test silent"}},
		{admin, edit + "/contacts/" + third + "/alarms", url.Values{"alarms": {"yes"}}, []string{mail, number, "mikko@home.test"}},
		{self, "/channels/" + first + "/alarms", nil, []string{mail + " silent", number, "mikko@home.test"}},
		{admin, edit + "/contacts/" + third + "/remove", nil, []string{mail + " silent", number}},
	} {
		step.by.post(step.path, step.form, http.StatusOK)
		if got := order(); !slices.Equal(got, step.want) {
			t.Errorf("after %s: %q, want %q", step.path, got, step.want)
		}
	}
	self.post("/channels/"+second+"/alarms", nil, http.StatusOK).sees(t, "they go to all of them")
	self.post("/channels/"+first+"/remove", nil, http.StatusUnprocessableEntity, "Accept", "text/html").sees(t, "This address is needed")
	self.post("/channels/"+first+"/paint", nil, http.StatusNotFound)
	stranger := h.as(org, org.Worker("Aino"))
	stranger.get("/channels", http.StatusOK)
	stranger.post("/channels/"+first+"/first", nil, http.StatusNotFound)
	stranger.post(edit+"/contacts/"+first+"/later", nil, http.StatusForbidden)
}

func TestBS6CodeConfirmsAnAddressOnItsPage(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	self := h.as(org, mikko)
	point := mikko.Points[1]
	path := "/channels/" + string(point.ID)
	self.post(path+"/verify", nil, http.StatusOK).sees(t, "A confirmation is on its way", `name="code"`)
	h.SMS.Patience = 10 * time.Second // the engine sends in real time
	text := h.SMS.Phone(t, point.Address).Expect("/a/").Text
	code := regexp.MustCompile(`\b\d{6}\b`).FindString(text)
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	self.post(path+"/confirm", url.Values{"code": {wrong}}, http.StatusUnprocessableEntity).sees(t, `href="#f-code"`, `aria-invalid="true"`)
	self.post(path+"/confirm", url.Values{"code": {code}}, http.StatusOK).sees(t, "is confirmed")
	if !h.points(mikko.Person, roster.Organisation{ID: org.ID})[1].Verified() {
		t.Error("the address is not confirmed")
	}
	self.post(path+"/confirm", url.Values{"code": {code}}, http.StatusUnprocessableEntity) // used up
}

func TestBS6TestMessageTellsThatItWasSeen(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	self := h.as(org, mikko)
	point := mikko.Points[0]
	path := "/channels/" + string(point.ID)
	self.post(path+"/test", nil, http.StatusOK).sees(t, "A test message is on its way to "+point.Address)
	self.post(path+"/test", nil, http.StatusUnprocessableEntity).sees(t, "Too many attempts") // one a minute
	link := h.alarmLink(point.Address)
	state := func() (s deliver.State) {
		t.Helper()
		err := h.Store.View(t.Context(), org.ID, func(tx *store.Tx) error {
			m, err := contact.LastTest(tx, point.ID)
			s = m.State
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	machine := h.browser()
	machine.get(link, http.StatusOK).sees(t, "this was a test")
	machine.post(link, nil, http.StatusUnprocessableEntity)
	if state() == deliver.Answered {
		t.Fatal("a machine that follows links and sends forms has seen the test")
	}
	phone := h.browser()
	phone.post(link, right(t, phone.get(link, http.StatusOK)), http.StatusOK).sees(t, "Thank you", point.Address)
	if s := state(); s != deliver.Answered {
		t.Errorf("the message is %s after it was seen", s)
	}
	self.get("/channels?region=list", http.StatusOK).sees(t, "Test seen:")
}

func TestSettingsHoldEveryLength(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	admin := h.as(org, org.Admin)
	form := url.Values{
		"name": {"Harbour Works"}, "time_zone": {"Europe/Helsinki"}, "language": {"en"},
		"interval": {"45"}, "grace": {"5"}, "remind": {"2,5"}, "repeat": {"3"}, "reopen": {"20"},
	}
	admin.post("/settings", form, http.StatusOK).sees(t, `value="45"`, `value="2.5"`, `value="20"`)
	var got roster.Organisation
	err := h.Store.View(t.Context(), org.ID, func(tx *store.Tx) (err error) {
		got, err = roster.Get(tx)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if got.CheckIn != 45*time.Minute || got.Grace != 5*time.Minute || got.Remind != 150*time.Second || got.Repeat != 3*time.Minute || got.Reopen != 20*time.Minute {
		t.Errorf("%+v", got)
	}
	for field, value := range map[string]string{"repeat": "0", "reopen": "never", "remind": "-1", "interval": "100000"} {
		form[field] = []string{value}
		page := admin.post("/settings", form, http.StatusUnprocessableEntity).sees(t, `href="#f-`+field+`"`, `value="`+value+`"`)
		if strings.Contains(page.body, "86400") {
			t.Errorf("%s is asked for in minutes and bounded in seconds", field)
		}
		form[field] = []string{"5"}
	}
}

func TestFeedTellsHowMessagesFare(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	org.Monitor("Mikko")
	admin := h.as(org, org.Admin)
	next := admin.listen()
	next("event: beat")
	worker := h.as(org, org.Worker("Aino"))
	worker.startShift(org.Workspace)
	worker.post("/me/help", nil, http.StatusOK)
	href := regexp.MustCompile(`/alarms/(alm_[0-9a-f]+)`).FindStringSubmatch(admin.get("/board", http.StatusOK).body)
	// The outbox page and the alarm's timeline are renewed by the same commit.
	next("data: outbox " + href[1])
	admin.get("/outbox", http.StatusOK).sees(t, `data-topics="outbox"`)
	admin.get(href[0]+"?region=timeline", http.StatusOK).sees(t, `data-topics="`+href[1], "handed over")
}

// OA4: whoever is to be reached over a channel can try it, on each that the
// installation has, and sees how it fared.
func TestOA4EverybodyTriesEveryChannelThemselves(t *testing.T) {
	h := openHouse(t)
	voice, chat := world.NewCarrier(roster.Voice), world.NewCarrier(roster.WhatsApp)
	h.Stop()
	h.More = append(h.More, voice, chat)
	h.Start()
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	self := h.as(org, mikko)
	for _, c := range []struct {
		carrier *world.Carrier
		address string
	}{{h.Mail, "mikko@home.test"}, {h.SMS, "+358401119991"}, {voice, "+358401119992"}, {chat, "+358401119993"}} {
		self.post("/channels", url.Values{"channel": {c.carrier.Name()}, "address": {c.address}}, http.StatusOK)
		points := h.points(mikko.Person, roster.Organisation{ID: org.ID})
		path := "/channels/" + string(points[len(points)-1].ID)
		self.post(path+"/test", nil, http.StatusOK).sees(t, "A test message is on its way")
		c.carrier.Patience = 10 * time.Second // the engine sends in real time
		if said := c.carrier.Phone(t, c.address).Expect("").Text; !strings.Contains(strings.ToLower(said), "this is a test") && !strings.HasPrefix(said, "TEST: ") {
			t.Errorf("over %s they get %q", c.carrier.Name(), said)
		}
		report := deliver.Report{ProviderID: fmt.Sprintf("%s-%06d", c.carrier.Name(), len(c.carrier.Sent())), State: deliver.Delivered}
		if err := (deliver.Aftermath{}).Apply(t.Context(), h.Store, c.carrier.Name(), report); err != nil {
			t.Error(err)
		}
		err := h.Store.View(t.Context(), org.ID, func(tx *store.Tx) error {
			m, err := contact.LastTest(tx, points[len(points)-1].ID)
			if m.State != deliver.Delivered {
				t.Errorf("the test over %s is %s", c.carrier.Name(), m.State)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
		self.get("/channels", http.StatusOK).sees(t, "Test delivered, not confirmed:")
	}
}

// Whoever signs in with a code that was mailed has confirmed that address by it.
func TestOA1SigningInByACodeConfirmsTheAddress(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	mikko := org.Monitor("Mikko")
	running, stop := context.WithCancel(t.Context())
	var ended sync.WaitGroup
	ended.Go(func() { h.gate.Run(running) })
	t.Cleanup(ended.Wait)
	t.Cleanup(stop)
	address := mikko.Points[0].Address
	b := h.browser()
	b.post("/sign-in", url.Values{"email": {address}}, http.StatusOK)
	h.Mail.Patience = 10 * time.Second // the engine sends in real time
	code := regexp.MustCompile(`\b\d{6}\b`).FindString(h.Mail.Phone(t, address).Expect("").Text)
	b.post("/sign-in/code", url.Values{"code": {code}, "email": {"somebody@else.test"}}, http.StatusOK)
	if points := h.points(mikko.Person, roster.Organisation{ID: org.ID}); !points[0].Verified() || points[1].Verified() {
		t.Errorf("after signing in by mail: %+v", points)
	}
}
