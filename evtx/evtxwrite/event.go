package evtxwrite

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf16"
)

// Event is one event to write. Zero values are written as zero, except where
// it is said otherwise.
type Event struct {
	Provider     string // the provider's name; it stands in the template
	ProviderGUID string // with or without braces; "": none
	EventID      uint16
	Qualifiers   uint16 // 0: left out, as for all but classic events
	Version      uint8
	Level        uint8 // 1 critical, 2 error, 3 warning, 4 information, 0 as in Security
	Task         uint16
	Opcode       uint8
	Keywords     uint64
	Time         time.Time // when it happened and was written; 100 ns are kept
	RecordID     uint64    // number of record and event; 0: one more than the last
	ActivityID   string    // a GUID; "": left out
	ProcessID    uint32
	ThreadID     uint32
	Channel      string
	Computer     string
	UserSID      string // "S-1-5-18"; "": left out
	Data         []Data // the fields of EventData
	UserData     *UserData
	// Inline writes the event without any template, as some programs do that
	// forward events. Its values are then texts, and null ones are empty.
	Inline bool
}

// Data is one field. An empty name writes a Data element without a name, as
// classic events have. The value's Go type decides the type in the file:
//
//	nil                       null
//	string, []string          UTF-16
//	bool                      truth value
//	int8 … int64, uint8 …     the same (int as int64, uint as uint64)
//	float32, float64          the same
//	[]byte                    binary
//	time.Time                 FILETIME
//	GUID, SID                 the same, from their usual texts
//	Hex32, Hex64              numbers that are shown as hexadecimal
//	Raw                       any type, from its bytes
type Data struct {
	Name  string
	Value any
}

// UserData is written in the place of EventData: one element with a name
// space of its own and the fields as its children.
type UserData struct {
	Name      string
	Namespace string // "": none
	Fields    []Data
}

// Values with a type of their own; see Data.
type (
	GUID  string
	SID   string
	Hex32 uint32
	Hex64 uint64
	// Raw is a value of any type of binary XML ([MS-EVEN6] 2.2.12): Type is
	// its number, 0x80 added for arrays.
	Raw struct {
		Type  byte
		Bytes []byte
	}
)

// Types of values as they stand in the file.
const (
	typeNull     = 0x00
	typeString   = 0x01
	typeUint8    = 0x04
	typeUint16   = 0x06
	typeUint32   = 0x08
	typeUint64   = 0x0a
	typeGUID     = 0x0f
	typeFileTime = 0x11
	typeSID      = 0x13
	typeHex64    = 0x15
	typeBinXML   = 0x21
	typeArray    = 0x80
)

// encode gives a value's type and bytes.
func encode(v any) (Raw, error) {
	le := binary.LittleEndian
	switch v := v.(type) {
	case nil:
		return Raw{Type: typeNull}, nil
	case Raw:
		return v, nil
	case string:
		return Raw{typeString, utf16Bytes(v)}, nil
	case []string:
		var b []byte
		for _, s := range v {
			b = append(append(b, utf16Bytes(s)...), 0, 0)
		}
		return Raw{typeString | typeArray, b}, nil
	case bool:
		if v {
			return Raw{0x0d, []byte{1, 0, 0, 0}}, nil
		}
		return Raw{0x0d, []byte{0, 0, 0, 0}}, nil
	case float32:
		return Raw{0x0b, le.AppendUint32(nil, math.Float32bits(v))}, nil
	case float64:
		return Raw{0x0c, le.AppendUint64(nil, math.Float64bits(v))}, nil
	case []byte:
		return Raw{0x0e, v}, nil
	case time.Time:
		return Raw{typeFileTime, le.AppendUint64(nil, fileTime(v))}, nil
	case GUID:
		b, err := guidBytes(string(v))
		return Raw{typeGUID, b}, err
	case SID:
		b, err := sidBytes(string(v))
		return Raw{typeSID, b}, err
	case Hex32:
		return Raw{0x14, le.AppendUint32(nil, uint32(v))}, nil
	case Hex64:
		return Raw{typeHex64, le.AppendUint64(nil, uint64(v))}, nil
	}
	return encodeInt(v)
}

func encodeInt(v any) (Raw, error) {
	le := binary.LittleEndian
	switch v := v.(type) {
	case int8:
		return Raw{0x03, []byte{byte(v)}}, nil
	case uint8:
		return Raw{typeUint8, []byte{v}}, nil
	case int16:
		return Raw{0x05, le.AppendUint16(nil, uint16(v))}, nil
	case uint16:
		return Raw{typeUint16, le.AppendUint16(nil, v)}, nil
	case int32:
		return Raw{0x07, le.AppendUint32(nil, uint32(v))}, nil
	case uint32:
		return Raw{typeUint32, le.AppendUint32(nil, v)}, nil
	case int64:
		return Raw{0x09, le.AppendUint64(nil, uint64(v))}, nil
	case int:
		return Raw{0x09, le.AppendUint64(nil, uint64(v))}, nil
	case uint64:
		return Raw{typeUint64, le.AppendUint64(nil, v)}, nil
	case uint:
		return Raw{typeUint64, le.AppendUint64(nil, uint64(v))}, nil
	}
	return Raw{}, fmt.Errorf("evtxwrite: a value of type %T cannot be written", v)
}

func utf16Bytes(s string) []byte {
	var b []byte
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return b
}

// fileTime is the number of 100 ns since 1601-01-01 UTC; earlier times are 0.
func fileTime(t time.Time) uint64 {
	if sec := t.Unix() + 11644473600; sec >= 0 {
		return uint64(sec)*1e7 + uint64(t.Nanosecond()/100)
	}
	return 0
}

func guidBytes(s string) ([]byte, error) {
	b, err := hex.DecodeString(strings.ReplaceAll(strings.Trim(s, "{}"), "-", ""))
	if err != nil || len(b) != 16 {
		return nil, fmt.Errorf("evtxwrite: %q is no GUID", s)
	}
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5], b[6], b[7] = b[5], b[4], b[7], b[6]
	return b, nil
}

func sidBytes(s string) ([]byte, error) {
	parts := strings.Split(s, "-")
	if len(parts) < 3 || len(parts) > 18 || parts[0] != "S" || parts[1] != "1" {
		return nil, fmt.Errorf("evtxwrite: %q is no security identifier", s)
	}
	b := []byte{1, byte(len(parts) - 3), 0, 0}
	for i, p := range parts[2:] {
		n, err := strconv.ParseUint(p, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("evtxwrite: %q is no security identifier", s)
		}
		if i == 0 {
			b = binary.BigEndian.AppendUint32(b, uint32(n))
		} else {
			b = binary.LittleEndian.AppendUint32(b, uint32(n))
		}
	}
	return b, nil
}

// text gives a value as Windows would write it in XML, for Inline.
func text(v any) (string, error) {
	switch v := v.(type) {
	case nil:
		return "", nil
	case string:
		return v, nil
	case bool, int8, int16, int32, int64, int, uint8, uint16, uint32, uint64, uint, float32, float64:
		return fmt.Sprint(v), nil
	case GUID:
		return "{" + strings.Trim(string(v), "{}") + "}", nil
	case SID:
		return string(v), nil
	case Hex32:
		return fmt.Sprintf("%#x", uint32(v)), nil
	case Hex64:
		return fmt.Sprintf("%#x", uint64(v)), nil
	case time.Time:
		return v.UTC().Format("2006-01-02T15:04:05.0000000Z"), nil
	case []byte:
		return fmt.Sprintf("%X", v), nil
	}
	return "", fmt.Errorf("evtxwrite: a value of type %T cannot be written as text", v)
}
