// Package demo makes the made-up hospital: 865 beds, a hundred servers, 2,200
// PCs, and one meal supplier whose line is as open as that of 2022. Everything
// goes through the same doors that a real hospital uses: the list is a
// workbook that is imported, the firewall's configuration is a file that is
// read, the windows are asked for, approved and closed by different people.
// All names of people, companies and places are invented.
package demo
