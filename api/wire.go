package api

import (
	"context"
	"time"

	"muster/actor"
	"muster/call/wire"
	"muster/deliver/dc09"
	"muster/id"
)

// wireView is a way on which alarms leave for a centre.
type wireView struct {
	ID        string         `json:"id" example:"wir_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	Kind      string         `json:"kind" enum:"dc09,webhook"`
	Keyed     bool           `json:"keyed" doc:"Frames are encrypted, requests signed"`
	Secret    string         `json:"secret,omitempty" doc:"Webhook: what requests are signed with; only in the answer that made it" example:"whsec_…"`
	Receivers []receiverView `json:"receivers" nullable:"false" doc:"How those that were tried stand"`
	Health    *healthView    `json:"health,omitempty" doc:"How a webhook stands"`
	CreatedAt Instant        `json:"created_at"`
	WireBody
}

// healthView is how a webhook stands.
type healthView struct {
	FailingSince   Instant `json:"failing_since" doc:"Nothing was taken since; null: it answers, as far as is known"`
	FailedTries    int     `json:"failed_tries"`
	TriedAt        Instant `json:"tried_at"`
	TakenAt        Instant `json:"taken_at" doc:"When something was last taken"`
	OffSince       Instant `json:"off_since" doc:"Muster sends nothing more; see POST /wires/{id}/resume"`
	Why            string  `json:"off_because,omitempty" doc:"gone, ran_out or days"`
	OldSecretUntil Instant `json:"old_secret_until" doc:"The secret before the newest signs too until then"`
}

func (w wireView) location() string { return "/wires/" + w.ID }

// WireBody is what of a wire can be set. Field names are those of the rooms.
type WireBody struct {
	Name     *string               `json:"name,omitempty" maxLength:"500"`
	Active   *bool                 `json:"active,omitempty"`
	Own      *bool                 `json:"own,omitempty" doc:"The organisation's own alarms leave on it at once"`
	Hosts    *[]string             `json:"hosts,omitempty" maxItems:"10" doc:"dc09: HOST:PORT of the receivers, the primary first"`
	UDP      *bool                 `json:"udp,omitempty"`
	Receiver *string               `json:"receiver,omitempty" maxLength:"50" doc:"dc09: receiver number, R"`
	Line     *string               `json:"line,omitempty" maxLength:"50" doc:"dc09: line number, L"`
	Account  *string               `json:"account,omitempty" maxLength:"50"`
	Format   *string               `json:"format,omitempty" maxLength:"50" doc:"ADM-CID or SIA-DCS"`
	Fallback *bool                 `json:"fallback,omitempty" doc:"Say in the other format what the centre cannot handle"`
	Codes    *map[string]dc09.Code `json:"codes,omitempty" doc:"The centre's own codes, over the standard ones: by help, duress, missed_check_in, high_risk, test, else …"`
	Decimal  *bool                 `json:"decimal,omitempty" doc:"Coordinates as decimal degrees"`
	Without  *string               `json:"without,omitempty" maxLength:"50" doc:"Letters of extra data that the centre cannot bear: HIVXY"`
	Poll     *int64                `json:"poll_seconds,omitempty" minimum:"0" maximum:"86400" doc:"Between supervision polls; 0: none"`
	URL      *string               `json:"url,omitempty" maxLength:"2000" doc:"webhook: where requests go"`
}

type receiverView struct {
	Address string  `json:"address"`
	Up      bool    `json:"up"`
	Since   Instant `json:"since"`
	HeardAt Instant `json:"heard_at"`
}

func (b WireBody) onto(w *wire.Wire) {
	set(&w.Name, b.Name)
	set(&w.Active, b.Active)
	set(&w.Own, b.Own)
	set(&w.Hosts, b.Hosts)
	set(&w.UDP, b.UDP)
	set(&w.Settings.Receiver, b.Receiver)
	set(&w.Line, b.Line)
	set(&w.Account, b.Account)
	set(&w.Format, b.Format)
	set(&w.Fallback, b.Fallback)
	set(&w.Dialect.Codes, b.Codes)
	set(&w.Dialect.Decimal, b.Decimal)
	set(&w.Dialect.Without, b.Without)
	setSpan(&w.Poll, b.Poll)
	set(&w.URL, b.URL)
}

func viewWire(w wire.Wire, secret string) wireView {
	poll := int64(w.Poll / time.Second)
	v := wireView{
		ID: string(w.ID), Kind: w.Kind, Keyed: w.Keyed, Secret: secret, CreatedAt: at(w.Made), Receivers: make([]receiverView, 0, len(w.Receivers)),
		WireBody: WireBody{Name: &w.Name, Active: &w.Active, Own: &w.Own},
	}
	if w.Kind == wire.Webhook {
		v.URL = &w.URL
		return v
	}
	v.Hosts, v.UDP, v.Receiver, v.Line, v.Account = &w.Hosts, &w.UDP, &w.Settings.Receiver, &w.Line, &w.Account
	v.Format, v.Fallback, v.Codes, v.Decimal = &w.Format, &w.Fallback, &w.Dialect.Codes, &w.Dialect.Decimal
	v.Without, v.Poll = &w.Dialect.Without, &poll
	if h := w.Health; w.Kind == wire.Webhook {
		v.Health = &healthView{
			FailingSince: at(h.Failing), FailedTries: h.Tries, TriedAt: at(h.Tried), TakenAt: at(h.Heard),
			OffSince: at(h.Off), Why: h.Why, OldSecretUntil: at(h.OldUntil),
		}
	}
	for _, r := range w.Receivers {
		v.Receivers = append(v.Receivers, receiverView{Address: r.Address, Up: r.Up, Since: at(r.Since), HeardAt: at(r.Heard)})
	}
	return v
}

// frameView is one frame that left, or came, and what was answered.
type frameView struct {
	ID        string  `json:"id" example:"frm_0192f0c1e2d37b6a9c4f5e6d7a8b9c0d"`
	MessageID string  `json:"message_id,omitempty" doc:"Absent: a supervision poll, or a frame of a panel"`
	Peer      string  `json:"peer" doc:"Receiver, or host of the sender"`
	At        Instant `json:"at"`
	Took      int64   `json:"took_milliseconds"`
	Sent      string  `json:"frame" doc:"As it was on the wire"`
	Got       string  `json:"answer,omitempty"`
	Verdict   string  `json:"verdict" doc:"ack, nak, duh, silent, unreachable or broken_off, of a webhook ack, refused, gone or silent; of a panel's frame why it was refused, else empty"`
	Problem   string  `json:"problem,omitempty"`
	Count     int     `json:"count" doc:"Refused frames are counted by the minute"`
	AlarmID   string  `json:"alarm_id,omitempty"`
}

func viewFrames(all []wire.Frame) List[frameView] {
	list := List[frameView]{Items: make([]frameView, 0, len(all))}
	for _, f := range all {
		list.Items = append(list.Items, frameView{
			ID: string(f.ID), MessageID: string(f.Message), Peer: f.Peer, At: at(f.At), Took: f.Took.Milliseconds(), Sent: f.Sent,
			Got: f.Got, Verdict: f.Verdict, Problem: f.Problem, Count: f.Count, AlarmID: string(f.Alarm),
		})
	}
	return list
}

func (d *desk) lines() wire.Office {
	return wire.Office{Store: d.Store, Keys: d.Keys, Allowed: d.Networks}
}

// WireKey is the key of a wire or a panel as it is set.
type WireKey struct {
	Key *string `json:"key,omitempty" maxLength:"200" doc:"32, 48 or 64 hexadecimal digits; empty takes encryption away"`
}

func (d *desk) wires() {
	serve(d, get("/organisations/{id}/wires", "wire-list", "The ways on which alarms leave for centres"),
		func(ctx context.Context, who actor.Actor, _ *Org) (List[wireView], error) {
			all, err := d.lines().List(ctx, who)
			list := List[wireView]{Items: make([]wireView, 0, len(all))}
			for _, w := range all {
				list.Items = append(list.Items, viewWire(w, ""))
			}
			return list, err
		})
	create(d, post("/organisations/{id}/wires", "wire-add", "Connect to a centre's receivers, or to a program"),
		func(ctx context.Context, who actor.Actor, in *struct {
			Org
			Body struct {
				Kind string `json:"kind" maxLength:"50" doc:"dc09 or webhook"`
				WireBody
				WireKey
			}
		},
		) (wireView, error) {
			w := wire.Wire{Kind: in.Body.Kind, Active: true, Own: true}
			in.Body.onto(&w)
			w, secret, err := d.lines().Add(ctx, who, w, wire.Secret{Key: in.Body.Key})
			return viewWire(w, secret), err
		})
	serve(d, get("/wires/{id}", "wire-get", "A wire, and how its receivers stand"), func(ctx context.Context, who actor.Actor, in *Thing) (wireView, error) {
		w, err := d.wireOf(ctx, who, in.ID)
		return viewWire(w, ""), err
	})
	serve(d, patch("/wires/{id}", "wire-update", "Change what is given, leave the rest"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body struct {
			WireBody
			WireKey
			Rotate bool `json:"rotate,omitempty" doc:"webhook: a new secret; the one before signs too for seven days, or until the next"`
		}
	},
	) (wireView, error) {
		w, err := d.wireOf(ctx, who, in.ID)
		if err != nil {
			return wireView{}, err
		}
		in.Body.onto(&w)
		w, secret, err := d.lines().Change(ctx, who, w, wire.Secret{Key: in.Body.Key, Rotate: in.Body.Rotate})
		return viewWire(w, secret), err
	})
	d.oneWire()
}

func (d *desk) oneWire() {
	serve(d, remove("/wires/{id}", "wire-remove", "Take a wire away"), func(ctx context.Context, who actor.Actor, in *Thing) (done, error) {
		which, err := id.Parse[id.Wire](in.ID)
		if err != nil {
			return done{}, err
		}
		return done{true}, d.lines().Remove(ctx, who, which)
	})
	serve(d, post("/wires/{id}/test", "wire-test", "Hand a test over; the message says how it fares"), func(ctx context.Context, who actor.Actor, in *Thing) (map[string]string, error) {
		which, err := id.Parse[id.Wire](in.ID)
		if err != nil {
			return nil, err
		}
		m, err := d.lines().Test(ctx, who, which)
		return map[string]string{"message_id": string(m)}, err
	})
	serve(d, post("/wires/{id}/resume", "wire-resume", "Switch a webhook on again that was switched off for its failures, and send again what was missed"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Body *struct {
			Again bool `json:"send_missed,omitempty" doc:"The newest 500 of the last 30 days, oldest first, each under its old id; also while it is on"`
		}
	},
	) (map[string]int, error) {
		which, err := id.Parse[id.Wire](in.ID)
		if err != nil {
			return nil, err
		}
		sent, err := d.lines().Resume(ctx, who, which, in.Body != nil && in.Body.Again)
		return map[string]int{"sent": sent}, err
	})
	serve(d, get("/wires/{id}/frames", "wire-frames", "Every frame that left with its answer, newest first"), func(ctx context.Context, who actor.Actor, in *struct {
		Thing
		Before string `query:"before" maxLength:"40" doc:"The last frame of the page before"`
		Limit  int    `query:"limit" minimum:"1" maximum:"500" default:"100"`
	},
	) (List[frameView], error) {
		which, err := id.Parse[id.Wire](in.ID)
		if err != nil {
			return List[frameView]{}, err
		}
		all, err := d.lines().Frames(ctx, who, which, id.Frame(in.Before), in.Limit)
		return viewFrames(all), err
	})
}

func (d *desk) wireOf(ctx context.Context, who actor.Actor, text string) (wire.Wire, error) {
	which, err := id.Parse[id.Wire](text)
	if err != nil {
		return wire.Wire{}, err
	}
	return d.lines().Get(ctx, who, which)
}
