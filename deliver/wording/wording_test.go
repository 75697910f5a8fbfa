package wording_test

import (
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"muster/deliver/email/reply"
	"muster/deliver/wording"
	"muster/lang"
	"muster/lang/gsm"
)

var update = flag.Bool("update", false, "write the golden files anew")

var purposes = []string{
	"alarm_raised", "alarm_again", "alarm_repeated", "alarm_widened", "alarm_acknowledged", "alarm_resolved", "alarm_open",
	"shift_reminder", "shift_overdue", "support_roster", "shift_checked_in", "shift_ended", "shift_unprotected", "shift_quiet", "battery_low", "battery_low_of",
	"contact_verify", "sign_in_code", "sign_in_link", "invitation", "test", "text_reply", "mail_reply",
	"rota_gap", "rota_cover", "rota_swap", "address_dead", "address_dead_of",
	"case_opened", "case_again", "case_waiting", "enrolment_waiting", "enrolment_late", "wire_lost", "wire_back", "wire_warned", "wire_off", "wire_gone",
	"staff_review", "staff_overdue", "staff_address", "staff_proof", "staff_proof_over",
	"grant_asked", "grant_pending", "grant_waiting", "grant_news", "grant_broken",
	"book_checkpoint",
	"notice_incident", "notice_maintenance", "notice_late",
	"contact_confirm", "contact_unconfirmed", "contact_stale",
	"policy_published", "account_phase", "presence_asked", "reset_link",
}

