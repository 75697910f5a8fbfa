package api

import (
	"bytes"
	"mime/multipart"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"muster/actor"
	"muster/ledger"
)

func TestPeopleAreKeptOverTheAPI(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		admin := o.as(harbour, harbour.Admin)
		org := orgPath(harbour.ID, "")

		if got := admin.ask(http.MethodPatch, org, map[string]any{"name": "Harbour & Sons", "grace_seconds": 60}).want(http.StatusOK); got.text("name") != "Harbour & Sons" || got.at("grace_seconds") != 60.0 || got.text("country") != "FI" {
			t.Errorf("the organisation became %s", got.raw)
		}
		admin.ask(http.MethodPatch, org, map[string]any{"time_zone": "Mars/Olympus"}).refused(http.StatusUnprocessableEntity, "unknown_time_zone")

		quay := admin.post(org+"/workspaces", map[string]any{"name": "Quay", "instructions": "Ring the gate first."}).want(http.StatusCreated)
		admin.post(org+"/workspaces", map[string]any{"name": "quay"}).refused(http.StatusConflict, "taken")
		if got := admin.ask(http.MethodPatch, "/workspaces/"+quay.text("id"), map[string]any{"name": "North Quay"}).want(http.StatusOK); got.text("instructions") != "Ring the gate first." {
			t.Errorf("the workspace became %s", got.raw)
		}

		made := admin.post(org+"/people", map[string]any{
			"name": "Mikko Laine", "email": "mikko@good.test", "memberships": []any{map[string]any{"role": "monitor", "workspace_id": quay.text("id")}},
		}).want(http.StatusCreated)
		path := strings.TrimPrefix(made.header.Get("Location"), prefix)
		changed := admin.ask(http.MethodPatch, path, map[string]any{"language": "fr", "mobile": "+358 40 555 0002"}).want(http.StatusOK)
		if changed.text("language") != "fr" || changed.text("mobile") != "+358405550002" || changed.text("email") != "mikko@good.test" {
			t.Errorf("the person became %s", changed.raw)
		}
		if changed.text("memberships", 0, "workspace_id") != quay.text("id") || changed.text("roles", 0) != "monitor" {
			t.Errorf("the roles became %s", changed.raw)
		}
		admin.ask(http.MethodDelete, path, nil).want(http.StatusOK)
		if got := admin.get(path).want(http.StatusOK); got.at("active") != false || got.at("left_at") == nil {
			t.Errorf("after leaving %s", got.raw)
		}
		admin.ask(http.MethodDelete, path, nil).refused(http.StatusNotFound, "not_found")
	})
}

func TestContactPointsAreKeptOverTheAPI(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		mikko := harbour.Monitor("Mikko Laine")
		own := o.as(harbour, mikko)
		path := "/people/" + string(mikko.Person.Person)

		all := own.post(path+"/contact-points", map[string]any{"channel": "email", "address": "mikko@home.test", "alarms": false}).want(http.StatusOK)
		if n := len(all.list("contact_points")); n != 3 {
			t.Fatalf("%d contact points, want 3", n)
		}
		third := all.text("contact_points", 2, "id")
		own.post(path+"/contact-points", map[string]any{"channel": "pigeon", "address": "x"}).refused(http.StatusUnprocessableEntity, "channel_unknown")

		arranged := own.post(path+"/contact-points/arrange", map[string]any{"contact_points": []any{
			map[string]any{"id": third, "alarms": true},
			map[string]any{"id": all.text("contact_points", 1, "id")},
			map[string]any{"id": all.text("contact_points", 0, "id")},
		}}).want(http.StatusOK)
		if arranged.text("contact_points", 0, "id") != third || arranged.at("contact_points", 0, "alarms") != true || arranged.at("contact_points", 1, "alarms") != false {
			t.Errorf("arranged as %s", arranged.raw)
		}

		own.post(path+"/contact-points/"+third+"/verify", nil).want(http.StatusOK)
		soon := own.post(path+"/contact-points/"+third+"/verify", nil).refused(http.StatusTooManyRequests, "limited")
		if soon.header.Get("Retry-After") == "" {
			t.Error("429 without Retry-After")
		}
		code := sixDigits.FindString(o.Mail.Phone(t, "mikko@home.test").Expect("confirms").Text)
		if wrong := own.post(path+"/contact-points/"+third+"/verify", map[string]any{"code": "not it"}); wrong.status != http.StatusUnprocessableEntity {
			t.Errorf("a wrong code: %d %s", wrong.status, wrong.raw)
		}
		verified := own.post(path+"/contact-points/"+third+"/verify", map[string]any{"code": code}).want(http.StatusOK)
		if verified.at("contact_points", 0, "verified_at") == nil {
			t.Errorf("after the code %s", verified.raw)
		}
		// A thing that has been done is no key that was used, with one or without.
		own.ask(http.MethodPost, path+"/contact-points/"+third+"/verify", nil, keyHeader, "k").refused(http.StatusConflict, "already_done")
		own.ask(http.MethodDelete, path+"/contact-points/"+third, nil).refused(http.StatusConflict, "last_contact_point")
		less := own.ask(http.MethodDelete, path+"/contact-points/"+all.text("contact_points", 0, "id"), nil).want(http.StatusOK)
		if n := len(less.list("contact_points")); n != 2 {
			t.Errorf("%d contact points, want 2", n)
		}
	})
}

