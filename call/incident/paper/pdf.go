package paper

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/gomono"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
)

// A4 in millimetres, and sizes in points.
const (
	pageWidth  = 210.0
	pageHeight = 297.0
	margin     = 18.0
	foot       = 16.0 // what the page's foot takes
	line       = 4.6
	body       = 9.0
	small      = 8.0
	indent     = 4.0 // of what stands under a row
)

// pagesAlias stands for the number of pages until it is known.
const pagesAlias = "{pages}"

// drawing is a PDF on its way.
type drawing struct {
	*fpdf.Fpdf
	sheet Sheet
}

// Write draws the sheet as a PDF of A4 pages.
func Write(w io.Writer, s Sheet) error {
	d := drawing{Fpdf: fpdf.New("P", "mm", "A4", ""), sheet: s}
	d.AddUTF8FontFromBytes("go", "", goregular.TTF)
	d.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	d.AddUTF8FontFromBytes("mono", "", gomono.TTF)
	d.SetMargins(margin, margin+8, margin)
	d.SetAutoPageBreak(true, margin+foot)
	d.SetCatalogSort(true)
	d.SetCreationDate(s.Made)
	d.SetModificationDate(s.Made)
	d.SetTitle(s.Number+" – "+s.Title, true)
	d.SetAuthor(s.Organisation, true)
	d.SetCreator("Muster", true)
	d.SetLang(string(s.Lang))
	d.AliasNbPages(pagesAlias)
	d.SetHeaderFunc(d.header)
	d.SetFooterFunc(d.footer)
	d.AddPage()
	d.front()
	for _, p := range s.Parts {
		d.part(p)
	}
	d.proof()
	return d.Output(w)
}

func (d drawing) header() {
	d.SetY(margin - 4)
	d.SetFont("go", "B", small)
	d.CellFormat(d.wide()/2, line, printable(d.sheet.Organisation), "", 0, "L", false, 0, "")
	d.CellFormat(d.wide()/2, line, printable(d.sheet.Number), "", 1, "R", false, 0, "")
	d.rule()
	d.SetY(margin + 8)
}

func (d drawing) footer() {
	d.SetY(-margin)
	d.rule()
	d.SetFont("go", "", small)
	d.CellFormat(d.wide()*.78, line, printable(d.sheet.Printed), "", 0, "L", false, 0, "")
	d.CellFormat(d.wide()*.22, line, fmt.Sprintf(d.sheet.page, d.PageNo()), "", 0, "R", false, 0, "")
}

func (d drawing) rule() {
	d.SetDrawColor(150, 150, 150)
	d.Line(margin, d.GetY()+line, pageWidth-margin, d.GetY()+line)
	if d.GetY() > pageHeight/2 { // the foot's rule is above its text
		d.SetY(d.GetY() + line + 1)
	}
}

func (d drawing) wide() float64 { return pageWidth - 2*margin }

// front is the title and the facts.
func (d drawing) front() {
	d.SetFont("go", "B", 16)
	d.MultiCell(d.wide(), 7, printable(d.sheet.Title), "", "L", false)
	d.Ln(2)
	d.pairs(d.sheet.Facts)
	if d.sheet.Closing != "" {
		d.Ln(1.5)
		d.SetFont("go", "", body+1)
		d.MultiCell(d.wide(), line+.4, printable("“"+d.sheet.Closing+"” – "+d.sheet.ClosedBy), "L", "L", false)
	}
}

func (d drawing) pairs(all []Pair) {
	const name = 50.0
	for _, p := range all {
		d.SetFont("go", "", body)
		lines := d.split(p.Value, d.wide()-name)
		d.room(float64(len(lines)) * line)
		d.SetTextColor(80, 80, 80)
		d.CellFormat(name, line, printable(p.Name), "", 0, "L", false, 0, "")
		d.SetTextColor(0, 0, 0)
		for i, l := range lines {
			if i > 0 {
				d.SetX(margin + name)
			}
			d.CellFormat(d.wide()-name, line, l, "", 1, "L", false, 0, "")
		}
	}
}

// room begins a new page where so much height is not left on this one.
func (d drawing) room(height float64) {
	if d.GetY()+height > pageHeight-margin-foot {
		d.AddPage()
	}
}

func (d drawing) heading(text string) {
	d.room(6 * line)
	d.Ln(4)
	d.SetFont("go", "B", 11)
	d.CellFormat(d.wide(), 6, printable(text), "", 1, "L", false, 0, "")
}