// facts are what a message in the language would really be about.
func facts(tag lang.Tag, purpose string) map[string]any {
	at := time.Date(2026, 11, 22, 12, 5, 9, 0, time.UTC)
	f := map[string]any{
		"Link": "https://muster.example.org" + link(purpose), "Org": "Northfield Care", "Zone": "Europe/London",
		"Board": "https://muster.example.org/board",
	}
	who, by, phone := "Margaret Atkinson", "Jonathan Whitfield", "+44 7700 900123"
	switch tag {
	case lang.Finnish:
		f["Org"], f["Zone"] = "Pohjolan Vartiointi Oy", "Europe/Helsinki"
		who, by, phone = "Aino Virtanen-Hämäläinen", "Väinö Mäkeläinen", "+358 40 1234567"
	case lang.French:
		f["Org"], f["Zone"] = "Services Lefèvre", "Europe/Paris"
		who, by, phone = "Hélène Beauséjour", "Frédéric Lefèvre", "+33 6 12 34 56 78"
	}
	topic, _, _ := strings.Cut(purpose, "_")
	switch {
	case topic == "enrolment":
		f["By"], f["Since"] = by, at
	case topic == "alarm", topic == "case":
		maps.Copy(f, map[string]any{
			"Who": who, "Phone": phone, "Workspace": "Depot 2", "Place": "60.16952, 24.93545",
			"Kind": "help", "At": at, "Since": at.Add(2 * time.Minute).Format(time.RFC3339Nano),
		})
	case topic == "staff":
		f["Staff"], f["Till"], f["Proof"] = who, at.AddDate(0, 0, 14), "background"
		if purpose == "staff_address" {
			f["By"], f["Address"] = by, "margaret.atkinson@northfield.example"
		}
	case topic == "rota":
		maps.Copy(f, map[string]any{"Rota": "Night duty", "From": at.Add(6 * time.Hour), "Till": at.Add(20 * time.Hour)})
	case topic == "wire":
		maps.Copy(f, map[string]any{"Wire": "Centre, arc.example.org:7000", "At": at})
		if purpose == "wire_warned" || purpose == "wire_off" {
			f["From"] = at.Add(-30 * time.Hour)
		}
		if purpose == "wire_warned" {
			f["Till"] = at.Add(90 * time.Hour)
		}
	case purpose == "address_dead":
		maps.Copy(f, map[string]any{"Who": who, "Address": "margaret.atkinson@northfield.example", "Why": "unknown", "At": at})
	case purpose == "address_dead_of":
		maps.Copy(f, map[string]any{"Who": who, "Address": "+44…123", "Why": "incapable", "At": at})
	case topic == "battery":
		f["Who"], f["Percent"] = who, "14"
	case topic == "shift", topic == "drill", topic == "canary":
		maps.Copy(f, map[string]any{"Who": who, "At": at})
	}
	if topic == "grant" {
		maps.Copy(f, map[string]any{
			"Staff": "Oliver Bennett", "By": by, "Reason": "support", "Note": "The board is empty since noon.", "Request": "R-2026-000123", "Lasts": 28800.0,
			"News": "approved", "Stage": "open", "Until": at.Add(8 * time.Hour),
		})
	}
	switch purpose {
	case "alarm_raised":
		f["Resolve"] = f["Link"]
	case "alarm_again":
		f["Resolve"], f["By"] = f["Link"], by
	case "alarm_acknowledged", "case_waiting":
		f["By"] = by
	case "alarm_resolved":
		f["By"], f["Outcome"], f["Note"] = by, "precautionary", "Phone battery was empty."
	case "shift_checked_in", "shift_ended", "invitation", "rota_swap":
		f["By"] = by
	case "contact_verify", "sign_in_code":
		f["Code"], f["Until"] = "482913", at.Add(10*time.Minute)
	case "rota_gap":
		f["More"] = "2"
	case "rota_cover":
		f["By"], f["Note"] = by, "Dentist"
	case "sign_in_link":
		f["Until"] = at.Add(10 * time.Minute)
	}
	if purpose == "sign_in_code" || purpose == "text_reply" {
		delete(f, "Link")
	}
	if purpose == "support_roster" {
		f["By"], f["Text"] = by, tag.Text("roster.helped", map[string]any{"Added": 3, "Changed": 1, "Left": 0})
	}
	if purpose == "presence_asked" {
		f["By"], f["Note"] = by, "Change the bank account"
	}
	if purpose == "book_checkpoint" {
		f["Words"] = "muster/0a1b2c3d4e5f6071/org_01a201766a0b73e284b8c3d4848be74b\n2048\nqQm0QkXUWxdS1rNYF1Q2VJb0GZzE8u2kMRT0aH1GxJw=\n\n— muster/0a1b2c3d4e5f6071/org_01a201766a0b73e284b8c3d4848be74b Zm9yIHRoZSBleWUgb25seQ==\n"
	}
	switch purpose {
	case "notice_incident":
		f["Text"] = tag.Text("phrase.incident.investigating.unreachable", map[string]any{"Parts": "Helsinki, Database"})
		f["Began"], f["Next"], f["Forward"] = at, at.Add(time.Hour), "Tampere, Turku"
		f["Words"] = "Two of three disks answer."
	case "notice_late":
		f["Text"], f["Next"] = "Helsinki, Database", at
	case "notice_maintenance":
		f["Text"] = tag.Text("phrase.maintenance.planned.short", map[string]any{"Parts": "Database"})
		f["From"], f["Till"] = at.AddDate(0, 0, 7), at.AddDate(0, 0, 7).Add(2*time.Hour)
	}
	switch purpose {
	case "contact_confirm":
		f["Till"] = at.AddDate(0, 0, 14)
	case "contact_unconfirmed":
		f["Who"], f["Contact"], f["Till"] = who, true, at.AddDate(0, 0, 5)
	case "contact_stale":
		f["Who"], f["Contact"] = who, true
	}
	if purpose == "account_phase" {
		f["Text"] = tag.Text("account.told.live", nil)
	}
	if purpose == "text_reply" {
		f["Text"] = tag.Text("texting.ok", map[string]any{"At": "14:05"})
	}
	if purpose == "mail_reply" {
		f["Text"] = tag.Text("mail_in.noted", nil)
	}
	return f
}

