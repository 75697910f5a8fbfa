package desk

import (
	"context"
	"fmt"

	"muster/actor"
	"muster/deliver"
	"muster/fault"
	"muster/id"
	"muster/letin/desk/picture"
	"muster/store"
)

// ready makes the pictures of an answer ready to leave, before the unit in which
// they do: it takes a moment, and nobody waits for it meanwhile.
func (d Desk) ready(ctx context.Context, who actor.Actor, which id.Request, raw [][]byte) ([]picture.Image, error) {
	if len(raw) == 0 {
		return nil, nil
	}
	var mark string
	err := d.within(ctx, who, which, func(tx *store.Tx, q Request) error {
		_, err := q.may(who, "sendPicture", 0)
		if err == nil {
			err = q.mine(who.Staff)
		}
		if err == nil {
			mark, err = picture.Mark(tx, who, q.Reference())
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return picture.Ready(raw, mark)
}

// within reads something of a request, wherever it is.
func (d Desk) within(ctx context.Context, who actor.Actor, which id.Request, read func(tx *store.Tx, q Request) error) error {
	return d.Store.Across().View(ctx, func(tx *store.AcrossTx) error {
		org, err := store.One(tx, where, store.Scalar[id.Org], which)
		if err == nil && who.Org != "" && who.Org != org {
			err = fault.New(fault.NotFound, "not_found")
		}
		if err != nil {
			return err
		}
		return tx.For(org, func(tx *store.Tx) error {
			q, err := store.One(tx, get, scan, which)
			if err != nil {
				return err
			}
			return read(tx, q)
		})
	})
}

// enclose keeps the pictures that go with the answer that was sent last, each
// with its digest in the book.
func (d Desk) enclose(tx *store.Tx, who actor.Actor, q Request, mail id.Message, all []picture.Image) error {
	if len(all) == 0 {
		return nil
	}
	rule, err := q.may(who, "sendPicture", 0)
	for _, i := range all {
		if err != nil {
			return err
		}
		var which id.Picture
		if which, err = i.Keep(tx, d.Keys, q.ID, mail); err == nil {
			err = q.Book(tx, who, "request.picture", rule, map[string]any{
				"Picture": string(which), "Type": i.Kind, "Wide": i.Wide, "High": i.High, "Digest": i.Digest(),
			}, nil)
		}
	}
	return err
}

// show puts with each line the pictures that went with it, where the actor may
// see them.
func (q Request) show(tx *store.Tx, who actor.Actor, said []Line) error {
	if _, no := q.may(who, "seePicture", 0); no != nil {
		return nil // the words are theirs to read all the same
	}
	all, err := picture.Of(tx, q.ID)
	for _, k := range all {
		for i := range said {
			if said[i].Number == k.Line {
				said[i].Pictures = append(said[i].Pictures, k)
			}
		}
	}
	return err
}

// Picture opens a picture that went with an answer about a request.
func (d Desk) Picture(ctx context.Context, who actor.Actor, which id.Request, one id.Picture) (i picture.Image, err error) {
	err = d.within(ctx, who, which, func(tx *store.Tx, q Request) error {
		if err := q.see(who); err != nil {
			return err
		}
		if _, err := q.may(who, "seePicture", 0); err != nil {
			return err
		}
		i, err = picture.Read(tx, d.Keys, which, one)
		return err
	})
	return i, err
}

// Files are the pictures that leave with a mail, by the names that they have
// there.
func (d Desk) Files(ctx context.Context, m deliver.Message) (map[string][]byte, error) {
	if m.Purpose != "request_reply" {
		return nil, nil
	}
	files := map[string][]byte{}
	err := d.Store.View(ctx, m.Org, func(tx *store.Tx) error {
		all, err := picture.With(tx, d.Keys, m.ID)
		for n, i := range all {
			files[i.Name(fmt.Sprint(m.Facts["Reference"]), n+1)] = i.Data
		}
		return err
	})
	return files, err
}
