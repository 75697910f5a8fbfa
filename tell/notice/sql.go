package notice

import (
	"encoding/json"
	"strings"
	"time"

	"muster/id"
	"muster/store"
)

const noticeColumns = `select id, kind, state, owner, owner_name, components, since, starts, ends, promised, said, moved, last, called, phone from notice where org = $1 `

var (
	listNotices = store.Query("notice.list", noticeColumns+`order by last desc, id limit $2`)
	openNotices = store.Query("notice.open", noticeColumns+`and state not in ('resolved', 'done', 'cancelled')`)
	getNotice   = store.Query("notice.get", noticeColumns+`and id = $2`)
	holdNotice  = store.Query("notice.hold", noticeColumns+`and id = $2`).Lock()
	putNotice   = store.Query("notice.put", `insert into notice (org, id, kind, state, owner, owner_name, components, since, starts, ends, promised, said, moved, last, called, phone)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
		on conflict (org, id) do update set state = excluded.state, owner = excluded.owner, owner_name = excluded.owner_name,
		components = excluded.components, since = excluded.since, starts = excluded.starts, ends = excluded.ends,
		promised = excluded.promised, said = excluded.said, moved = excluded.moved, last = excluded.last,
		called = excluded.called, phone = excluded.phone`)

	addNews = store.Query("notice.add_news", `insert into notice_news (org, notice, n, state, phrase, words, writer, by_name, wide, written, released, releaser, facts)
		values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, nullif($12, ''), $13)`)
	listNews = store.Query("notice.news", `select notice, n, state, phrase, words, writer, by_name, wide, written, released, carried, facts from notice_news
		where org = $1 and notice = $2 order by n`)
	listReleased = store.Query("notice.released", `select notice, n, state, phrase, words, writer, by_name, wide, written, released, carried, facts from notice_news
		where org = $1 and released is not null and notice in (select id from notice where org = $1 and (last >= $2 or promised is not null))
		order by notice, n limit $3`)
	release    = store.Query("notice.release", `update notice_news set released = $4, releaser = $5 where org = $1 and notice = $2 and n = $3 and released is null`)
	unreleased = store.Query("notice.unreleased", `select count(*) from notice_news where org = $1 and notice = $2 and released is null`)
	phoneOf    = store.Query("notice.phone_of", `select phone from notice where org = $1 and owner = $2 and phone <> '' order by last desc limit 1`)
	carried    = store.Query("notice.carried", `update notice_news set carried = $4 where org = $1 and notice = $2 and n = $3 and carried is null`)
	waiting    = store.Query("notice.waiting", `select notice, n, state, phrase, words, writer, by_name, wide, written, released, carried, facts from notice_news
		where org = $1 and released is not null and carried is null order by released, notice, n limit $2`)
)

// separator stands between names that are kept in one column; none has it.
const separator = "\n"

func scanNotice(r store.Row) (n Notice, err error) {
	var parts string
	err = r.Scan(&n.ID, &n.Kind, &n.State, &n.Owner, &n.OwnerName, &parts, store.Time(&n.Since), store.Time(&n.From), store.Time(&n.Till),
		store.Time(&n.Promised), &n.Said, &n.Moved, store.Time(&n.Last), &n.Called, &n.Phone)
	for one := range strings.SplitSeq(parts, separator) {
		n.Components = append(n.Components, id.Component(one))
	}
	return n, err
}

func (n Notice) save(tx *store.Tx) error {
	return tx.Write(putNotice, n.ID, string(n.Kind), string(n.State), n.Owner, n.OwnerName, strings.Join(names(n.Components), separator),
		n.Since, n.From, n.Till, n.Promised, n.Said, n.Moved, n.Last, n.Called, n.Phone)
}

// marshal is a notice as its words keep it.
func marshal(n Notice) (string, error) {
	facts, err := json.Marshal(n)
	return string(facts), err
}

func names(all []id.Component) (out []string) {
	for _, c := range all {
		out = append(out, string(c))
	}
	return out
}

// Word is one of a notice's news, as the provider's people see it.
type Word struct {
	Notice   id.Notice
	N        int
	State    State
	Phrase   string
	Words    string
	By       id.Staff
	ByName   string
	Wide     bool // a second person releases it
	Written  time.Time
	Released time.Time // zero: nobody was told yet
	Carried  time.Time // zero: not everybody was told yet
	After    Notice    // what is known after it
}

func scanWord(r store.Row) (w Word, err error) {
	var facts string
	err = r.Scan(&w.Notice, &w.N, &w.State, &w.Phrase, &w.Words, &w.By, &w.ByName, &w.Wide, store.Time(&w.Written),
		store.Time(&w.Released), store.Time(&w.Carried), &facts)
	if err != nil {
		return w, err
	}
	return w, json.Unmarshal([]byte(facts), &w.After)
}
