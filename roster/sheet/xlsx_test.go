package sheet_test

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"strings"
	"testing"

	"muster/roster/sheet"
)

// book builds a workbook by hand, so that it can hold what no office program
// would write. Parts are file names with their text; the usual ones are there
// unless given.
func book(t *testing.T, parts map[string]string) []byte {
	t.Helper()
	all := map[string]string{
		"[Content_Types].xml": `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">` +
			`<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>` +
			`<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>`,
		"_rels/.rels":                `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>`,
		"xl/workbook.xml":            workbook(`<sheet name="S" sheetId="1" r:id="r1"/>`),
		"xl/_rels/workbook.xml.rels": `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet2.xml"/></Relationships>`,
	}
	for name, text := range parts {
		all[name] = text
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for name, text := range all {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.WriteString(w, text)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func workbook(sheets string) string {
	return `<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>` + sheets + `</sheets></workbook>`
}

func worksheet(rows string) string {
	return `<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>` + rows + `</sheetData></worksheet>`
}

func row(n int, cells ...string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<row r="%d">`, n)
	for i, c := range cells {
		if strings.HasPrefix(c, "<") {
			b.WriteString(c)
			continue
		}
		fmt.Fprintf(&b, `<c r="%c%d" t="inlineStr"><is><t xml:space="preserve">%s</t></is></c>`, 'A'+i, n, c)
	}
	return b.String() + "</row>"
}

var head = row(1, "Name", "E-mail", "Mobile", "PIN")

func TestWorkbooksThatLie(t *testing.T) {
	good := row(2, "A", "a@b.example", "0401234567")
	for name, c := range map[string]struct {
		parts map[string]string
		code  string
		names []string
	}{
		"plain":               {map[string]string{"xl/worksheets/sheet1.xml": worksheet(head + good)}, "", []string{"A"}},
		"empty sheet":         {map[string]string{"xl/worksheets/sheet1.xml": worksheet("")}, "sheet_no_header", nil},
		"no sheet part":       {nil, "sheet_broken", nil},
		"no sheets":           {map[string]string{"xl/workbook.xml": workbook("")}, "sheet_broken", nil},
		"a text document":     {map[string]string{"xl/workbook.xml": "", "word/document.xml": "<w/>"}, "sheet_broken", nil},
		"giant dimension":     {map[string]string{"xl/worksheets/sheet1.xml": strings.Replace(worksheet(head+good), "<sheetData>", `<dimension ref="A1:XFD1048576"/><sheetData>`, 1)}, "", []string{"A"}},
		"far cell, far row":   {map[string]string{"xl/worksheets/sheet1.xml": worksheet(head + good + `<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>`)}, "", []string{"A"}},
		"row beyond the last": {map[string]string{"xl/worksheets/sheet1.xml": worksheet(head + good + `<row r="1048577"><c r="A1048577"><v>1</v></c></row>`)}, "sheet_broken", nil},
		"bad cell name":       {map[string]string{"xl/worksheets/sheet1.xml": worksheet(head + good + `<row r="3"><c r="!!"><v>1</v></c></row>`)}, "sheet_broken", nil},
		"string out of range": {map[string]string{"xl/worksheets/sheet1.xml": worksheet(head + row(2, `<c r="A2" t="s"><v>-7</v></c>`, "a@b.example", "0401234567"))}, "", []string{""}},
		"hidden first sheet": {map[string]string{
			"xl/workbook.xml":          workbook(`<sheet name="S" sheetId="1" r:id="r1" state="hidden"/><sheet name="T" sheetId="2" r:id="r2"/>`),
			"xl/worksheets/sheet1.xml": worksheet(head + row(2, "Hidden", "h@b.example", "0401234567")),
			"xl/worksheets/sheet2.xml": worksheet(head + good),
		}, "", []string{"A"}},
		"all sheets hidden": {map[string]string{
			"xl/workbook.xml":          workbook(`<sheet name="S" sheetId="1" r:id="r1" state="veryHidden"/>`),
			"xl/worksheets/sheet1.xml": worksheet(head + good),
		}, "sheet_broken", nil},
	} {
		s, err := sheet.Read(book(t, c.parts), sheet.Options{Country: "FI"})
		if codeOf(err) != c.code {
			t.Errorf("%s: %v, want %q", name, err, c.code)
			continue
		}
		if err != nil {
			continue
		}
		var names []string
		for _, e := range s.Entries {
			names = append(names, e.Name)
		}
		if !slices.Equal(names, c.names) {
			t.Errorf("%s: %q, want %q", name, names, c.names)
		}
	}
}

func TestSecondRosterInTheBookIsSaid(t *testing.T) {
	s, err := sheet.Read(book(t, map[string]string{
		"xl/workbook.xml":          workbook(`<sheet name="North" sheetId="1" r:id="r1"/><sheet name="South" sheetId="2" r:id="r2"/>`),
		"xl/worksheets/sheet1.xml": worksheet(head + row(2, "A", "a@b.example", "0401234567")),
		"xl/worksheets/sheet2.xml": worksheet(head + row(2, "B", "b@b.example", "0401234568")),
	}), sheet.Options{Country: "FI"})
	if err != nil || s.Name != "North" || !slices.Equal(s.Ignored, []string{"South"}) {
		t.Errorf("%+v, %v", s, err)
	}
}

func TestQuantitiesTurnBackIntoNumbers(t *testing.T) {
	styles := `<styleSheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><numFmts count="2"><numFmt numFmtId="164" formatCode="0000"/><numFmt numFmtId="165" formatCode="0000000000"/></numFmts>` +
		`<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="164" applyNumberFormat="1"/><xf numFmtId="165" applyNumberFormat="1"/></cellXfs></styleSheet>`
	for name, c := range map[string]struct{ mobile, pin, wantMobile, wantPIN string }{
		"integer":          {`<c r="C2"><v>358401234567</v></c>`, `<c r="D2"><v>1234</v></c>`, "+358401234567", "1234"},
		"lost zero":        {`<c r="C2"><v>401234567</v></c>`, `<c r="D2"><v>42</v></c>`, "+358401234567", "42"},
		"exponent form":    {`<c r="C2"><v>3.58401234567E11</v></c>`, `<c r="D2"><v>1.234E3</v></c>`, "+358401234567", "1234"},
		"zeros by format":  {`<c r="C2" s="2"><v>401234567</v></c>`, `<c r="D2" s="1"><v>42</v></c>`, "+358401234567", "0042"},
		"formula's result": {`<c r="C2" t="str"><f>"040"&amp;"1234567"</f><v>0401234567</v></c>`, `<c r="D2"><f>40+2</f><v>42</v></c>`, "+358401234567", "42"},
	} {
		s, err := sheet.Read(book(t, map[string]string{
			"xl/styles.xml":            styles,
			"xl/worksheets/sheet1.xml": worksheet(head + row(2, "A", "a@b.example", c.mobile, c.pin)),
		}), sheet.Options{Country: "FI"})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if e := s.Entries[0]; e.Mobile != c.wantMobile || e.PIN != c.wantPIN || len(e.Bad) > 0 {
			t.Errorf("%s: %q %q %+v", name, e.Mobile, e.PIN, e.Bad)
		}
	}
}

// bomb is a container with one part of a gigabyte of zeros in a few kilobytes.
// The size it declares may be a lie.
func bomb(t *testing.T, part string, declared uint64) []byte {
	t.Helper()
	var packed bytes.Buffer
	fw, err := flate.NewWriter(&packed, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	zeros := make([]byte, 1<<20)
	sum := crc32.NewIEEE()
	for range 1 << 8 {
		sum.Write(zeros)
		if _, err := fw.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := fw.Close(); err != nil {
		t.Fatal(err)
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	w, err := z.CreateRaw(&zip.FileHeader{
		Name: part, Method: zip.Deflate, CRC32: sum.Sum32(),
		CompressedSize64: uint64(packed.Len()), UncompressedSize64: declared,
	})
	if err == nil {
		_, err = w.Write(packed.Bytes())
	}
	if err == nil {
		err = z.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return buf.Bytes()
}

func TestZipBombs(t *testing.T) {
	const real = 256 << 20
	for name, c := range map[string]struct {
		data []byte
		code string
	}{
		"honest worksheet":   {bomb(t, "xl/worksheets/sheet1.xml", real), "sheet_too_large"},
		"honest styles":      {bomb(t, "xl/styles.xml", real), "sheet_too_large"},
		"lying worksheet":    {bomb(t, "xl/worksheets/sheet1.xml", 1000), "sheet_broken"},
		"lying strings":      {bomb(t, `xl\SharedStrings.xml`, 1000), "sheet_broken"},
		"lying workbook":     {bomb(t, "xl/workbook.xml", 1000), "sheet_broken"},
		"more than a number": {bomb(t, "xl/worksheets/sheet1.xml", 1<<63), "sheet_too_large"},
	} {
		if _, err := sheet.Read(c.data, sheet.Options{Country: "FI"}); codeOf(err) != c.code {
			t.Errorf("%s (%d bytes): %v, want %s", name, len(c.data), err, c.code)
		}
	}
	var buf bytes.Buffer
	z := zip.NewWriter(&buf)
	for i := range 2001 {
		if _, err := z.Create(fmt.Sprintf("p%d.xml", i)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := sheet.Read(buf.Bytes(), sheet.Options{}); codeOf(err) != "sheet_too_large" {
		t.Errorf("two thousand parts: %v", err)
	}
}

func TestXLSXRowLimit(t *testing.T) {
	var b strings.Builder
	b.WriteString(head)
	for i := range sheet.MaxRows + 1 {
		fmt.Fprintf(&b, `<row r="%d"><c r="A%d"><v>%d</v></c></row>`, i+2, i+2, i)
	}
	data := book(t, map[string]string{"xl/worksheets/sheet1.xml": worksheet(b.String())})
	if _, err := sheet.Read(data, sheet.Options{Country: "FI"}); codeOf(err) != "sheet_too_many_rows" {
		t.Errorf("%d rows: %v", sheet.MaxRows+1, err)
	}
}
