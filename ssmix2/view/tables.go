package view

import "strings"

// TableName gives the Japanese and English name of a code of a table (0001,
// 0112, JHSD0004 …; HL7 tables with four digits, without HL7). ok is false for
// a code or table that is not known here. It is for codes that a sender gave
// without a text: a sender's text goes first. It scans a short list and does not
// allocate.
func TableName(table, code string) (japanese, english string, ok bool) {
	rows := tableRows(strings.TrimPrefix(table, "HL7"))
	for line := range strings.Lines(rows) {
		k, names, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		if k == code && code != "" {
			japanese, english, ok = strings.Cut(names, "\t")
			return japanese, english, ok
		}
	}
	return "", "", false
}

// Tables lists the tables that TableName knows.
func Tables() []string {
	return []string{"0001", "0004", "0038", "0063", "0069", "0078", "0085", "0112", "0119", "0127", "0128", "0162", "0164", "0166", "0177", "0241", "0287", "0322", "0323", "0436", "0438", "0482",
		"0485", "0495", "JHSD0001", "JHSD0004", "JHSD0005", "JHSD0006", "JHSD0007", "JHSI0001", "JHSI0002", "JHSI0009", "JHSP0003", "JHSP0007", "JSHR002", "MR9P"}
}

func tableRows(table string) string {
	for _, of := range []func(string) string{personRows, orderRows, clinicalRows, japaneseRows} {
		if rows := of(table); rows != "" {
			return rows
		}
	}
	return ""
}