func TestSS2ASheetIsTakenInOverTheAPI(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		admin := o.as(harbour, harbour.Admin)
		org := orgPath(harbour.ID, "")

		bad := admin.ask(http.MethodPost, org+"/imports?file=roster.csv", "Name;E-mail;Mobile;Roles\nAino;nonsense;+358 40 1;worker\n", "Accept-Language", "fi").want(http.StatusCreated)
		if bad.at("counts", "bad") != 1.0 || bad.text("rows", 0, "bad", 0, "detail") == "" || bad.text("file") != "roster.csv" {
			t.Errorf("the plan of a bad sheet is %s", bad.raw)
		}
		admin.post("/imports/"+bad.text("id")+"/apply", nil).refused(http.StatusUnprocessableEntity, "import_bad_rows")
		admin.ask(http.MethodPost, org+"/imports", "").refused(http.StatusBadRequest, "body_required")

		var form bytes.Buffer
		w := multipart.NewWriter(&form)
		part, err := w.CreateFormFile("file", "people.csv")
		if err != nil {
			t.Fatal(err)
		}
		part.Write([]byte(csvSheet))
		w.Close()
		plan := admin.ask(http.MethodPost, org+"/imports", form.Bytes(), "Content-Type", w.FormDataContentType()).want(http.StatusCreated)
		if plan.at("counts", "add") != 1.0 || plan.text("file") != "people.csv" {
			t.Fatalf("the plan is %s", plan.raw)
		}
		if n := len(admin.get(org + "/people").want(http.StatusOK).list("items")); n != 1 {
			t.Errorf("a plan put %d people on the roster", n-1)
		}
		if again := admin.get("/imports/" + plan.text("id")).want(http.StatusOK); again.at("counts", "add") != 1.0 {
			t.Errorf("looked at again %s", again.raw)
		}
		admin.post("/imports/"+plan.text("id")+"/apply", nil).want(http.StatusOK)
		admin.post("/imports/"+plan.text("id")+"/apply", nil).refused(http.StatusGone, "import_expired")

		out := admin.ask(http.MethodPost, org+"/people/export?format=csv", nil).want(http.StatusOK)
		if !strings.Contains(string(out.raw), "New Person") || !strings.HasPrefix(out.header.Get("Content-Type"), "text/csv") {
			t.Errorf("exported %v %s", out.header, out.raw)
		}
		xlsx := admin.ask(http.MethodPost, org+"/people/export", nil).want(http.StatusOK)
		if !bytes.HasPrefix(xlsx.raw, []byte("PK")) {
			t.Error("the workbook is none")
		}
		if again := admin.ask(http.MethodPost, org+"/imports", xlsx.raw).want(http.StatusCreated); again.at("counts", "same") != 2.0 {
			t.Errorf("taken in again %s", again.raw)
		}
		if got := admin.get("/roster-template?language=fi").want(http.StatusOK); !bytes.HasPrefix(got.raw, []byte("PK")) {
			t.Error("the template is no workbook")
		}
	})
}

func TestListsAreWalkedWithoutGapsOrDoubles(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		for _, name := range []string{"Aino", "Bea", "Caro", "Doris", "Eva", "Fia"} {
			harbour.Monitor(name + " Virtanen")
		}
		admin := o.as(harbour, harbour.Admin)
		for _, path := range []string{"/people", "/activity"} {
			all := admin.get(orgPath(harbour.ID, path+"?limit=200")).want(http.StatusOK)
			want := len(all.list("items"))
			seen := map[any]bool{}
			next := ""
			for pages := 0; ; pages++ {
				page := admin.get(orgPath(harbour.ID, path+"?limit=2&cursor="+next)).want(http.StatusOK)
				for _, item := range page.list("items") {
					key := item.(map[string]any)["id"]
					if key == nil {
						key = item.(map[string]any)["seq"]
					}
					if seen[key] {
						t.Errorf("%s: %v twice", path, key)
					}
					seen[key] = true
				}
				cursor, more := page.at("next_cursor").(string)
				if !more {
					break
				}
				next = cursor
				if path == "/people" && pages == 0 {
					harbour.Monitor("Aada First") // what comes in between moves nothing
				}
				if pages > want {
					t.Fatalf("%s never ends", path)
				}
			}
			if len(seen) != want {
				t.Errorf("%s: %d of %d seen", path, len(seen), want)
			}
		}
	})
}

