package identity

import (
	"time"

	"muster/actor"
	"muster/id"
	"muster/store"
)

// Accounts and who they are.
// sessionActor reads sessions with what their actors are made of.
const sessionActor = `select s.id, s.account, coalesce(s.in_org, ''), coalesce(s.person, ''),
		coalesce(s.staff, ''), coalesce(s.grant_id, ''), s.how, s.proved, s.created, s.seen, s.ip, s.agent,
		coalesce(f.name, p.name, ''), coalesce(p.roles, '[]'),
		s.staff is null and exists (select 1 from staff e where e.account = s.account and e.active = true),
		case when s.staff is not null then coalesce(f.active, false) else coalesce(p.active and l.account is not null, false) end
		from session s
		left join principal p on p.org = s.in_org and p.person = s.person
		left join account_person l on l.org = s.in_org and l.person = s.person and l.account = s.account
		left join staff f on f.id = s.staff`

var (
	// Registering twice is the same as once: the row that was there stays.
	putAccount = store.Query("identity.put_account", `insert into account (id, email, fold, handle, made_in, created)
		values ($2, $3, $4, $5, $1, $6) on conflict (fold) do update set fold = excluded.fold returning id`)
	putOwnAccount = store.Across("identity.put_own_account", `insert into account (id, email, fold, handle, made_in, created)
		values ($1, $2, $3, $4, $5, $6) on conflict (fold) do update set fold = excluded.fold returning id`)
	personOf  = store.Query("identity.person_of", `select person from account_person where org = $1 and account = $2`)
	putLinked = store.Query("identity.put_linked", `insert into account_person (org, person, account, created) values ($1, $2, $3, $4)
		on conflict (org, person) do update set account = excluded.account`)
	dropLinked = store.Query("identity.drop_linked", `delete from account_person where org = $1 and person = $2`)

	putPrincipal = store.Query("identity.put_principal", `insert into principal (org, person, name, lang, zone, active, roles)
		values ($1, $2, $3, $4, $5, $6, $7) on conflict (org, person) do update
		set name = excluded.name, lang = excluded.lang, zone = excluded.zone, active = excluded.active, roles = excluded.roles`)
	dropPrincipal = store.Query("identity.drop_principal", `delete from principal where org = $1 and person = $2`)

	accountByFold = store.Across("identity.account_by_fold", `select id, email, coalesce(password, ''), handle from account where fold = $1`)
	accountByID   = store.Across("identity.account_by_id", `select id, email, coalesce(password, ''), handle from account where id = $1`)
	accountByKey  = store.Across("identity.account_by_handle", `select id, email, coalesce(password, ''), handle from account where handle = $1`)
	accountNamed  = store.Across("identity.account_of_person", `select account from account_person where org = $1 and person = $2`)
	placesOf      = store.Across("identity.places_of", `select l.org, l.person, p.name, p.lang, p.zone, p.roles
		from account_person l join principal p on p.org = l.org and p.person = l.person
		join account a on a.id = l.account
		where l.account = $1 and p.active = true
		order by case when l.org = a.last_org then 0 else 1 end, l.created, l.org`)
	setLastOrg  = store.Across("identity.set_last_org", `update account set last_org = $2 where id = $1`)
	setPassword = store.Across("identity.set_password", `update account set password = $2, password_at = $3 where id = $1`)
	setRehashed = store.Across("identity.set_rehashed", `update account set password = $3 where id = $1 and password = $2`)

	staffOf        = store.Across("identity.staff_of", `select id, name from staff where account = $1 and active = true`)
	accountOfStaff = store.Across("identity.account_of_staff", `select account from staff where id = $1 and active = true`)
	staffMail      = store.Across("identity.staff_mail", `select a.email from staff s join account a on a.id = s.account where s.active = true order by a.email`)
	anyStaff       = store.Across("identity.any_staff", `select count(*) from staff`)
	employed       = store.Query("identity.employed", `select count(*) from staff f join account a on a.id = f.account
		where f.active = true and (a.fold = $3 or f.account in (select l.account from account_person l where l.org = $1 and l.person = $2))`)
	addStaff = store.Across("identity.add_staff", `insert into staff (id, account, name, active, created) values ($1, $2, $3, $4, $5)`)
)

