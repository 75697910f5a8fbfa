package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/mustertest"
)

// household is an installation reached by a name and not by a number, as
// passkeys want it, with one worker and one monitor.
func household(t *testing.T) (in *installation, org string) {
	t.Helper()
	listen := freeAddress(t)
	in = &installation{
		t: t, binary: build(t), db: mustertest.SQLite(t), url: strings.Replace("http://"+listen, "127.0.0.1", "localhost", 1),
		mail: mustertest.Postfix(t), texts: mustertest.NewTwilio(),
	}
	t.Cleanup(in.texts.Close)
	in.token = apiToken.FindStringSubmatch(in.muster("init", "--provider", "Northern Watch", "--email", "operations@good.test"))[1]
	in.first = in.serve(listen)
	org, _ = in.call(http.MethodPost, "/organisations", map[string]any{
		"name": "Harbour Works", "country": "FI", "time_zone": "Europe/Helsinki", "language": "en",
		"administrator": map[string]any{"name": "Olavi Salo", "email": "olavi@good.test", "mobile": "+358405550000"},
	})["id"].(string)
	in.token = strings.TrimSpace(in.muster("token", "--organisation", org, "--role", "administrator", "--role", "monitor"))
	for _, p := range []map[string]any{
		{"name": "Mikko Laine", "email": "mikko@good.test", "mobile": "+358407654321", "roles": []string{"monitor"}},
		{"name": "Aino Virtanen", "email": "aino@good.test", "mobile": "+358401234567", "roles": []string{"worker"}},
	} {
		in.call(http.MethodPost, "/organisations/"+org+"/people", p)
	}
	return in, org
}

func TestPasskeyLetsIn(t *testing.T) {
	in, _ := household(t)
	p := startDriver(t).open("monitor", "desk")
	in.signIn(p, "mikko@good.test")
	p.do(order{Act: "authenticator"})
	p.visit(in.url + "/account")
	p.fill("#pk", "Desk key")
	p.click("[data-passkey=register]")
	p.see("ul.points strong:has-text('Desk key')")
	p.click("#memenu summary")
	p.click("#memenu form[action='/sign-out'] button")
	p.see("form[action='/sign-in']")
	p.click("[data-passkey=sign-in]")
	p.see("#alarms") // the board
	p.visit(in.url + "/account")
	p.click("ul.points li:has-text('Desk key') button")
	p.gone("ul.points strong:has-text('Desk key')")
	if said := p.complaints(); len(said) > 0 {
		t.Errorf("the page complained: %q", said)
	}
}

// Without a network the worker's page says what waits, survives being opened
// anew, and sends it with the time at which it was pressed.
func TestWorkersPageWaitsForTheNetwork(t *testing.T) {
	in, org := household(t)
	p := startDriver(t).open("worker", "phone")
	in.signIn(p, "aino@good.test")
	p.visit(in.url + "/me")
	p.fill("input[name=activity]", "Checking the cranes")
	p.click("form[action='/me/start'] button.btn-huge")
	p.see("#clock")
	p.do(order{Act: "evaluate", Value: "navigator.serviceWorker.ready.then(() => true)"})
	p.visit(in.url + "/me") // now it is kept for times without a network
	p.see("#clock")

	clock := func() time.Time {
		t.Helper()
		return time.UnixMilli(decode[int64](p, p.do(order{Act: "evaluate", Value: "Date.now()"})))
	}
	p.do(order{Act: "offline", Value: "yes"})
	p.click("form[action='/me/check-in'] button")
	p.see("#waiting:has-text('is waiting for a network')")
	p.visit(in.url + "/me")
	p.see("#waiting:has-text('is waiting for a network')")
	p.hold("#hold", 1500)
	before := clock()
	p.click("#help-now")
	p.see("#waiting:has-text('HAS NOT GONE OUT')")
	after := clock()
	p.do(order{Act: "evaluate", Value: "new Promise((on) => setTimeout(on, 4000))"})
	if open := in.alarms(org); len(open) > 0 {
		t.Fatalf("an alarm came through a network that was not there: %v", open)
	}
	p.do(order{Act: "offline", Value: "no"})
	p.see(".alarm-note")
	p.gone("#waiting")
	open := in.alarms(org)
	if len(open) != 1 {
		t.Fatalf("%d alarms after one call for help", len(open))
	}
	if at := open[0].Due; at.Before(before.Add(-time.Second)) || at.After(after.Add(time.Second)) {
		t.Errorf("help was pressed between %s and %s, and the alarm says %s", before, after, at)
	}
}

// openAlarm is what the API says of one; Due is when help was pressed.
type openAlarm struct {
	Due time.Time `json:"due_at"`
}

func (in *installation) alarms(org string) []openAlarm {
	in.t.Helper()
	_, said, err := in.ask(in.url, http.MethodGet, "/organisations/"+org+"/alarms", "", nil)
	if err != nil {
		in.t.Fatal(err)
	}
	var list struct {
		Items []openAlarm `json:"items"`
	}
	if err := json.Unmarshal(said, &list); err != nil {
		in.t.Fatalf("%v\n%s", err, said)
	}
	return list.Items
}
