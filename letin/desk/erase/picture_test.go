package erase_test

import (
	"bytes"
	"image"
	"image/png"
	"testing"

	"muster/deliver"
	"muster/letin/desk"
	"muster/letin/desk/erase"
	"muster/letin/desk/picture"
	"muster/mustertest"
	"muster/store"
)

// FL12: when data is deleted, pictures of it that support sent are not kept.
func TestFL12PicturesGoWithTheDataThatTheyShow(t *testing.T) {
	mustertest.Stores(t, func(t *testing.T, s *store.Store) {
		h := open(t, s)
		q := h.asked(desk.TestData)
		var shot bytes.Buffer
		if err := png.Encode(&shot, image.NewGray(image.Rect(0, 0, 40, 40))); err != nil {
			t.Fatal(err)
		}
		if err := h.Reply(t.Context(), h.olga, q, desk.Answer{Template: "test_data", Words: "This is how.", Pictures: [][]byte{shot.Bytes()}}); err != nil {
			t.Fatal(err)
		}
		sent := func() picture.Kept {
			_, said, err := h.Desk.Open(t.Context(), h.org.Admin.Actor, q)
			for _, l := range said {
				for _, k := range l.Pictures {
					return k
				}
			}
			t.Fatalf("no picture: %v", err)
			return picture.Kept{}
		}
		kept := sent()
		if _, err := h.Picture(t.Context(), h.org.Admin.Actor, q, kept.ID); err != nil || !kept.Erased.IsZero() {
			t.Errorf("before: %+v %v", kept, err)
		}
		if got := h.step(h.olga, q, erase.Own, erase.Given{Words: "All visits of May, in the console."}); got != "" {
			t.Fatal(got)
		}
		if kept = sent(); kept.Erased.IsZero() || kept.Digest == "" {
			t.Errorf("after: %+v", kept)
		}
		if i, err := h.Picture(t.Context(), h.org.Admin.Actor, q, kept.ID); code(err) != "not_found" || len(i.Data) > 0 {
			t.Errorf("it is still there: %v", err)
		}
		var all []deliver.Message
		err := s.View(t.Context(), h.org.ID, func(tx *store.Tx) (err error) {
			if all, err = deliver.About(tx, string(q), 20); err != nil {
				return err
			}
			rows, err := store.All(tx, lying, store.Scalar[int])
			if len(rows) != 1 || rows[0] != 0 {
				t.Errorf("bytes left: %v", rows)
			}
			return err
		})
		if err != nil || len(all) == 0 {
			t.Errorf("%d mails, %v", len(all), err)
		}
		for _, m := range all {
			if files, err := h.Files(t.Context(), m); err != nil || len(files) != 0 {
				t.Errorf("a mail that leaves now takes %d along: %v", len(files), err)
			}
		}
	})
}

var lying = store.Query("erase_test.lying", `select coalesce(length(sealed), 0) from request_picture where org = $1`)