// Staff at the identity provider.
var (
	staffBySubject = store.Across("identity.staff_by_subject", `select s.id, s.account, s.name, s.active, true
		from staff_sign_on b join staff s on s.id = b.staff where b.issuer = $1 and b.subject = $2`)
	staffByFold = store.Across("identity.staff_by_fold", `select s.id, s.account, s.name, s.active, b.staff is not null
		from staff s join account a on a.id = s.account left join staff_sign_on b on b.staff = s.id where a.fold = $1`)
	staffLike = store.Across("identity.staff_like", `select s.id, s.account, s.name, s.active, false
		from staff s where s.id = $1 or s.account = $2`)
	staffToSignOut = store.Across("identity.staff_to_sign_out", `select s.id, s.account, s.name, s.active, true from staff s
		where s.id in (select staff from staff_sign_on where issuer = $1 and subject = $2)
		or s.id in (select staff from session where provider_session = $3 and $3 <> '')`)
	bindStaff   = store.Across("identity.bind_staff", `insert into staff_sign_on (staff, issuer, subject, bound) values ($1, $2, $3, $4)`)
	unbindStaff = store.Across("identity.unbind_staff", `delete from staff_sign_on where staff = $1`)
	changeStaff = store.Across("identity.change_staff", `update staff set account = $2, name = $3 where id = $1`)

	hearEnd  = store.Across("identity.hear_end", `insert into sign_on_heard (mark, at) values ($1, $2) on conflict (mark) do nothing`)
	oldHeard = store.Across("identity.old_heard", `delete from sign_on_heard where at < $1`)

	keepProviderSession = store.Across("identity.keep_provider_session", `update session set provider_session = $2 where id = $1`)
	dropStaffSessions   = store.Across("identity.drop_staff_sessions", `delete from session where staff = $1`)
	dropStaffLinks      = store.Across("identity.drop_staff_links", `delete from sign_in_link
		where in_org = '' and account in (select account from staff where id = $1)`)
	dropStaffTokens = store.Across("identity.drop_staff_tokens", `delete from staff_token where staff = $1`)
)

// Sessions.
var (
	addSession = store.Across("identity.add_session", `insert into session
		(id, token, account, in_org, person, staff, grant_id, how, proved, created, seen, ip, agent)
		values ($1, $2, $3, nullif($4, ''), nullif($5, ''), nullif($6, ''), nullif($7, ''), $8, $9, $10, $10, $11, $12)`)
	sessionByToken = store.Across("identity.session_by_token", sessionActor+` where s.token = $1`)
	sessionByID    = store.Across("identity.session_by_id", sessionActor+` where s.id = $1`)
	visitsOf       = store.Across("identity.visits_of", sessionActor+` where s.staff = $1 and s.grant_id is not null order by s.created desc, s.id`)
	sessionsOf     = store.Across("identity.sessions_of", `select id, account, coalesce(in_org, ''), coalesce(person, ''),
		coalesce(staff, ''), coalesce(grant_id, ''), how, proved, created, seen, ip, agent
		from session where account = $1 order by seen desc, id`)
	moveSession = store.Across("identity.move_session", `update session
		set in_org = nullif($2, ''), person = nullif($3, ''), staff = nullif($4, ''), grant_id = null where id = $1`)
	seeSession = store.Across("identity.see_session", `update session set seen = $2 where id = $1 and seen < $2`)

	dropSession  = store.Across("identity.drop_session", `delete from session where id = $1 and account = $2`)
	dropSessions = store.Across("identity.drop_sessions", `delete from session where account = $1 and id <> $2`)
	oldSessions  = store.Across("identity.old_sessions", `delete from session where seen <= $1 or created <= $2`)

	dropPersonSessions = store.Query("identity.drop_person_sessions", `delete from session where in_org = $1 and person = $2`)
	dropOrgSessions    = store.Query("identity.drop_org_sessions", `delete from session where in_org = $1`)
	dropGrantSessions  = store.Query("identity.drop_grant_sessions", `delete from session where in_org = $1 and grant_id = $2`)
)

