package e2e

import (
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"muster/actor"
	"muster/identity"
	"muster/ledger"
	"muster/letin/grant"
	"muster/letin/pass"
	"muster/letin/visit"
	"muster/mustertest"
	"muster/mustertest/town"
	"muster/web"
)

// building is a customer and its provider behind real pages.
type building struct {
	*town.Town
	t     *testing.T
	gate  *identity.Gate
	url   string
	org   *town.Organisation
	agent town.Colleague
	other *pass.Office
}

func raise(t *testing.T) *building {
	t.Helper()
	s := mustertest.Store(t)
	b := &building{Town: town.New(t, s), t: t}
	server := httptest.NewUnstartedServer(nil)
	b.url = "http://" + server.Listener.Addr().String()
	b.gate = identity.New(s, identity.Config{URL: b.url, Keys: b.Keys, Staff: visit.Vouch})
	t.Cleanup(b.gate.Close)
	book, err := ledger.Open(t.Context(), s, b.Keys)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	b.other = pass.New(pass.Config{Store: s, Keys: b.Keys, Gate: b.gate, URL: b.url, Log: log})
	t.Cleanup(b.other.Close)
	server.Config.Handler, err = web.New(web.Deps{
		Store: s, Keys: b.Keys, Gate: b.gate, Book: book, Log: log, URL: b.url, Grants: grant.Office{Store: s, Book: book, Log: log}, Passes: b.other,
	})
	if err != nil {
		t.Fatal(err)
	}
	server.Start()
	t.Cleanup(server.Close)
	b.org, b.agent = b.Organisation("Harbour Works").Live(), b.Staff("Oliver Bennett", actor.FirstLine)
	return b
}

// comes signs somebody in by a link.
func (b *building) comes(p page, spec identity.LinkSpec) {
	b.t.Helper()
	link, err := b.gate.MakeLink(b.t.Context(), actor.Actor{Kind: actor.System, Door: actor.Command}, spec)
	if err != nil {
		b.t.Fatal(err)
	}
	p.visit(link)
	p.click("form button.btn-primary")
	p.gone("form[action*='/sign-in/link/']")
}

// Issue line 4 in two browsers: the customer consents, support comes in and sees
// nothing but that it is a guest, tries to change something, is watched meanwhile
// and thrown out; and the customer's own browser proves what the book says.
func TestWK4SupportIsLetInWatchedAndThrownOut(t *testing.T) {
	b := raise(t)
	g := b.org.Asked(b.agent, grant.View)
	d := startDriver(t)
	admin, agent := d.open("administrator", "desk"), d.open("agent", "desk")
	b.comes(admin, identity.LinkSpec{Org: b.org.ID, Person: b.org.Admin.Person.Person})
	b.comes(agent, identity.LinkSpec{Staff: b.agent.ID, Many: true})

	admin.visit(b.url + "/let-in")
	admin.see("text=Oliver Bennett asks to be let in")
	admin.click("a:has-text('Decide')")
	admin.click("form[action$='/consent'] button")
	agent.visit(b.url + "/provider/grants/" + string(g.ID))
	agent.click("form[action$='/enter'] button")
	agent.see("aside.visit :text('You are inside Harbour Works')")
	agent.see("aside.visit :text('Oliver Bennett')")

	admin.visit(b.url + "/let-in")
	admin.see(".inside-list :text('Oliver Bennett')")
	agent.visit(b.url + "/settings")
	began := time.Now()
	admin.see(".inside-list .looks-at:has-text('Settings')")
	if took := time.Since(began); took > 2*time.Second {
		t.Errorf("access N9: the customer saw the page after %v", took)
	} else {
		t.Logf("the customer saw the page after %v", took)
	}
	agent.fill("input[name=name]", "Taken over")
	agent.click("form[action='/settings'] button.btn-primary")
	agent.see("text=Support that was let in looks, and changes nothing")
	agent.see("aside.visit")

	agent.visit(b.url + "/roster")
	agent.see("h1:text('Roster')")
	admin.visit(b.url + "/board")
	admin.see("#mirror :text('Oliver Bennett of support is inside')")
	began = time.Now()
	admin.click("#mirror button")
	agent.see("text=threw you out")
	if took := time.Since(began); took > time.Second {
		t.Errorf("access A7: the open page was gone after %v", took)
	} else {
		t.Logf("the open page was gone %v after the click", took)
	}
	if agent.count("tr[data-row]") > 0 {
		t.Error("the page still shows the roster")
	}

	admin.visit(b.url + "/let-in/activity")
	admin.click("[data-prove] button")
	admin.see("[data-prove] output[data-mark=good]")
	lines := admin.count("tr[data-entry]")
	if proven := admin.count("tr[data-entry] [data-mark=good]"); lines < 8 || proven != lines {
		t.Errorf("%d of %d lines are proven", proven, lines)
	}
	// Whoever changes the book, the page or the proof is found out.
	for _, c := range []struct{ what, script string }{
		{"a changed entry", tampered(`p.leaf = p.leaf.replace("visit.refused", "visit.looked")`)},
		{"a changed name", tampered(`p.values = p.values.replace("Oliver Bennett", "Somebody Else")`)},
		{"a changed path", tampered(`p.proof = p.proof.replace(/index (\d+)\n(.)/, (m, n, c) => "index " + n + "\n" + (c === "A" ? "B" : "A"))`)},
		{"a changed checkpoint", tampered(`p.proof = p.proof.replace(/\n\n(muster[^\n]*\n)(\d+)/, (m, o, n) => "\n\n" + o + (Number(n) + 1))`)},
		{"a changed page", `document.querySelector("tr[data-entry] [data-said='actor.name']").textContent = "Somebody Else"`},
	} {
		admin.visit(b.url + "/let-in/activity")
		admin.do(order{Act: "evaluate", Value: c.script})
		admin.click("[data-prove] button")
		admin.see("[data-prove] output[data-mark=bad]")
		if admin.count("tr[data-entry] [data-mark=bad]") == 0 {
			t.Errorf("%s: no line is marked", c.what)
		}
	}
	if said := strings.Join(admin.complaints(), "\n"); said != "" {
		t.Errorf("the administrator's page complained: %s", said)
	}
}

// tampered is a script by which the browser gets other proofs than were sent.
func tampered(change string) string {
	return `(() => { const real = window.fetch; window.fetch = async (...a) => { const answer = await real(...a);
		if (!String(a[0]).includes("/let-in/proofs")) return answer;
		const said = await answer.json(); said.proofs.forEach((p) => { ` + change + ` });
		return new Response(JSON.stringify(said), { status: 200 }); }; return 1; })()`
}
