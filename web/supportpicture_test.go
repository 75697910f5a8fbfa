package web

import (
	"bytes"
	"image"
	"image/color"
	"image/png"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"muster/actor"
	"muster/letin/desk/picture"
	"muster/letin/grant"
)

// sendUp is a form with files, as a browser without scripts sends it; no files
// at all is what it sends where none was chosen.
func (b *browser) sendUp(path string, form map[string]string, files [][]byte, want int) reply {
	b.h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	fail := func(err error) {
		if err != nil {
			b.h.t.Fatal(err)
		}
	}
	for name, value := range form {
		fail(w.WriteField(name, value))
	}
	for _, raw := range files {
		part, err := w.CreateFormFile("pictures", `My "screen".png`)
		fail(err)
		_, err = part.Write(raw)
		fail(err)
	}
	if len(files) == 0 {
		part, err := w.CreateFormFile("pictures", "")
		fail(err)
		_, err = part.Write(nil)
		fail(err)
	}
	fail(w.Close())
	r, err := http.NewRequestWithContext(b.h.t.Context(), http.MethodPost, b.h.server.URL+path, &body)
	fail(err)
	r.Header.Set("Content-Type", w.FormDataContentType())
	res, err := b.c.Do(r)
	fail(err)
	defer res.Body.Close()
	var text bytes.Buffer
	_, err = text.ReadFrom(res.Body)
	fail(err)
	return b.expect(reply{res.StatusCode, res.Request.URL.Path, text.String(), res.Header}, "POST "+path, want)
}

func screenshot(t *testing.T) []byte {
	t.Helper()
	i := image.NewRGBA(image.Rect(0, 0, 600, 200))
	for n := range 600 * 200 {
		i.SetRGBA(n%600, n/600, color.RGBA{0, 120, 60, 255})
	}
	var b bytes.Buffer
	if err := png.Encode(&b, i); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

var pictured = regexp.MustCompile(`<img src="(/[a-z/-]+/req_[0-9a-f]+/pictures/pic_[0-9a-f]+)" alt="([^"]+)"`)

// FL12 as people do it: an agent who was inside attaches a picture to an answer;
// the customer sees it on the page of the request and in the mail, marked; another
// customer's administrator does not find it.
func TestFL12AnAnswerTakesPicturesAlong(t *testing.T) {
	e := let(t, grant.View, actor.FirstLine)
	e.guest.get("/roster", http.StatusOK)
	path := wish(t, e.admin, url.Values{"kind": {"look"}})
	e.guest.post(path+"/take", nil, http.StatusOK)
	e.guest.get(path+"?template=found", http.StatusOK).sees(t, `enctype="multipart/form-data"`, `type="file" name="pictures"`, "They go to this customer only")
	answer := map[string]string{"template": "found", "words": "The board is empty since the watch ended at noon."}
	e.guest.sendUp(path+"/reply", answer, [][]byte{[]byte("<svg/>")}, http.StatusUnprocessableEntity).sees(t, "Only PNG and JPEG pictures", "since the watch ended at noon")
	e.guest.sendUp(path+"/reply", answer, [][]byte{bytes.Repeat([]byte("x"), picture.MostBytes+1)}, http.StatusUnprocessableEntity).sees(t, "at most 4 MB")
	e.guest.sendUp(path+"/reply", map[string]string{"words": ""}, [][]byte{screenshot(t)}, http.StatusUnprocessableEntity)
	if n := len(pictured.FindAllString(e.guest.get(path, http.StatusOK).body, -1)); n != 0 {
		t.Fatalf("%d pictures without an explanation", n)
	}
	e.guest.sendUp(path+"/reply", answer, [][]byte{screenshot(t)}, http.StatusOK)
	theirs := asksPage + strings.TrimPrefix(path, supportPage)
	for side, page := range map[string]reply{path: e.guest.get(path, http.StatusOK), theirs: e.admin.get(theirs, http.StatusOK)} {
		all := pictured.FindAllStringSubmatch(page.body, -1)
		if len(all) != 1 || !strings.HasPrefix(all[0][1], side+"/") || all[0][2] == "" {
			t.Fatalf("%s shows %v", side, all)
		}
		who := e.admin
		if side == path {
			who = e.guest
		}
		file := who.get(all[0][1], http.StatusOK)
		if h := file.header; h.Get("Content-Type") != picture.PNG || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment; filename=") ||
			h.Get("X-Content-Type-Options") != "nosniff" || h.Get("Cache-Control") != "no-store" {
			t.Errorf("%s: %v", side, h)
		}
		i, err := png.Decode(strings.NewReader(file.body))
		if err != nil || i.Bounds().Dx() != 600 || i.Bounds().Dy() <= 200 {
			t.Errorf("%s: %v", side, err)
		}
	}
	// The page of a colleague in another queue has the words and no picture.
	_, piia := e.hired("Piia", actor.SecondLine, "")
	if page := piia.get(path, http.StatusOK).sees(t, "since the watch ended at noon"); pictured.MatchString(page.body) {
		t.Error("another department sees it")
	}
	own := pictured.FindStringSubmatch(e.admin.get(theirs, http.StatusOK).body)[1]
	piia.get(supportPage+strings.TrimPrefix(own, asksPage), http.StatusForbidden)
	other := e.Organisation("Elsewhere")
	stranger := e.as(other, other.Admin)
	stranger.get(own, http.StatusNotFound)
	e.as(e.org, e.org.Monitor("Mika")).get(own, http.StatusForbidden)
	e.browser().get(own, http.StatusOK).sees(t, `action="/sign-in"`)
	// An answer without pictures is still one.
	e.guest.sendUp(path+"/reply", map[string]string{"words": "It is there again."}, nil, http.StatusOK).sees(t, "It is there again.")
}
