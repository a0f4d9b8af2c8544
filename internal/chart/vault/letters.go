package vault

import (
	"strings"

	"github.com/torideproject/toride/internal/fault"
)

// What people type from paper: groups of five letters, four that carry 20 bits
// and one that checks the group and its place. A wrong letter, two letters or
// two groups exchanged are found, and it is said in which group.
const (
	alphabet  = "0123456789ABCDEFGHJKMNPQRSTVWXYZ" // no I, L, O, U
	groupData = 4
	groupSize = groupData + 1
	groupBits = 5 * groupData
)

// mul5 multiplies in GF(32) with x⁵+x²+1.
func mul5(a, b byte) byte {
	var p byte
	for range 5 {
		p ^= -(b & 1) & a
		a = a<<1 ^ -(a>>4&1)&0x25
		b >>= 1
	}
	return p & 31
}

// check is the fifth symbol of group number at (from 0). All weights differ
// and none is 0 or 1, so that every single fault and every exchange of two
// neighbours changes it.
func check(data []byte, at int) byte {
	sum := mul5(byte(at+1)&31, 16)
	weight := byte(2)
	for _, d := range data {
		sum ^= mul5(d, weight)
		weight = mul5(weight, 3)
	}
	return sum
}

// toLetters writes bytes as groups; len(data)*8 must be a multiple of 20.
func toLetters(data []byte) string {
	symbols := make([]byte, 0, len(data)*8/5)
	bits, held := 0, uint32(0)
	for _, b := range data {
		held, bits = held<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			symbols = append(symbols, byte(held>>bits)&31)
		}
	}
	var out strings.Builder
	for at := 0; at*groupData < len(symbols); at++ {
		if at > 0 {
			out.WriteByte('-')
		}
		group := symbols[at*groupData : (at+1)*groupData]
		for _, s := range group {
			out.WriteByte(alphabet[s])
		}
		out.WriteByte(alphabet[check(group, at)])
	}
	return out.String()
}

// fromLetters reads groups back. label names what was typed in its faults:
// "vault.code.letter" and "vault.code.group" say in which group, counted from
// 1, "vault.code.length" how many groups are there and should be.
func fromLetters(text, label string, groups int) ([]byte, error) {
	symbols := make([]byte, 0, groups*groupSize)
	for _, r := range text {
		r = narrow(r)
		if strings.ContainsRune(" \t\r\n-", r) {
			continue
		}
		at := strings.IndexRune(alphabet, r)
		if at < 0 {
			return nil, fault.New(fault.Invalid, "vault.code.letter", label, len(symbols)/groupSize+1)
		}
		if len(symbols) > groups*groupSize {
			break
		}
		symbols = append(symbols, byte(at))
	}
	data := make([]byte, 0, groups*groupBits/8)
	bits, held := 0, uint32(0)
	for at := 0; (at+1)*groupSize <= len(symbols) && at < groups; at++ {
		group := symbols[at*groupSize : (at+1)*groupSize]
		if check(group[:groupData], at) != group[groupData] {
			return nil, fault.New(fault.Invalid, "vault.code.group", label, at+1)
		}
		for _, s := range group[:groupData] {
			held, bits = held<<5|uint32(s), bits+5
			if bits >= 8 {
				bits -= 8
				data = append(data, byte(held>>bits))
			}
		}
	}
	if len(symbols) != groups*groupSize {
		return nil, fault.New(fault.Invalid, "vault.code.length", label, (len(symbols)+groupSize-1)/groupSize, groups)
	}
	return data, nil
}

// narrow takes what a Japanese keyboard and a reader of handwriting make of a
// letter: full width, lower case, the letters that are not in the alphabet.
func narrow(r rune) rune {
	switch {
	case r >= '！' && r <= '～':
		r -= '！' - '!'
	case strings.ContainsRune("　‐‑–—―−ー", r):
		return '-'
	}
	if r >= 'a' && r <= 'z' {
		r -= 'a' - 'A'
	}
	switch r {
	case 'O':
		return '0'
	case 'I', 'L':
		return '1'
	case 'U':
		return 'V'
	}
	return r
}
