package web

import (
	"context"
	"html/template"
	"net/http"
	"time"

	"muster/actor"
	devices "muster/call/device"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// devicesView is a worker's own phones and trackers, and how to connect one
// more.
type devicesView struct {
	Frame
	Devices []deviceRow
	Apps    []deviceApp
	Form    struct {
		Name    string
		CheckIn bool
	}
	Fresh *freshDevice // one that was just connected; its token is shown once
}

type deviceRow struct {
	ID, Name, App string
	CheckIn       bool
	Made, Heard   time.Time
	Battery       int // percent, -1 when not known
}

// deviceApp is one app to choose, with where it runs.
type deviceApp struct {
	choice
	Runs string
}

// freshDevice is what is done on the phone, shown once.
type freshDevice struct {
	App, Name string
	Link      template.URL // of our own making: opens the app
	QR        qrCode
	Scan      string // how the code is scanned
	Steps     []string
	Fields    []deviceField
}

type deviceField struct{ Name, Value string }

func (s *site) devices(w http.ResponseWriter, r *http.Request, v *visit) error {
	view, err := s.devicesView(w, r, v)
	if err != nil {
		return err
	}
	return s.show(w, r, "devices", view)
}

func (s *site) devicesView(w http.ResponseWriter, r *http.Request, v *visit) (*devicesView, error) {
	if !v.who.Has(actor.Worker, "") && !worksAnywhere(v.who) {
		return nil, fault.New(fault.Forbidden, "not_a_worker")
	}
	view := &devicesView{Frame: s.workerFrame(w, r, v, "web.device.mine")}
	view.Form.Name, view.Form.CheckIn = r.PostFormValue("name"), r.PostFormValue("check_in") != ""
	for _, app := range devices.Apps() {
		a := deviceApp{Runs: v.tag.Text("web.device.runs."+string(app), nil)}
		a.Value, a.Text = string(app), app.Name()
		a.Chosen = r.PostFormValue("app") == a.Value || r.PostFormValue("app") == "" && app == devices.OwnTracks
		view.Apps = append(view.Apps, a)
	}
	var err error
	view.Devices, err = s.devicesOf(r.Context(), v, v.who.Person)
	return view, err
}

// devicesOf lists the devices of a person as a page shows them.
func (s *site) devicesOf(ctx context.Context, v *visit, person id.Person) (rows []deviceRow, err error) {
	err = s.Store.View(ctx, v.who.Org, func(tx *store.Tx) error {
		rows = nil
		all, err := devices.Of(tx, v.who, person)
		for _, d := range all {
			rows = append(rows, deviceRow{
				ID: string(d.ID), Name: d.Name, App: d.App.Name(), CheckIn: d.CheckIn, Made: d.Created, Heard: d.Heard, Battery: d.Battery,
			})
		}
		return err
	})
	return rows, err
}

func worksAnywhere(who actor.Actor) bool {
	for _, m := range who.Roles {
		if m.Role == actor.Worker {
			return true
		}
	}
	return false
}

// phones is the room behind this page.
func (s *site) phones() devices.Desk { return devices.Desk{Store: s.Store, Shifts: s.desk} }

// addDevice answers with the page itself and not 303: the token is on it once,
// and on no address that could be opened again.
func (s *site) addDevice(w http.ResponseWriter, r *http.Request, v *visit) error {
	v.who.Door = actor.App
	made, token, err := s.phones().Add(r.Context(), v.who, v.who.Person, devices.Spec{
		App: devices.App(r.PostFormValue("app")), Name: r.PostFormValue("name"), CheckIn: r.PostFormValue("check_in") != "",
	})
	view, verr := s.devicesView(w, r, v)
	if verr != nil {
		return verr
	}
	if err != nil {
		return s.again(w, r, "devices", view, err)
	}
	if view.Fresh, err = s.fresh(v, made, token); err != nil {
		return err
	}
	view.Form.Name, view.Form.CheckIn = "", false
	return s.show(w, r, "devices", view)
}

func (s *site) fresh(v *visit, d devices.Device, token string) (*freshDevice, error) {
	setup := d.Setup(s.URL, token)
	f := &freshDevice{App: d.App.Name(), Name: d.Name, Link: template.URL(setup.Link)}
	say := func(key string) string { return v.tag.Text("web.device."+key, map[string]any{"App": f.App}) }
	f.Scan = say("scan." + string(d.App))
	for _, n := range []string{"1", "2", "3"} {
		f.Steps = append(f.Steps, say("step."+string(d.App)+"."+n))
	}
	for _, one := range setup.Fields {
		f.Fields = append(f.Fields, deviceField{say("field." + one.Key), one.Value})
	}
	var err error
	f.QR, err = newQR(setup.Code)
	return f, err
}

func (s *site) revokeDevice(w http.ResponseWriter, r *http.Request, v *visit) error {
	v.who.Door = actor.App
	which, err := id.Parse[id.Device](r.PathValue("device"))
	if err != nil {
		return err
	}
	if err := s.phones().Revoke(r.Context(), v.who, which); err != nil {
		return err
	}
	s.say(w, said{Key: "web.device.revoked"})
	return see(w, r, "/me/devices")
}