// Codes, links and passkeys.
var (
	addCode = store.Across("identity.add_code", `insert into sign_in_code (nonce, fold, tries, asked, expires, sent)
		values ($1, $2, 0, $3, $4, false)`)
	codesAsked = store.Across("identity.codes_asked", `select nonce, fold from sign_in_code
		where sent = false and expires > $1 order by asked limit 100`)
	codeSent = store.Across("identity.code_sent", `update sign_in_code set sent = true, account = nullif($2, ''), mac = $3
		where nonce = $1 and sent = false`)
	tryCode = store.Across("identity.try_code", `update sign_in_code set tries = tries + 1
		where nonce = $1 and used is null and expires > $2 and tries < $3
		returning coalesce(account, ''), fold, mac, tries`)
	codeUsed = store.Across("identity.code_used", `update sign_in_code set used = $2 where nonce = $1`)
	oldCodes = store.Across("identity.old_codes", `delete from sign_in_code where expires < $1`)

	addLink = store.Across("identity.add_link", `insert into sign_in_link (token, account, in_org, many, expires)
		values ($1, $2, $3, $4, $5)`)
	addOrgLink = store.Query("identity.add_org_link", `insert into sign_in_link (token, account, in_org, many, expires)
		values ($2, $3, $1, false, $4)`)
	reachPerson = store.Query("identity.reach_person", `select l.person, p.name, p.lang, p.zone, a.id, a.email
		from account_person l join account a on a.id = l.account
		join principal p on p.org = l.org and p.person = l.person
		where l.org = $1 and l.person = $2 and p.active = true`)
	readLink = store.Across("identity.read_link", `select account, in_org, many, expires from sign_in_link
		where token = $1 and expires > $2 and (many = true or used is null)`)
	useLink = store.Across("identity.use_link", `update sign_in_link set used = $2
		where token = $1 and expires > $2 and (many = true or used is null) returning account, in_org, many, expires`)
	// Where nobody is left who uses it.
	idleAccount = store.Across("identity.idle_account", `select id from account a where a.fold = $1
		and not exists (select 1 from account_person l where l.account = a.id) and not exists (select 1 from staff s where s.account = a.id)`)
	forgetAccount = []*store.SQL{
		store.Across("identity.forget_sessions", `delete from session where account = $1`),
		store.Across("identity.forget_links", `delete from sign_in_link where account = $1`),
		store.Across("identity.forget_passkeys", `delete from passkey where account = $1`),
		store.Across("identity.forget_account", `delete from account where id = $1`),
	}
	forgetCodes = store.Across("identity.forget_codes", `delete from sign_in_code where fold = $1`)

	dropLinks = store.Across("identity.drop_links", `delete from sign_in_link where account = $1`)
	oldLinks  = store.Across("identity.old_links", `delete from sign_in_link where expires < $1`)

	addPasskey = store.Across("identity.add_passkey", `insert into passkey (id, account, credential, data, name, created)
		values ($1, $2, $3, $4, $5, $6)`)
	passkeysOf  = store.Across("identity.passkeys_of", `select id, data, name, created, used from passkey where account = $1 order by created, id`)
	usePasskey  = store.Across("identity.use_passkey", `update passkey set data = $3, used = $4 where account = $1 and credential = $2`)
	dropPasskey = store.Across("identity.drop_passkey", `delete from passkey where id = $1 and account = $2`)

	addCeremony = store.Across("identity.add_ceremony", `insert into passkey_ceremony (nonce, data, expires)
		values ($1, $2, $3)`)
	takeCeremony = store.Across("identity.take_ceremony", `delete from passkey_ceremony where nonce = $1
		returning data, expires`)
	oldCeremonies = store.Across("identity.old_ceremonies", `delete from passkey_ceremony where expires < $1`)
)

// Counting tries.
var (
	openBucket = store.Across("identity.open_bucket", `insert into throttle (purpose, subject, full_at) values ($1, $2, 0)
		on conflict (purpose, subject) do nothing`)
	readBucket  = store.Across("identity.read_bucket", `select full_at from throttle where purpose = $1 and subject = $2`).Lock()
	setBucket   = store.Across("identity.set_bucket", `update throttle set full_at = $3 where purpose = $1 and subject = $2`)
	emptyBucket = store.Across("identity.empty_bucket", `delete from throttle where purpose = $1 and subject = $2`)
	noteBucket  = store.Across("identity.note_bucket", `update throttle set noted = $3
		where purpose = $1 and subject = $2 and (noted is null or noted < $4)`)
	oldBuckets = store.Across("identity.old_buckets", `delete from throttle where full_at < $1 and (noted is null or noted < $1)`)
)

