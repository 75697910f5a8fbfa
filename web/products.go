package web

import (
	"net/http"

	"muster/id"
	"muster/lang"
	"muster/letin/setting"
)

// catalogPage is where the provider's staff see which settings there are.
const catalogPage = "/provider/settings"

// catalogView is every setting, by product.
type catalogView struct {
	Frame
	CanKeep  bool
	Classes  []classRow
	Products []productRows
}

type classRow struct{ Class, Text, Means string }

type productRows struct {
	Name string
	Own  bool // Muster's own are not entered by anybody
	Rows []settingRow
}

type settingRow struct{ ID, Key, Name, Class, ClassText string }

// settingView is one setting as it is typed.
type settingView struct {
	Frame
	ID, Key  string
	Products []choice
	Names    []fact // by language
	Classes  []choice
}

func (s *site) catalogRoutes(staff func(string, handler)) {
	staff("GET "+catalogPage, s.catalog)
	staff("GET "+catalogPage+"/new", s.newSetting)
	staff("POST "+catalogPage+"/new", s.addSetting)
	staff("GET "+catalogPage+"/{setting}", s.editSetting)
	staff("POST "+catalogPage+"/{setting}", s.changeSetting)
	staff("POST "+catalogPage+"/{setting}/remove", s.removeSetting)
}

func (s *site) catalog(w http.ResponseWriter, r *http.Request, v *visit) error {
	all, err := setting.List(r.Context(), s.Store, v.who)
	if err != nil {
		return err
	}
	view := &catalogView{Frame: s.provided(w, r, v, "setting.page.title", catalogPage), CanKeep: directs(v.who)}
	view.fill(v.tag, all)
	return s.show(w, r, "settings-catalog", view)
}

func (view *catalogView) fill(tag lang.Tag, all []setting.Setting) {
	for _, c := range setting.Classes() {
		view.Classes = append(view.Classes, classRow{string(c), tag.Text("setting.class."+string(c), nil), tag.Text("setting.means."+string(c), nil)})
	}
	for _, one := range all {
		if n := len(view.Products); n == 0 || view.Products[n-1].Name != one.Product {
			view.Products = append(view.Products, productRows{Name: one.Product, Own: one.ID == ""})
		}
		last := &view.Products[len(view.Products)-1]
		last.Rows = append(last.Rows, settingRow{string(one.ID), one.Key, one.Name(tag), string(one.Class), tag.Text("setting.class."+string(one.Class), nil)})
	}
}

// settingForm is the form of a setting. key is the page's title.
func (s *site) settingForm(w http.ResponseWriter, r *http.Request, v *visit, one setting.Setting, key string) (*settingView, error) {
	view := &settingView{Frame: s.provided(w, r, v, key, catalogPage), ID: string(one.ID), Key: one.Key}
	products, err := setting.Products(r.Context(), s.Store, v.who)
	for _, p := range products {
		view.Products = append(view.Products, choice{Value: string(p.ID), Text: p.Name, Chosen: p.ID == one.Of})
	}
	for _, tag := range lang.Supported() {
		view.Names = append(view.Names, fact{Label: tag.Name(), Value: one.Names[tag]})
	}
	for _, c := range setting.Classes() {
		view.Classes = append(view.Classes, choice{Value: string(c), Text: v.tag.Text("setting.class."+string(c), nil), Chosen: c == one.Class})
	}
	return view, err
}

func settingFrom(r *http.Request) setting.Setting {
	one := setting.Setting{
		ID: id.Setting(r.PathValue("setting")), Of: id.Product(r.PostFormValue("product")), Key: r.PostFormValue("key"),
		Class: setting.Class(r.PostFormValue("class")), Names: map[lang.Tag]string{},
	}
	for _, tag := range lang.Supported() {
		one.Names[tag] = r.PostFormValue("name_" + string(tag))
	}
	return one
}

func (s *site) newSetting(w http.ResponseWriter, r *http.Request, v *visit) error {
	if !directs(v.who) {
		return refusedBy("configure-keep")
	}
	view, err := s.settingForm(w, r, v, setting.Setting{Class: setting.High}, "setting.page.new")
	if err != nil {
		return err
	}
	return s.show(w, r, "setting", view)
}

func (s *site) addSetting(w http.ResponseWriter, r *http.Request, v *visit) error {
	one := settingFrom(r)
	_, err := setting.Add(r.Context(), s.Store, v.who, one)
	return s.keptSetting(w, r, v, one, "setting.page.added", err)
}

// keptSetting leads back to the list, or to the form with what was typed.
func (s *site) keptSetting(w http.ResponseWriter, r *http.Request, v *visit, one setting.Setting, done string, err error) error {
	if err == nil {
		s.say(w, said{Key: done})
		return see(w, r, catalogPage)
	}
	key := "setting.page.new"
	if one.ID != "" {
		key = "setting.page.change"
	}
	view, ferr := s.settingForm(w, r, v, one, key)
	if ferr != nil {
		return ferr
	}
	if !view.wrongInput(err) {
		return err
	}
	return s.showAs(w, r, http.StatusUnprocessableEntity, "setting", view)
}

func (s *site) editSetting(w http.ResponseWriter, r *http.Request, v *visit) error {
	one, err := setting.Get(r.Context(), s.Store, v.who, id.Setting(r.PathValue("setting")))
	if err != nil {
		return err
	}
	if !directs(v.who) {
		return refusedBy("configure-keep")
	}
	view, err := s.settingForm(w, r, v, one, "setting.page.change")
	if err != nil {
		return err
	}
	return s.show(w, r, "setting", view)
}

func (s *site) changeSetting(w http.ResponseWriter, r *http.Request, v *visit) error {
	one := settingFrom(r)
	return s.keptSetting(w, r, v, one, "setting.page.saved", setting.Change(r.Context(), s.Store, v.who, one))
}

func (s *site) removeSetting(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := setting.Remove(r.Context(), s.Store, v.who, id.Setting(r.PathValue("setting"))); err != nil {
		return err
	}
	s.say(w, said{Key: "setting.page.removed"})
	return see(w, r, catalogPage)
}
