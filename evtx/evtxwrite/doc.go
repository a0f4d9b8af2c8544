// Package evtxwrite writes Windows Event Log files (.evtx) as Windows itself
// lays them out: a file header, chunks of 64 KiB with checksums, names and
// templates that each chunk holds once, and records that bring only the
// values. It exists so that demonstrations and tests need no file that
// belongs to somebody else.
//
// # Words
//
// An Event is what is written: the parts of System, and the fields of
// EventData or UserData. A Data is one of these fields; its value's Go type
// decides the type in the file (see Data). A Writer gathers events in memory,
// at most MaxFile bytes of file, and gives the whole file at the end, because
// its header counts the chunks.
//
//	w := evtxwrite.New()
//	err := w.Add(evtxwrite.Event{
//		Provider: "Microsoft-Windows-Security-Auditing",
//		EventID:  4625, Channel: "Security", Computer: "win-01.hospital.example",
//		Time: at,
//		Data: []evtxwrite.Data{{"TargetUserName", "tanaka"}, {"LogonType", uint32(3)}},
//	})
//	_, err = w.WriteTo(file)
//
// The same events give the same bytes.
package evtxwrite
