package web

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	devices "muster/call/device"
)

func TestWorkerConnectsAPhoneAndSeesItsTokenOnce(t *testing.T) {
	h := openHouse(t)
	org := h.Organisation("Harbour Works")
	aino := org.Worker("Aino")
	worker := h.as(org, aino)
	worker.get("/me/devices", http.StatusOK).sees(t, "No device is connected yet", "Traccar Client")
	worker.post("/me/devices", url.Values{"app": {"pager"}}, http.StatusUnprocessableEntity).sees(t, "no such app")
	for _, app := range devices.Apps() {
		page := worker.post("/me/devices", url.Values{"app": {string(app)}, "name": {"Work phone"}, "check_in": {"yes"}}, http.StatusOK)
		page.sees(t, "Work phone: now set up the app", `<path d="M4 4h7v1h-7z`, "may check in")
		token := regexp.MustCompile(`mdv_[a-z2-7]{26}`).FindString(page.body)
		if token == "" {
			t.Fatalf("%s: no token on the page", app)
		}
		if found := regexp.MustCompile(`\bweb\.[a-z_]+\.[a-z_]+|ZgotmplZ|no value`).FindString(page.body); found != "" {
			t.Errorf("%s: the page shows %s", app, found)
		}
		if again := worker.get("/me/devices", http.StatusOK); strings.Contains(again.body, token) {
			t.Errorf("%s: the token is shown again", app)
		}
	}
	h.as(org, org.Monitor("Sari")).get("/people/"+string(aino.Person.Person), http.StatusOK).sees(t, "Work phone", "Never heard yet")
	list := worker.get("/me/devices", http.StatusOK)
	href := regexp.MustCompile(`/me/devices/dev_[0-9a-f]+/revoke`).FindString(list.body)
	worker.post(href, nil, http.StatusOK).sees(t, "The device is disconnected")
	h.as(org, org.Worker("Veikko")).post(href, nil, http.StatusForbidden)
	h.as(org, org.Monitor("Mika")).get("/me/devices", http.StatusForbidden)
}

// What the code says is what the app reads.
func TestOwnTracksConfigurationNamesThisDoor(t *testing.T) {
	d := devices.Device{App: devices.OwnTracks, Name: "Työpuhelin 2"}
	link := d.Setup("https://muster.example/", "mdv_x").Link
	u, err := url.Parse(link)
	if err != nil || u.Scheme != "owntracks" {
		t.Fatal(link, err)
	}
	raw, err := base64.StdEncoding.DecodeString(u.Query().Get("inline"))
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(raw, &c); err != nil {
		t.Fatal(err)
	}
	if c["_type"] != "configuration" || c["mode"] != 3.0 || c["url"] != "https://muster.example/in/owntracks" || c["password"] != "mdv_x" || c["username"] != "typuhelin2" {
		t.Errorf("%v", c)
	}
}

func TestQRCodeHasItsThreeCornersAndAWhiteEdge(t *testing.T) {
	c, err := newQR("https://muster.example/in/traccar?id=mdv_x")
	if err != nil {
		t.Fatal(err)
	}
	far := c.Size - 2*qrEdge
	for _, corner := range []string{"M4 4h7v1h-7z", "M4 10h7v1h-7z"} {
		if !strings.Contains(c.Path, corner) {
			t.Errorf("no corner %s", corner)
		}
	}
	if far < 21 || (far-17)%4 != 0 {
		t.Errorf("%d squares a side is no QR code", far)
	}
	if _, err := newQR(strings.Repeat("x", 5000)); err == nil {
		t.Error("a text too long for any code made one")
	}
}
