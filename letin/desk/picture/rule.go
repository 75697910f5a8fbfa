// Package picture takes pictures of a customer's own data, which support sends
// to that customer with an explanation and to nobody else (FL12). What was sent
// up is never passed on as it came: it is decoded, marked by whose leave and when
// it was taken, and encoded anew, so that nothing but what is to be seen is left
// of it. It is kept sealed, and erased with the data that it shows.
package picture

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"image"
	"image/jpeg"
	"image/png"
	"strconv"
	"sync"

	"muster/fault"
)

// Limits of what is taken in. Mail servers refuse what is much larger than all
// the pictures of an answer may be together.
const (
	Most       = 3       // with one answer
	MostBytes  = 4 << 20 // of one, as it is sent up
	mostSent   = 6 << 20 // of all of one answer, as they leave
	mostPixels = 9 << 20 // of one; a screen of 4096 × 2160 fits
	mostSide   = 8192
	fewestSide = 16
	quality    = 90
)

// Kinds are the types of picture that are taken in.
const (
	PNG  = "image/png"
	JPEG = "image/jpeg"
)

// Image is a picture as it leaves.
type Image struct {
	Kind       string // PNG or JPEG
	Wide, High int    // in pixels
	Data       []byte
}

// Digest is the hexadecimal SHA-256 of the picture.
func (i Image) Digest() string {
	sum := sha256.Sum256(i.Data)
	return hex.EncodeToString(sum[:])
}

// Name is what the n-th picture about a request is called as a file.
func (i Image) Name(reference string, n int) string {
	end := ".png"
	if i.Kind == JPEG {
		end = ".jpg"
	}
	return reference + "-" + strconv.Itoa(n) + end
}

// oneAtATime bounds the memory that decoding takes.
var oneAtATime sync.Mutex

// Ready makes of what was sent up for one answer the pictures that leave, each
// with the mark on it. Faults are at pictures.
func Ready(raw [][]byte, mark string) (all []Image, err error) {
	if len(raw) > Most {
		return nil, wrong("picture_many").With("Max", Most)
	}
	sent := 0
	for _, one := range raw {
		i, err := ready(one, mark)
		if err != nil {
			return nil, err
		}
		if sent += len(i.Data); sent > mostSent {
			return nil, wrong("picture_large").With("Max", MostBytes>>20)
		}
		all = append(all, i)
	}
	return all, nil
}

func ready(raw []byte, mark string) (i Image, err error) {
	if len(raw) > MostBytes {
		return i, wrong("picture_large").With("Max", MostBytes>>20)
	}
	oneAtATime.Lock()
	defer oneAtATime.Unlock()
	seen, err := decode(raw)
	if err != nil {
		return i, err
	}
	var out bytes.Buffer
	marked := stamp(seen.pixels, mark)
	if i.Kind = seen.kind; i.Kind == JPEG {
		err = jpeg.Encode(&out, marked, &jpeg.Options{Quality: quality})
	} else {
		err = png.Encode(&out, marked)
	}
	i.Wide, i.High, i.Data = marked.Bounds().Dx(), marked.Bounds().Dy(), out.Bytes()
	return i, err
}

// decoded is a picture as it came.
type decoded struct {
	kind   string
	pixels image.Image
}

// decode reads a picture whose size its head says first: whoever claims more
// than may be is not believed before anything is made room for.
func decode(raw []byte) (d decoded, err error) {
	kinds := []struct {
		name string
		head func([]byte) (image.Config, error)
		body func([]byte) (image.Image, error)
	}{
		{PNG, func(b []byte) (image.Config, error) { return png.DecodeConfig(bytes.NewReader(b)) }, func(b []byte) (image.Image, error) { return png.Decode(bytes.NewReader(b)) }},
		{JPEG, func(b []byte) (image.Config, error) { return jpeg.DecodeConfig(bytes.NewReader(b)) }, func(b []byte) (image.Image, error) { return jpeg.Decode(bytes.NewReader(b)) }},
	}
	for _, k := range kinds {
		c, err := k.head(raw)
		if err != nil {
			continue
		}
		switch {
		case c.Width > mostSide || c.Height > mostSide || c.Width*c.Height > mostPixels:
			return d, wrong("picture_wide").With("Max", mostSide)
		case c.Width < fewestSide || c.Height < fewestSide:
			return d, wrong("picture_kind")
		}
		pixels, err := k.body(raw)
		if err != nil {
			return d, wrong("picture_kind").Wrap(err)
		}
		return decoded{k.name, pixels}, nil
	}
	return d, wrong("picture_kind")
}

func wrong(code string) *fault.Fault { return fault.New(fault.Invalid, code).At("pictures") }
