package web

import (
	"fmt"
	"image/color"
	"strings"

	"github.com/boombuler/barcode/qr"
)

// qrCode is a code as a page draws it: the path of its dark squares, in a
// picture of Size units with the white edge that scanners need.
type qrCode struct {
	Size int
	Path string
}

// qrEdge is the white around a code, in squares (ISO/IEC 18004, quiet zone).
const qrEdge = 4

// longText is from where on a code is easier to read for having larger squares
// than for bearing a scratch on the screen.
const longText = 150

// newQR makes the code of a text of up to 2,900 bytes.
func newQR(text string) (qrCode, error) {
	level := qr.M
	if len(text) > longText {
		level = qr.L
	}
	code, err := qr.Encode(text, level, qr.Auto)
	if err != nil {
		return qrCode{}, fmt.Errorf("QR code: %w", err)
	}
	size := code.Bounds().Dx()
	dark := func(x, y int) bool { return x < size && code.At(x, y) == color.Black }
	var path strings.Builder
	for y := range size {
		for x := 0; x < size; x++ {
			from := x
			for dark(x, y) {
				x++
			}
			if x > from {
				fmt.Fprintf(&path, "M%d %dh%dv1h-%dz", from+qrEdge, y+qrEdge, x-from, x-from)
			}
		}
	}
	return qrCode{Size: size + 2*qrEdge, Path: path.String()}, nil
}
