package api

import (
	"net/http"
	"strings"
	"testing"

	"muster/actor"
)

func TestDeviceIsConnectedForAWorkerAndItsSecretToldOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, o *office) {
		org := o.Organisation("Harbour Works")
		aino := org.Worker("Aino Virtanen")
		worker, admin, program := o.as(org, aino), o.as(org, org.Admin), o.program(org, actor.Administrator)
		path := orgPath(org.ID, "/devices")
		own := worker.post(path, map[string]any{"app": "owntracks", "name": "Work phone", "check_in": true}).want(http.StatusCreated)
		if token := own.text("token"); !strings.HasPrefix(token, "mdv_") || own.text("setup", "fields", "url") != "https://muster.test/in/owntracks" ||
			!strings.HasPrefix(own.text("setup", "link"), "owntracks:///config?inline=") {
			t.Errorf("%s", own.raw)
		}
		program.post(path, map[string]any{"app": "traccar", "worker_id": string(aino.Person.Person)}).want(http.StatusCreated)
		program.post(path, map[string]any{"app": "traccar"}).refused(http.StatusUnprocessableEntity, "required")
		admin.post(path, map[string]any{"app": "pager", "worker_id": string(aino.Person.Person)}).refused(http.StatusUnprocessableEntity, "device_app_unknown")
		list := admin.get(path).want(http.StatusOK)
		if n := len(list.list("items")); n != 2 || strings.Contains(string(list.raw), "mdv_") {
			t.Errorf("%d devices: %s", n, list.raw)
		}
		worker.get(path).refused(http.StatusForbidden, "refused")
		mine := worker.get(path + "?worker_id=" + string(aino.Person.Person)).want(http.StatusOK)
		if len(mine.list("items")) != 2 {
			t.Errorf("%s", mine.raw)
		}
		worker.ask(http.MethodDelete, "/devices/"+own.text("id"), nil).want(http.StatusOK)
		if n := len(admin.get(path).want(http.StatusOK).list("items")); n != 1 {
			t.Errorf("%d devices after one was disconnected", n)
		}
	})
}