func (d drawing) part(p Part) {
	d.heading(p.Title)
	if len(p.Rows) == 0 {
		d.SetFont("go", "", body)
		d.MultiCell(d.wide(), line, printable(p.Note), "", "L", false)
		return
	}
	d.head(p)
	for _, r := range p.Rows {
		d.row(p, r)
	}
}

func (d drawing) head(p Part) {
	d.SetFont("go", "B", small)
	d.cells(p.Width, p.Head)
	d.SetDrawColor(150, 150, 150)
	d.Line(margin, d.GetY(), pageWidth-margin, d.GetY())
	d.Ln(.8)
}

func (d drawing) row(p Part, r Row) {
	d.SetFont("go", "", body)
	before := d.PageNo()
	d.room(d.height(p.Width, r.Cells))
	if d.PageNo() != before {
		d.head(p)
		d.SetFont("go", "", body)
	}
	d.cells(p.Width, r.Cells)
	left := margin + d.wide()*(1-p.Width[len(p.Width)-1]) + indent
	d.SetFont("go", "", small)
	for _, under := range r.Under {
		lines := d.split(under, pageWidth-margin-left)
		before := d.PageNo()
		d.room(float64(len(lines)) * (line - .4))
		if d.PageNo() != before {
			d.head(p)
			d.SetFont("go", "", small)
		}
		for i, l := range lines {
			if i == 0 {
				d.SetX(left - indent)
				d.CellFormat(indent, line-.4, "–", "", 0, "C", false, 0, "")
			}
			d.SetX(left)
			d.CellFormat(pageWidth-margin-left, line-.4, l, "", 1, "L", false, 0, "")
		}
	}
	d.Ln(.7)
}

func (d drawing) height(width []float64, cells []string) float64 {
	most := 1
	for i, c := range cells {
		most = max(most, len(d.split(c, d.wide()*width[i])))
	}
	return float64(most) * line
}

// cells draws one row, each cell as many lines high as it needs. A cell that
// is higher than a page goes on on the next.
func (d drawing) cells(width []float64, cells []string) {
	wrapped := make([][]string, len(cells))
	most := 1
	for i, c := range cells {
		wrapped[i] = d.split(c, d.wide()*width[i])
		most = max(most, len(wrapped[i]))
	}
	for n := range most {
		d.room(line)
		left := margin
		for i := range cells {
			w := d.wide() * width[i]
			if n < len(wrapped[i]) {
				d.SetX(left)
				d.CellFormat(w, line, wrapped[i][n], "", 0, "L", false, 0, "")
			}
			left += w
		}
		d.Ln(line)
	}
}

// split cuts text into lines that fit.
func (d drawing) split(text string, width float64) []string {
	var out []string
	for l := range strings.SplitSeq(printable(text), "\n") {
		out = append(out, d.SplitText(l, width-1)...)
		if l == "" {
			out = append(out, "")
		}
	}
	return out
}

func (d drawing) proof() {
	d.room(16 * line) // all of it on one page
	d.heading(d.sheet.Organisation + " · " + d.sheet.Number)
	d.SetFont("go", "", body)
	d.MultiCell(d.wide(), line, printable(d.sheet.ProofText), "", "L", false)
	d.Ln(1)
	d.pairs(d.sheet.Proof)
	d.SetFont("mono", "", small-1)
	for l := range strings.SplitSeq(strings.TrimRight(d.sheet.Checkpoint, "\n"), "\n") {
		for _, cut := range d.split(l, d.wide()) {
			d.room(line)
			d.CellFormat(d.wide(), line-.6, cut, "", 1, "L", false, 0, "")
		}
	}
}

// glyphs is the face that decides what can be drawn; the others have the same
// characters.
var glyphs = sync.OnceValue(func() *sfnt.Font {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic("paper: " + err.Error()) // it is part of the program
	}
	return f
})

// missing is drawn for a character that the face does not have.
const missing = '□'

// printable makes text of what the face can draw: Latin, Greek and Cyrillic
// with all their marks. A space of any kind is a space, and what is missing is
// seen to be missing.
func printable(s string) string {
	var out bytes.Buffer
	var scratch sfnt.Buffer
	for _, r := range s {
		switch {
		case r == '\n':
			out.WriteRune(r)
			continue
		case slices.Contains(thinSpaces, r):
			r = '\u00a0'
		case r < ' ' || r == '\u007f':
			r = ' '
		}
		if g, err := glyphs().GlyphIndex(&scratch, r); err != nil || g == 0 || r > 0xffff {
			r = missing
		}
		out.WriteRune(r)
	}
	return out.String()
}

// thinSpaces are those that languages put between digits and before signs.
var thinSpaces = []rune{'\u202f', '\u2009', '\u2007', '\u2008', '\u200a'}
