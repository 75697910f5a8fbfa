package e2e

import (
	"bytes"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"muster/mustertest"
)

// The main job, from a spreadsheet to an incident on file, on both databases.
func TestHelpReachesAHuman(t *testing.T) {
	binary := build(t)
	for name, db := range map[string]func(testing.TB) string{"sqlite": mustertest.SQLite, "postgres": mustertest.Postgres} {
		t.Run(name, func(t *testing.T) {
			s := &story{installation: install(t, binary, db(t)), browsers: startDriver(t)}
			s.tell("roster comes from a sheet", s.rosterComesFromASheet)
			s.tell("worker starts a shift", s.workerStartsAShift)
			s.tell("help turns both boards", s.helpTurnsBothBoards)
			s.tell("monitors are mailed and texted", s.monitorsAreTold)
			s.tell("machines acknowledge nothing", s.machinesAcknowledgeNothing)
			s.tell("a human acknowledges", s.aHumanAcknowledges)
			s.tell("another resolves", s.anotherResolves)
			s.tell("incident is on file", s.incidentIsOnFile)
			s.tell("book is proved", s.bookIsProved)
			s.tell("nothing broke in the pages", s.nothingBrokeInThePages)
		})
	}
}

// tell goes through one chapter and notes how long it took.
func (s *story) tell(chapter string, happens func()) {
	began := time.Now()
	happens()
	s.t.Logf("%-32s %6.1f s", chapter, time.Since(began).Seconds())
}

// story is one run of it: an installation, and the people in their browsers.
type story struct {
	*installation
	browsers *driver
	org      string
	link     string // out of the first monitor's mail

	admin, worker, first, second page
}

const sheet = `Name;E-mail;Mobile;Roles;PIN;Workspace
Aino Virtanen;aino@good.test;+358 40 123 4567;worker;4711;Harbour
Mikko Laine;mikko@good.test;+358 40 765 4321;monitor;;Harbour
Sari Niemi;sari@good.test;+358 50 111 2233;monitor;;Harbour
`

func (s *story) rosterComesFromASheet() {
	s.t.Helper()
	s.org, _ = s.call(http.MethodPost, "/organisations", map[string]any{
		"name": "Harbour Works", "country": "FI", "time_zone": "Europe/Helsinki", "language": "en", "workspace": "Harbour",
		"administrator": map[string]any{"name": "Olavi Salo", "email": "olavi@good.test", "mobile": "+358 40 555 0000"},
	})["id"].(string)
	// From here on the customer's own token: the provider's does not lead in.
	s.token = strings.TrimSpace(s.muster("token", "--organisation", s.org, "--role", "administrator", "--role", "monitor"))
	s.admin = s.browsers.open("administrator", "desk")
	s.signIn(s.admin, "olavi@good.test")

	file := filepath.Join(s.t.TempDir(), "roster.csv")
	if err := os.WriteFile(file, []byte(sheet), 0o600); err != nil {
		s.t.Fatal(err)
	}
	s.admin.visit(s.url + "/roster/import")
	s.admin.upload("input[type=file]", file)
	s.admin.click("form[action='/roster/import'] button.btn-primary")
	s.admin.see("table.preview >> text=Aino Virtanen")
	s.admin.click("form.confirm button.btn-primary")
	s.admin.see("a:has-text('Mikko Laine')")
}

func (s *story) workerStartsAShift() {
	s.t.Helper()
	s.first = s.board("first monitor", "mikko@good.test")
	s.second = s.board("second monitor", "sari@good.test")

	s.worker = s.browsers.open("worker", "phone")
	s.signIn(s.worker, "aino@good.test")
	s.worker.visit(s.url + "/me")
	s.worker.fill("input[name=activity]", "Checking the cranes")
	s.worker.click("form[action='/me/start'] button.btn-huge")
	s.worker.see("#clock")
	for _, board := range []page{s.first, s.second} {
		board.see("tr.row-well:has-text('Aino Virtanen')")
	}
	s.worker.click("form[action='/me/check-in'] button.btn-well")
	s.worker.see("#clock")
}

// board opens the board in a browser of its own.
func (s *story) board(name, address string) page {
	s.t.Helper()
	p := s.browsers.open(name, "desk")
	s.signIn(p, address)
	p.visit(s.url + "/board")
	p.see("#alarms")
	return p
}

func (s *story) helpTurnsBothBoards() {
	s.t.Helper()
	before := [2]int{s.first.loads(), s.second.loads()}
	s.worker.hold("#hold", 2500)
	s.worker.see("dialog[open] #help-cancel")
	s.worker.click("#help-cancel")
	s.worker.gone("dialog[open]")
	if n := s.first.count("#alarms .alarm-card"); n != 0 {
		s.t.Fatalf("%d alarms after help was cancelled, want none", n)
	}
	s.worker.hold("#hold", 2500)
	s.worker.click("dialog[open] #help-now")
	for _, board := range []page{s.first, s.second} {
		board.see("#alarms .alarm-card:has-text('Aino Virtanen')")
		board.see("tr.row-alarm:has-text('Aino Virtanen')")
	}
	s.worker.see("#alarm-note")
	s.keptItsPage(before)
}

// keptItsPage checks that both boards changed without being loaded again.
func (s *story) keptItsPage(before [2]int) {
	s.t.Helper()
	if after := [2]int{s.first.loads(), s.second.loads()}; after != before {
		s.t.Errorf("the boards were loaded %v times, then %v: they must change in place", before, after)
	}
}

