package whatsapp

import (
	"context"
	"errors"
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"muster/deliver"
	"muster/deliver/wording"
	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/mustertest"
	"muster/mustertest/cloud"
	"muster/seal"
	"muster/store"
)

const (
	home = "https://muster.example.org"
	aino = "+358401234567"
)

// world is the simulator, our channel to it, and what came up from there.
type world struct {
	*testing.T
	api     *cloud.API
	channel *Channel
	hook    string

	mu       sync.Mutex
	reports  []deliver.Report
	answers  []deliver.Answer
	texts    []Text
	trouble  error // of whoever takes what comes up
	answered deliver.Said
}

func enter(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := &world{T: t, api: cloud.New()}
	t.Cleanup(w.api.Close)
	keys, err := seal.Parse(seal.Generate(1))
	if err != nil {
		t.Fatal(err)
	}
	w.channel, err = New(w.api.Setting(), Deps{
		Store: s, Keys: keys, Home: home + "/",
		Reported: func(_ context.Context, r deliver.Report) error {
			return w.note(func() { w.reports = append(w.reports, r) })
		},
		Answered: func(_ context.Context, a deliver.Answer) (deliver.Said, error) {
			return w.answered, w.note(func() { w.answers = append(w.answers, a) })
		},
		Written: func(_ context.Context, x Text) error { return w.note(func() { w.texts = append(w.texts, x) }) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(w.channel.Close)
	front := httptest.NewServer(w.channel.Events())
	t.Cleanup(front.Close)
	w.hook = front.URL
	w.api.Hook(w.hook)
	for _, tag := range lang.Supported() {
		w.submit(tag)
	}
	return w
}

func (w *world) submit(tag lang.Tag) {
	w.Helper()
	for _, m := range wording.Templates(tag) {
		body, err := Submission(m, home)
		if err != nil {
			w.Fatal(err)
		}
		w.api.Submit(w, body)
	}
}

func (w *world) note(do func()) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.trouble != nil {
		return w.trouble
	}
	do()
	return nil
}

func (w *world) settled() {
	w.Helper()
	if errs := w.api.Settle(); errs != nil {
		w.Errorf("posts were not taken: %v", errs)
	}
}

func call(tag lang.Tag, kind string) deliver.Outgoing {
	facts := map[string]any{
		"Org": "Pohjolan Vartiointi", "Zone": "Europe/Helsinki", "Who": "Aino Virtanen", "Phone": "+358 40 1234567", "Kind": kind,
		"At": time.Date(2026, 11, 22, 12, 5, 0, 0, time.UTC), "Link": home + "/a/token", "Board": home + "/board",
	}
	t := wording.WhatsApp(tag, "alarm_raised", facts)
	return deliver.Outgoing{
		Org: "org_1", Message: id.New[id.Message](), Attempt: id.New[id.Attempt](), To: aino, Lang: tag,
		Text: t.Text, Template: t, Urgent: true, Valid: 30 * time.Minute,
	}
}

func (w *world) send(out deliver.Outgoing) (cloud.Message, deliver.Receipt) {
	w.Helper()
	n := len(w.api.Messages())
	receipt, err := w.channel.Send(w.Context(), out)
	if err != nil {
		w.Fatal(err)
	}
	return w.api.Messages()[n], receipt
}

func TestOA6WhatsAppTellsAMissedCheckInFromAHelpRequestAndLinksToTheBoard(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		says := map[lang.Tag][2]string{
			lang.English: {"called for help", "did not check in"}, lang.Finnish: {"pyysi apua", "ei ole ottanut yhteyttä"}, lang.French: {"a appelé à l’aide", "n’a pas pointé"},
		}
		for _, tag := range lang.Supported() {
			for i, kind := range []string{"help", "missed_check_in"} {
				out := call(tag, kind)
				m, receipt := w.send(out)
				if m.Template != "muster_alarm_raised_"+kind+"_1/"+string(tag) || !strings.Contains(m.Text, "Aino Virtanen "+says[tag][i]) {
					t.Errorf("%s %s: %s: %s", tag, kind, m.Template, m.Text)
				}
				if len(m.Buttons) != 3 || m.Buttons[2].URL != home+"/board" || m.Buttons[0].Title != out.Template.Take || m.Buttons[1].Title != out.Template.Close {
					t.Errorf("%s %s: buttons %+v", tag, kind, m.Buttons)
				}
				if receipt.State != deliver.HandedOver || receipt.ProviderID != m.ID || receipt.Detail != "accepted" || m.Opaque != string(out.Attempt) {
					t.Errorf("%s %s: receipt %+v, %+v", tag, kind, receipt, m)
				}
			}
		}
		w.settled()
		delivered := 0
		for _, r := range w.reports {
			if r.State == deliver.Delivered {
				delivered++
			}
		}
		if len(w.reports) != 12 || delivered != 6 {
			t.Errorf("reports %+v", w.reports)
		}
	})
}

