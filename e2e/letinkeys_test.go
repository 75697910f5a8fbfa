package e2e

import (
	"testing"

	"muster/actor"
	"muster/identity"
)

// The whole way of letting support in, without a mouse: asked, approved twice,
// consented, entered, thrown out; on a desk, at twice the size, and by browsers
// that run no script. Each stop is seen, and the guest's bar covers none.
func TestWK4LettingInByKeyboardAlone(t *testing.T) {
	for _, device := range []string{"desk", "zoomed", "plain"} {
		t.Run(device, func(t *testing.T) { walkIn(t, device) })
	}
}

func walkIn(t *testing.T, device string) {
	b := raise(t)
	d := startDriver(t)
	come := func(name string, spec identity.LinkSpec) keys {
		t.Helper()
		k := keys{d.open(name, device)}
		link, err := b.gate.MakeLink(t.Context(), actor.Actor{Kind: actor.System, Door: actor.Command}, spec)
		if err != nil {
			t.Fatal(err)
		}
		k.visit(link)
		k.leave("form button.btn-primary", "Enter")
		return k
	}
	colleague := func(name string, works actor.Department, positions ...actor.Position) keys {
		t.Helper()
		return come(name, identity.LinkSpec{Staff: b.Staff(name, works, positions...).ID, Many: true})
	}

	lead := colleague("Lena Lead", actor.FirstLine)
	lead.visit(b.url + "/provider/grants")
	lead.around()
	lead.leave("a[href='/provider/grants/new']", "Enter")
	lead.around()
	lead.write("input[name=organisation]", "Harbour Works")
	lead.write("select[name=staff]", "Oliver")
	lead.write("input[name=request]", "R-2026-000001")
	lead.write("textarea[name=words]", "The board is empty since noon")
	lead.leave("form[action='/provider/grants'] button", "Enter")
	lead.see("h1:has-text('Oliver Bennett: access to Harbour Works')")
	lead.around()
	page := decode[string](lead.page, lead.do(order{Act: "url"}))

	for _, k := range []keys{colleague("Henrik Head", actor.FirstLine, actor.Head), colleague("Saara Success", actor.CustomerSuccess, actor.SuccessManager)} {
		k.visit(page)
		k.around()
		k.leave("form[action$='/approve'] button", "Enter")
		k.see("text=Your approval is noted.")
	}
	admin := come("administrator", identity.LinkSpec{Org: b.org.ID, Person: b.org.Admin.Person.Person})
	admin.visit(b.url + "/let-in")
	admin.around()
	admin.leave("a:has-text('Decide')", "Enter")
	admin.around()
	admin.leave("form[action$='/consent'] button", "Enter")
	admin.see("text=Your consent is noted.")

	agent := come("agent", identity.LinkSpec{Staff: b.agent.ID, Many: true})
	agent.visit(page)
	agent.leave("form[action$='/enter'] button", "Enter")
	agent.see("aside.visit :text('You are inside Harbour Works')")
	for _, at := range []string{"/roster", "/settings", "/view-as"} {
		agent.visit(b.url + at)
		agent.around()
	}
	admin.visit(b.url + "/settings")
	admin.see("#mirror :text('Oliver Bennett of support is inside')")
	admin.leave("#mirror button", "Enter")
	admin.see("text=Oliver Bennett is out.")
	if device == "plain" {
		agent.do(order{Act: "goto", URL: b.url + "/roster"}) // it answers 401
	}
	agent.see("text=threw you out")
	agent.around()
}
