package e2e

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"muster/mustertest/push"
)

// A monitor has alarms shown by their own browser: they press the button, the
// worker calls for help, and the service worker shows it and says so. The push
// service between is ours, since the browser's own is beyond reach of a test;
// the browser's debugging interface hands over what arrived there.
func TestOA1AnAlarmIsShownByTheMonitorsOwnBrowser(t *testing.T) {
	service := push.New()
	t.Cleanup(service.Close)
	t.Setenv("MUSTER_PUSH", "mailto:operations@good.test")
	t.Setenv("MUSTER_WEBHOOK_NETWORKS", "127.0.0.1")
	in, org := household(t)
	device := service.Device("phone")
	subscription, err := json.Marshal(map[string]any{"endpoint": device.Endpoint, "keys": map[string]string{
		"p256dh": base64.RawURLEncoding.EncodeToString(device.Key), "auth": base64.RawURLEncoding.EncodeToString(device.Auth),
	}})
	if err != nil {
		t.Fatal(err)
	}
	p := startDriver(t).open("monitor", "phone")
	p.do(order{Act: "subscribable", Value: string(subscription)})
	in.signIn(p, "mikko@good.test")
	p.visit(in.url + "/channels")
	p.click("form[data-push] button")
	p.see("text=Alerts are shown on this device")
	p.see("ol.points li:has-text('Alerts on a device')")

	aino := in.person(org, "Aino Virtanen")
	shift := in.call(http.MethodPost, "/organisations/"+org+"/shifts", map[string]any{"worker_id": aino, "check_in_seconds": 3600})["id"].(string)
	in.call(http.MethodPost, "/shifts/"+shift+"/help", map[string]any{})
	var plain []byte
	in.until("the push service has the alarm", func() bool {
		got, err := service.Received()
		if err != nil {
			t.Fatal(err)
		}
		if len(got) > 0 {
			plain = got[0].Plain
		}
		return len(got) > 0
	})
	if !strings.Contains(string(plain), "Aino Virtanen") {
		t.Errorf("the device was sent %s", plain)
	}
	in.until("the message counts as handed over before it is shown", func() bool { return in.pushState(org) == "handed_over" })
	p.do(order{Act: "push", Value: string(plain)})
	in.until("the browser shows it", func() bool {
		said := p.do(order{Act: "evaluate", Value: "navigator.serviceWorker.ready.then((r) => r.getNotifications()).then((all) => all.map((n) => n.title + ' ' + n.requireInteraction).join())"})
		return strings.Contains(decode[string](p, said), "HELP: Aino Virtanen")
	})
	in.until("the message counts as delivered", func() bool { return in.pushState(org) == "delivered" })
	if said := p.complaints(); len(said) > 0 {
		t.Errorf("the page complained: %q", said)
	}
}

func (in *installation) until(what string, ok func() bool) {
	in.t.Helper()
	tick, end := time.NewTicker(50*time.Millisecond), time.After(30*time.Second)
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-end:
			in.t.Fatalf("it did not come about within 30 s that %s", what)
		}
	}
}

// person finds somebody on the roster by name.
func (in *installation) person(org, name string) string {
	in.t.Helper()
	for _, p := range in.call(http.MethodGet, "/organisations/"+org+"/people", nil)["items"].([]any) {
		if p := p.(map[string]any); p["name"] == name {
			return p["id"].(string)
		}
	}
	in.t.Fatalf("nobody is called %s", name)
	return ""
}

// pushState is how the message to a device fares.
func (in *installation) pushState(org string) string {
	in.t.Helper()
	for _, m := range in.call(http.MethodGet, "/organisations/"+org+"/messages", nil)["items"].([]any) {
		m := m.(map[string]any)
		if raw, err := json.Marshal(m); err == nil && strings.Contains(string(raw), `"webpush"`) {
			return m["state"].(string)
		}
	}
	return ""
}
