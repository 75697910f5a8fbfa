package api

import (
	"context"
	"slices"

	"muster/actor"
	"muster/deliver/webpush"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/roster/contact"
)

// PointOf is the path of one contact point of a person.
type PointOf struct {
	Thing
	Contact string `path:"contact_id" maxLength:"40"`
}

func (p PointOf) ids() (person id.Person, point id.Contact, err error) {
	if person, err = id.Parse[id.Person](p.ID); err == nil {
		point, err = id.Parse[id.Contact](p.Contact)
	}
	return person, point, err
}

// preferenceView is the place of one contact point in the order.
type preferenceView struct {
	ID     string `json:"id" maxLength:"40"`
	Alarms bool   `json:"alarms,omitempty" doc:"Alarms go there at once"`
}

func (d *desk) contactPoints() {
	serve(d, post("/people/{id}/contact-points", "contact-add", "Give a person one more address, last in the order"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Channel string `json:"channel" maxLength:"50" doc:"email, sms, voice or whatsapp" example:"sms"`
			Address string `json:"address" maxLength:"500" example:"+358 40 123 4567"`
			Alarms  *bool  `json:"alarms,omitempty" doc:"Alarms go there at once; default true"`
		}
	},
	) (personView, error) {
		person, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return personView{}, err
		}
		if d.Has != nil && slices.Contains(contact.Kinds(), in.Body.Channel) && !d.Has(in.Body.Channel) {
			return personView{}, fault.New(fault.Conflict, "channel_absent").At("channel")
		}
		alarms := true
		set(&alarms, in.Body.Alarms)
		if _, err := contact.Add(ctx, d.Store, who, person, in.Body.Channel, in.Body.Address, alarms); err != nil {
			return personView{}, err
		}
		return d.person(ctx, who, person)
	})
	serve(d, post("/people/{id}/contact-points/arrange", "contact-arrange", "Set the order in which a person is reached, and where alarms go; name every one"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Order []preferenceView `json:"contact_points" maxItems:"100"`
		}
	},
	) (personView, error) {
		person, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return personView{}, err
		}
		settings := make([]contact.Setting, 0, len(in.Body.Order))
		for _, p := range in.Body.Order {
			settings = append(settings, contact.Setting{ID: id.Contact(p.ID), Alarms: p.Alarms})
		}
		if err := contact.Arrange(ctx, d.Store, who, person, settings); err != nil {
			return personView{}, err
		}
		return d.person(ctx, who, person)
	})
	d.subscriptions()
	d.onePoint()
	d.quietHours()
}

// devicesView is where alarms are shown, and how a browser comes to be there.
type devicesView struct {
	PublicKey string             `json:"public_key" doc:"applicationServerKey of the Push API; empty where there are no alerts on devices"`
	Devices   []contactPointView `json:"devices" nullable:"false"`
}

func (d *desk) subscriptions() {
	serve(d, get("/people/{id}/devices", "push-list", "The devices on which a person has alarms shown, and the key with which a browser subscribes"), func(ctx context.Context, who actor.Actor, in *Thing) (devicesView, error) {
		list := devicesView{PublicKey: d.Push, Devices: []contactPointView{}}
		person, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return list, err
		}
		p, err := d.person(ctx, who, person)
		for _, point := range p.Points {
			if point.Channel == roster.WebPush {
				list.Devices = append(list.Devices, point)
			}
		}
		return list, err
	})
	serve(d, post("/people/{id}/devices", "push-subscribe", "Have alarms shown on a device of the person: a contact point of channel webpush"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			Name     string `json:"name" maxLength:"200" doc:"What the device is called" example:"Chrome, Android"`
			Endpoint string `json:"endpoint" maxLength:"1000" doc:"Of the browser's PushSubscription"`
			Keys     struct {
				P256dh string `json:"p256dh" maxLength:"200"`
				Auth   string `json:"auth" maxLength:"200"`
			} `json:"keys" doc:"Of the browser's PushSubscription"`
		}
	},
	) (personView, error) {
		person, err := id.Parse[id.Person](in.ID)
		if err != nil {
			return personView{}, err
		}
		sub, err := webpush.ParseSubscription(in.Body.Endpoint, in.Body.Keys.P256dh, in.Body.Keys.Auth)
		if err != nil {
			return personView{}, err
		}
		if _, err := contact.Subscribe(ctx, d.Store, d.Keys, d.Networks, who, person, in.Body.Name, sub); err != nil {
			return personView{}, err
		}
		return d.person(ctx, who, person)
	})
}

func (d *desk) onePoint() {
	serve(d, remove("/people/{id}/contact-points/{contact_id}", "contact-remove", "Take an address away"), func(ctx context.Context, who actor.Actor, in *PointOf) (personView, error) {
		person, point, err := in.ids()
		if err != nil {
			return personView{}, err
		}
		if err := contact.Remove(ctx, d.Store, who, person, point); err != nil {
			return personView{}, err
		}
		return d.person(ctx, who, person)
	})
	serve(d, post("/people/{id}/contact-points/{contact_id}/verify", "contact-verify", "Without a code: send one there. With it: the address is confirmed"), func(ctx context.Context, who actor.Actor, in *struct {
		PointOf
		Body *struct {
			Code string `json:"code,omitempty" maxLength:"50" example:"123456"`
		}
	},
	) (personView, error) {
		person, point, err := in.ids()
		if err != nil {
			return personView{}, err
		}
		if in.Body == nil || in.Body.Code == "" {
			err = contact.StartVerification(ctx, d.Store, d.Keys, who, person, point)
		} else {
			err = contact.Confirm(ctx, d.Store, d.Keys, who, person, point, in.Body.Code)
		}
		if err != nil {
			return personView{}, err
		}
		return d.person(ctx, who, person)
	})
}
