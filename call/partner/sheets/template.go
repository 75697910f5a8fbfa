package sheets

import (
	"io"
	"strings"

	"github.com/xuri/excelize/v2"

	"muster/call/partner/enrol"
	"muster/roster/sheet"
	"muster/store"
)

// Template writes the empty workbook for the unit's organisation, in the
// language: the usual columns, what the organisation adds, and lists to choose
// from where there are choices. notes go on a sheet of their own.
func Template(tx *store.Tx, w io.Writer, lang string, notes []string) error {
	form, err := enrol.Form(tx)
	if err != nil {
		return err
	}
	return writeTemplate(w, lang, form, notes)
}

// rowsWithLists is how far down the template offers lists.
const rowsWithLists = 2000

func writeTemplate(w io.Writer, lang string, form []enrol.Field, notes []string) error {
	const main, lists, info = "Muster", "Lists", "Info"
	book := excelize.NewFile()
	defer book.Close()
	if err := book.SetSheetName("Sheet1", main); err != nil {
		return err
	}
	if _, err := book.NewSheet(lists); err != nil {
		return err
	}
	titles, choices := titlesOf(lang, form)
	text, err := book.NewStyle(&excelize.Style{NumFmt: 49}) // "@": numbers keep their digits
	if err != nil {
		return err
	}
	head, err := book.NewStyle(&excelize.Style{NumFmt: 49, Font: &excelize.Font{Bold: true}})
	if err != nil {
		return err
	}
	for i, title := range titles {
		col, err := excelize.ColumnNumberToName(i + 1)
		if err != nil {
			return err
		}
		if err := writeColumn(book, main, col, title, text, head); err != nil {
			return err
		}
		if len(choices[i]) == 0 {
			continue
		}
		if err := offer(book, main, lists, col, choices[i]); err != nil {
			return err
		}
	}
	if err := book.SetPanes(main, &excelize.Panes{Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft"}); err != nil {
		return err
	}
	if err := book.SetSheetVisible(lists, false); err != nil {
		return err
	}
	if _, err := book.NewSheet(info); err != nil {
		return err
	}
	if err := book.SetColWidth(info, "A", "A", 100); err != nil {
		return err
	}
	if err := book.SetSheetCol(info, "A1", &notes); err != nil {
		return err
	}
	return book.Write(w)
}

func writeColumn(book *excelize.File, name, col, title string, text, head int) error {
	if err := book.SetColStyle(name, col, text); err != nil {
		return err
	}
	if err := book.SetColWidth(name, col, col, 24); err != nil {
		return err
	}
	if err := book.SetCellStr(name, col+"1", title); err != nil {
		return err
	}
	return book.SetCellStyle(name, col+"1", col+"1", head)
}

// offer gives a column a list to choose from. The choices stand on a hidden
// sheet: in the cell itself there is room for 255 characters only.
func offer(book *excelize.File, main, lists, col string, choices []string) error {
	if err := book.SetSheetCol(lists, col+"1", &choices); err != nil {
		return err
	}
	end, err := excelize.CoordinatesToCellName(1, len(choices), true)
	if err != nil {
		return err
	}
	end = strings.Replace(end, "$A$", "$"+col+"$", 1)
	v := excelize.NewDataValidation(true)
	last, err := excelize.CoordinatesToCellName(1, rowsWithLists)
	if err != nil {
		return err
	}
	v.Sqref = col + "2:" + strings.Replace(last, "A", col, 1)
	v.SetSqrefDropList(lists + "!$" + col + "$1:" + end)
	return book.AddDataValidation(main, v)
}

// titlesOf is the columns in order, with the choices of those that have any.
func titlesOf(lang string, form []enrol.Field) (titles []string, choices [][]string) {
	add := func(title string, from []string) {
		titles, choices = append(titles, title), append(choices, from)
	}
	add(sheet.Title(sheet.Name, lang), nil)
	add(sheet.Title(sheet.Email, lang), nil)
	add(sheet.Title(sheet.Mobile, lang), nil)
	add(sheet.Title(sheet.Language, lang), []string{"en", "de", "fr", "it", "fi", "pl", "ru"})
	for n := 1; n <= 3; n++ {
		add(sheet.Title(sheet.ContactName(n), lang), nil)
		add(sheet.Title(sheet.ContactPhone(n), lang), nil)
	}
	for _, m := range []Means{Out, Word} {
		words := guesses[m][lang]
		if len(words) == 0 {
			words = guesses[m]["en"]
		}
		add(words[0], nil)
	}
	for _, f := range form {
		add(f.Label, f.Choices)
	}
	return titles, choices
}