// link is as long as those that the purpose has in real use.
func link(purpose string) string {
	switch topic, _, _ := strings.Cut(purpose, "_"); {
	case topic == "shift":
		return "/worker"
	case topic == "case":
		return "/desk/cases/cas_01a201766a0b73e284b8c3d4848be74b"
	case purpose == "notice_late":
		return "/provider/notices/ntc_01a201766a0b73e284b8c3d4848be74b"
	case topic == "staff":
		return "/provider/staff/stf_01a201766a0b73e284b8c3d4848be74b"
	case topic == "enrolment":
		return "/desk/changes"
	case purpose == "contact_unconfirmed", purpose == "contact_stale":
		return "/contacts"
	case purpose == "address_dead":
		return "/channels"
	case purpose == "address_dead_of":
		return "/people/per_01a201766a0b73e284b8c3d4848be74b/edit"
	case purpose == "rota_cover", purpose == "rota_swap":
		return "/duty"
	case purpose == "rota_gap":
		return "/rotas/rta_01a201766a0b73e284b8c3d4848be74b"
	case topic == "grant":
		return "/let-in/grants/grt_01a201766a0b73e284b8c3d4848be74b"
	case topic == "presence":
		return "/let-in/presence"
	case topic == "policy", topic == "account":
		return "/let-in/policy"
	case topic == "canary":
		return "/healthz"
	case topic == "drill":
		return "/drills/run_01a201766a0b73e284b8c3d4848be74b"
	case purpose == "alarm_acknowledged", purpose == "alarm_resolved":
		return "/alarms/alm_01a201766a0b73e284b8c3d4848be74b"
	}
	return "/a/" + strings.Repeat("8f3kq0zTn4W2x", 3)
}

// each calls f for every purpose, kind and language, in earnest and, for one
// of them, as a drill.
func each(f func(name string, tag lang.Tag, purpose string, facts map[string]any)) {
	for _, tag := range lang.Supported() {
		for _, p := range purposes {
			if p != "alarm_raised" {
				f(p+"."+string(tag), tag, p, facts(tag, p))
				continue
			}
			for _, kind := range []string{"silence", "missed_check_in", "high_risk", "help", "duress"} {
				v := facts(tag, p)
				v["Kind"] = kind
				f(p+"."+kind+"."+string(tag), tag, p, v)
			}
			late := facts(tag, p)
			late["Kind"], late["Back"] = "missed_check_in", late["At"].(time.Time).Add(-5*time.Minute)
			f(p+".not_back."+string(tag), tag, p, late)
			v := facts(tag, p)
			v["Drill"] = true
			f(p+".drill."+string(tag), tag, p, v)
		}
	}
}

func TestMessagesReadAsTheyShould(t *testing.T) {
	each(func(name string, tag lang.Tag, purpose string, facts map[string]any) {
		for _, channel := range []string{"email", "sms", "whatsapp", "webpush"} {
			subject, text, html, err := wording.Render(tag, purpose, facts, channel)
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			golden(t, name+"."+channel+".txt", strings.TrimPrefix("Subject: "+subject+"\n\n"+text+"\n", "Subject: \n\n"))
			if channel == "email" {
				golden(t, name+".email.html", html)
			}
			for _, s := range []string{subject, text, html} {
				if strings.Contains(s, "message.") || strings.Contains(s, "–") || strings.Contains(s, "ZgotmplZ") {
					t.Errorf("%s %s: something is missing:\n%s", name, channel, s)
				}
			}
		}
	})
}

// A reader learns that an answer takes charge wherever it does, and nowhere
// else: who relied on it in vain would leave somebody alone.
func TestAMailSaysThatAnAnswerTakesChargeWhereOneDoes(t *testing.T) {
	each(func(name string, tag lang.Tag, purpose string, facts map[string]any) {
		says := tag.Text("message.reply.mail", nil)
		for _, read := range []bool{false, true} {
			facts["Replies"] = read
			_, text, html, err := wording.Render(tag, purpose, facts, "email")
			if err != nil {
				t.Fatal(err)
			}
			if want := read && wording.Asks(purpose); strings.Contains(text, says) != want || strings.Contains(html, says) != want {
				t.Errorf("%s: says %t, want %t:\n%s", name, !want, want, text)
			}
			if read && purpose == "alarm_repeated" {
				golden(t, name+".answered.email.txt", text+"\n")
				golden(t, name+".answered.email.html", html)
			}
		}
		if !strings.Contains(says, " OK") || !reply.TakesCharge(tag, "OK") {
			t.Errorf("%s: the word that is asked for does not take charge: %s", tag, says)
		}
	})
}