// API tokens.
var (
	addToken = store.Query("identity.add_token", `insert into api_token (org, id, hash, name, person, roles, made_by, created, expires)
		values ($1, $2, $3, $4, nullif($5, ''), $6, $7, $8, $9)`)
	endToken     = store.Query("identity.end_token", `update api_token set revoked = $3 where org = $1 and id = $2 and revoked is null`)
	endTokensFor = store.Query("identity.end_tokens_for", `update api_token set revoked = $3 where org = $1 and person = $2 and revoked is null`)
	tokenName    = store.Query("identity.token_name", `select name from api_token where org = $1 and id = $2`)
	knowsPerson  = store.Query("identity.knows_person", `select person from principal where org = $1 and person = $2 and active = true`)
	tokensOf     = store.Query("identity.tokens_of", `select t.id, t.name, coalesce(t.person, ''), t.roles, t.made_by, t.created, t.expires, t.revoked, u.used
		from api_token t left join api_token_use u on u.org = t.org and u.token = t.id
		where t.org = $1 order by t.created, t.id`)
	tokenByHash = store.Across("identity.token_by_hash", `select t.org, t.id, t.name, coalesce(t.person, ''), t.roles, t.expires, t.revoked, u.used,
		coalesce(p.name, ''), coalesce(p.roles, '[]'), coalesce(p.active, false)
		from api_token t
		left join principal p on p.org = t.org and p.person = t.person
		left join api_token_use u on u.org = t.org and u.token = t.id
		where t.hash = $1`)
	useToken = store.Across("identity.use_token", `insert into api_token_use (org, token, used) values ($1, $2, $3)
		on conflict (org, token) do update set used = excluded.used`)

	addStaffToken    = store.Across("identity.add_staff_token", `insert into staff_token (id, hash, staff, name, created, expires) values ($1, $2, $3, $4, $5, $6)`)
	staffTokenByHash = store.Across("identity.staff_token_by_hash", `select t.id, t.staff, f.name, f.active, t.expires, t.used
		from staff_token t join staff f on f.id = t.staff where t.hash = $1`)
	useStaffToken = store.Across("identity.use_staff_token", `update staff_token set used = $2 where id = $1`)
)

// account is a row of table account, as far as signing in needs it.
type account struct {
	id       id.Account
	email    string
	password string // PHC string; empty when there is none
	handle   []byte // what passkeys know the account by
}

func scanAccount(r store.Row) (a account, err error) {
	return a, r.Scan(&a.id, &a.email, &a.password, &a.handle)
}

func scanPlace(r store.Row) (p Place, err error) {
	var roles string
	if err = r.Scan(&p.Org, &p.Person, &p.Name, &p.lang, &p.zone, &roles); err != nil {
		return p, err
	}
	p.roles, err = readRoles(roles)
	return p, err
}

// sessionRow is a session with what the actor is made of.
type sessionRow struct {
	Session
	roles    []actor.Membership
	employed bool // the account is also that of one of the provider's staff
	active   bool
}

func sessionFields(s *Session) []any {
	return []any{
		&s.ID, &s.Account, &s.Org, &s.Person, &s.Staff, &s.Grant, &s.How,
		store.Time(&s.Proved), store.Time(&s.Created), store.Time(&s.Seen), &s.IP, &s.Agent,
	}
}

func scanSession(r store.Row) (s Session, err error) {
	return s, r.Scan(sessionFields(&s)...)
}

func scanSessionRow(r store.Row) (s sessionRow, err error) {
	var roles string
	if err = r.Scan(append(sessionFields(&s.Session), &s.Name, &roles, &s.employed, &s.active)...); err != nil {
		return s, err
	}
	s.roles, err = readRoles(roles)
	return s, err
}

// tokenRow is an API token of an organisation, with what the actor is made of.
type tokenRow struct {
	org                    id.Org
	id                     id.Token
	name                   string
	person                 id.Person
	roles                  string
	expires, revoked, used time.Time
	personName             string
	personRoles            string
	personActive           bool
}

func scanTokenRow(r store.Row) (t tokenRow, err error) {
	return t, r.Scan(&t.org, &t.id, &t.name, &t.person, &t.roles, store.Time(&t.expires), store.Time(&t.revoked),
		store.Time(&t.used), &t.personName, &t.personRoles, &t.personActive)
}

func scanToken(r store.Row) (t Token, err error) {
	var roles string
	err = r.Scan(&t.ID, &t.Name, &t.Person, &roles, &t.MadeBy, store.Time(&t.Created), store.Time(&t.Expires),
		store.Time(&t.Revoked), store.Time(&t.Used))
	if err != nil {
		return t, err
	}
	t.Roles, err = readRoles(roles)
	return t, err
}

type staffTokenRow struct {
	id            id.Token
	staff         id.Staff
	name          string
	active        bool
	expires, used time.Time
}

func scanStaffToken(r store.Row) (t staffTokenRow, err error) {
	return t, r.Scan(&t.id, &t.staff, &t.name, &t.active, store.Time(&t.expires), store.Time(&t.used))
}

func scanStaff(r store.Row) (p Place, err error) { return p, r.Scan(&p.Staff, &p.Name) }

type linkRow struct {
	account id.Account
	org     id.Org
	many    bool
	expires time.Time
}

func scanLink(r store.Row) (l linkRow, err error) {
	return l, r.Scan(&l.account, &l.org, &l.many, store.Time(&l.expires))
}

func scanTime(r store.Row) (t time.Time, err error) { return t, r.Scan(store.Time(&t)) }
