package api

import (
	"net/http"
	"testing"

	"muster/mustertest"
	"muster/store"
)

// A key goes in and never comes out; a webhook's secret comes out once.
func TestWiresAndPanelsAreSetUpOverTheAPI(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		o := open(t, s)
		org := o.Organisation("North")
		admin := o.as(org, org.Admin)
		const key = "000102030405060708090a0b0c0d0e0f"
		made := admin.post(orgPath(org.ID, "/wires"), map[string]any{
			"kind": "dc09", "name": "Centre", "hosts": []string{"arc.example:7000", "arc.example:7001"}, "account": "ab12", "key": key,
			"codes": map[string]any{"help": map[string]any{"cid": "101"}}, "poll_seconds": 85,
		}).want(http.StatusCreated)
		if made.at("keyed") != true || made.text("account") != "AB12" || made.text("codes", "help", "cid") != "101" {
			t.Errorf("%s", made.raw)
		}
		path := "/wires/" + made.text("id")
		changed := admin.ask(http.MethodPatch, path, map[string]any{"name": "Other centre"}).want(http.StatusOK)
		if changed.text("name") != "Other centre" || changed.text("account") != "AB12" || changed.at("keyed") != true {
			t.Errorf("%s", changed.raw)
		}
		if open := admin.ask(http.MethodPatch, path, map[string]any{"key": ""}).want(http.StatusOK); open.at("keyed") != false {
			t.Errorf("%s", open.raw)
		}
		admin.post(path+"/test", nil).want(http.StatusOK)
		admin.ask(http.MethodPatch, path, map[string]any{"hosts": []string{"nowhere"}}).refused(http.StatusUnprocessableEntity, "dc09_host")
		hook := admin.post(orgPath(org.ID, "/wires"), map[string]any{"kind": "webhook", "name": "Program", "url": "https://partner.example/hook"}).want(http.StatusCreated)
		if hook.text("secret") == "" {
			t.Errorf("%s", hook.raw)
		}
		if again := admin.get("/wires/" + hook.text("id")).want(http.StatusOK); again.at("secret") != nil {
			t.Errorf("%s", again.raw)
		}
		admin.post(orgPath(org.ID, "/wires"), map[string]any{"kind": "webhook", "name": "Inside", "url": "http://10.0.0.1/"}).refused(http.StatusUnprocessableEntity, "webhook_url")
		panel := admin.post(orgPath(org.ID, "/panels"), map[string]any{
			"name": "Depot", "account": panelNumber(), "key": key, "person_id": org.Admin.Person.Person,
		}).want(http.StatusCreated)
		if panel.at("keyed") != true {
			t.Errorf("%s", panel.raw)
		}
		admin.ask(http.MethodDelete, path, nil).want(http.StatusOK)
		admin.get(path).refused(http.StatusNotFound, "not_found")
	})
}
