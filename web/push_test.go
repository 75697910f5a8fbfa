package web

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// pushKey stands for the installation's own.
const pushKey = "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8"

func TestOA1AMonitorHasAlarmsShownOnTheirDevice(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	monitor := h.as(org, org.Monitor("Mika"))
	page := monitor.get("/channels", http.StatusOK)
	page.sees(t, "Alerts on this device", "Show alerts here", `data-push="`+pushKey+`"`)
	form := url.Values{
		"endpoint": {"https://push.example/1"}, "auth": {"BTBZMqHH6r4Tts7J_aSIgg"},
		"key": {"BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4"},
	}
	for name, bad := range map[string]string{"endpoint": "https://127.0.0.1/", "auth": "", "key": "x"} {
		wrong := url.Values{}
		for k := range form {
			wrong.Set(k, form.Get(k))
		}
		wrong.Set(name, bad)
		monitor.post("/channels/devices", wrong, http.StatusUnprocessableEntity)
	}
	monitor.post("/channels/devices", form, http.StatusOK).sees(t, "Alerts are shown on this device", "Alerts on a device")
	list := monitor.post("/channels/devices", form, http.StatusOK)
	if n := len(regexp.MustCompile(`<strong>[A-Za-z0-9-]+/[0-9a-f]{6}</strong>`).FindAllString(list.body, -1)); n != 1 {
		t.Errorf("the device stands in the list %d times", n)
	}
	if strings.Contains(list.body, "push.example") {
		t.Error("the page shows the device's secret address")
	}
}
