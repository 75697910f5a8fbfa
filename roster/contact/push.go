package contact

import (
	"cmp"
	"context"
	"encoding/json"
	"net/netip"
	"slices"
	"strings"
	"unicode"

	"muster/actor"
	"muster/deliver/outward"
	"muster/deliver/webpush"
	"muster/fault"
	"muster/id"
	"muster/roster"
	"muster/seal"
	"muster/store"
)

const pushPurpose = "contact.push"

// maxDevice bounds what a device is called, in characters.
const maxDevice = 60

// Subscribe has alarms shown on a device of the person: a contact point of channel webpush, last in the order. Its address is what
// the device is called, and a mark that tells it from others of that name. The
// browser asked its owner, so the address is confirmed. A device that comes
// again is renewed; one that somebody else of the organisation used before is
// theirs no more. Push services in networks that are not of the open net must
// be in allowed: Invalid "push_endpoint".
func Subscribe(ctx context.Context, s *store.Store, keys *seal.Keys, allowed []netip.Prefix, who actor.Actor, person id.Person, device string, sub webpush.Subscription) (p roster.Point, err error) {
	if err := outward.CheckURL(sub.Endpoint, allowed); err != nil {
		return p, fault.New(fault.Invalid, "push_endpoint").At("subscription").Wrap(err)
	}
	plain, err := json.Marshal(sub)
	if err != nil {
		return p, err
	}
	sealed, err := keys.Seal(pushPurpose, plain)
	if err != nil {
		return p, err
	}
	fold := keys.MAC(pushPurpose, sub.Endpoint)
	return p, change(ctx, s, who, person, func(tx *store.Tx, r roster.Person, rule string) error {
		known, err := store.All(tx, devicesBy, scanPoint, fold)
		if err != nil {
			return err
		}
		for _, one := range known {
			if one.person == person {
				p, err = pick(r, one.contact)
				if err != nil {
					return err
				}
				if err := tx.Write(renewDevice, one.contact, sealed, tx.Now()); err != nil {
					return err
				}
				if err := tx.Write(verify, one.contact, tx.Now()); err != nil {
					return err
				}
				return book(tx, who, rule, "contact.renewed", r, p, nil)
			}
			if err := forgetDevice(tx, who, rule, one); err != nil {
				return err
			}
		}
		if r, err = dropEnded(tx, who, rule, r, called(device)); err != nil {
			return err
		}
		if len(r.Points) >= most {
			return fault.New(fault.Limited, "contact_points_full").At("subscription").With("Max", most)
		}
		c := id.New[id.Contact]()
		p = roster.Point{ID: c, Channel: roster.WebPush, Address: called(device) + "/" + string(c[len(c)-6:]), Alarms: true, VerifiedAt: tx.Now()}
		if err := tx.Write(addPoint, c, person, p.Channel, p.Address, len(r.Points)+1, true); err != nil {
			return err
		}
		if err := tx.Write(verify, c, tx.Now()); err != nil {
			return err
		}
		if err := tx.Write(addDevice, c, fold, sealed, tx.Now()); err != nil {
			return err
		}
		return book(tx, who, rule, "contact.added", r, p, nil)
	})
}

// called is a device's name as part of an address, which is one word.
func called(device string) string {
	words := strings.FieldsFunc(device, func(r rune) bool { return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	name := strings.Join(words, "-")
	if len(name) > maxDevice {
		name = name[:maxDevice]
	}
	return cmp.Or(strings.Trim(name, "-"), "device")
}

// dropEnded takes away devices of that name that take nothing any more: the
// new one is the same again.
func dropEnded(tx *store.Tx, who actor.Actor, rule string, r roster.Person, name string) (roster.Person, error) {
	for _, p := range slices.Clone(r.Points) {
		if p.Channel != roster.WebPush || p.BouncedAt.IsZero() || !strings.HasPrefix(p.Address, name+"/") {
			continue
		}
		if err := forgetDevice(tx, who, rule, point{r.Person, p.ID}); err != nil {
			return r, err
		}
		r.Points = slices.DeleteFunc(r.Points, func(x roster.Point) bool { return x.ID == p.ID })
	}
	return r, nil
}

func forgetDevice(tx *store.Tx, who actor.Actor, rule string, one point) error {
	r, err := roster.Find(tx, one.person)
	if err != nil {
		return err
	}
	p, err := pick(r, one.contact)
	if err != nil {
		return err
	}
	if err := tx.Write(dropDevice, one.contact); err != nil {
		return err
	}
	if err := tx.Write(dropPoint, one.contact); err != nil {
		return err
	}
	return book(tx, who, rule, "contact.removed", r, p, nil)
}

// point is one contact point, and whose it is.
type point struct {
	person  id.Person
	contact id.Contact
}

func scanPoint(r store.Row) (p point, err error) { return p, r.Scan(&p.person, &p.contact) }

// Devices is where package webpush finds the devices.
type Devices struct {
	Store *store.Store
	Keys  *seal.Keys
}

var _ webpush.Directory = Devices{}

// Subscription finds the device that an address names; NotFound where there is
// none.
func (d Devices) Subscription(ctx context.Context, org id.Org, address string) (sub webpush.Subscription, err error) {
	var sealed []byte
	err = d.Store.View(ctx, org, func(tx *store.Tx) error {
		sealed, err = store.One(tx, deviceAt, store.Scalar[[]byte], address)
		return err
	})
	if err != nil {
		return sub, err
	}
	plain, err := d.Keys.Open(pushPurpose, sealed)
	if err != nil {
		return sub, err
	}
	return sub, json.Unmarshal(plain, &sub)
}
