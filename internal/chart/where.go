package chart

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"net/url"

	"github.com/torideproject/toride/internal/chart/model"
)

// where makes the addresses of one patient's pages: the path before their
// names, without a slash at its end.
type where string

// page is a page with its parameters, sorted.
func (w where) page(name string, v url.Values) string {
	if len(v) == 0 {
		return string(w) + "/" + name
	}
	return string(w) + "/" + name + "?" + v.Encode()
}

// original is the page of an item as it was sent, with the place in it.
func (w where) original(o model.Origin) string {
	if o.Ref == (model.Ref{}) {
		return ""
	}
	u := string(w) + "/original/" + shortRef(o.Ref)
	if o.Place == "" {
		return u
	}
	return u + "?at=" + url.QueryEscape(o.Place) + "#at"
}

// document is the page of a document.
func (w where) document(ref model.Ref) string { return string(w) + "/document/" + shortRef(ref) }

// item is where a click on an item leads: messages, and resources that are no
// documents, to what they are made of, documents to what they say.
func (w where) item(it *model.Item, document bool) string {
	if it.Media == "hl7" || it.Media == "fhir" && !document {
		return w.original(model.Origin{Ref: it.Ref})
	}
	return w.document(it.Ref)
}

// shortRef names an item in a URL: it is shorter than the item's own name,
// keeps the patient's number out of addresses, and means something only among
// the items of one patient (see findRef).
func shortRef(ref model.Ref) string {
	sum := sumRef(nil, ref)
	return base64.RawURLEncoding.EncodeToString(sum[:refBytes])
}

// refBytes is how much of the sum a name holds: two items of one patient never
// share it.
const refBytes = 12

// sumRef uses buf for its work.
func sumRef(buf []byte, ref model.Ref) [sha256.Size]byte {
	buf = append(append(append(buf[:0], ref.Source...), 0), ref.Item...)
	return sha256.Sum256(buf)
}

// shortKey names a series of results or a kind of items in a URL.
func shortKey(name string) string {
	sum := sha256.Sum256([]byte(name))
	return base64.RawURLEncoding.EncodeToString(sum[:6])
}

// found is an item, or one of its older versions, that a name in a URL means.
type found struct {
	Item  *model.Item
	Ref   model.Ref // the item's own, or that of the version
	Older *model.Older
}

// findRef looks a name up among the items of one patient. What belongs to
// another patient is not found, whatever the name is made of.
func findRef(c *model.Chart, name string) (found, bool) {
	full, isFull := model.ParseRef(name)
	short, err := base64.RawURLEncoding.DecodeString(name)
	isShort := err == nil && len(short) == refBytes
	buf := make([]byte, 0, 256)
	fits := func(ref model.Ref) bool {
		if isFull && ref == full {
			return true
		}
		if !isShort {
			return false
		}
		sum := sumRef(buf, ref)
		return bytes.Equal(sum[:refBytes], short)
	}
	for i := range c.Items {
		it := &c.Items[i]
		if fits(it.Ref) {
			return found{Item: it, Ref: it.Ref}, true
		}
		for k := range it.Older {
			if fits(it.Older[k].Ref) {
				return found{Item: it, Ref: it.Older[k].Ref, Older: &it.Older[k]}, true
			}
		}
	}
	return found{}, false
}

// at is where the patient's pages stand.
func (p Printer) at() where { return where(patientURL(p.ID)) }
