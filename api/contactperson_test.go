package api

import (
	"net/http"
	"testing"
)

// BS1, BS3, BS4: a program keeps contact persons, what each is told, and who
// stands for the organisation; only the contact confirms.
func TestBS1ProgramsKeepContactPersonsAndDuties(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		mikko := harbour.Monitor("Mikko Laine")
		person := "/people/" + string(mikko.Person.Person)
		admin, self := o.as(harbour, harbour.Admin), o.as(harbour, mikko)
		list, duties := orgPath(harbour.ID, "/contact-persons"), orgPath(harbour.ID, "/duties")

		olga := admin.post(list, map[string]any{
			"name": "Olga Salo", "email": "olga@harbour.test", "news": []any{map[string]any{"category": "service"}, map[string]any{"category": "service.incident"}},
		}).want(http.StatusCreated)
		if news := olga.list("news"); len(news) != 1 || olga.text("contact_points", 0, "address") != "olga@harbour.test" {
			t.Errorf("%s", olga.raw)
		}
		admin.post(list, map[string]any{"name": "Ida", "email": "ida@harbour.test", "news": []any{map[string]any{"category": "gossip"}}}).refused(http.StatusUnprocessableEntity, "category_unknown")
		self.post("/people/"+olga.text("person_id")+"/news", map[string]any{"news": []any{}}).want(http.StatusForbidden)
		self.post(person+"/news", map[string]any{"news": []any{map[string]any{"category": "contract", "workspace_id": string(harbour.Workspace)}}}).want(http.StatusOK)

		if first := admin.get(duties).want(http.StatusOK); first.text("items", 0, "trouble") != "empty" {
			t.Errorf("%s", first.raw)
		}
		given := admin.post(duties, map[string]any{"duty": "technical", "person_id": mikko.Person.Person, "deputy_id": olga.text("person_id")}).want(http.StatusOK)
		if given.text("items", 0, "person_id") != string(mikko.Person.Person) || given.text("items", 0, "trouble") != "unverified" {
			t.Errorf("%s", given.raw)
		}
		admin.ask(http.MethodDelete, person+"/news", nil).refused(http.StatusConflict, "holds_duty")
		all := admin.get(list).want(http.StatusOK).list("items")
		if len(all) != 2 {
			t.Fatalf("%v", all)
		}

		self.post(orgPath(harbour.ID, "/contact-persons/confirm"), nil).want(http.StatusOK)
		admin.post(orgPath(harbour.ID, "/contact-persons/confirm"), nil).refused(http.StatusNotFound, "not_found")
		desk := admin.post("/people/"+olga.text("person_id")+"/shared-mailbox", map[string]any{"behind_id": mikko.Person.Person}).want(http.StatusOK)
		if desk.body["shared"] != true || desk.text("behind_id") != string(mikko.Person.Person) {
			t.Errorf("%s", desk.raw)
		}
	})
}

// BS8: a program uploads a list of contact persons, reads what it would do, and
// takes it in; as people of the roster it is not there.
func TestBS8ProgramsTakeContactPersonsIn(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		admin := o.as(harbour, harbour.Admin)
		upload := orgPath(harbour.ID, "/imports?as=contacts&news=service,contract")
		plan := admin.ask(http.MethodPost, upload, "Name;E-mail;Role\nOlga Salo;olga@harbour.test;administrator\n").want(http.StatusCreated)
		if plan.at("counts").(map[string]any)["add"] != 1.0 || plan.text("unread_columns", 0) != "Role" {
			t.Errorf("%s", plan.raw)
		}
		at := "/imports/" + plan.text("id")
		admin.get(at).refused(http.StatusGone, "import_expired")
		admin.get(at + "?as=contacts").want(http.StatusOK)
		admin.post(at+"/apply?as=contacts", nil).want(http.StatusOK)
		all := admin.get(orgPath(harbour.ID, "/contact-persons")).want(http.StatusOK)
		if len(all.list("items")) != 1 || all.text("items", 0, "news", 0, "category") != "contract" {
			t.Errorf("%s", all.raw)
		}
		admin.ask(http.MethodPost, orgPath(harbour.ID, "/imports?as=contacts&news=gossip"), "Name;E-mail\nIda;ida@harbour.test\n").refused(http.StatusUnprocessableEntity, "category_unknown")
	})
}
