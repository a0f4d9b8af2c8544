// Package rulepack reads packs of detection rules.
//
// A pack is a folder or a zip: a manifest pack.json and Sigma rules as *.yml in
// any folder below. The manifest names the pack, its version, publisher, date
// and licence, and says how many rules there are, so that a half-written pack
// is seen. A rule may carry a block "toride", which Sigma's specification
// allows as a key of its own: an About in Japanese and English, the steps A1 to
// A13 of the attack chain that it shows, the log settings without which it
// cannot fire, the family by which its findings fold into one alert, and the
// sentence that tells what happened. Rules without the block are shown with
// their own English words.
//
// A folder of Sigma rules without a manifest, as others publish them, is a pack
// too: whoever installs it names it, and rules that use a construct which
// cannot be evaluated are left out and listed. In a pack with a manifest a rule
// that cannot be taken refuses the whole. What cannot be read at all (a cut
// file, something that is no YAML) always refuses the whole.
//
// The form of pack.json:
//
//	{"format": 1, "name": "toride", "version": "2026.11.22", "date": "2026-11-22",
//	 "title": {"ja": "…", "en": "…"}, "publisher": "…",
//	 "licence": "Apache-2.0", "licence_note": {"ja": "…", "en": "…"}, "rules": 52}
//
// The form of the block in a rule:
//
//	toride:
//	  family: remote-logon            # findings of one family fold into one alert
//	  steps: [A3]
//	  needs: [windows.logon]          # IDs of package setting, all of them; needs_any: one of them
//	  by: source                      # host, account or source: what names an episode beside the host
//	  title: {ja: …, en: …}
//	  why: {ja: …, en: …}             # what it means
//	  do: [{ja: …, en: …}]            # what to do now, free things first
//	  tell: {ja: "[{source}から]{host}へ接続されました", en: "…"}    # see package tell
//
// What the package promises: it is bounded in files, bytes and depth whatever
// it is given, it never keeps half a pack, and every refusal names file, line
// and reason. The pages and the offline hunt read packs by Read alone, so that
// what one refuses the other refuses too, and both say why with the sentences
// of Say.
package rulepack
