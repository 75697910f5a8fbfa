// A message centre on npm smpp. It does as the JSON in its first argument says,
// takes orders as lines of JSON, and says as lines of JSON what it got.
const smpp = require('smpp')
const readline = require('node:readline')

const options = {
  user: 'muster', pass: 's3cret', // who may bind
  limit: 0, //          messages that it takes in a second; more are throttled
  full: 0, //           so many are answered with "queue is full" first
  receipts: 'tlv', //   tlv, text, both, none
  pause: 20, //         milliseconds before a receipt
  early: false, //      receipts before the answer
  hex: false, //        ids are hexadecimal in answers, and decimal in receipts
  doubles: false, //    each receipt comes twice
  shuffle: false, //    receipts come in the reverse order, ten at a time
  drop: 0, //           the connection is cut at every so many messages, unanswered
  refuse: {}, //        number → status
  trouble: 0, //        status with which everything is answered
  fate: {}, //          number → state, or a list with one for each part
  silent: false, //     receipts come when ordered only
  quiet: false, //      says only sums
  ...JSON.parse(process.argv[2] || '{}'),
}
const say = (what) => process.stdout.write(JSON.stringify(what) + '\n')
const STATES = { ENROUTE: 1, DELIVRD: 2, EXPIRED: 3, DELETED: 4, UNDELIV: 5, ACCEPTD: 6, UNKNOWN: 7, REJECTD: 8 }

let last = 1000, taken = 0, throttled = 0, came = 0, second = 0, inSecond = 0
const sessions = new Set()
const parts = {} // number → parts so far
let held = []

function limited() {
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) { second = now; inSecond = 0 }
  return options.limit > 0 && ++inSecond > options.limit
}

function receipt(session, pdu, id, state, answered) {
  const r = { esm_class: 4, source_addr_ton: 1, source_addr_npi: 1, source_addr: pdu.destination_addr, destination_addr: pdu.source_addr, data_coding: 0, short_message: '' }
  if (options.receipts !== 'text') Object.assign(r, { receipted_message_id: id, message_state: STATES[state] })
  if (options.receipts !== 'tlv') {
    r.short_message = { message: `id:${id} sub:001 dlvrd:001 submit date:2611221205 done date:2611221206 stat:${state} err:${state === 'DELIVRD' ? '000' : '027'} text:id:7 stat:no` }
  }
  const listeners = [...sessions].filter((s) => s.receives)
  const to = session.receives && !session.closed ? session : listeners[0]
  if (to) to.deliver_sm(r, (resp) => {
    if (resp.command_status) say({ receiptRefused: resp.command_status })
    if (answered) say({ receiptAnswered: id })
  })
}

function report(session, pdu, id) {
  if (options.silent || options.receipts === 'none' || !pdu.registered_delivery) return
  const fate = options.fate[pdu.destination_addr] || 'DELIVRD'
  const n = (parts[pdu.destination_addr] = (parts[pdu.destination_addr] || 0) + 1)
  const state = Array.isArray(fate) ? fate[(n - 1) % fate.length] : fate
  if (state === 'SILENT') return
  const send = () => {
    receipt(session, pdu, id, state)
    if (options.doubles) receipt(session, pdu, id, state)
  }
  if (options.shuffle) {
    held.push(send)
    if (held.length >= 10) { held.reverse().forEach((f) => f()); held = [] }
  } else if (options.early) send()
  else setTimeout(send, options.pause)
}

