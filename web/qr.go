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

// newQR makes a code that stands a scratch or a finger on the screen.
func newQR(text string) (qrCode, error) {
	code, err := qr.Encode(text, qr.M, qr.Auto)
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