func TestTheBookIsProvedOverTheAPI(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		admin := o.as(harbour, harbour.Admin)
		org := orgPath(harbour.ID, "/activity")

		fi := admin.ask(http.MethodGet, org+"?limit=1", nil, "Accept-Language", "fi").want(http.StatusOK)
		en := admin.get(org + "?limit=1").want(http.StatusOK)
		if fi.text("items", 0, "text") == en.text("items", 0, "text") || strings.HasPrefix(en.text("items", 0, "text"), "book.") {
			t.Errorf("the same sentence in two languages: %s", en.text("items", 0, "text"))
		}
		point := admin.post(org+"/checkpoint", nil).want(http.StatusOK)
		proof := admin.post(org+"/0/proof", nil).want(http.StatusOK)
		if err := ledger.CheckProof(proof.text("leaf"), proof.text("proof"), point.text("key")); err != nil {
			t.Error(err)
		}
		admin.post(org+"/999999/proof", nil).refused(http.StatusNotFound, "not_found")

		out := admin.post(org+"/export", nil).want(http.StatusOK)
		if ct := out.header.Get("Content-Type"); ct != "application/x-ndjson" {
			t.Errorf("Content-Type %q", ct)
		}
		report, err := ledger.Verify(bytes.NewReader(out.raw), ledger.VerifyOptions{Key: point.text("key")})
		if err != nil || !report.Whole() || report.Entries < 3 {
			t.Errorf("the export does not verify: %+v %v", report, err)
		}
		o.program(harbour, actor.Monitor).post(org+"/export", nil).refused(http.StatusForbidden, "refused")
	})
}

func TestTokensAreMadeOnceAndEndAtOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		aino := harbour.Worker("Aino Virtanen")
		admin := o.as(harbour, harbour.Admin)
		tokens := orgPath(harbour.ID, "/tokens")
		made := admin.ask(http.MethodPost, tokens, map[string]any{"name": "Phone", "person_id": aino.Person.Person}, keyHeader, "k").want(http.StatusCreated)
		phone := caller{o, made.text("token")}
		phone.post(orgPath(harbour.ID, "/shifts"), map[string]any{}).want(http.StatusCreated)
		for _, item := range admin.get(tokens).want(http.StatusOK).list("items") {
			if item.(map[string]any)["token"] != nil {
				t.Errorf("a secret is listed: %v", item)
			}
		}
		admin.post(tokens, map[string]any{"name": "Nothing"}).refused(http.StatusUnprocessableEntity, "token_roles_or_person")
		o.program(harbour, actor.Administrator).post(tokens, map[string]any{"name": "x", "roles": []string{"worker"}}).refused(http.StatusForbidden, "refused")
		admin.ask(http.MethodDelete, strings.TrimPrefix(made.header.Get("Location"), prefix), nil).want(http.StatusOK)
		phone.get(orgPath(harbour.ID, "")).refused(http.StatusUnauthorized, "token_refused")
	})
}

func TestPositionsComeOneByOneOrTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		harbour := o.Organisation("Harbour Works")
		aino := harbour.Worker("Aino Virtanen")
		own := o.as(harbour, aino)
		shift := own.shift(harbour, aino)
		path := "/shifts/" + shift
		own.post(path+"/positions", map[string]any{"latitude": 60.1, "longitude": 24.9, "accuracy_m": 12, "battery_percent": 80, "source": "gps"}).want(http.StatusOK)
		got := own.get(path).want(http.StatusOK)
		if got.at("position", "latitude") != 60.1 || got.at("position", "accuracy_m") != 12.0 || got.at("position", "battery_percent") != 80.0 || got.text("position", "source") != "gps" {
			t.Errorf("the position is %v", got.at("position"))
		}
		batch := own.post(path+"/positions", map[string]any{"positions": []any{
			map[string]any{"latitude": 60.2, "longitude": 24.9}, map[string]any{"latitude": 60.3, "longitude": 24.9},
		}}).want(http.StatusOK)
		if batch.at("received") != 2.0 {
			t.Errorf("received %v", batch.at("received"))
		}
		own.post(path+"/positions", map[string]any{"latitude": 91, "longitude": 0}).refused(http.StatusUnprocessableEntity, "not_on_earth")
		own.post(path+"/positions", map[string]any{}).refused(http.StatusUnprocessableEntity, "required")
		risk := own.post(path+"/high-risk", map[string]any{"seconds": 600}).want(http.StatusOK)
		if risk.at("high_risk_until") == nil {
			t.Errorf("high risk answered %s", risk.raw)
		}
		if got := own.get(path).want(http.StatusOK).text("status"); got != "high_risk" {
			t.Errorf("status %s, want high_risk", got)
		}
		own.post(path+"/check-in", map[string]any{"position": map[string]any{"latitude": 60.4, "longitude": 24.9}}).want(http.StatusOK)
		if got := own.get(path).want(http.StatusOK); got.at("high_risk_until") != nil || got.at("position", "latitude") != 60.4 {
			t.Errorf("after the check-in %s", got.raw)
		}
	})
}

var sixDigits = regexp.MustCompile(`\b\d{3} ?\d{3}\b`)