function submit(session, pdu) {
  came++
  if (options.drop && came % options.drop === 0) { session.socket.destroy(); return }
  if (options.full > 0) { options.full--; session.send(pdu.response({ command_status: smpp.ESME_RMSGQFUL })); return }
  if (limited()) { throttled++; session.send(pdu.response({ command_status: smpp.ESME_RTHROTTLED })); return }
  const status = options.trouble || options.refuse[pdu.destination_addr]
  if (status) { session.send(pdu.response({ command_status: status })); return }
  const number = ++last, answered = options.hex ? number.toString(16).toUpperCase().padStart(8, '0') : String(number)
  taken++
  if (!options.quiet) {
    const text = pdu.short_message && pdu.short_message.message !== undefined && pdu.short_message.message !== '' ? pdu.short_message.message : (pdu.message_payload || {}).message
    say({
      submit: {
        id: answered, from: pdu.source_addr, fromTon: pdu.source_addr_ton, to: pdu.destination_addr, ton: pdu.dest_addr_ton, npi: pdu.dest_addr_npi,
        text: Buffer.isBuffer(text) ? text.toString('hex') : text, coding: pdu.data_coding, class: pdu.esm_class, priority: pdu.priority_flag,
        registered: pdu.registered_delivery, minutes: pdu.validity_period ? Math.round((pdu.validity_period - Date.now()) / 60000) : 0,
        udh: ((pdu.short_message || {}).udh || []).map((e) => e.toString('hex')).join(''),
        sar: pdu.sar_total_segments ? [pdu.sar_msg_ref_num, pdu.sar_total_segments, pdu.sar_segment_seqnum] : undefined,
        payload: pdu.message_payload !== undefined,
      },
    })
  }
  if (options.early) report(session, pdu, String(number))
  session.send(pdu.response({ message_id: answered }))
  if (!options.early) report(session, pdu, String(number))
}

const server = smpp.createServer({ key: options.key, cert: options.cert }, (session) => {
  sessions.add(session)
  session.on('error', () => {})
  session.on('close', () => { session.closed = true; sessions.delete(session); say({ closed: true }) })
  const bind = (receives, sends) => (pdu) => {
    if (pdu.system_id !== options.user || pdu.password !== options.pass) {
      session.send(pdu.response({ command_status: smpp.ESME_RINVPASWD }))
      say({ refused: true })
      return
    }
    Object.assign(session, { receives, sends })
    session.send(pdu.response({ system_id: 'centre' }))
    say({ bound: pdu.command, version: pdu.interface_version, type: pdu.system_type })
  }
  session.on('bind_transceiver', bind(true, true))
  session.on('bind_receiver', bind(true, false))
  session.on('bind_transmitter', bind(false, true))
  session.on('submit_sm', (pdu) => {
    if (session.sends) submit(session, pdu)
    else session.send(pdu.response({ command_status: smpp.ESME_RINVBNDSTS }))
  })
  session.on('enquire_link', (pdu) => { say({ enquired: true }); session.send(pdu.response()) })
  session.on('unbind', (pdu) => { session.send(pdu.response()); say({ unbound: true }); session.close() })
})
server.listen(0, '127.0.0.1', () => say({ port: server.address().port }))

function text(order) {
  const to = [...sessions].find((s) => s.receives)
  if (!to) { say({ noReceiver: true }); return }
  const pdu = { source_addr_ton: 1, source_addr_npi: 1, source_addr: order.from, destination_addr: order.to || '358457000000', data_coding: order.coding || 0, ...order.more }
  pdu.short_message = order.udh ? { udh: Buffer.from(order.udh, 'hex'), message: order.text } : { message: order.text }
  if (order.udh) pdu.esm_class = 0x40
  to.deliver_sm(pdu, (resp) => say({ textAnswered: resp.command_status }))
}

readline.createInterface({ input: process.stdin }).on('line', (line) => {
  const order = JSON.parse(line)
  if (order.text !== undefined) text(order)
  if (order.receipt) receipt({}, { destination_addr: order.to, source_addr: '358457000000' }, order.receipt, order.state, true)
  if (order.cut) for (const s of sessions) s.socket.destroy()
  if (order.unbind) for (const s of sessions) s.unbind(() => s.close())
  if (order.sums) say({ sums: { taken, throttled, came } })
  if (order.set) Object.assign(options, order.set)
}).on('close', () => process.exit(0))
