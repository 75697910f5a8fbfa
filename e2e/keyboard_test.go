package e2e

import (
	"net/http"
	"testing"
)

// keys is somebody who has no mouse.
type keys struct{ page }

// to goes with Tab to something, and presses a key on it.
func (k keys) to(at, key string) {
	k.d.t.Helper()
	k.do(order{Act: "reach", At: at})
	if key != "" {
		k.press(key)
	}
}

// leave is to, where the key leads to another page or to this one anew.
func (k keys) leave(at, key string) {
	k.d.t.Helper()
	k.do(order{Act: "evaluate", Value: "document.documentElement.dataset.old = 'yes'"})
	k.to(at, key)
	k.gone("html[data-old]")
}

// write goes to a field and fills it in.
func (k keys) write(at, words string) {
	k.d.t.Helper()
	k.to(at, "")
	k.do(order{Act: "type", Value: words})
}

func (k keys) press(key string) { k.d.t.Helper(); k.do(order{Act: "press", Value: key}) }

// around checks every stop of the page in both directions.
func (k keys) around() {
	k.d.t.Helper()
	if stops := decode[int](k.page, k.do(order{Act: "around"})); stops < 3 {
		k.d.t.Errorf("%s: the page has %d stops for the keyboard\n%s", k.name, stops, k.picture())
	}
}

// enter signs somebody in.
func (in *installation) enter(d *driver, name, device, address string) keys {
	in.t.Helper()
	k := keys{d.open(name, device)}
	k.visit(in.url + "/sign-in")
	k.around()
	k.write("form[action='/sign-in'] input[name=email]", address)
	k.press("Enter")
	k.see("form[action='/sign-in/code'] input[name=code]")
	k.write("form[action='/sign-in/code'] input[name=code]", in.mailed(address, sixDigits))
	k.press("Enter")
	k.gone("form[action='/sign-in/code']")
	return k
}

// Everything from signing in to the incident's record, without a mouse: each
// stop is seen, nothing holds the focus fast, and a key that is held to call
// for help does not take the call back when it is let go.
func TestTheWholePathByKeyboardAlone(t *testing.T) {
	in, org := household(t)
	in.call(http.MethodPost, "/organisations/"+org+"/workspaces", map[string]any{"name": "Harbour", "instructions": "Gate code 4711."})
	d := startDriver(t)

	olavi := in.enter(d, "administrator", "desk", "olavi@good.test")
	olavi.worksInTheHarbour(in)
	worker := in.enter(d, "worker", "phone", "tove@good.test")
	mikko := in.enter(d, "monitor", "desk", "mikko@good.test")
	mikko.see("#alarms")
	mikko.around()

	worker.visit(in.url + "/me")
	worker.around()
	worker.startsAndCallsForHelp()
	mikko.helps()
	worker.see("form[action='/me/finish']")
	worker.leave("form[action='/me/finish'] button", "Enter")
	worker.see("form[action='/me/start']")
	for _, k := range []keys{olavi, worker, mikko} {
		if said := k.complaints(); len(said) > 0 {
			t.Errorf("%s's browser complained: %q", k.name, said)
		}
	}
}

// worksInTheHarbour takes somebody on as a worker, and tells a partner whom to
// ring for them.
func (k keys) worksInTheHarbour(in *installation) {
	k.d.t.Helper()
	k.visit(in.url + "/roster")
	k.around()
	k.leave("a[href='/roster/new']", "Enter")
	k.see("#f-name")
	k.around()
	k.write("#f-name", "Tove Lind")
	k.write("#f-email", "tove@good.test")
	k.write("#f-mobile", "+358 40 222 3344")
	k.to("tr:has-text('Harbour') input[value^='worker:']", "Space")
	k.press("Enter")
	k.see(".bar[role=status]")

	k.visit(in.url + "/enrolment")
	k.around()
	k.leave("a:has-text('Tove Lind')", "Enter")
	k.see("form[action^='/enrolment/workers/']")
	k.around()
	for i, who := range [][2]string{{"Mikko Laine", "+358 40 765 4321"}, {"Olavi Salo", "+358 40 555 0000"}} {
		row := "form[action^='/enrolment/workers/'] .pair >> nth=" + string(rune('0'+i)) + " >> "
		k.write(row+"input >> nth=0", who[0])
		k.write(row+"input >> nth=1", who[1])
	}
	k.press("Enter")
	k.see("tr:has-text('Tove Lind') >> text=2")
}

func (k keys) startsAndCallsForHelp() {
	k.d.t.Helper()
	k.write("input[name=activity]", "Checking the cranes")
	k.leave("form[action='/me/start'] button.btn-huge", "Enter")
	k.see("#clock")
	k.around()
	k.leave("form[action='/me/check-in'] button.btn-well", "Space")
	k.see("#clock")

	// A call that was not meant: the held key opens the countdown, its release
	// leaves it alone, Escape takes the call back.
	for _, key := range []string{"Space", "Enter"} {
		k.to("#hold", "")
		k.do(order{Act: "holdkey", Value: key, MS: 1_800})
		k.see("dialog[open] #help-cancel")
		k.press("Escape")
		k.gone("dialog[open]")
	}
	k.to("#hold", "")
	k.do(order{Act: "holdkey", Value: "Space", MS: 1_800})
	k.see("dialog[open] #help-now")
	k.leave("dialog[open] #help-now", "Enter")
	k.see("#alarm-note")
	k.around()
}

// keepsTheFocusInSight lets the timeline above the button that has the focus
// grow by more than the window's height.
func (k keys) keepsTheFocusInSight() {
	k.d.t.Helper()
	k.to("form[action$='/note'] button", "")
	k.do(order{Act: "evaluate", Value: `(async () => {
		const form = document.querySelector("form[action$='/note']");
		for (let n = 1; n <= 20; n++) await fetch(form.action, { method: "POST", body: new URLSearchParams({ note: "Line " + n }) });
	})()`})
	k.see("#timeline >> text=Line 20")
	k.do(order{Act: "focused"})
}

// helps is what the monitor does: see, take charge, tick a step, close.
func (k keys) helps() {
	k.d.t.Helper()
	k.see("#alarms .alarm-card:has-text('Tove Lind')")
	k.around()
	k.leave("#alarms .alarm-card h3 a", "Enter")
	k.see("#timeline")
	k.around()
	k.leave("form[action$='/acknowledge'] button", "Enter")
	k.see("#head.acknowledged")
	k.keepsTheFocusInSight()
	k.leave(".ticks button[aria-pressed=false]", "Space")
	k.see(".ticks button[aria-pressed=true]")
	k.around()
	k.to("#resolve input[value=real]", "Space")
	k.write("#resolve textarea", "Slipped on ice, a colleague drove her home.")
	k.leave("#resolve button.btn-primary", "Enter")
	k.see("a[href*='/incidents/']")
	k.leave("main a[href*='/incidents/']", "Enter")
	k.see("main >> text=Slipped on ice")
	k.around()
}