// TestOA5TheCallSaysWhoNeedsHelpAndAsksToSignIn holds what is said to whole
// sentences: no link, no clock with a colon, nothing that only an eye can read.
func TestOA5TheCallSaysWhoNeedsHelpAndAsksToSignIn(t *testing.T) {
	each(func(name string, tag lang.Tag, purpose string, facts map[string]any) {
		_, text, _, err := wording.Render(tag, purpose, facts, "voice")
		if purpose == "sign_in_link" || purpose == "reset_link" || purpose == "invitation" || purpose == "text_reply" || purpose == "mail_reply" {
			if err == nil {
				t.Errorf("%s: a link or a written answer is read aloud: %s", name, text)
			}
			return
		}
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		golden(t, name+".voice.txt", text+"\n")
		if strings.Contains(text, "http") || strings.Contains(text, "12:05") || strings.Contains(text, "–") || strings.Contains(text, "message.") {
			t.Errorf("%s: not fit to be said: %s", name, text)
		}
		if board := tag.Text("message.spoken.board", nil); wording.Asks(purpose) != strings.HasSuffix(text, board) {
			t.Errorf("%s: asks to sign in: %t: %s", name, !wording.Asks(purpose), text)
		}
		if wording.Asks(purpose) && !strings.Contains(text, facts["Who"].(string)) {
			t.Errorf("%s: who needs help is missing: %s", name, text)
		}
	})
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", "render", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Errorf("%v (go test ./deliver/wording -run Messages -update writes it)", err)
		return
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", name, diff)
	}
}

// TestOA4TextMessageSaysWhoWhenAndLinks also holds the price down: one part
// each, in every language, with names as long as they are here.
func TestOA4TextMessageSaysWhoWhenAndLinks(t *testing.T) {
	clock := map[lang.Tag]string{lang.English: "12:0", lang.Finnish: "klo 14.0", lang.French: "13 h 0"}
	each(func(name string, tag lang.Tag, purpose string, facts map[string]any) {
		if facts["Kind"] == "help" && purpose != "alarm_raised" {
			facts["Kind"] = "high_risk" // the longest
		}
		if purpose == "mail_reply" {
			return // goes by mail alone
		}
		_, text, _, err := wording.Render(tag, purpose, facts, "sms")
		if err != nil {
			t.Fatal(err)
		}
		if size := gsm.Measure(text); size.Parts != 1 || size.Unicode {
			t.Errorf("%s: %+v: %s", name, size, text)
		}
		if link, _ := facts["Link"].(string); !strings.Contains(text, link) {
			t.Errorf("%s: no link: %s", name, text)
		}
		if strings.HasPrefix(purpose, "alarm_") && (!strings.Contains(text, facts["Who"].(string)) ||
			!strings.Contains(text, clock[tag])) {
			t.Errorf("%s: who or when is missing: %s", name, text)
		}
	})
}

func TestADrillSaysSoOnEveryChannel(t *testing.T) {
	mark := map[lang.Tag]string{lang.English: "DRILL", lang.Finnish: "HARJOITUS", lang.French: "EXERCICE"}
	each(func(name string, tag lang.Tag, purpose string, facts map[string]any) {
		facts["Drill"] = true
		subject, text, html, err := wording.Render(tag, purpose, facts, "email")
		if err != nil {
			t.Fatal(err)
		}
		lead := tag.Text("message.drill.lead", nil)
		if !strings.Contains(subject, mark[tag]) || !strings.Contains(text, lead) || !strings.Contains(html, lead) {
			t.Errorf("%s: the mail does not say that it is a drill", name)
		}
		if _, text, _, _ = wording.Render(tag, purpose, facts, "sms"); !strings.HasPrefix(text, mark[tag]) {
			t.Errorf("%s: the text message does not say that it is a drill: %s", name, text)
		}
		if _, text, _, err = wording.Render(tag, purpose, facts, "voice"); err == nil && !strings.Contains(text, lead) {
			t.Errorf("%s: the call does not say that it is a drill: %s", name, text)
		}
	})
}

func BenchmarkRender(b *testing.B) {
	f := facts(lang.Finnish, "alarm_raised")
	for _, channel := range []string{"sms", "email"} {
		b.Run(fmt.Sprint(channel), func(b *testing.B) {
			for b.Loop() {
				if _, _, _, err := wording.Render(lang.Finnish, "alarm_raised", f, channel); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