func TestOA6ATapAnswersTheMessage(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		out := call(lang.Finnish, "help")
		m, _ := w.send(out)
		w.api.Tap(t, m, out.Template.Take)
		talk, _ := w.send(out) // the tap has begun a conversation
		w.api.Tap(t, talk, out.Template.Close)
		w.settled()
		if talk.Template != "" || !strings.Contains(talk.Text, home+"/board") || !strings.Contains(talk.Text, "Aino Virtanen pyysi apua") {
			t.Errorf("in the conversation: %+v", talk)
		}
		if len(w.answers) != 2 {
			t.Fatalf("answers %+v", w.answers)
		}
		for i, act := range []deliver.Act{deliver.Acknowledge, deliver.Resolve} {
			a := w.answers[i]
			if a.Act != act || a.Message != out.Message || a.From != aino || a.Channel != "whatsapp" || a.At.IsZero() {
				t.Errorf("answer %+v", a)
			}
		}
	})
}

func TestAForgedTapDoesNothing(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		out := call(lang.English, "help")
		m, _ := w.send(out)
		payload := m.Buttons[0].Payload
		for _, forged := range []string{
			"", "x", "acknowledge." + string(out.Message), strings.Replace(payload, "acknowledge", "resolve", 1), payload[:len(payload)-2] + "AA",
			strings.Replace(payload, string(out.Message), string(id.New[id.Message]()), 1), payload + "." + payload, strings.Repeat("a", 1000),
		} {
			if act, _, ok := w.channel.tapped(forged, aino); ok {
				t.Errorf("%q was taken as %s", forged, act)
			}
		}
		if _, _, ok := w.channel.tapped(payload, "+358409999999"); ok {
			t.Error("somebody else's button was taken")
		}
		if act, which, ok := w.channel.tapped(payload, aino); !ok || act != deliver.Acknowledge || which != out.Message {
			t.Errorf("the true one: %s %s %t", act, which, ok)
		}
	})
}

func TestTheConversationEndsAfterADay(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		w.api.Write(aino, "hello")
		if m, _ := w.send(call(lang.English, "help")); m.Template != "" {
			t.Errorf("in a conversation: %+v", m)
		}
		// Meta says that it is over although we think that it is not.
		w.api.Pass(25 * time.Hour)
		if m, _ := w.send(call(lang.English, "help")); m.Template == "" {
			t.Errorf("after it: %+v", m)
		}
		if k, err := w.channel.know(t.Context(), aino, call(lang.English, "help").Template); err != nil || k.talking {
			t.Errorf("what Meta said is not remembered: %+v, %v", k, err)
		}
		w.settled()
		if len(w.texts) != 1 || w.texts[0].Body != "hello" || w.texts[0].From != aino {
			t.Errorf("texts %+v", w.texts)
		}
	})
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for ago, want := range map[time.Duration]bool{0: true, 23 * time.Hour: true, 23*time.Hour + 50*time.Minute: false, 24 * time.Hour: false} {
		if talking(now.Add(-ago), now) != want {
			t.Errorf("%s after the last word: %t", ago, !want)
		}
	}
	if talking(time.Time{}, now) {
		t.Error("with somebody who never wrote")
	}
}

func TestATemplateThatIsNotToBeHadIsSentInEnglishOrNotAtAll(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		for _, state := range []string{"PAUSED", "DISABLED", "REJECTED"} {
			w := enter(t, s)
			out := call(lang.Finnish, "help")
			w.api.Judge(out.Template.Name, "fi", state)
			if m, _ := w.send(out); m.Template != out.Template.Name+"/en" {
				t.Errorf("%s in Finnish: %+v", state, m)
			}
			w.api.Judge(out.Template.Name, "en", state)
			if _, err := w.channel.Send(t.Context(), out); !refused(err) {
				t.Errorf("%s in both: %v", state, err)
			}
			w.api.Judge(out.Template.Name, "fi", "APPROVED")
			if m, _ := w.send(out); m.Template != out.Template.Name+"/fi" {
				t.Errorf("approved again: %+v", m)
			}
			w.api.Judge(out.Template.Name, "en", "APPROVED")
			w.settled()
		}
		// Nobody has told us; the answers do.
		w := enter(t, s)
		w.api.Forget()
		out := call(lang.French, "missed_check_in")
		for range 2 {
			if _, err := w.channel.Send(t.Context(), out); !refused(err) {
				t.Errorf("never submitted: %v", err)
			}
		}
		w.api.Write(aino, "hello")
		if m, _ := w.send(out); m.Template != "" {
			t.Errorf("a conversation needs no template: %+v", m)
		}
	})
}

