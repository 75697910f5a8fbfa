package picture

import (
	"image"
	"image/color"
	"image/draw"
	"strings"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The mark stands in a band below the picture, so that it hides nothing of it.
const (
	narrowest = 360 // pixels; a narrower picture is put on paper this wide
	padding   = 6
)

var (
	paper = color.RGBA{255, 255, 255, 255}
	ink   = color.RGBA{20, 24, 28, 255}
)

// regular is the typeface of the mark; it is part of the program, and good.
var regular = sync.OnceValue(func() *opentype.Font {
	f, err := opentype.Parse(goregular.TTF)
	if err != nil {
		panic(err)
	}
	return f
})

// stamp is the picture with the mark below it.
func stamp(of image.Image, mark string) *image.RGBA {
	from := of.Bounds()
	wide := max(from.Dx(), narrowest)
	face := faceFor(wide)
	defer face.Close()
	rows := wrapped(face, mark, wide-2*padding)
	step := face.Metrics().Height.Ceil()
	out := image.NewRGBA(image.Rect(0, 0, wide, from.Dy()+len(rows)*step+2*padding))
	draw.Draw(out, out.Bounds(), image.NewUniform(paper), image.Point{}, draw.Src)
	draw.Draw(out, image.Rect(0, 0, from.Dx(), from.Dy()), of, from.Min, draw.Over)
	draw.Draw(out, image.Rect(0, from.Dy(), wide, from.Dy()+1), image.NewUniform(ink), image.Point{}, draw.Src)
	pen := font.Drawer{Dst: out, Src: image.NewUniform(ink), Face: face}
	for i, row := range rows {
		pen.Dot = fixed.P(padding, from.Dy()+padding+i*step+face.Metrics().Ascent.Ceil())
		pen.DrawString(row)
	}
	return out
}

// faceFor is the typeface in a size that can be read beside a picture that wide.
func faceFor(wide int) font.Face {
	face, err := opentype.NewFace(regular(), &opentype.FaceOptions{Size: float64(min(max(wide/80, 12), 28)), DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		panic(err) // of a typeface and sizes that are our own
	}
	return face
}

// wrapped breaks a text into rows that are no wider than that.
func wrapped(face font.Face, text string, wide int) (rows []string) {
	row := ""
	for word := range strings.FieldsSeq(text) {
		longer := strings.TrimSpace(row + " " + word)
		if row != "" && font.MeasureString(face, longer).Ceil() > wide {
			rows, longer = append(rows, row), word
		}
		row = longer
	}
	return append(rows, row)
}
