// Judges mails by mailauth, an implementation of SPF, DKIM and DMARC by others.
// A line of standard input is one mail as JSON: raw (base64), ip, helo, sender,
// and the DNS it sees, "TYPE name" to a list of answers. A line of output is
// the verdict.
"use strict";
const Module = require("node:module");
const readline = require("node:readline");

// Its part for logos, which is not used here, brings an HTTP client that needs
// a newer Node.js than Debian has.
const load = Module._load;
Module._load = (name, ...rest) => (name === "undici" ? { fetch, Agent: class {} } : load(name, ...rest));
const { authenticate } = require("mailauth");

async function judge(one) {
	const resolver = async (name, type) => {
		const found = one.dns[`${type} ${name.toLowerCase().replace(/\.$/, "")}`];
		if (!found) {
			throw Object.assign(new Error(`no ${type} of ${name}`), { code: "ENOTFOUND" });
		}
		if (found[0] === "SERVFAIL") {
			throw Object.assign(new Error("the server failed"), { code: "ESERVFAIL" });
		}
		switch (type) {
			case "TXT":
				return found.map((text) => [text]);
			case "MX":
				return found.map((exchange) => ({ exchange, priority: 10 }));
		}
		return found;
	};
	const { spf, dkim, dmarc } = await authenticate(Buffer.from(one.raw, "base64"), {
		ip: one.ip, helo: one.helo, sender: one.sender, mta: "mx.test", resolver, disableArc: true, disableBimi: true,
	});
	return {
		spf: (spf && spf.status && spf.status.result) || "",
		dkim: dkim.results.filter((r) => r.status.result === "pass").map((r) => `${r.signingDomain} ${r.algo}`).sort(),
		dmarc: (dmarc && dmarc.status && dmarc.status.result) || "",
		aligned: !!dmarc && !!dmarc.alignment && (!!dmarc.alignment.spf.result || !!dmarc.alignment.dkim.result),
	};
}

(async () => {
	for await (const line of readline.createInterface({ input: process.stdin })) {
		console.log(JSON.stringify(await judge(JSON.parse(line))));
	}
})();
