package evtx

import "encoding/binary"

// stubProgram is the template of records whose own body cannot be read: an
// event with the time (value 0) and number (value 1) of the record's header.
func stubProgram() []byte {
	var p []byte
	name := func(op byte, s string) {
		p = append(p, op)
		p = binary.LittleEndian.AppendUint16(p, uint16(len(s)))
		for _, c := range []byte(s) {
			p = append(p, c, 0)
		}
	}
	open := func(s string) { name(opElement, s); p = append(p, opClose) }
	name(opElement, "Event")
	name(opAttr, "xmlns")
	name(opText, "http://schemas.microsoft.com/win/2004/08/events/event")
	p = append(p, opClose)
	open("System")
	name(opElement, "TimeCreated")
	name(opAttr, "SystemTime")
	p = append(p, opSub, 0, 0, tFileTime, 0, opClose, opEnd)
	open("EventRecordID")
	p = append(p, opSub, 1, 0, tUint64, 0, opEnd)
	return append(p, opEnd, opEnd)
}
