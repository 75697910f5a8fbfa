package web

import (
	"errors"
	"io"
	"net/http"
	"time"

	"muster/fault"
	"muster/id"
	"muster/lang"
	"muster/letin/desk"
	"muster/letin/desk/picture"
)

// pictureRow is a picture that went with an answer.
type pictureRow struct {
	Href, Text string
	Wide, High int
	Erased     time.Time // zero: it is still there
}

func pictureRows(tag lang.Tag, page string, l desk.Line) (rows []pictureRow) {
	for n, k := range l.Pictures {
		rows = append(rows, pictureRow{
			Href: page + "/pictures/" + string(k.ID), Wide: k.Wide, High: k.High, Erased: k.Erased,
			Text: tag.Text("request.page.picture", map[string]any{"Number": n + 1, "Of": len(l.Pictures)}),
		})
	}
	return rows
}

// reply sends an answer, with pictures where some were sent up (FL12).
func (s *site) reply(r *http.Request, v *visit, which id.Request) error {
	pictures, err := sentUp(r)
	if err != nil {
		return err
	}
	form := r.PostFormValue
	return s.support().Reply(r.Context(), v.who, which, desk.Answer{
		Template: templateOf(form("template")), Words: form("words"), Asks: form("asks") != "", Pictures: pictures,
	})
}

// sentUp reads the pictures of a form, as they came.
func sentUp(r *http.Request) (all [][]byte, err error) {
	tooLarge := fault.New(fault.Invalid, "picture_large").At("pictures").With("Max", picture.MostBytes>>20)
	err = r.ParseMultipartForm(maxReply)
	if _, over := errors.AsType[*http.MaxBytesError](err); over {
		return nil, tooLarge
	}
	if errors.Is(err, http.ErrNotMultipart) {
		return nil, nil
	}
	if err != nil {
		return nil, fault.New(fault.Invalid, "picture_kind").At("pictures").Wrap(err)
	}
	for _, head := range r.MultipartForm.File["pictures"] {
		if head.Size > picture.MostBytes {
			return nil, tooLarge
		}
		file, err := head.Open()
		if err != nil {
			return nil, err
		}
		raw, err := io.ReadAll(file)
		if err = errors.Join(err, file.Close()); err != nil {
			return nil, err
		}
		if len(raw) > 0 { // a browser sends an empty one where none was chosen
			all = append(all, raw)
		}
	}
	return all, nil
}

// requestPicture hands a picture over to whoever may see it.
func (s *site) requestPicture(w http.ResponseWriter, r *http.Request, v *visit) error {
	which, err := id.Parse[id.Request](r.PathValue("request"))
	if err != nil {
		return err
	}
	one, err := id.Parse[id.Picture](r.PathValue("picture"))
	if err != nil {
		return err
	}
	i, err := s.support().Picture(r.Context(), v.who, which, one)
	if err != nil {
		return err
	}
	return v.download(w, i.Name(string(one), 1), i.Kind, i.Data)
}
