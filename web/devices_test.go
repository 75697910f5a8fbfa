package web

import (
	"encoding/base64"
	"encoding/json"
	"html/template"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	devices "muster/call/device"
	"muster/lang"
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

// sampleDevices is the page after a phone was connected.
func sampleDevices(worker Frame, tag lang.Tag) *devicesView {
	d := devices.Device{App: devices.Traccar, Name: "Kaisan puhelin"}
	setup := d.Setup("https://muster.example", "mdv_7tqk2xw5j3m7xkvjvjt5g5bvta")
	code, err := newQR(setup.Code)
	if err != nil {
		panic(err)
	}
	v := &devicesView{Frame: worker, Fresh: &freshDevice{App: d.App.Name(), Name: d.Name, Link: template.URL(setup.Link), QR: code}}
	v.Fresh.Scan = tag.Text("web.device.scan.traccar", nil)
	for _, n := range []string{"1", "2", "3"} {
		v.Fresh.Steps = append(v.Fresh.Steps, tag.Text("web.device.step.traccar."+n, map[string]any{"App": d.App.Name()}))
	}
	for _, app := range devices.Apps() {
		v.Apps = append(v.Apps, deviceApp{choice{Value: string(app), Text: app.Name()}, tag.Text("web.device.runs."+string(app), nil)})
	}
	v.Devices = []deviceRow{
		{ID: "a", Name: d.Name, App: d.App.Name(), Battery: -1},
		{ID: "b", Name: "Tablet in the van", App: "OwnTracks", CheckIn: true, Heard: sampleNow.Add(-3 * time.Minute), Battery: 14},
	}
	return v
}
