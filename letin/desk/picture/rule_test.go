package picture

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"strings"
	"testing"

	"muster/fault"
)

const mark = "grt_01936a7c5d0e7b3f9a4c2e1d0f8b7a65 · Äiti Öljynen · 2026-11-22 15:04:05 UTC · R-2026-000123"

var blue = color.RGBA{10, 40, 200, 255}

// shot is a picture of one colour.
func shot(wide, high int) *image.RGBA {
	i := image.NewRGBA(image.Rect(0, 0, wide, high))
	for n := range wide * high {
		i.SetRGBA(n%wide, n/wide, blue)
	}
	return i
}

func asPNG(t *testing.T, i image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, i); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func asJPEG(t *testing.T, i image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := jpeg.Encode(&b, i, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// told is a PNG with a piece of text in it, as cameras and editors leave them.
func told(raw []byte, words string) []byte {
	const head = 8 + 25 // signature and IHDR
	chunk := append([]byte("tEXt"), "Comment\x00"+words...)
	piece := binary.BigEndian.AppendUint32(nil, uint32(len(chunk)-4))
	piece = append(piece, chunk...)
	piece = binary.BigEndian.AppendUint32(piece, crc32.ChecksumIEEE(chunk))
	return bytes.Join([][]byte{raw[:head], piece, raw[head:], []byte("after the end: " + words)}, nil)
}

// exif is a JPEG with such a piece.
func exif(raw []byte, words string) []byte {
	body := "Exif\x00\x00" + words
	piece := append([]byte{0xff, 0xe1}, binary.BigEndian.AppendUint16(nil, uint16(len(body)+2))...)
	return bytes.Join([][]byte{raw[:2], piece, []byte(body), raw[2:]}, nil)
}

func TestFL12NothingButWhatIsToBeSeenIsLeftOfAPictureAndItIsMarked(t *testing.T) {
	const secret = "60.1699 N 24.9384 E by Matti's phone"
	for name, raw := range map[string][]byte{PNG: told(asPNG(t, shot(800, 300)), secret), JPEG: exif(asJPEG(t, shot(800, 300)), secret)} {
		if !bytes.Contains(raw, []byte(secret)) {
			t.Fatalf("%s: nothing to leave out", name)
		}
		all, err := Ready([][]byte{raw}, mark)
		if err != nil || len(all) != 1 || all[0].Kind != name {
			t.Fatalf("%s: %v %v", name, all, err)
		}
		i := all[0]
		if bytes.Contains(i.Data, []byte(secret)) {
			t.Errorf("%s: what stood beside the picture is still there", name)
		}
		seen, kind, err := image.Decode(bytes.NewReader(i.Data))
		if err != nil || "image/"+kind != name {
			t.Fatalf("%s: it is %s: %v", name, kind, err)
		}
		b := seen.Bounds()
		if b.Dx() != 800 || b.Dy() <= 300 || i.Wide != b.Dx() || i.High != b.Dy() {
			t.Errorf("%s: %v, said to be %d × %d", name, b, i.Wide, i.High)
		}
		if r, g, bl, _ := seen.At(400, 150).RGBA(); r>>8 > 20 || g>>8 > 50 || bl>>8 < 180 {
			t.Errorf("%s: the picture is hidden or changed: %d %d %d", name, r>>8, g>>8, bl>>8)
		}
		if dark := inked(seen, 301); dark < 200 {
			t.Errorf("%s: %d dark pixels are no mark", name, dark)
		}
		if len(i.Digest()) != 64 {
			t.Error(i.Digest())
		}
	}
}

// inked counts the dark pixels from a row on.
func inked(i image.Image, from int) (n int) {
	for y := from; y < i.Bounds().Dy(); y++ {
		for x := range i.Bounds().Dx() {
			if r, _, _, _ := i.At(x, y).RGBA(); r>>8 < 100 {
				n++
			}
		}
	}
	return n
}

// However narrow a picture is, all of the mark stands on it.
func TestFL12TheWholeMarkFits(t *testing.T) {
	for _, wide := range []int{fewestSide, 200, 361, 1440, 3840} {
		out := stamp(shot(wide, 40), mark)
		face := faceFor(out.Bounds().Dx())
		rows := wrapped(face, mark, out.Bounds().Dx()-2*padding)
		if strings.Join(rows, " ") != mark {
			t.Errorf("%d wide: %q", wide, rows)
		}
		if room := out.Bounds().Dy() - 40; room < len(rows)*face.Metrics().Height.Ceil() {
			t.Errorf("%d wide: %d rows in %d pixels", wide, len(rows), room)
		}
	}
}

// claims is the head of a PNG that says it is that big, and has nothing in it.
func claims(t *testing.T, wide, high uint32) []byte {
	t.Helper()
	raw := asPNG(t, shot(fewestSide, fewestSide))
	binary.BigEndian.PutUint32(raw[16:], wide)
	binary.BigEndian.PutUint32(raw[20:], high)
	binary.BigEndian.PutUint32(raw[29:], crc32.ChecksumIEEE(raw[12:29]))
	return raw
}

func TestFL12PicturesHaveLimits(t *testing.T) {
	small := asPNG(t, shot(20, 20))
	var moving bytes.Buffer
	if err := gif.Encode(&moving, shot(20, 20), nil); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		raw  [][]byte
		code string
	}{
		"none":                  {nil, ""},
		"as many as may be":     {[][]byte{small, small, small}, ""},
		"one more":              {[][]byte{small, small, small, small}, "picture_many"},
		"too many bytes":        {[][]byte{make([]byte, MostBytes+1)}, "picture_large"},
		"another type":          {[][]byte{moving.Bytes()}, "picture_kind"},
		"a page":                {[][]byte{[]byte("<html><script>alert(1)</script>")}, "picture_kind"},
		"a drawing":             {[][]byte{[]byte(`<svg xmlns="http://www.w3.org/2000/svg"/>`)}, "picture_kind"},
		"nothing":               {[][]byte{{}}, "picture_kind"},
		"half of one":           {[][]byte{asPNG(t, shot(400, 400))[:200]}, "picture_kind"},
		"a dot":                 {[][]byte{asPNG(t, shot(1, 1))}, "picture_kind"},
		"says it is too wide":   {[][]byte{claims(t, mostSide+1, 20)}, "picture_wide"},
		"says it is enormous":   {[][]byte{claims(t, mostSide, mostSide)}, "picture_wide"},
		"says more than it has": {[][]byte{claims(t, 3000, 3000)}, "picture_kind"},
		"one good and one bad":  {[][]byte{small, {1, 2, 3}}, "picture_kind"},
	} {
		all, err := Ready(c.raw, mark)
		if code(err) != c.code || err == nil && len(all) != len(c.raw) {
			t.Errorf("%s: %d pictures, %v", name, len(all), err)
		}
		if f := fault.From(err); err != nil && (f.Field != "pictures" || f.Kind != fault.Invalid) {
			t.Errorf("%s: %+v", name, f)
		}
	}
}

func code(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Code
}

func FuzzReady(f *testing.F) {
	var b bytes.Buffer
	if err := png.Encode(&b, shot(20, 20)); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	b = bytes.Buffer{}
	if err := jpeg.Encode(&b, shot(20, 20), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Fuzz(func(t *testing.T, raw []byte) {
		all, err := Ready([][]byte{raw}, mark)
		if err != nil {
			if f := fault.From(err); f.Kind != fault.Invalid {
				t.Errorf("%v", err)
			}
			return
		}
		if d, err := decode(all[0].Data); err != nil || d.kind != all[0].Kind {
			t.Errorf("what was made of it cannot be read: %v", err)
		}
	})
}
