// Package hl7 reads and writes HL7 version 2.x messages as Japanese hospitals
// store them: SS-MIX2 files in ISO-2022-JP, vendors' exports in CP932, EUC-JP
// or UTF-8, whole ones and damaged ones. It gives what can be read, lists
// what could not, keeps the original bytes at hand, and never trusts a length
// or a declaration.
//
// # Words
//
// A Message is a list of segments. A Segment is one line: an ID of three
// characters and fields, which the standard numbers from 1. A field holds
// repetitions, a repetition components, a component sub-components; each of
// them is a Value here, and a Value knows on which of the four levels it
// stands. Numbers count from 1 everywhere, as in the standard (PID-5.1 is
// Field(5).Comp(1)), and asking for what is not there gives a Value whose
// State is Absent, never a panic.
//
// Raw is the text between the delimiters, in UTF-8, escapes untouched; Text is
// the same with the escapes undone. A Value is Absent (the sender wrote fewer
// fields), Empty (nothing between two delimiters), Null ("" in quotes: the
// sender says that there is none) or Present; the four are never mixed up.
//
// A Problem says what was wrong with the bytes and where. A problem is never
// an error: reading goes on behind it. An error is only what makes it
// impossible to speak of a message at all (ErrNotHL7, ErrTooLarge).
//
// # Reading
//
//	m, err := hl7.Parse(data)                       // one message
//
//	d := hl7.NewDecoder(hl7.Options{})              // many: one Decoder for each worker
//	var m hl7.Message
//	for data := range files {
//		if err := d.Decode(&m, data); err != nil { … } // m is used again
//		pid := m.First("PID")
//		kanji, kana := hl7.Names(pid.Field(5))
//		for obx := range m.All("OBX") {
//			item := hl7.CWEOf(obx.Field(3))
//			list(item.Display(), obx.Field(5).Text())
//		}
//	}
//
// Strings that come out of a Message are parts of one string that belongs to
// that message alone: they stay good when the Message is used again. What is
// kept for long should be cloned (strings.Clone), or it keeps the whole
// message in memory. A Message may be read by several goroutines at a time.
//
// # Writing
//
//	b := hl7.NewBuilder(hl7.StandardDelimiters())
//	b.Segment("PID").Field(3).Text("0000000001")
//	b.Field(5).Comps("砦", "花子", "", "", "", "", "L", "I")
//	e := hl7.NewEncoder(hl7.EncodeOptions{Charset: hl7.ISO2022JP})
//	out = e.AppendText(out[:0], b.String())
//
// # Time
//
// HL7 times carry seldom an offset, and SS-MIX2 never: In takes the place
// whose clock was meant (Japan, for SS-MIX2). The package has no clock of its
// own.
//
// # Limits
//
// A message is at most Options.MaxSize bytes, MaxSegments segments and
// MaxFields fields; Problems lists at most MaxProblems. Decoding takes time
// and memory proportional to the bytes (a Message holds the decoded text, at
// most three bytes for each one, and eight bytes for each field).
//
// # Sources
//
// HL7 version 2.5 chapters 2 and 2A; ISO-2022-JP as RFC 1468, JIS X 0208 by
// the WHATWG index; the SS-MIX2 storage specification as quoted by the
// National Hospital Organization's public documents, and what real files hold.
package hl7