func (s *story) monitorsAreTold() {
	s.t.Helper()
	s.link = s.mailed("mikko@good.test", regexp.MustCompile(regexp.QuoteMeta(s.url)+`/a/[^\s"<>]+`))
	for _, number := range []string{"+358407654321", "+358501112233"} {
		if m := s.texts.Wait(s.t, number, 0); !strings.Contains(m.Body, "Aino Virtanen") {
			s.t.Errorf("the text message to %s does not say who asked for help: %s", number, m.Body)
		}
	}
	if failed := s.texts.Settle(); len(failed) > 0 {
		s.t.Errorf("the carrier's reports were not taken: %v", failed)
	}
}

// machinesAcknowledgeNothing does to the link what scanners, previews and
// browsers that look ahead do.
func (s *story) machinesAcknowledgeNothing() {
	s.t.Helper()
	fetch := func(method string, header ...string) {
		s.t.Helper()
		req, err := http.NewRequestWithContext(s.t.Context(), method, s.link, nil)
		if err != nil {
			s.t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			s.t.Fatal(err)
		}
		res.Body.Close()
		if method == http.MethodGet && res.StatusCode != http.StatusOK {
			s.t.Errorf("%s %s: %s", method, s.link, res.Status)
		}
		s.stillUnanswered(method + " " + strings.Join(header, " "))
	}
	fetch(http.MethodGet)
	fetch(http.MethodHead)
	fetch(http.MethodGet, "Purpose", "prefetch", "Sec-Purpose", "prefetch;prerender", "X-Moz", "prefetch")
	fetch(http.MethodPost)
	fetch(http.MethodOptions)

	scanner := s.browsers.open("scanner", "desk")
	if forms := scanner.sweep(s.link); forms == 0 {
		s.t.Error("the page behind the link has no form: nothing was tried")
	}
	s.stillUnanswered("a browser that runs scripts and sends every form")
}

func (s *story) stillUnanswered(after string) {
	s.t.Helper()
	alarms, _ := s.call(http.MethodGet, "/organisations/"+s.org+"/board", nil)["alarms"].([]any)
	if len(alarms) != 1 {
		s.t.Fatalf("after %s: %d alarms on the board, want 1", after, len(alarms))
	}
	if a, _ := alarms[0].(map[string]any); a["state"] != "raised" {
		s.t.Fatalf("after %s the alarm is %v: %v", after, a["state"], a)
	}
}

var twoNumbers = regexp.MustCompile(`\d+`)

func (s *story) aHumanAcknowledges() {
	s.t.Helper()
	before := [2]int{s.first.loads(), s.second.loads()}
	phone := s.browsers.open("first monitor's phone", "phone")
	phone.visit(s.link)
	asked := twoNumbers.FindAllString(phone.text("fieldset.pick legend"), -1)
	if len(asked) != 2 {
		s.t.Fatalf("asked to pick %q, want two numbers", asked)
	}
	for _, n := range asked {
		phone.click("fieldset.pick label:has(input[value='" + n + "'])")
	}
	phone.click("form button")
	phone.see("p.done")
	for _, board := range []page{s.first, s.second} {
		board.see("#alarms .alarm-card.acknowledged:has-text('Mikko Laine')")
	}
	s.keptItsPage(before)
}

func (s *story) anotherResolves() {
	s.t.Helper()
	loads := s.first.loads()
	s.second.click("#alarms .alarm-card h3 a")
	s.second.click("#resolve label:has(input[value=real])")
	s.second.fill("#resolve textarea[name=sentence]", "Aino slipped; the crane was stopped and she walks again.")
	s.second.click("#resolve button.btn-primary")
	s.second.see("a[href*='/incidents/']")
	s.first.gone("#alarms .alarm-card")
	if s.first.loads() != loads {
		s.t.Error("the first board was loaded again")
	}
	s.mailed("mikko@good.test", regexp.MustCompile(`(?s)Sari Niemi.*walks again|walks again.*Sari Niemi`))
}

func (s *story) incidentIsOnFile() {
	s.t.Helper()
	s.first.visit(s.url + "/incidents")
	s.first.click("#list a[href*='/incidents/']")
	for _, said := range []string{"Aino Virtanen", "Mikko Laine", "Sari Niemi", "walks again"} {
		s.first.see("main >> text=" + said)
	}
}

func (s *story) bookIsProved() {
	s.t.Helper()
	export := filepath.Join(s.t.TempDir(), "book")
	s.muster("export", "--organisation", s.org, "--out", export)
	if out := s.muster("verify", export); !strings.Contains(out, s.org) {
		s.t.Errorf("muster verify should say what it verified: %s", out)
	}
	raw, err := os.ReadFile(export)
	if err != nil {
		s.t.Fatal(err)
	}
	at := bytes.Index(raw, []byte("alarm.acknowledged"))
	if at < 0 {
		s.t.Fatal("the book does not say that the alarm was acknowledged")
	}
	raw[at] ^= 1
	if err := os.WriteFile(export, raw, 0o600); err != nil {
		s.t.Fatal(err)
	}
	if out, err := s.try("verify", export); err == nil {
		s.t.Errorf("one byte was changed and muster verify found nothing: %s", out)
	}
}

func (s *story) nothingBrokeInThePages() {
	s.t.Helper()
	for _, p := range []page{s.admin, s.worker, s.first, s.second} {
		if said := p.complaints(); len(said) > 0 {
			s.t.Errorf("%s's browser complained: %q", p.name, said)
		}
	}
}