func refused(err error) bool {
	return err != nil && strings.Contains(err.Error(), "refused by carrier")
}

func TestRefusalsAndFailuresAreToldApart(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		code := 0
		w.api.Fate = func(cloud.Message) cloud.Fate { return cloud.Fate{Code: code} }
		for _, c := range []struct {
			code  int
			final bool
		}{
			{131026, true},
			{131030, true},
			{131049, true},
			{131050, true},
			{100, true},
			{131009, true},
			{130472, true},
			{130429, false},
			{131048, false},
			{131056, false},
			{131000, false},
			{131016, false},
			{1, false},
			{2, false},
			{4, false},
			{80007, false},
			{133004, false},
			{190, false},
			{131031, false},
			{200, false},
			{131042, false},
			{999999, false},
		} {
			code = c.code
			out := call(lang.English, "help")
			_, err := w.channel.Send(t.Context(), out)
			if err == nil || refused(err) != c.final || !strings.Contains(err.Error(), fmt.Sprint(code)) {
				t.Errorf("%d: %v", code, err)
			}
			if strings.Contains(fmt.Sprint(err), "cloud-test-token") {
				t.Errorf("%d: the error has the token: %v", code, err)
			}
		}
		for _, to := range []string{"", "0401234567", "aino@example.org", "+358"} {
			out := call(lang.English, "help")
			out.To = to
			if _, err := w.channel.Send(t.Context(), out); !refused(err) {
				t.Errorf("to %q: %v", to, err)
			}
		}
	})
}

func TestReportsAreGivenOnHoweverTheyCome(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		w.api.Fate = func(cloud.Message) cloud.Fate {
			return cloud.Fate{States: []string{"delivered", "failed", "read", "sent", "sent", "deleted"}, ErrorCode: 131026}
		}
		m, _ := w.send(call(lang.English, "help"))
		w.settled()
		var states []string
		for _, r := range w.reports {
			if r.ProviderID != m.ID {
				t.Errorf("report %+v", r)
			}
			states = append(states, string(r.State)+r.Code)
		}
		if got := strings.Join(states, " "); got != "delivered failed131026 delivered handed_over handed_over" {
			t.Errorf("reports: %s", got)
		}
		w.trouble = fault.New(fault.NotFound, "not_found")
		w.api.Status(m, "read", 0)
		w.settled() // what nobody knows is not asked for again
		w.trouble = errors.New("disk is full")
		w.api.Status(m, "read", 0)
		if errs := w.api.Settle(); len(errs) != 1 || !strings.Contains(errs[0].Error(), "503") || strings.Contains(errs[0].Error(), "disk is full") {
			t.Errorf("posts: %v", errs)
		}
	})
}

func TestAWindowThatMetaClosedLateIsRemembered(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		w := enter(t, s)
		w.api.Write(aino, "hello")
		m, _ := w.send(call(lang.English, "help"))
		w.api.Status(m, "failed", 131047)
		if m, _ = w.send(call(lang.English, "help")); m.Template == "" {
			t.Errorf("after it: %+v", m)
		}
	})
}

func TestSettingIsCheckedWithoutBeingQuoted(t *testing.T) {
	good := "https://106540352242922:EAAsecret@graph.facebook.com/v23.0?secret=0123456789abcdef&verify=word-of-ours"
	c, err := parse(good)
	if err != nil || c.endpoint != "https://graph.facebook.com/v23.0/106540352242922/messages" || c.token != "EAAsecret" {
		t.Fatalf("%+v, %v", c, err)
	}
	for _, bad := range []string{
		"", "x", "https://", strings.Replace(good, "https", "ftp", 1), strings.Replace(good, "https", "http", 1), strings.Replace(good, "106540352242922", "x", 1),
		strings.Replace(good, ":EAAsecret", "", 1), strings.Replace(good, "secret=0123456789abcdef", "", 1), strings.Replace(good, "verify=word-of-ours", "verify=a", 1),
		good + "&more=x", good + "#x", strings.Replace(good, "&", ";", 1), "https://%zz",
	} {
		if _, err := parse(bad); err == nil || !strings.HasPrefix(err.Error(), Key+" ") || strings.Contains(err.Error(), "EAAsecret") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", bad, err)
		}
	}
}
