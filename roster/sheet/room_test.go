package sheet_test

import (
	"runtime"
	"strings"
	"testing"

	"muster/fault"
	"muster/roster/sheet"
)

// Whoever may upload sheets for one organisation must not be able to use up
// the room of all.
func TestRowsTooWideTakeLittleRoom(t *testing.T) {
	for name, data := range map[string]string{
		"separators alone":   strings.Repeat(",", sheet.MaxBytes-1) + "\n",
		"below a header":     "Name;E-mail;Mobile\n" + strings.Repeat(";", sheet.MaxBytes-20) + "\n",
		"over several lines": "Name,E-mail,Mobile\n" + strings.Repeat("\"\n\",", sheet.MaxBytes/4-10) + "\n",
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if _, err := sheet.Read([]byte(data), sheet.Options{Country: "FI"}); fault.KindOf(err) != fault.Invalid {
			t.Errorf("%s: read as %v", name, err)
		}
		runtime.ReadMemStats(&after)
		used := int(after.TotalAlloc-before.TotalAlloc) >> 20
		t.Logf("%s: %d MB", name, used)
		if used > 600 { // all that was ever taken; most of it is given back between
			t.Errorf("%s: %d MB were needed for %d MB", name, used, sheet.MaxBytes>>20)
		}
	}
}
