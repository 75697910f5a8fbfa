package whatsapp

import "muster/store"

var (
	openWindow = store.Across("whatsapp.open", `insert into whatsapp_window (number, opened) values ($1, $2)
		on conflict (number) do update set opened = excluded.opened where whatsapp_window.opened < excluded.opened`)
	closeWindow   = store.Across("whatsapp.close", `delete from whatsapp_window where number = $1`)
	forgetWindows = store.Across("whatsapp.forget", `delete from whatsapp_window where opened < $1`)
	windowOf      = store.Across("whatsapp.window", `select opened from whatsapp_window where number = $1`)

	restTemplate = store.Across("whatsapp.rest", `insert into whatsapp_template (name, lang, state, rests) values ($1, $2, $3, $4)
		on conflict (name, lang) do update set state = excluded.state, rests = excluded.rests`)
	freeTemplate = store.Across("whatsapp.free", `delete from whatsapp_template where name = $1 and lang = $2`)
	resting      = store.Across("whatsapp.resting", `select lang, state from whatsapp_template where name = $1 and rests > $2`)
)
