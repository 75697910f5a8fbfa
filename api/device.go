package api

import (
	"context"

	"muster/actor"
	"muster/call/device"
	"muster/fault"
	"muster/id"
	"muster/store"
)

// deviceView is a phone or tracker that sends a worker's positions.
type deviceView struct {
	ID        string       `json:"id" example:"dev_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	WorkerID  string       `json:"worker_id"`
	App       string       `json:"app" enum:"owntracks,traccar,gpslogger,overland,osmand"`
	Name      string       `json:"name" example:"Work phone"`
	CheckIn   bool         `json:"check_in" doc:"A report that is sent by hand counts as a check-in"`
	CreatedAt Instant      `json:"created_at"`
	HeardAt   Instant      `json:"heard_at" doc:"Last heard, to half a minute"`
	Battery   *int         `json:"battery_percent,omitempty" doc:"When last heard"`
	Token     string       `json:"token,omitempty" doc:"The secret: shown once, in the answer that made it" example:"mdv_…"`
	Setup     *deviceSetup `json:"setup,omitempty" doc:"What is done on the phone; with the secret in it, so shown once, too"`
}

type deviceSetup struct {
	Link   string            `json:"link,omitempty" doc:"Opened on the phone it sets the app up"`
	Code   string            `json:"code" doc:"Text of the QR code"`
	Fields map[string]string `json:"fields" doc:"The settings by hand"`
}

func (v deviceView) location() string { return "/devices/" + v.ID }

func viewDevice(d device.Device) deviceView {
	v := deviceView{
		ID: string(d.ID), WorkerID: string(d.Person), App: string(d.App), Name: d.Name, CheckIn: d.CheckIn,
		CreatedAt: at(d.Created), HeardAt: at(d.Heard),
	}
	if d.Battery >= 0 {
		v.Battery = &d.Battery
	}
	return v
}

type newDevice struct {
	Org
	Body struct {
		Worker  string `json:"worker_id,omitempty" maxLength:"40" doc:"Default: whom the token stands for"`
		App     string `json:"app" maxLength:"40" doc:"owntracks, traccar, gpslogger, overland, or osmand for whatever speaks its query form" example:"owntracks"`
		Name    string `json:"name,omitempty" maxLength:"500" doc:"Default: the app's"`
		CheckIn bool   `json:"check_in,omitempty" doc:"A report that is sent by hand counts as a check-in"`
	}
}

type whoseDevices struct {
	Org
	Worker string `query:"worker_id" maxLength:"40" doc:"Default: everybody's"`
}

func (d *desk) phones() device.Desk { return device.Desk{Store: d.Store, Shifts: d.shifts} }

func (d *desk) devices() {
	serve(d, get("/organisations/{id}/devices", "device-list", "Connected phones and trackers, oldest first"), d.listDevices)
	create(d, post("/organisations/{id}/devices", "device-add", "Connect a worker's phone or tracker; its secret is in this answer only"), d.addDevice)
	serve(d, remove("/devices/{id}", "device-revoke", "Disconnect a device at once"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		which, err := id.Parse[id.Device](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, d.phones().Revoke(ctx, who, which)
	})
}

func (d *desk) listDevices(ctx context.Context, who actor.Actor, in *whoseDevices) (List[deviceView], error) {
	var all []device.Device
	err := d.Store.View(ctx, who.Org, func(tx *store.Tx) (err error) {
		if in.Worker == "" {
			all, err = device.All(tx, who)
			return err
		}
		worker, err := id.Parse[id.Person](in.Worker)
		if err != nil {
			return fault.From(err).At("worker_id")
		}
		all, err = device.Of(tx, who, worker)
		return err
	})
	list := List[deviceView]{Items: make([]deviceView, 0, len(all))}
	for _, one := range all {
		list.Items = append(list.Items, viewDevice(one))
	}
	return list, err
}

func (d *desk) addDevice(ctx context.Context, who actor.Actor, in *newDevice) (deviceView, error) {
	b, worker := in.Body, who.Person
	if b.Worker != "" {
		worker = id.Person(b.Worker)
	}
	if worker == "" {
		return deviceView{}, fault.New(fault.Invalid, "required").At("worker_id")
	}
	made, token, err := d.phones().Add(ctx, who, worker, device.Spec{App: device.App(b.App), Name: b.Name, CheckIn: b.CheckIn})
	if err != nil {
		return deviceView{}, err
	}
	v, setup := viewDevice(made), made.Setup(d.URL, token)
	v.Token, v.Setup = token, &deviceSetup{Link: setup.Link, Code: setup.Code, Fields: map[string]string{}}
	for _, f := range setup.Fields {
		v.Setup.Fields[f.Key] = f.Value
	}
	return v, nil
}
