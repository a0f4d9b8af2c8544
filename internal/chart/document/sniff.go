package document

import (
	"bytes"
	"encoding/json"
	"path"
	"strings"
	"unicode/utf8"
)

// HeadSize is how many bytes Sniff wants to see, where there are as many.
const HeadSize = 4096

// Look is what a file is.
type Look struct {
	Media string // as model.Item.Media
	MIME  string // application/octet-stream where it is not sure
	// Inline: a browser shows it by itself, served with this MIME and
	// X-Content-Type-Options: nosniff.
	Inline bool
	// Readable: Read makes a Doc of it.
	Readable bool
	// Why has a code where neither is so ("chart.note.<Why>"): offer the file.
	Why string
}

// Sniff tells what a file is by its first bytes; the name decides only where
// these say nothing. SVG is XML to be read as text, never an image, as it may
// carry scripts.
func Sniff(name string, head []byte) Look {
	if l, ok := signature(head); ok {
		return l
	}
	ext := strings.ToLower(path.Ext(name))
	text := sample(head)
	trimmed := strings.TrimLeft(text, "\ufeff \t\r\n")
	switch {
	case len(head) == 0:
		return Look{Media: "other", MIME: octets, Why: "document.empty"}
	case strings.HasPrefix(trimmed, "<"):
		return markup(trimmed, ext)
	case strings.HasPrefix(trimmed, "MSH|"):
		return Look{Media: "hl7", MIME: "text/plain", Readable: true}
	case strings.HasPrefix(trimmed, "{\\rtf"):
		return Look{Media: "other", MIME: "application/rtf", Why: "document.format_office"}
	case strings.HasPrefix(trimmed, "{") && strings.Contains(trimmed, `"resourceType"`):
		return Look{Media: "fhir", MIME: "application/fhir+json", Readable: true}
	case json.Valid([]byte(trimmed)) && strings.HasPrefix(trimmed, "{"):
		return Look{Media: "text", MIME: "text/plain", Readable: true}
	case !plain(text):
		return Look{Media: "other", MIME: octets, Why: "document.format_unknown"}
	case ext == ".htm" || ext == ".html":
		return Look{Media: "html", MIME: "text/html", Readable: true}
	}
	return Look{Media: "text", MIME: "text/plain", Readable: true}
}

const octets = "application/octet-stream"

// signature knows files by their signatures.
func signature(b []byte) (Look, bool) {
	image := func(mime string) (Look, bool) { return Look{Media: "image", MIME: mime, Inline: true}, true }
	offer := func(media, mime, why string) (Look, bool) {
		return Look{Media: media, MIME: mime, Why: "document." + why}, true
	}
	has := func(s string) bool { return bytes.HasPrefix(b, []byte(s)) }
	switch {
	case bytes.Contains(b[:min(len(b), 1024)], []byte("%PDF-")) && !has("<"):
		return Look{Media: "pdf", MIME: "application/pdf", Inline: true}, true
	case has("\x89PNG\r\n\x1a\n"):
		return image("image/png")
	case has("\xff\xd8\xff"):
		return image("image/jpeg")
	case has("GIF87a"), has("GIF89a"):
		return image("image/gif")
	case has("RIFF") && len(b) >= 12 && string(b[8:12]) == "WEBP":
		return image("image/webp")
	case has("II*\x00"), has("MM\x00*"):
		return offer("image", "image/tiff", "format_tiff")
	case has("BM") && len(b) >= 18 && b[15] == 0 && b[16] == 0 && b[17] == 0 && (b[14] == 40 || b[14] == 12 || b[14] == 108 || b[14] == 124):
		return offer("image", "image/bmp", "format_bmp")
	case has("\x00\x00\x00\x0cjP  \r\n\x87\n"), has("\xff\x4f\xff\x51"):
		return offer("image", "image/jp2", "format_jpeg2000")
	case len(b) >= 132 && string(b[128:132]) == "DICM":
		return offer("image", "application/dicom", "format_dicom")
	case has("PK\x03\x04"), has("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return offer("other", octets, "format_office")
	case has("MZ"), has("\x7fELF"):
		return offer("other", octets, "format_program")
	}
	return Look{}, false
}

// markup tells kinds of XML and HTML by the first element.
func markup(text, ext string) Look {
	switch root := strings.ToLower(firstElement(text)); root {
	case "clinicaldocument":
		return Look{Media: "cda", MIME: "text/xml", Readable: true}
	case "html", "head", "body", "meta", "title", "script", "div", "p", "table", "center", "font", "pre":
		return Look{Media: "html", MIME: "text/html", Readable: true}
	default:
		if ext == ".htm" || ext == ".html" || strings.HasPrefix(strings.ToLower(text), "<!doctype html") {
			return Look{Media: "html", MIME: "text/html", Readable: true}
		}
		if root == "" && !strings.HasPrefix(text, "<?xml") && !strings.HasPrefix(text, "<!") {
			return Look{Media: "text", MIME: "text/plain", Readable: true}
		}
		return Look{Media: "xml", MIME: "text/xml", Readable: true}
	}
}

// firstElement passes over declarations and comments.
func firstElement(text string) string {
	for range 50 {
		at := strings.IndexByte(text, '<')
		if at < 0 || at+1 >= len(text) {
			return ""
		}
		text = text[at+1:]
		switch {
		case strings.HasPrefix(text, "!--"):
			end := strings.Index(text, "-->")
			if end < 0 {
				return ""
			}
			text = text[end+3:]
		case text[0] == '!' || text[0] == '?':
		default:
			end := strings.IndexAny(text, " \t\r\n/>")
			if end < 0 {
				end = len(text)
			}
			name := text[:end]
			if name == "" || !opens(name[0]) || name[0] == '/' {
				return ""
			}
			return name[strings.LastIndexByte(name, ':')+1:]
		}
	}
	return ""
}

// sample is the head as text; a character cut in two at its end is left out.
func sample(head []byte) string {
	for cut := 0; cut < 4 && cut < len(head); cut++ {
		if utf8.Valid(head[:len(head)-cut]) {
			return string(head[:len(head)-cut])
		}
	}
	s, _ := decode(head)
	return s
}

// plain reports whether a text reads as one: hardly a character that is none.
func plain(s string) bool {
	odd, all := 0, 0
	for _, r := range s {
		all++
		if r == utf8.RuneError || strange(r) && r != 0x1b && r != '\f' {
			odd++
		}
	}
	return odd*20 <= all
}
